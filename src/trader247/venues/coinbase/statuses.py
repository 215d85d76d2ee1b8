"""What the venue's status words mean in ours. A word nobody knows never opens a door: it is UNKNOWN."""

from decimal import Decimal
from typing import Final

from trader247.model.instrument import ProductStatus
from trader247.model.order import OrderStatus
from trader247.venues.coinbase.wire import ProductRow

__all__ = ["order_status", "product_status"]

_ORDER: Final = {
    "PENDING": OrderStatus.OPEN,
    "QUEUED": OrderStatus.OPEN,
    "OPEN": OrderStatus.OPEN,
    "EDIT_QUEUED": OrderStatus.OPEN,
    "CANCEL_QUEUED": OrderStatus.PENDING_CANCEL,
    "FILLED": OrderStatus.FILLED,
    "CANCELLED": OrderStatus.CANCELED,
    "EXPIRED": OrderStatus.EXPIRED,
    "FAILED": OrderStatus.FAILED,
}


def order_status(word: str, filled: Decimal, *, pending_cancel: bool = False) -> OrderStatus:
    """Our status of an order the venue calls ``word``; a partial fill has no word of its own there."""
    found = _ORDER.get(word.upper(), OrderStatus.UNKNOWN)
    if found is not OrderStatus.OPEN:
        return found
    if pending_cancel:
        return OrderStatus.PENDING_CANCEL
    return OrderStatus.PARTIAL_FILL if filled > 0 else OrderStatus.OPEN


_DEAD: Final = frozenset({"offline", "internal", "delisted"})


def product_status(row: ProductRow) -> ProductStatus:
    """What may be done with a product, the strictest of its flags first."""
    if row.status in _DEAD or row.is_disabled or row.trading_disabled or row.view_only:
        return ProductStatus.DISABLED
    if row.status != "online":
        return ProductStatus.UNKNOWN
    if row.cancel_only:
        return ProductStatus.CANCEL_ONLY
    if row.auction_mode:
        return ProductStatus.AUCTION
    if row.post_only:
        return ProductStatus.POST_ONLY
    return ProductStatus.LIMIT_ONLY if row.limit_only else ProductStatus.ONLINE
