"""Deliberate defects, by name: each breaks one promise the crashes are about, and each must be found."""

import uuid
from collections.abc import Callable
from typing import Any

from attrs import evolve

from trader247.actors.reconciler import ReconcilerActor
from trader247.core.ledger import Ledger
from trader247.core.order_manager import OrderManager
from trader247.errors import VenueError
from trader247.messages.orders import OrderChanged, PlaceOrder
from trader247.model.ids import ClientOrderId
from trader247.model.instant import SECOND, Instant, Moment, Mono
from trader247.model.order import OrderStatus
from trader247.model.venue import Absent, Undecided

__all__ = ["MUTANTS"]


def _send_before_journal() -> None:
    """The request leaves while the intent is on its way to the disk."""
    handle = OrderManager.handle

    def mutated(self: Any, message: Any, now: Moment) -> list[Any]:
        said = handle(self, message, now)
        for fact in said:
            if isinstance(fact, OrderChanged) and fact.order.status is OrderStatus.NEW:
                said = [*self._send(fact.order, now), *said]
        return said

    OrderManager.handle = mutated  # type: ignore[method-assign]


def _new_id_on_retry() -> None:
    """What was in flight at the death is sent again, under an id of its own."""
    load = OrderManager._load

    def mutated(self: Any, message: Any, now: Moment) -> list[Any]:
        in_flight = [order for order in message.orders if order.status in {OrderStatus.NEW, OrderStatus.SUBMITTED}]
        until = Moment(Instant(now.utc + 10 * SECOND), Mono(now.mono + 10 * SECOND))
        again = [
            PlaceOrder(evolve(order.intent, client_order_id=ClientOrderId(_other(order.intent.client_order_id))), until)
            for order in in_flight
        ]
        return [*load(self, message, now), *again]

    OrderManager._load = mutated  # type: ignore[method-assign]


def _other(client_order_id: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, client_order_id))


def _error_is_absence() -> None:
    """A list that cannot be read holds no order."""

    async def mutated(self: Any, question: Any) -> Any:
        try:
            found = await inner(self, question)
        except VenueError:
            return Absent("not found")
        return Absent("not found") if isinstance(found, Undecided) else found

    inner = ReconcilerActor._find
    ReconcilerActor._find = mutated  # type: ignore[method-assign]


def _fill_twice() -> None:
    """Whether a fill is booked already, nobody asks."""
    Ledger.knows = lambda self, fill: False  # type: ignore[method-assign]


MUTANTS: dict[str, Callable[[], None]] = {
    "send_before_journal": _send_before_journal,
    "new_id_on_retry": _new_id_on_retry,
    "error_is_absence": _error_is_absence,
    "fill_twice": _fill_twice,
}
