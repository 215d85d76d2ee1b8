"""What the venue's status words mean in ours. A word nobody knows never opens a door: it is UNKNOWN."""

from decimal import Decimal
from typing import Final

from trader247.model.instrument import ProductStatus
from trader247.model.order import OrderStatus
from trader247.venues.coinbase.wire import Flag, ProductRow

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
    """What may be done with a product, the strictest of its flags first; a flag that cannot be read opens no door."""
    flags = {name: _flag(getattr(row, name)) for name in _STRICTEST_FIRST}
    if row.status.lower() in _DEAD or any(flags[name] for name in _SHUT):
        return ProductStatus.DISABLED
    if row.status.lower() != "online" or None in flags.values():
        return ProductStatus.UNKNOWN
    return next((status for name, status in _STRICTEST_FIRST.items() if flags[name]), ProductStatus.ONLINE)


_STRICTEST_FIRST: Final = {
    "is_disabled": ProductStatus.DISABLED,
    "trading_disabled": ProductStatus.DISABLED,
    "view_only": ProductStatus.DISABLED,
    "cancel_only": ProductStatus.CANCEL_ONLY,
    "auction_mode": ProductStatus.AUCTION,
    "post_only": ProductStatus.POST_ONLY,
    "limit_only": ProductStatus.LIMIT_ONLY,
}
_SHUT: Final = tuple(name for name, status in _STRICTEST_FIRST.items() if status is ProductStatus.DISABLED)


def _flag(said: Flag) -> bool | None:
    if isinstance(said, str):
        return {"true": True, "false": False, "": False}.get(said.lower())
    return bool(said)
