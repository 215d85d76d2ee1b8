"""One strategy's place in the cycle: it is asked, it answers; switched off, it says so and proposes nothing (STR2).

A strategy that raises is a crash of its worker, contained and counted by the supervisor; its siblings do not notice.
So is a strategy that answers with something that is no proposal of its own, or that could not even be written down:
here the fault is still its alone, one step further it would be the crash of what all strategies share. A number that is
only wrong (negative, not finite, out of bounds) is no crash: it goes on and is refused with its reason.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter
from typing import Final

from attrs import evolve

from trader247.messages.trading import CycleContext, Deliberate, ProposalsMade, TradeProposal
from trader247.model.instant import Moment
from trader247.model.instrument import symbol_of
from trader247.model.order import Side
from trader247.strategies.contract import Glimpse, Patient, Strategy

__all__ = ["BREAKER_OPEN", "StrategyWorker", "WorkerOut"]

WorkerOut = ProposalsMade

BREAKER_OPEN: Final = "breaker open"
"""Why a strategy was not asked whose breaker is open (requirement CB2)."""

_PROPOSALS_MAX = 1_000
"""More proposals than this from one call are cut: fifty times what any budget lets through."""

_FIELD_TYPES: Final[tuple[tuple[str, type | tuple[type, ...]], ...]] = (
    ("symbol", str),
    ("side", Side),
    ("notional_pct", Decimal),
    ("stop_loss_pct", Decimal),
    ("take_profit_pct", Decimal),
    ("conviction", (float, int)),
    ("strategy", str),
    ("reason", str),
    ("max_hold_s", int),
    ("canary", bool),
)
"""Strategies from elsewhere are not always type-checked; an int will do for a float, a float never for a Decimal."""

_VALUES: Final = attrgetter(*(field for field, _ in _FIELD_TYPES))
_USUAL_TYPES: Final = (str, Side, Decimal, Decimal, Decimal, float, str, str, int, bool)
"""What nearly every proposal has: looked at in one go, since hundreds of them pass here in a cycle."""

_EXPONENT_MAX: Final = 30
"""A percentage beyond ten to the power of this, or closer to zero, would be pages of digits in the journal."""
_DIGITS_MAX: Final = 50
"""Digits of a percentage, those a NaN may carry included: a division in Python's decimals leaves 28."""
_CONVICTION_MAX: Final = 10**6
"""Far beyond any conviction; a whole number of thousands of digits cannot even be printed."""
_HOLD_S_MAX: Final = 10**12
_REASON_LENGTH_MAX: Final = 500
"""Characters; several lines on a dashboard."""


class StrategyWorker:
    """Wraps one strategy."""

    ready = True

    def __init__(
        self, strategy: Strategy, *, enabled: bool, seal: Callable[[], AbstractContextManager[None]] = nullcontext
    ) -> None:
        """A disabled strategy is never called. ``seal`` is closed around every call of an enabled one."""
        self._strategy = strategy
        self._enabled = enabled
        self._seal = seal
        self._patient = strategy if isinstance(strategy, Patient) else None

    def start(self, now: Moment) -> list[WorkerOut]:
        """Nothing to say."""
        return []

    def handle(self, message: Deliberate, now: Moment) -> list[WorkerOut]:
        """The strategy's answer to the snapshot.

        Raises:
            TypeError: an answer is no ``TradeProposal``, or one of its fields is of another type.
            ValueError: a proposal carries another strategy's name, or something that cannot sensibly be written down.
        """
        cycle, name = message.context.cycle, self._strategy.name
        if not self._enabled:
            return [ProposalsMade(cycle, name, (), skipped="disabled")]
        if name in message.held_back:
            return [ProposalsMade(cycle, name, (), skipped=BREAKER_OPEN)]
        seen = self._seen(message.context)
        with self._seal():
            proposals = tuple(self._strategy.generate_proposals(seen)[:_PROPOSALS_MAX])
        for proposal in proposals:
            self._check(proposal)
        return [ProposalsMade(cycle, name, proposals)]

    @property
    def enabled(self) -> bool:
        """Whether it is ever asked."""
        return self._enabled

    def waits(self, glimpse: Glimpse) -> bool:
        """Whether its answer to the snapshot would be empty, for sure; who cannot say so beforehand has to be asked."""
        return not self._enabled or (self._patient is not None and self._patient.waits(glimpse))

    def _seen(self, context: CycleContext) -> CycleContext:
        """The snapshot with this strategy's external signals alone: nobody acts on what was sent to another."""
        own = tuple(signal for signal in context.signals if signal.strategy == self._strategy.name)
        return context if own == context.signals else evolve(context, signals=own)

    def _check(self, proposal: object) -> None:
        name = self._strategy.name
        if not isinstance(proposal, TradeProposal):
            raise TypeError(f"strategy {name} proposed {proposal!r}, which is no TradeProposal")
        if _types_of(proposal) == _USUAL_TYPES:
            self._check_words(proposal)
            return
        for field, wanted in _FIELD_TYPES:
            value = getattr(proposal, field)
            if isinstance(value, bool) is not (wanted is bool) or not isinstance(value, wanted):
                raise TypeError(f"strategy {name} proposed {field} {value!r}, which is of type {type(value).__name__}")
        self._check_words(proposal)

    def _check_words(self, proposal: TradeProposal) -> None:
        name = self._strategy.name
        if proposal.strategy != name:
            raise ValueError(f"strategy {name} proposed in the name of {proposal.strategy}")
        absurd = _absurdity(proposal)
        if absurd is not None:
            raise ValueError(f"strategy {name} proposed {absurd}")


def _types_of(proposal: TradeProposal) -> tuple[type, ...]:
    return tuple(map(type, _VALUES(proposal)))


@lru_cache(maxsize=4_096)  # more symbols than any venue lists
def _canonical(symbol: str) -> bool:
    return symbol_of(symbol) == symbol


def _absurdity(proposal: TradeProposal) -> str | None:
    if not _canonical(proposal.symbol):
        return f"the symbol {proposal.symbol!r}, which is not in its canonical form"
    for field in ("notional_pct", "stop_loss_pct", "take_profit_pct"):
        value: Decimal = getattr(proposal, field)
        if len(value.as_tuple().digits) > _DIGITS_MAX:
            return f"a {field} of {len(value.as_tuple().digits)} digits, at most {_DIGITS_MAX}"
        if value.is_finite() and value and abs(value.adjusted()) > _EXPONENT_MAX:
            return f"{field} {value:.1e}"
    if isinstance(proposal.conviction, int) and abs(proposal.conviction) > _CONVICTION_MAX:
        return f"a conviction of {proposal.conviction.bit_length()} bits"
    if abs(proposal.max_hold_s) > _HOLD_S_MAX:
        return f"a max_hold_s of {proposal.max_hold_s.bit_length()} bits"
    if len(proposal.reason) > _REASON_LENGTH_MAX or not proposal.reason.isprintable():
        return f"a reason of {len(proposal.reason)} characters that is too long or not printable"
    return None
