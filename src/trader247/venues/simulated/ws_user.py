"""The channels about an account: ``user``, and ``futures_balance_summary`` which has nothing to say of a spot account.

Order updates are cumulative: they tell a state, not what led to it, and the same state may come twice.
"""

from collections.abc import Collection, Sequence
from typing import Final

from trader247.model.instant import Instant
from trader247.venues.simulated.exchange import Event, OrderMoved
from trader247.venues.simulated.wire import Json, user_order_object
from trader247.venues.simulated.ws_channel import Channel, Notice
from trader247.venues.simulated.ws_wire import NO_POSITIONS, encoded

__all__ = ["ALL_PRODUCTS", "FuturesChannel", "UserChannel"]

ALL_PRODUCTS: Final = ""
"""The key of a session that named no products."""

_BATCH: Final = 50


class UserChannel(Channel):
    """Orders of one portfolio. Listeners are counted by portfolio; a session's keys are the products it named."""

    name = "user"

    def orders(self, owner: str, keys: Collection[str]) -> list[str]:
        """The snapshot: working orders in batches of fifty, until a batch of fewer (none, if need be) ends it."""
        engine = self._exchange.engine
        working = [
            order for order in engine.open_orders.values() if order.owner == owner and _is_meant(order.product_id, keys)
        ]
        starts = range(0, len(working) + 1, _BATCH)
        return [
            _event("snapshot", [user_order_object(order) for order in working[first : first + _BATCH]])
            for first in starts
        ]

    def on_event(self, event: Event, now: Instant) -> list[Notice]:
        """The order as it is now."""
        del now
        if not isinstance(event, OrderMoved) or event.order.owner not in self._listeners:
            return []
        order = event.order
        return [Notice(self.name, order.product_id, _event("update", [user_order_object(order)]), order.owner)]

    def payload(self, notice: Notice, keys: Collection[str]) -> str | None:
        """The order, where its product is meant; the owner is the session's to check."""
        return notice.payload if _is_meant(notice.key, keys) else None


class FuturesChannel(Channel):
    """Needs a token and is acknowledged; that nothing follows without a futures account is a guess."""

    name = "futures_balance_summary"


def _is_meant(product_id: str, keys: Collection[str]) -> bool:
    return ALL_PRODUCTS in keys or product_id in keys


def _event(kind: str, orders: Sequence[Json]) -> str:
    return encoded({"type": kind, "orders": orders, "positions": NO_POSITIONS})
