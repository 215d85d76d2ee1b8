"""Messages about breakers: work that ended well or badly, and what a breaker made of it."""

from enum import StrEnum
from typing import Final

from attrs import frozen

from trader247.model.ids import StrategyName
from trader247.model.instant import Instant

__all__ = [
    "STRATEGY",
    "BreakerChanged",
    "BreakerLine",
    "BreakerState",
    "BreakersListed",
    "OpenedBreaker",
    "Outcome",
    "SetBreaker",
    "Work",
    "WorkEnded",
    "strategy_work",
]


STRATEGY: Final = "strategy:"


class BreakerState(StrEnum):
    """Where a breaker stands: CLOSED lets work through, OPEN does not, HALF_OPEN watches the next of it."""

    CLOSED = "CLOSED"
    HALF_OPEN = "HALF_OPEN"
    OPEN = "OPEN"


class Work(StrEnum):
    """The kinds of work that every installation has a breaker for; a strategy's is called ``strategy:NAME``."""

    ORDERS = "orders"
    CANCELS = "cancels"
    ACCOUNT = "account"
    MARKET_DATA = "market_data"
    MARKET_STREAM = "market_stream"
    API_ERRORS = "api_errors"
    RATE_LIMITS = "rate_limits"
    LATENCY = "latency"


def strategy_work(name: StrategyName) -> str:
    """The name of a strategy's breaker, which is its actor's name as well."""
    return f"{STRATEGY}{name}"


class Outcome(StrEnum):
    """How a piece of work ended. RATE_LIMITED: the venue said that it was asked too often."""

    OK = "ok"
    FAILED = "failed"
    RATE_LIMITED = "rate_limited"


@frozen
class WorkEnded:
    """A request's attempt or a strategy's turn is over. ``took_s`` is 0 where nobody measured."""

    breaker: str
    outcome: Outcome
    text: str
    took_s: float = 0.0


@frozen
class SetBreaker:
    """An operator's order: OPEN holds the breaker open until CLOSED is ordered, over restarts."""

    breaker: str
    state: BreakerState
    by: str
    reason: str
    at: Instant


@frozen
class BreakerLine:
    """A breaker as it stands. ``until`` is when it will be probed, None where it is not open or is held by ``by``.

    ``stops`` says what does not happen while it is OPEN; ``failures`` are those inside ``window_s``.
    """

    breaker: str
    state: BreakerState
    since: Instant
    until: Instant | None
    failures: int
    failures_max: int
    window_s: float
    why: str
    by: str
    stops: str


@frozen
class BreakerChanged:
    """A breaker has a new state."""

    line: BreakerLine
    before: BreakerState


@frozen
class OpenedBreaker:
    """One that opened by itself and was not closed when a run ended; ``until`` is when it is to be probed."""

    breaker: str
    since: Instant
    until: Instant
    why: str


@frozen
class BreakersListed:
    """Every breaker as it stands, by kind and name; the newest list is the only one that counts."""

    lines: tuple[BreakerLine, ...]
