"""What becomes of an external signal that comes in: read, held to its strategy's limits, taken or refused with words.

A signal is a JSON object::

    {"id": "a-17", "symbol": "BTC-USD", "side": "BUY", "notional_pct": 1.5, "issued_at": "2026-03-02T12:00:00Z",
     "stop_pct": 5, "target_pct": 10, "max_hold_h": 48, "conviction": 0.6, "reason": "..."}

``id``, ``symbol``, ``side`` and ``issued_at`` are needed, for a BUY ``notional_pct`` too; of the rest the strategy's
parameters have a value. Unknown keys and keys that stand twice are refused: half understood is not understood. Who sent
it was settled before; whether its id is new is settled after, by the once-only guard.
"""

import json
import re
from collections import deque
from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, NoReturn

from attrs import frozen

from trader247.messages.trading import SignalReceived, SignalRefused
from trader247.model.external_signal import ExternalSignal
from trader247.model.ids import StrategyName
from trader247.model.instant import SECOND, Instant, Moment, instant, rfc3339
from trader247.model.instrument import symbol_of
from trader247.model.money import decimal_of, plain
from trader247.model.order import Side
from trader247.model.policy import EntryBounds
from trader247.model.policy_strategies import ExternalParameters, StrategyTerms
from trader247.strategies.external import objection_to

__all__ = ["SIGNAL_BYTES_MAX", "IntakeOut", "SignalAnswer", "SignalIntake", "SignalOffered", "SignalVerdict"]

SIGNAL_BYTES_MAX: Final = 8_192
"""Bytes; ten times the longest signal that says something."""

RATE_MAX: Final = 60
RATE_WINDOW_S: Final = 60
"""Signals a strategy may be offered in this time: one a second is more than any cycle can act on."""

AHEAD_S_MAX: Final = 30
"""A sender's clock may be this far ahead of ours; more, and its word on when a signal expires is worth nothing."""

_ID: Final = re.compile(r"[A-Za-z0-9._:-]{1,64}", re.ASCII)
_REASON_CHARS_MAX: Final = 200
_NUMBERS: Final = ("notional_pct", "stop_pct", "target_pct", "max_hold_h", "conviction")
_KEYS: Final = frozenset(("id", "symbol", "side", "issued_at", "reason", *_NUMBERS))
_HOURS_MAX: Final = 8760
_NUMBER_MAX: Final = 1_000_000
_PLACES_MAX: Final = 8
"""A percentage with more is pages of digits in the journal, or a mistake."""

IntakeOut = SignalReceived | SignalRefused


class SignalVerdict(StrEnum):
    """What became of a signal that was offered."""

    TAKEN = "taken"
    TAKEN_BEFORE = "taken_before"
    REFUSED = "refused"
    ID_REUSED = "id_reused"
    IN_DOUBT = "in_doubt"
    TOO_MANY = "too_many"
    LATER = "later"


@frozen
class SignalAnswer:
    """What a sender is told. ``TOO_MANY`` and ``LATER`` may be offered again; nothing was kept of them."""

    verdict: SignalVerdict
    signal_id: str
    text: str


@frozen
class SignalOffered:
    """A signal as it came, from a sender who may send to this strategy. ``source`` says which way."""

    strategy: StrategyName
    content: bytes
    source: str


class _Unfit(Exception):
    """A signal says something that cannot be; the message is what its sender reads."""


class SignalIntake:
    """The decider. ``strategies`` and ``entry`` are asked at each signal, so that a reload counts at once."""

    def __init__(self, strategies: Callable[[], Mapping[str, StrategyTerms]], entry: Callable[[], EntryBounds]) -> None:
        """Nothing was offered yet."""
        self._strategies = strategies
        self._entry = entry
        self._offered: dict[StrategyName, deque[int]] = {}

    def known(self) -> bool:
        """Whether any strategy is of the kind, enabled or not."""
        return any(isinstance(terms.parameters, ExternalParameters) for terms in self._strategies().values())

    def external(self) -> tuple[StrategyName, ...]:
        """The strategies that are enabled and take signals, by name."""
        return tuple(StrategyName(name) for name in sorted(self._strategies()) if self._own(StrategyName(name)))

    def admits(self, strategy: StrategyName, now: Moment) -> bool:
        """Whether one more signal may be offered now; counts it if so."""
        times = self._offered.setdefault(strategy, deque())
        while times and now.mono - times[0] >= RATE_WINDOW_S * SECOND:
            times.popleft()
        if len(times) >= RATE_MAX:
            return False
        times.append(now.mono)
        return True

    def handle(self, message: SignalOffered, now: Moment) -> list[IntakeOut]:
        """The signal, fit to be taken, or the refusal."""
        own, said_id = self._own(message.strategy), ""
        if own is None:
            reason = f"strategy {message.strategy} is not enabled, or of another kind than external"
            return [_refused(message, "", reason)]
        try:
            said = _object_in(message.content)
            said_id = _id(said)
            signal = _signal(said, message, own, now)
        except _Unfit as unfit:
            return [_refused(message, said_id, str(unfit))]
        objection = objection_to(signal, own, self._entry())
        return [SignalReceived(signal) if objection is None else _refused(message, said_id, objection)]

    def _own(self, strategy: StrategyName) -> ExternalParameters | None:
        terms = self._strategies().get(strategy)
        parameters = terms.parameters if terms is not None and terms.enabled else None
        return parameters if isinstance(parameters, ExternalParameters) else None


