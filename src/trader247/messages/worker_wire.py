"""What a strategy and its process say to each other: one setup, then a snapshot and an answer per cycle.

Spelled in MessagePack. Decimals travel as text and floats as they are, so a snapshot comes out as it went in. What
comes from the process is read by type and never executed; what it means is judged elsewhere.
"""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

import attrs
import msgspec
from attrs import AttrsInstance, frozen

from trader247.messages.trading import CycleContext, TradeProposal
from trader247.model.ids import CycleId, StrategyName
from trader247.model.policy import EntryBounds
from trader247.model.policy_strategies import KINDS, ProcessTerms, StrategyTerms
from trader247.model.policy_terms import plain_type

__all__ = [
    "Answer",
    "Outline",
    "Ready",
    "Setup",
    "Third",
    "WireFault",
    "answer_in",
    "context_in",
    "encoded",
    "outline_in",
    "printable",
    "ready_in",
    "setup_in",
]

_TEXT_LENGTH_MAX: Final = 300
"""Characters of what a process says of itself; two lines of an alert."""


T = TypeVar("T")


class WireFault(Exception):
    """These bytes are not what should have come."""


@frozen
class Third:
    """Where a strategy that is not in the box lies: the folder its kind is meant from, its file, what that was."""

    folder: str
    path: str
    digest: str


@frozen
class Setup:
    """The first frame to a new process: what it is to be."""

    name: StrategyName
    terms: StrategyTerms
    entry: EntryBounds
    third: Third | None = None


@frozen
class _TermsOutline:
    kind: str
    process: ProcessTerms


@frozen
class Outline:
    """What of a setup can be read before the class of the strategy's parameters is known."""

    terms: _TermsOutline
    third: Third | None = None


@frozen
class Ready:
    """The first frame from it: it can be asked. ``loose`` are the walls that this kernel does not give."""

    loose: tuple[str, ...] = ()
    error: str = ""


@frozen
class Answer:
    """What the strategy said to one cycle; ``error`` is what it raised instead."""

    cycle: CycleId
    proposals: tuple[TradeProposal, ...] = ()
    error: str = ""


_ENCODER: Final = msgspec.msgpack.Encoder()
_ANSWERS: Final = msgspec.msgpack.Decoder(Answer)
_READIES: Final = msgspec.msgpack.Decoder(Ready)
_CONTEXTS: Final = msgspec.msgpack.Decoder(CycleContext)


def encoded(message: Setup | Ready | Answer | CycleContext) -> bytes:
    """The message's bytes.

    Raises:
        WireFault: it holds what cannot be written down, such as an integer of more than 64 bits.
    """
    try:
        return _ENCODER.encode(message)
    except (TypeError, ValueError, OverflowError) as error:
        raise WireFault(f"{type(message).__name__}: {error}") from error


def context_in(body: bytes) -> CycleContext:
    """The snapshot; from the daemon, so it is one."""
    return _CONTEXTS.decode(body)


def answer_in(body: bytes) -> Answer:
    """The answer.

    Raises:
        WireFault: it is none.
    """
    return _decoded(_ANSWERS, body)


def ready_in(body: bytes) -> Ready:
    """The readiness.

    Raises:
        WireFault: it is none.
    """
    return _decoded(_READIES, body)


def outline_in(body: bytes) -> Outline:
    """The setup's outline; from the daemon, so it is one."""
    return msgspec.msgpack.decode(body, type=Outline)


def setup_in(body: bytes, kinds: Mapping[str, type[AttrsInstance]] = KINDS) -> Setup:
    """The setup; from the daemon, so it is one. ``kinds`` tells the class of the parameters, as for the loader."""
    raw: dict[str, Any] = msgspec.msgpack.decode(body)
    terms = raw["terms"]
    plain = {
        field.name: msgspec.convert(terms[field.name], plain_type(field))
        for field in attrs.fields(StrategyTerms)
        if field.name != "parameters"
    }
    parameters = msgspec.convert(terms["parameters"], kinds[terms["kind"]])
    return Setup(
        StrategyName(raw["name"]),
        StrategyTerms(**plain, parameters=parameters),
        msgspec.convert(raw["entry"], EntryBounds),
        msgspec.convert(raw["third"], Third | None),
    )


def printable(text: str) -> str:
    """On one line, without what a terminal would obey, and not long: the text comes from a process of others."""
    shown = "".join(letter if letter.isprintable() else " " for letter in text[: 4 * _TEXT_LENGTH_MAX])
    line = " ".join(shown.split())
    return line if len(line) <= _TEXT_LENGTH_MAX else f"{line[: _TEXT_LENGTH_MAX - 1]}…"


def _decoded(decoder: "msgspec.msgpack.Decoder[T]", body: bytes) -> T:
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, ValueError, ArithmeticError, RecursionError, UnicodeError) as error:
        raise WireFault(f"{printable(str(error))} in a frame of {len(body)} bytes") from error
