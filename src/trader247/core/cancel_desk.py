"""Cancels: who is asked to end, who has to end, and what a cancel that does not come through is told as.

A cancel is a request: the order stays what it is until the venue says otherwise, and is asked again by the timers.
"""

from collections.abc import Iterable
from typing import Final

from trader247.core.order_books import OrderBooks
from trader247.core.order_evidence import EvidenceOut, OrderEvidence
from trader247.core.order_state import OrderEvent
from trader247.core.order_timers import OrderTimers
from trader247.messages.control import AlertCleared, AlertRaised, Severity
from trader247.messages.orders import CancelFinished, CancelOrders, LookUpOrder
from trader247.model.ids import AlertKey
from trader247.model.instant import Moment
from trader247.model.order import Order, OrderStatus

__all__ = ["CancelDesk", "over", "stuck"]

_CANCELLABLE: Final = frozenset({OrderStatus.OPEN, OrderStatus.PARTIAL_FILL})


class CancelDesk:
    """Makes cancel requests."""

    def __init__(self, books: OrderBooks, timers: OrderTimers, evidence: OrderEvidence) -> None:
        """Shares the order manager's books, timers and evidence."""
        self._books = books
        self._timers = timers
        self._evidence = evidence

    def ask(self, orders: Iterable[Order], reason: str, now: Moment) -> list[CancelOrders | EvidenceOut]:
        """One request for all of them that have a venue id, whatever their status: the venue knows best what lives."""
        known = [order for order in orders if order.venue_order_id is not None]
        ids = tuple(order.venue_order_id for order in known if order.venue_order_id is not None)
        if not ids:
            return []
        out: list[CancelOrders | EvidenceOut] = [CancelOrders(ids, reason)]
        for order in known:
            self._timers.cancel_sent(order, now)
            if order.status in _CANCELLABLE:
                out += self._evidence.advance(order, OrderEvent.CANCEL_SENT, now, reason=reason)[1]
        return out

    def ask_working(self, orders: Iterable[Order], reason: str, now: Moment) -> list[CancelOrders | EvidenceOut]:
        """As ``ask``, of those that are known to work and were not asked yet."""
        return self.ask([order for order in orders if order.status in _CANCELLABLE], reason, now)

    def end_where_due(self, order: Order, now: Moment) -> list[CancelOrders | EvidenceOut]:
        """Ask an order that turned out to work while nothing of its kind may."""
        why = self._books.must_end(order)
        return self.ask_working([order], why, now) if why else []

    def answered(self, message: CancelFinished, now: Moment) -> list[LookUpOrder]:
        """A refused cancel: most often it filled meanwhile. The venue's own word on the order decides, never this."""
        found = (self._books.registry.find(venue_order_id) for venue_order_id, _reason in message.refused)
        return [self._timers.look_up(order, now) for order in found if order is not None and not order.status.terminal]


def stuck(order: Order) -> AlertRaised:
    """The venue has not confirmed a cancel for so long that a person should know."""
    text = f"{order.intent.symbol} {order.venue_order_id}: the cancel is not confirmed; the order may be live"
    return AlertRaised(_key(order), Severity.CRITICAL, text)


def over(order: Order) -> AlertCleared:
    """What ``stuck`` told is over."""
    return AlertCleared(_key(order))


def _key(order: Order) -> AlertKey:
    return AlertKey(f"cancel_stuck:{order.intent.intent_id}")
