"""The reconciler: do our books and the venue's say the same? (Requirement REC1.)

It asks for a pass at the start, on a slow timer, and whenever somebody has a reason (a reconnect, an order in doubt).
A pass reads everything to the last page or counts for nothing. What it found of orders and fills has gone to the order
manager by then, which books what it had missed; what the two sides still say differently is compared here
(``core/differences.py``) and believed when two passes in a row show it. Balances trail fills by seconds at the real
venue, so they are compared only while no fill is on its way.

What evidence can repair is repaired, ``REPAIRS_MAX`` times: an order nobody lists is asked for by its id, a missed fill
is fetched, an order that is over for us and works at the venue is cancelled. The rest is told with its numbers.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from attrs import evolve

from trader247.core.differences import balance_differences, balances_are_quiet, in_words, order_differences
from trader247.messages.base import Tick
from trader247.messages.control import AlertCleared, AlertRaised, Guard, GuardVoted, Severity
from trader247.messages.orders import (
    CancelOrders,
    FetchFills,
    LookUpOrder,
    PassFailed,
    PortfolioChanged,
    ReconcileNow,
    ReconcilePass,
)
from trader247.messages.reconciling import (
    AcceptBalances,
    AccountCompared,
    AccountSeen,
    BalancesAccepted,
    Difference,
    DifferenceFound,
    DifferenceKind,
    Subject,
)
from trader247.model.ids import AlertKey, VenueOrderId
from trader247.model.instant import HOUR, SECOND, Instant, Moment, Mono, seconds

__all__ = ["Questions", "Reconciler", "ReconcilerIn", "ReconcilerOut"]

ReconcilerIn = PortfolioChanged | AccountSeen | PassFailed | ReconcileNow | AcceptBalances | Tick
ReconcilerOut = (
    ReconcilePass
    | LookUpOrder
    | FetchFills
    | CancelOrders
    | DifferenceFound
    | AccountCompared
    | BalancesAccepted
    | GuardVoted
    | AlertRaised
    | AlertCleared
)

Questions = FetchFills | LookUpOrder | ReconcilePass
"""What its shell asks the venue, for it and for the order manager."""

EVERY_S: Final = 30.0
AGAIN_S: Final = 2.0
"""How soon a pass is repeated that failed, showed a difference for the first time, or was asked for while it ran."""
PASS_S_MAX: Final = 60.0
"""A pass that has not ended by then is asked for anew."""
STALE_S: Final = 90.0
"""Without a clean pass for so long the books are not confirmed any more: three turns missed."""
LOOK_BACK: Final = HOUR
"""Orders and fills are read from this long before the oldest unsettled order; late news is never later than that."""
REPAIRS_MAX: Final = 3
"""What did not help three times needs a person, who is told since the second pass."""
OVER_KEPT: Final = 500
"""Orders of ours that ended, kept by name to know them again: as many as the order manager keeps."""
TOLD_MAX: Final = 5
"""Differences that an alert spells out; it gives the number of the rest."""

_MISMATCH = AlertKey("reconcile_mismatch")
_EXTERNAL = AlertKey("external_activity")
_FAILING = AlertKey("reconcile_failing")
_WAY_OUT: Final = (
    "Compare with the venue; what was meant is taken over with `trader247 accept-balances` or by ending it"
)


class Reconciler:
    """The decider. It is ready at once: while no pass was clean its vote is no, and it goes on asking."""

    ready = True

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._portfolio: PortfolioChanged | None = None
        self._over: dict[VenueOrderId, None] = {}
        self._running_since: Mono | None = None
        self._next_at: Mono | None = None
        self._asked = False
        self._clean_at: Mono | None = None
        self._orders = _Belief()
        self._balances = _Belief()
        self._repairs: dict[tuple[DifferenceKind, Subject, str], int] = {}
        self._why = "no pass yet"

    def start(self, now: Moment) -> list[ReconcilerOut]:
        """The first pass waits for the order manager's books."""
        return []

    def handle(self, message: ReconcilerIn, now: Moment) -> list[ReconcilerOut]:
        """What follows from one message."""
        match message:
            case PortfolioChanged():
                return self._take(message, now)
            case AccountSeen():
                return self._ended(message, now)
            case PassFailed(why):
                self._running_since, self._why = None, why
                self._next_at = Mono(now.mono + round(AGAIN_S * SECOND))
                return [AlertRaised(_FAILING, Severity.WARNING, f"the venue could not be read to the end: {why}")]
            case ReconcileNow():
                # a pass that runs may have read past what this is about
                self._asked = self._running_since is not None
                return self._begin(now)
            case AcceptBalances():
                return self._accept(message, now)
            case Tick():
                return [*self._timers(now), self._vote(now)]

    def _take(self, portfolio: PortfolioChanged, now: Moment) -> list[ReconcilerOut]:
        before, self._portfolio = self._portfolio, portfolio
        if before is not None:
            working = {order.intent.intent_id for order in portfolio.working}
            for order in before.working:
                if order.venue_order_id is not None and order.intent.intent_id not in working:
                    self._over[order.venue_order_id] = None
            while len(self._over) > OVER_KEPT:
                del self._over[next(iter(self._over))]
        first = before is None or not before.books_loaded
        return self._begin(now) if first and portfolio.books_loaded else []

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

    def _ended(self, seen: AccountSeen, now: Moment) -> list[ReconcilerOut]:
        self._running_since = None
        out: list[ReconcilerOut] = [AlertCleared(_FAILING)]
        if self._portfolio is not None:
            out += self._compare(self._portfolio, seen)
        wait_s = AGAIN_S if self._orders.doubtful or self._balances.doubtful or self._asked else EVERY_S
        self._asked = False
        self._next_at = Mono(now.mono + round(wait_s * SECOND))
        if not any(_blocks(d) for d in (*self._orders.seen, *self._balances.seen)):
            self._clean_at, self._why = now.mono, ""
        return out

    # -------------------------------------------------------------------------------------------------- differences
    def _compare(self, books: PortfolioChanged, seen: AccountSeen) -> list[ReconcilerOut]:
        stood = {d.mark for d in self._standing}
        new = self._orders.look(order_differences(books, seen, self._over))
        if balances_are_quiet(books, seen):
            new += self._balances.look(balance_differences(books.totals, seen.balances))
        standing = self._standing
        strangers = (d for d in self._orders.seen if d.kind is DifferenceKind.EXTERNAL)
        external = sum(int(d.theirs) for d in strangers)
        return [
            *(DifferenceFound(d) for d in standing if d.mark not in stood),
            AccountCompared(new, standing, external),
            *self._repair(books),
            *_alerts(standing),
        ]

    @property
    def _standing(self) -> tuple[Difference, ...]:
        return (*self._orders.believed, *self._balances.believed)

    def _repair(self, books: PortfolioChanged) -> list[ReconcilerOut]:
        present = {(d.kind, d.subject, d.name) for d in self._orders.seen}
        self._repairs = {name: tries for name, tries in self._repairs.items() if name in present}
        ours = {order.venue_order_id: order for order in books.working}
        out: list[ReconcilerOut] = []
        for d in self._orders.seen:
            venue_id, tries = VenueOrderId(d.name), self._repairs.get((d.kind, d.subject, d.name), 0)
            order = ours.get(venue_id)
            if tries >= REPAIRS_MAX or (d.kind is DifferenceKind.UNKNOWN and d not in self._orders.believed):
                continue
            if d.kind is DifferenceKind.UNKNOWN:
                out.append(CancelOrders((venue_id,), "over in our books, working at the venue"))
            elif (d.kind, d.subject) == (DifferenceKind.MISSING, Subject.FILL):
                out.append(FetchFills(venue_id))
            elif d.kind is DifferenceKind.MISSING and order is not None:
                intent = order.intent
                out.append(LookUpOrder(intent.intent_id, intent.client_order_id, venue_id, intent.created_at))
            else:
                continue
            self._repairs[d.kind, d.subject, d.name] = tries + 1
        return out

    def _accept(self, order: AcceptBalances, now: Moment) -> list[ReconcilerOut]:
        """What is believed at this moment, and nothing that was seen only once."""
        # what was filled since moved both sides alike, and the venue's old number would cut a position wrongly
        totals = dict(self._portfolio.totals) if self._portfolio is not None else {}
        accepted = tuple(_moved_to(totals.get(d.name, d.ours), d) for d in self._balances.believed)
        if not accepted:
            return []
        self._balances = _Belief()
        self._asked = self._running_since is not None
        return [BalancesAccepted(accepted, order.reason, order.by), *_alerts(self._standing), *self._begin(now)]

    # -------------------------------------------------------------------------------------------------------- vote
    def _vote(self, now: Moment) -> GuardVoted:
        blocking = [d for d in self._standing if _blocks(d)]
        if blocking:
            return GuardVoted(Guard.RECONCILER, yes=False, reason=_told(blocking))
        if self._clean_at is None:
            return GuardVoted(Guard.RECONCILER, yes=False, reason=self._why)
        age_s = seconds(now.mono - self._clean_at)
        if age_s > STALE_S:
            return GuardVoted(Guard.RECONCILER, yes=False, reason=f"last clean pass {age_s:.0f} s ago: {self._why}")
        return GuardVoted(Guard.RECONCILER, yes=True, reason=f"clean {age_s:.0f} s ago")


