"""The shapes of the venue's JSON, as msgspec reads them; their meaning is in ``codec`` and ``stream_codec``.

Unknown fields are ignored, since new ones appear without notice. Numbers stay text here: msgspec's own Decimal would
also take ``"Infinity"`` and ``"1_000"``.
"""

import msgspec

__all__ = [
    "AccountPage",
    "BookLevel",
    "CancelBody",
    "CancelRow",
    "CandleBody",
    "CandleRow",
    "CreateBody",
    "CreateRefusal",
    "CreateSuccess",
    "ErrorBody",
    "FeeBody",
    "FillPage",
    "FillRow",
    "Number",
    "OrderBody",
    "OrderPage",
    "OrderRow",
    "PermissionBody",
    "PricebookBody",
    "PricebookRow",
    "PricebooksBody",
    "ProductBody",
    "ProductRow",
    "TimeBody",
]

Number = str | int | float | None
Flag = bool | str | None
"""The venue spells some of its truths as text; null and ``""`` mean absent."""


class TimeBody(msgspec.Struct):
    iso: str = ""
    epochMillis: str | int = ""  # noqa: N815  (the wire's own spelling)


class ProductRow(msgspec.Struct):
    product_id: str
    base_increment: Number
    quote_increment: Number
    base_min_size: Number
    base_max_size: Number
    quote_min_size: Number
    price_increment: Number = None
    price: Number = None
    status: str = ""
    base_currency_id: str = ""
    quote_currency_id: str = ""
    is_disabled: Flag = False
    trading_disabled: Flag = False
    view_only: Flag = False
    cancel_only: Flag = False
    limit_only: Flag = False
    post_only: Flag = False
    auction_mode: Flag = False


class ProductBody(msgspec.Struct):
    products: list[ProductRow]


class BookLevel(msgspec.Struct):
    price: Number
    size: Number


class PricebookRow(msgspec.Struct):
    product_id: str
    bids: list[BookLevel]
    asks: list[BookLevel]
    time: str


class PricebooksBody(msgspec.Struct):
    pricebooks: list[PricebookRow]


class PricebookBody(msgspec.Struct):
    pricebook: PricebookRow
    last: Number = None


class CandleRow(msgspec.Struct):
    start: str | int
    low: Number
    high: Number
    open: Number
    close: Number
    volume: Number


class CandleBody(msgspec.Struct):
    candles: list[CandleRow]


class Amount(msgspec.Struct):
    value: Number


class AccountRow(msgspec.Struct):
    uuid: str
    currency: str
    available_balance: Amount
    hold: Amount | None = None
    type: str = ""
    platform: str = ""


class AccountPage(msgspec.Struct):
    accounts: list[AccountRow]
    has_next: bool
    cursor: str | None = ""


class FeeTier(msgspec.Struct):
    taker_fee_rate: Number
    maker_fee_rate: Number
    pricing_tier: str = ""


class FeeBody(msgspec.Struct):
    fee_tier: FeeTier


class PermissionBody(msgspec.Struct):
    can_view: bool
    can_trade: bool
    can_transfer: bool
    portfolio_uuid: str = ""


class OrderTerms(msgspec.Struct):
    """One kind of order configuration, whichever: a field that a kind does not have is not there."""

    base_size: Number = None
    quote_size: Number = None
    limit_price: Number = None
    stop_price: Number = None
    stop_trigger_price: Number = None


class OrderRow(msgspec.Struct):
    order_id: str
    product_id: str
    side: str
    status: str
    filled_size: Number
    client_order_id: str = ""
    filled_value: Number = None
    average_filled_price: Number = None
    total_fees: Number = None
    number_of_fills: Number = None
    created_time: str | None = None
    last_fill_time: str | None = None
    last_update_time: str | None = None
    pending_cancel: bool | None = False
    product_type: str | None = ""
    reject_reason: str | None = ""
    reject_message: str | None = ""
    cancel_message: str | None = ""
    order_configuration: dict[str, OrderTerms | None] | None = None


class OrderPage(msgspec.Struct):
    orders: list[OrderRow]
    has_next: bool
    cursor: str | None = ""


class OrderBody(msgspec.Struct):
    order: OrderRow


class FillRow(msgspec.Struct):
    entry_id: str
    order_id: str
    product_id: str
    side: str
    price: Number
    size: Number
    commission: Number
    trade_time: str
    trade_type: str = "FILL"
    liquidity_indicator: str = ""
    size_in_quote: bool = False


class FillPage(msgspec.Struct):
    fills: list[FillRow]
    cursor: str | None = ""


class CreateSuccess(msgspec.Struct):
    order_id: str = ""
    client_order_id: str = ""
    product_id: str = ""
    side: str = ""


class CreateRefusal(msgspec.Struct):
    error: str | None = ""
    message: str | None = ""
    error_details: str | None = ""
    preview_failure_reason: str | None = ""
    new_order_failure_reason: str | None = ""


class CreateBody(msgspec.Struct):
    success: bool
    success_response: CreateSuccess | None = None
    error_response: CreateRefusal | None = None


class CancelRow(msgspec.Struct):
    order_id: str
    success: bool
    failure_reason: str | None = ""


class CancelBody(msgspec.Struct):
    results: list[CancelRow]


class ErrorItem(msgspec.Struct):
    id: str = ""
    message: str = ""


class ErrorBody(msgspec.Struct):
    error: str | None = ""
    error_details: str | None = ""
    message: str | None = ""
    code: str | int | None = None
    errors: list[ErrorItem] | None = None
