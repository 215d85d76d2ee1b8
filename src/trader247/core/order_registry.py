"""Every order we may still hear of, found by intent, by client order id or by the venue's id.

Settled orders are kept for a while, because the venue tells of fills late and twice.
"""

from collections import deque
from collections.abc import Iterator
from typing import Any, Final

from attrs import evolve

from trader247.core.order_state import OrderEvent, next_status
from trader247.model.ids import ClientOrderId, IntentId, VenueOrderId
from trader247.model.instant import Instant
from trader247.model.instrument import Symbol
from trader247.model.order import Order, OrderStatus, Side

__all__ = ["OrderRegistry"]

_SETTLED_KEPT: Final = 500
"""Settled orders kept in memory: four days at the default pacing; the journal keeps them all."""


class OrderRegistry:
    """The orders of this daemon, by their three names. Iteration is in the order of creation."""

    def __init__(self) -> None:
        """Empty; ``add`` fills it."""
        self._orders: dict[IntentId, Order] = {}
        self._by_client: dict[ClientOrderId, IntentId] = {}
        self._by_venue: dict[VenueOrderId, IntentId] = {}
        self._settled: deque[IntentId] = deque()
        self._unsettled: dict[IntentId, None] = {}

    def add(self, order: Order) -> None:
        """Take up a new order, or one that the journal gave back."""
        intent = order.intent
        self._by_client[intent.client_order_id] = intent.intent_id
        self._unsettled[intent.intent_id] = None
        self._keep(order)

    def get(self, intent_id: IntentId) -> Order | None:
        """The order of an intent."""
        return self._orders.get(intent_id)

    def find(self, venue_order_id: VenueOrderId, client_order_id: ClientOrderId | None = None) -> Order | None:
        """The order behind the venue's id or, failing that, behind the client order id."""
        intent_id = self._by_venue.get(venue_order_id)
        if intent_id is None and client_order_id is not None:
            intent_id = self._by_client.get(client_order_id)
        return self._orders.get(intent_id) if intent_id is not None else None

    def advance(self, order: Order, event: OrderEvent, at: Instant, **changes: Any) -> Order:
        """The order after an event, with other attributes changed along; the same object where nothing changed.

        Raises:
            IllegalTransition: the event cannot happen to the order; nothing was changed.
        """
        status = next_status(order.status, event)
        return self.change(order, status=status, changed_at=at if status is not order.status else None, **changes)

    def change(self, order: Order, *, changed_at: Instant | None = None, **changes: Any) -> Order:
        """The order with attributes changed; ``changed_at`` is when its status changed, None where it did not."""
        news = {name: value for name, value in changes.items() if getattr(order, name) != value}
        if not news:
            return order
        changed = evolve(order, changed_at=changed_at or order.changed_at, **news)
        self._keep(changed)
        return changed

    def unsettled(self) -> Iterator[Order]:
        """Orders that are not over, or whose fills are not all booked."""
        return (self._orders[intent_id] for intent_id in self._unsettled)

    def working(self, symbol: Symbol | None = None, side: Side | None = None) -> list[Order]:
        """Orders that are or may be live at the venue, or about to be sent."""
        return [
            order
            for order in self.unsettled()
            if not order.status.terminal
            and (symbol is None or order.intent.symbol == symbol)
            and (side is None or order.intent.side is side)
        ]

    def in_doubt(self) -> int:
        """How many orders have an unknown fate."""
        return sum(order.status is OrderStatus.UNKNOWN for order in self.unsettled())

    def _keep(self, order: Order) -> None:
        intent_id = order.intent.intent_id
        self._orders[intent_id] = order
        if order.venue_order_id is not None:
            self._by_venue[order.venue_order_id] = intent_id
        if not order.settled:
            self._unsettled[intent_id] = None
        elif intent_id in self._unsettled:
            del self._unsettled[intent_id]
            self._settled.append(intent_id)
            if len(self._settled) > _SETTLED_KEPT:
                self._forget(self._settled.popleft())

    def _forget(self, intent_id: IntentId) -> None:
        if intent_id in self._unsettled:
            return  # it came back to life
        order = self._orders.pop(intent_id, None)
        if order is not None:
            self._by_client.pop(order.intent.client_order_id, None)
            if order.venue_order_id is not None:
                self._by_venue.pop(order.venue_order_id, None)