def _refused(offered: SignalOffered, said_id: str, reason: str) -> SignalRefused:
    return SignalRefused(offered.strategy, said_id, offered.source, reason)


# ---------------------------------------------------------------------------------------------------- reading one
def _object_in(content: bytes) -> dict[str, Any]:
    if len(content) > SIGNAL_BYTES_MAX:
        raise _Unfit(f"it is longer than {SIGNAL_BYTES_MAX} bytes")
    try:
        said = json.loads(content, parse_float=Decimal, parse_constant=_no_number, object_pairs_hook=_once_each)
    except ArithmeticError:
        raise _Unfit("it is not JSON: a number's exponent is out of bounds") from None
    except (ValueError, RecursionError) as error:
        raise _Unfit(f"it is not JSON: {' '.join(str(error).split())[:100]}") from None
    if not isinstance(said, dict):
        raise _Unfit("it is not a JSON object")
    unknown = sorted(said.keys() - _KEYS)
    if unknown:
        raise _Unfit(f"unknown key {unknown[0][:40]!r} (known: {', '.join(sorted(_KEYS))})")
    return said


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _id(said: Mapping[str, Any]) -> str:
    value = said.get("id")
    if not isinstance(value, str) or _ID.fullmatch(value) is None:
        raise _Unfit("id must be 1 to 64 letters, digits or . _ : -")
    return value


def _signal(said: Mapping[str, Any], offered: SignalOffered, own: ExternalParameters, now: Moment) -> ExternalSignal:
    side = _side(said)
    issued_at = _issued_at(said)
    expires_at = Instant(issued_at + round(own.max_age_s * SECOND))
    if expires_at <= now.utc:
        raise _Unfit(f"it is of {rfc3339(issued_at, 0)}, older than {own.max_age_s:g} s")
    if issued_at > now.utc + AHEAD_S_MAX * SECOND:
        raise _Unfit(f"it is of {rfc3339(issued_at, 0)}, more than {AHEAD_S_MAX} s ahead of this clock")
    hours = _number(said, "max_hold_h", Decimal(own.max_hold_h))
    if hours > _HOURS_MAX:
        raise _Unfit(f"max_hold_h is {hours}, at most {_HOURS_MAX}")
    return ExternalSignal(
        signal_id=_id(said),
        strategy=offered.strategy,
        symbol=_symbol(said),
        side=side,
        # a sale closes the position: its size is this account's own
        notional_pct=_number(said, "notional_pct", None if side is Side.BUY else Decimal(100)),
        stop_loss_pct=_number(said, "stop_pct", own.stop_pct),
        take_profit_pct=_number(said, "target_pct", own.target_pct),
        max_hold_s=max(1, int(hours * 3600)),
        conviction=_conviction(said, own.conviction),
        reason=_reason(said),
        issued_at=issued_at,
        expires_at=expires_at,
        source=offered.source,
    )


def _side(said: Mapping[str, Any]) -> Side:
    value = _text(said, "side")
    if value not in {side.value for side in Side}:
        raise _Unfit("side must be BUY or SELL")
    return Side(value)


def _issued_at(said: Mapping[str, Any]) -> Instant:
    try:
        return instant(_text(said, "issued_at"))
    except ValueError:
        raise _Unfit("issued_at must be an RFC 3339 time with a zone, such as 2026-03-02T12:00:00Z") from None


def _symbol(said: Mapping[str, Any]) -> Any:
    try:
        return symbol_of(_text(said, "symbol"))
    except ValueError:
        raise _Unfit("symbol must be of the form BASE-QUOTE, such as BTC-USD") from None


def _text(said: Mapping[str, Any], key: str) -> str:
    value = said.get(key)
    return value if isinstance(value, str) else ""


def _number(said: Mapping[str, Any], key: str, silent: Decimal | None) -> Decimal:
    value = said.get(key, silent)
    if isinstance(value, str):
        try:
            value = decimal_of(value)
        except ValueError:
            value = None
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not 0 < value <= _NUMBER_MAX:
        raise _Unfit(f"{key} must be a number above 0 and at most {_NUMBER_MAX}")
    exact = Decimal(value)
    if round(exact, _PLACES_MAX) != exact:
        raise _Unfit(f"{key} has more than {_PLACES_MAX} places")
    return Decimal(plain(round(exact, _PLACES_MAX)))


def _conviction(said: Mapping[str, Any], silent: float) -> float:
    value = said.get("conviction", silent)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal) or not 0 <= value <= 1:
        raise _Unfit("conviction must be a number from 0 to 1")
    return float(value)


def _reason(said: Mapping[str, Any]) -> str:
    value = said.get("reason", "")
    if not isinstance(value, str) or not value.isprintable() or len(value) > _REASON_CHARS_MAX:
        raise _Unfit(f"reason must be one line of at most {_REASON_CHARS_MAX} printable characters")
    return value
