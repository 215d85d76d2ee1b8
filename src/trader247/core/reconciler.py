"""The reconciler: do our books and the venue's say the same? (REC1 in its first form.)

It asks for a pass at the start, on a slow timer, and whenever somebody has a reason (a reconnect, an order in doubt).
A pass reads everything to the last page or counts for nothing. What it found of orders and fills has gone to the order
manager by then; here the balances are compared. Balances trail fills by seconds at the real venue, so a difference is
believed when two passes in a row show the same one while no order is unsettled.
"""

from decimal import Decimal
from typing import Final

from trader247.messages.base import Tick
from trader247.messages.control import AlertCleared, AlertRaised, Guard, GuardVoted, Severity
from trader247.messages.orders import (
    BalancesDiffer,
    BalancesSeen,
    PassFailed,
    PortfolioChanged,
    ReconcileFinished,
    ReconcileNow,
    ReconcilePass,
)
from trader247.model.ids import AlertKey
from trader247.model.instant import HOUR, SECOND, Instant, Moment, Mono, seconds
from trader247.model.portfolio import Balance

__all__ = ["Reconciler", "ReconcilerIn", "ReconcilerOut", "differences"]

ReconcilerIn = PortfolioChanged | BalancesSeen | ReconcileFinished | PassFailed | ReconcileNow | Tick
ReconcilerOut = ReconcilePass | BalancesDiffer | GuardVoted | AlertRaised | AlertCleared

EVERY_S: Final = 30.0
AGAIN_S: Final = 2.0
"""How soon a pass is repeated that failed, showed a difference, or was asked for again while it ran."""
PASS_S_MAX: Final = 60.0
"""A pass that has not ended by then is asked for anew."""
STALE_S: Final = 90.0
"""Without a clean pass for so long the books are not confirmed any more: three turns missed."""
LOOK_BACK: Final = HOUR
"""Orders and fills are read from this long before the oldest unsettled order; late news is never later than that."""

_MISMATCH = AlertKey("reconcile_mismatch")
_FAILING = AlertKey("reconcile_failing")


class Reconciler:
    """The decider. It is ready at once: while no pass was clean its vote is no, and it goes on asking."""

    ready = True

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._portfolio: PortfolioChanged | None = None
        self._running_since: Mono | None = None
        self._next_at: Mono | None = None
        self._asked = False
        self._clean_at: Mono | None = None
        self._suspect: tuple[BalancesDiffer, ...] = ()
        self._mismatch: tuple[BalancesDiffer, ...] = ()
        self._why = "no pass yet"

    def start(self, now: Moment) -> list[ReconcilerOut]:
        """The first pass waits for the order manager's books."""
        return []

    def handle(self, message: ReconcilerIn, now: Moment) -> list[ReconcilerOut]:
        """What follows from one message."""
        match message:
            case PortfolioChanged():
                first = self._portfolio is None or not self._portfolio.books_loaded
                self._portfolio = message
                return self._begin(now) if first and message.books_loaded else []
            case BalancesSeen():
                return self._compare(message)
            case ReconcileFinished():
                return self._ended(now)
            case PassFailed(why):
                self._running_since, self._why = None, why
                self._next_at = Mono(now.mono + round(AGAIN_S * SECOND))
                return [AlertRaised(_FAILING, Severity.WARNING, f"the venue could not be read to the end: {why}")]
            case ReconcileNow():
                # a pass that runs may have read past what this is about
                self._asked = self._running_since is not None
                return self._begin(now)
            case Tick():
                return [*self._timers(now), self._vote(now)]

    def _begin(self, now: Moment) -> list[ReconcilerOut]:
        if self._running_since is not None or self._portfolio is None or not self._portfolio.books_loaded:
            return []
        self._running_since = now.mono
        oldest = min((order.intent.created_at for order in self._portfolio.working), default=now.utc)
        return [ReconcilePass(Instant(oldest - LOOK_BACK))]

    def _timers(self, now: Moment) -> list[ReconcilerOut]:
        if self._running_since is not None and seconds(now.mono - self._running_since) > PASS_S_MAX:
            self._running_since, self._next_at = None, None
            return self._begin(now)
        if self._next_at is not None and now.mono >= self._next_at:
            self._next_at = None
            return self._begin(now)
        return []

    def _compare(self, seen: BalancesSeen) -> list[ReconcilerOut]:
        portfolio = self._portfolio
        # the first balances ever are what the books begin from; with orders unsettled nothing can be told apart, but
        # one that rests to protect a position may do so for days and moves nothing until its stop is reached
        if portfolio is None or not portfolio.totals or not all(order.at_rest for order in portfolio.working):
            return []
        found = differences(portfolio.totals, seen.balances)
        confirmed = found if found == self._suspect else ()
        self._suspect = found
        if not found:
            self._mismatch = ()
            return [AlertCleared(_MISMATCH)]
        if not confirmed:
            return []
        self._mismatch = confirmed
        text = "; ".join(f"{d.currency}: ours {d.expected}, venue {d.actual}" for d in confirmed)
        return [*confirmed, AlertRaised(_MISMATCH, Severity.CRITICAL, f"balances differ: {text}")]

    def _ended(self, now: Moment) -> list[ReconcilerOut]:
        self._running_since = None
        wait_s = AGAIN_S if self._suspect or self._asked else EVERY_S
        self._asked = False
        self._next_at = Mono(now.mono + round(wait_s * SECOND))
        if not self._mismatch and not self._suspect:
            self._clean_at, self._why = now.mono, ""
        return [AlertCleared(_FAILING)]

    def _vote(self, now: Moment) -> GuardVoted:
        if self._mismatch:
            names = ", ".join(d.currency for d in self._mismatch)
            return GuardVoted(Guard.RECONCILER, yes=False, reason=f"balances differ: {names}")
        if self._clean_at is None:
            return GuardVoted(Guard.RECONCILER, yes=False, reason=self._why)
        age_s = seconds(now.mono - self._clean_at)
        if age_s > STALE_S:
            return GuardVoted(Guard.RECONCILER, yes=False, reason=f"last clean pass {age_s:.0f} s ago: {self._why}")
        return GuardVoted(Guard.RECONCILER, yes=True, reason=f"clean {age_s:.0f} s ago")


def differences(expected: tuple[tuple[str, Decimal], ...], balances: tuple[Balance, ...]) -> tuple[BalancesDiffer, ...]:
    """Every currency whose total differs, by name. A currency only one side knows counts as zero on the other."""
    ours = dict(expected)
    theirs = {balance.currency: balance.total for balance in balances}
    names = sorted(ours.keys() | theirs.keys())
    pairs = ((name, ours.get(name, Decimal(0)), theirs.get(name, Decimal(0))) for name in names)
    return tuple(BalancesDiffer(name, mine, venue) for name, mine, venue in pairs if mine != venue)
