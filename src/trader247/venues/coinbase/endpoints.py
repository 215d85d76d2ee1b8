"""Every REST endpoint this client calls: a closed set, so that limits, breakers and metric labels are bounded."""

from enum import IntEnum, StrEnum
from typing import Final

from attrs import frozen

__all__ = ["ROOT", "Endpoint", "Endpoints", "Priority", "Scope"]

ROOT: Final = "/api/v3/brokerage"


class Scope(StrEnum):
    """Whose quota a call counts to: the account's, or this address's."""

    PRIVATE = "private"
    PUBLIC = "public"


class Priority(IntEnum):
    """Who goes first when the quota runs short: a cancel never waits behind a read (requirement RL1)."""

    CANCEL = 0
    STATUS = 1
    PLACE = 2
    MARKET = 3


@frozen
class Endpoint:
    """One method and path. ``path`` may hold one ``{}`` for an identifier; ``per_s`` is this endpoint's own limit."""

    name: str
    method: str
    path: str
    priority: Priority
    scope: Scope = Scope.PRIVATE
    per_s: float = 10.0

    def target(self, identifier: str = "") -> str:
        """The path with the (already escaped) identifier in its place."""
        return ROOT + self.path.replace("{}", identifier)


def _public(name: str, path: str) -> Endpoint:
    return Endpoint(name, "GET", path, Priority.MARKET, Scope.PUBLIC, per_s=5.0)


class Endpoints:
    """The set itself."""

    TIME: Final = _public("time", "/time")
    PRODUCTS: Final = Endpoint("products", "GET", "/products", Priority.MARKET)
    PRODUCT: Final = Endpoint("product", "GET", "/products/{}", Priority.STATUS)
    CANDLES: Final = Endpoint("candles", "GET", "/products/{}/candles", Priority.MARKET, per_s=15.0)
    BEST_BID_ASK: Final = Endpoint("best_bid_ask", "GET", "/best_bid_ask", Priority.MARKET)
    BOOK: Final = Endpoint("book", "GET", "/product_book", Priority.MARKET)
    PUBLIC_PRODUCTS: Final = _public("public_products", "/market/products")
    PUBLIC_PRODUCT: Final = _public("public_product", "/market/products/{}")
    PUBLIC_BOOK: Final = _public("public_book", "/market/product_book")
    PUBLIC_CANDLES: Final = _public("public_candles", "/market/products/{}/candles")
    ACCOUNTS: Final = Endpoint("accounts", "GET", "/accounts", Priority.STATUS)
    FEES: Final = Endpoint("fees", "GET", "/transaction_summary", Priority.STATUS)
    PERMISSIONS: Final = Endpoint("permissions", "GET", "/key_permissions", Priority.STATUS)
    OPEN_ORDERS: Final = Endpoint("open_orders", "GET", "/orders/historical/batch", Priority.STATUS)
    ORDERS: Final = Endpoint("orders", "GET", "/orders/historical/batch", Priority.STATUS)
    ORDER: Final = Endpoint("order", "GET", "/orders/historical/{}", Priority.STATUS)
    FILLS: Final = Endpoint("fills", "GET", "/orders/historical/fills", Priority.STATUS)
    CREATE: Final = Endpoint("create_order", "POST", "/orders", Priority.PLACE)
    CANCEL: Final = Endpoint("batch_cancel", "POST", "/orders/batch_cancel", Priority.CANCEL)

    ALL: Final = (
        TIME,
        PRODUCTS,
        PRODUCT,
        CANDLES,
        BEST_BID_ASK,
        BOOK,
        PUBLIC_PRODUCTS,
        PUBLIC_PRODUCT,
        PUBLIC_BOOK,
        PUBLIC_CANDLES,
        ACCOUNTS,
        FEES,
        PERMISSIONS,
        OPEN_ORDERS,
        ORDERS,
        ORDER,
        FILLS,
        CREATE,
        CANCEL,
    )