class _Belief:
    """What the last look showed, and what of it the look before had shown too."""

    def __init__(self) -> None:
        self.seen: tuple[Difference, ...] = ()
        self.believed: tuple[Difference, ...] = ()

    @property
    def doubtful(self) -> bool:
        """Whether something was seen once only."""
        return len(self.believed) < len(self.seen)

    def look(self, found: tuple[Difference, ...]) -> tuple[Difference, ...]:
        """Take in a look; what the one before did not show."""
        before = {d.mark for d in self.seen}
        self.believed = tuple(d for d in found if d.mark in before)
        new = tuple(d for d in found if d.mark not in before)
        self.seen = found
        return new


def _moved_to(ours: Decimal, difference: Difference) -> Difference:
    return evolve(difference, ours=ours, theirs=difference.theirs + ours - difference.ours)


def _blocks(difference: Difference) -> bool:
    return difference.kind is not DifferenceKind.EXTERNAL


def _alerts(standing: Iterable[Difference]) -> list[ReconcilerOut]:
    """Both alerts, raised or taken back; money from outside asks for a person, an order of somebody else does not."""
    differing = [d for d in standing if _blocks(d)]
    external = [d for d in standing if not _blocks(d)]
    out: list[ReconcilerOut] = [AlertCleared(_MISMATCH)]
    if differing:
        out = [AlertRaised(_MISMATCH, Severity.CRITICAL, f"{_told(differing)}. No entries. {_WAY_OUT}")]
    if not external:
        return [*out, AlertCleared(_EXTERNAL)]
    money = any(d.subject is Subject.BALANCE for d in external)
    severity = Severity.WARNING if money else Severity.INFO
    return [*out, AlertRaised(_EXTERNAL, severity, f"{_told(external)}. It is left alone")]


def _told(differences: list[Difference]) -> str:
    rest = len(differences) - TOLD_MAX
    return "; ".join([*map(in_words, differences[:TOLD_MAX]), *([f"and {rest} more"] if rest > 0 else [])])
