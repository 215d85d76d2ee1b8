"""A timer for every order that is not over (requirement OM4): nothing waits for ever, and nothing is asked too often.

============== =========================================================================================
status         what happens when nothing does
============== =========================================================================================
NEW            the journal did not confirm: the intent is given up after ``NEW_S``, it never left
SUBMITTED      the gateway did not answer within its own deadline: the order is in doubt after ``ANSWER_S``
UNKNOWN        asked every ``LOOK_UP_S``; absent after ``ABSENCES`` complete listings and ``SETTLE_S`` of doubt
OPEN, PARTIAL  an entry is cancelled after the policy's time to live; what rests is looked at every ``POLL_S``, and an
               order that should not rest every ``LOOK_UP_S``
PENDING_CANCEL the cancel is sent again after 0.25, 0.5, 1 s, then every 2 s, and the order is looked at; a person is
               told after ``CANCEL_STUCK_S``, and the asking goes on: an order that may be live is never let be
unsettled end  the missing fills are asked for every ``FILLS_S``
============== =========================================================================================
"""

from typing import Final

from attrs import Factory, define

from trader247.core.order_books import OrderBooks
from trader247.messages.orders import FetchFills, LookUpOrder
from trader247.model.ids import IntentId
from trader247.model.instant import SECOND, Moment, Mono
from trader247.model.mode import OrderKind
from trader247.model.order import Order, OrderStatus, Style

__all__ = ["Due", "OrderTimers"]

NEW_S: Final = 30.0
ANSWER_S: Final = 20.0
"""Twice the client's own deadline for a write."""
LOOK_UP_S: Final = 2.0
POLL_S: Final = 60.0
FILLS_S: Final = 1.0
ABSENCES: Final = 3
SETTLE_S: Final = 20.0
"""Twice the longest life of a request: one still on its way when we gave up has arrived by then, or never will."""
CANCEL_AGAIN_S: Final = (0.25, 0.5, 1.0, 2.0)
CANCEL_STUCK_S: Final = 10.0
"""The time in which requirement K1 wants every working order cancelled."""


@define
class _Watch:
    begun: Mono
    since: Mono
    status: OrderStatus
    looked_at: Mono | None = None
    fetched_at: Mono | None = None
    cancelled_at: Mono | None = None
    cancels: int = 0
    cancel_alerted: bool = False
    absences: int = 0


@define
class Due:
    """What the timers want done."""

    requests: list[FetchFills | LookUpOrder] = Factory(list)
    stuck: list[Order] = Factory(list)
    never_durable: list[Order] = Factory(list)
    expired: list[Order] = Factory(list)
    cancel_again: list[Order] = Factory(list)
    cancel_stuck: list[Order] = Factory(list)


class OrderTimers:
    """Monotonic watches, one per unsettled order. They are not persisted: a restart begins every wait anew."""

    def __init__(self, books: OrderBooks) -> None:
        """Shares the order manager's books."""
        self._books = books
        self._watches: dict[IntentId, _Watch] = {}

    def due(self, now: Moment) -> Due:
        """Everything whose time has come, in the order the orders were made."""
        due = Due()
        for order in list(self._books.registry.unsettled()):
            self._look_at(order, self._watch(order, now), now, due)
        return due

    def look_up(self, order: Order, now: Moment) -> LookUpOrder:
        """Ask the venue about this order, and remember that we did."""
        self._watch(order, now).looked_at = now.mono
        return LookUpOrder(
            order.intent.intent_id, order.intent.client_order_id, order.venue_order_id, order.intent.created_at
        )

    def fetch(self, order: Order, now: Moment) -> FetchFills:
        """Ask the venue for the fills of this order, and remember that we did. The order has a venue id."""
        self._watch(order, now).fetched_at = now.mono
        if order.venue_order_id is None:
            raise ValueError(f"order {order.intent.intent_id} has fills and no venue order id")
        return FetchFills(order.venue_order_id)

    def cancel_sent(self, order: Order, now: Moment) -> None:
        """A cancel of this order went out."""
        watch = self._watch(order, now)
        watch.cancelled_at = now.mono
        watch.cancels += 1

    def heard_of(self, order: Order, now: Moment) -> None:
        """The venue spoke of this order; earlier proofs of absence are void."""
        watch = self._watch(order, now)
        watch.looked_at = now.mono
        watch.absences = 0

    def absence_proven(self, order: Order, now: Moment) -> bool:
        """Count one complete listing without the order; whether that is now enough, in number and in time."""
        watch = self._watch(order, now)
        watch.absences += 1
        old_enough = now.mono - watch.since >= SETTLE_S * SECOND
        return watch.absences >= ABSENCES and old_enough

    def was_cancelled(self, order: Order) -> bool:
        """Whether a cancel of this order went out in this run."""
        watch = self._watches.get(order.intent.intent_id)
        return watch is not None and watch.cancels > 0

    def forget(self, order: Order) -> bool:
        """The order is over and settled; whether ``Due.cancel_stuck`` had named it."""
        watch = self._watches.pop(order.intent.intent_id, None)
        return watch is not None and watch.cancel_alerted

    def _watch(self, order: Order, now: Moment) -> _Watch:
        watch = self._watches.get(order.intent.intent_id)
        if watch is None:
            watch = self._watches[order.intent.intent_id] = _Watch(begun=now.mono, since=now.mono, status=order.status)
        elif watch.status is not order.status:
            watch.since, watch.status = now.mono, order.status
        return watch

    def _look_at(self, order: Order, watch: _Watch, now: Moment, due: Due) -> None:
        age_s = (now.mono - watch.since) / SECOND
        match order.status:
            case OrderStatus.NEW:
                if age_s >= NEW_S:
                    due.never_durable.append(order)
            case OrderStatus.SUBMITTED:
                if age_s >= ANSWER_S:
                    due.stuck.append(order)
            case OrderStatus.UNKNOWN:
                if _elapsed(watch.looked_at, LOOK_UP_S, now):
                    due.requests.append(self.look_up(order, now))
            case OrderStatus.OPEN | OrderStatus.PARTIAL_FILL:
                self._look_at_resting(order, watch, age_s, now, due)
            case OrderStatus.PENDING_CANCEL:
                wait_s = CANCEL_AGAIN_S[min(max(watch.cancels - 1, 0), len(CANCEL_AGAIN_S) - 1)]
                if _elapsed(watch.cancelled_at, wait_s, now):
                    due.cancel_again.append(order)
                if age_s >= CANCEL_STUCK_S and not watch.cancel_alerted:
                    watch.cancel_alerted = True
                    due.cancel_stuck.append(order)
                if _elapsed(watch.looked_at, LOOK_UP_S, now):
                    due.requests.append(self.look_up(order, now))
            case _:
                if order.venue_order_id is not None and _elapsed(watch.fetched_at, FILLS_S, now):
                    due.requests.append(self.fetch(order, now))

    def _look_at_resting(self, order: Order, watch: _Watch, age_s: float, now: Moment, due: Due) -> None:
        intent = order.intent
        rests_by_plan = intent.kind is OrderKind.ENTRY and intent.style is Style.POST_ONLY
        rests = rests_by_plan or intent.protects
        ttl_s = self._books.policy.execution.entry_ttl_s
        watched_s = (now.mono - watch.begun) / SECOND
        if (rests_by_plan and watched_s >= ttl_s) or self._books.must_end(order):
            due.expired.append(order)
        elif not rests and age_s >= LOOK_UP_S and _elapsed(watch.looked_at, LOOK_UP_S, now):
            due.requests.append(self.look_up(order, now))  # an IOC order does not rest; something was lost
        elif _elapsed(watch.looked_at, POLL_S, now) and age_s >= POLL_S:
            due.requests.append(self.look_up(order, now))
        elif order.filled > order.booked and _elapsed(watch.fetched_at, FILLS_S, now):
            due.requests.append(self.fetch(order, now))


def _elapsed(since: Mono | None, wait_s: float, now: Moment) -> bool:
    return since is None or now.mono - since >= wait_s * SECOND
