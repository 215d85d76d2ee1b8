"""The exchange's records as the venue's JSON objects. Field names, order and oddities are those of the recorded wire.

Numbers are strings without exponents, times RFC 3339 with ``Z``; nothing is rounded except where the venue itself
gives a percentage.
"""

import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from trader247.model.instant import MILLISECOND, SECOND, Instant, rfc3339
from trader247.model.money import ZERO, plain
from trader247.venues.simulated.exchange import SimulatedExchange
from trader247.venues.simulated.ledger import Balance
from trader247.venues.simulated.market import Bar
from trader247.venues.simulated.matching import Traded
from trader247.venues.simulated.order_record import Edit, ExchangeOrder, FillRow, OrderState
from trader247.venues.simulated.products import Product

__all__ = [
    "Json",
    "account_object",
    "booked_at",
    "candle_object",
    "commission_object",
    "fill_object",
    "order_object",
    "product_object",
    "ticker_object",
    "trade_object",
    "user_order_object",
]

Json = dict[str, Any]

_UNSET_TIME: Final = "0001-01-01T00:00:00Z"
_NAMES: Final = {"USD": "US Dollar", "USDC": "USDC", "EUR": "Euro"}
_FILL_BOOKED_AFTER: Final = 2 * MILLISECOND
"""Fill rows carry a second time, two to three milliseconds after the trade."""


def _pct(value: float) -> str:
    return f"{value:.14g}" if abs(value) >= 1e-4 else "0"


# ---------------------------------------------------------------------------------------------------------- market
def product_object(exchange: SimulatedExchange, product: Product, now: Instant) -> Json:
    """A product with its price, day figures and flags."""
    flags = exchange.engine.flags[product.product_id]
    day = exchange.candles[product.product_id].day(now)
    last = exchange.candles[product.product_id].last
    volume = product.size(day.volume) if day else ZERO
    return {
        "product_id": product.product_id,
        "price": plain(product.price(last)) if last is not None else "",
        "price_percentage_change_24h": _pct(day.change_pct) if day else "",
        "volume_24h": plain(volume) if day else "",
        "volume_percentage_change_24h": "0" if day else "",
        "base_increment": f"{product.base_increment:f}",
        "quote_increment": plain(product.quote_increment),
        "quote_min_size": plain(product.quote_min_size),
        "quote_max_size": plain(product.quote_max_size),
        "base_min_size": f"{product.base_min_size:f}",
        "base_max_size": plain(product.base_max_size),
        "base_name": product.base_name,
        "quote_name": _NAMES.get(product.quote, product.quote),
        "watched": False,
        "is_disabled": flags.is_disabled,
        "new": False,
        "status": flags.status,
        "cancel_only": flags.cancel_only,
        "limit_only": flags.limit_only,
        "post_only": flags.post_only,
        "trading_disabled": flags.trading_disabled,
        "auction_mode": flags.auction_mode,
        "product_type": "SPOT",
        "quote_currency_id": product.quote,
        "base_currency_id": product.base,
        "fcm_trading_session_details": None,
        "mid_market_price": "",
        "alias": product.alias,
        "alias_to": [name for name, each in exchange.listed.items() if each.alias == product.product_id],
        "base_display_symbol": product.base,
        "quote_display_symbol": product.book_id.partition("-")[2],
        "view_only": flags.view_only,
        "price_increment": f"{product.price_increment:f}",
        "display_name": product.product_id,
        "product_venue": "CBE",
        "approximate_quote_24h_volume": plain(round(volume * product.price(last or 0), 2)),
        "new_at": "2023-01-01T00:00:00Z",
        **dict.fromkeys(("market_cap", "base_cbrn", "quote_cbrn", "product_cbrn", "icon_color", "icon_url"), ""),
        "display_name_overwrite": "",
        "is_alpha_testing": False,
        "about_description": "",
        "best_bid_price": "",
        "best_ask_price": "",
        "high_24h": plain(product.price(day.high)) if day else "",
        "low_24h": plain(product.price(day.low)) if day else "",
        "hidden_from_discovery": False,
    }


def candle_object(product: Product, bar: Bar) -> Json:
    """One bucket."""
    return {
        "start": str(bar.start_s),
        "low": plain(product.price(bar.low)),
        "high": plain(product.price(bar.high)),
        "open": plain(product.price(bar.open)),
        "close": plain(product.price(bar.close)),
        "volume": plain(product.size(bar.volume)),
    }


def trade_object(trade: Traded) -> Json:
    """A trade of the tape, with the maker's side."""
    return {
        "trade_id": trade.number,
        "product_id": trade.product_id,
        "price": plain(trade.price),
        "size": plain(trade.size),
        "time": rfc3339(trade.at),
        "side": trade.maker_side.value,
    }


def ticker_object(exchange: SimulatedExchange, product: Product, now: Instant) -> Json:
    """A row of the ticker channel: last price, day figures and the best of the book."""
    candles = exchange.candles[product.product_id]
    day = candles.day(now)
    (bid, bid_size), (ask, ask_size) = exchange.touch(product.product_id)
    return {
        "type": "ticker",
        "product_id": product.product_id,
        "price": plain(product.price(candles.last or 0)),
        "volume_24_h": plain(product.size(day.volume)) if day else "0",
        "low_24_h": plain(product.price(day.low)) if day else "",
        "high_24_h": plain(product.price(day.high)) if day else "",
        "low_52_w": plain(product.price(candles.year_low)),
        "high_52_w": plain(product.price(candles.year_high)),
        "price_percent_chg_24_h": _pct(day.change_pct) if day else "0",
        "best_bid": plain(bid),
        "best_bid_quantity": plain(bid_size),
        "best_ask": plain(ask),
        "best_ask_quantity": plain(ask_size),
    }


# --------------------------------------------------------------------------------------------------------- account
def account_object(exchange: SimulatedExchange, portfolio_id: str, currency: str, balance: Balance) -> Json:
    """One wallet of a portfolio."""
    opened = rfc3339(exchange.opened_at, 0)
    fiat = currency in {"USD", "EUR", "GBP"}
    return {
        "uuid": str(uuid.uuid5(uuid.UUID(portfolio_id), currency)),
        "name": f"{currency} Wallet" if not fiat else f"Cash ({currency})",
        "currency": currency,
        "available_balance": {"value": plain(balance.available), "currency": currency},
        "default": True,
        "active": True,
        "created_at": opened,
        "updated_at": opened,
        "deleted_at": None,
        "type": "ACCOUNT_TYPE_FIAT" if fiat else "ACCOUNT_TYPE_CRYPTO",
        "ready": True,
        "hold": {"value": plain(balance.hold), "currency": currency},
        "retail_portfolio_id": portfolio_id,
        "platform": "ACCOUNT_PLATFORM_CONSUMER",
    }


def order_object(order: ExchangeOrder, configuration: Mapping[str, Any], *, settled: bool = True) -> Json:
    """An order as the REST listings show it. ``settled`` is false while the fills of a filled one are not shown yet."""
    in_quote = order.terms.quote_size is not None
    return {
        "order_id": order.order_id,
        "product_id": order.product_id,
        "user_id": order.owner,
        "order_configuration": configuration,
        "side": order.side.value,
        "client_order_id": order.client_order_id,
        "status": order.state.value,
        "time_in_force": order.terms.kind.time_in_force,
        "created_time": rfc3339(order.created_at),
        "completion_percentage": _money(order.completion_pct),
        "filled_size": plain(order.filled_size),
        "average_filled_price": plain(order.average_price),
        "fee": "",
        "number_of_fills": str(order.fill_count),
        "filled_value": plain(order.filled_value),
        "pending_cancel": order.state is OrderState.CANCEL_QUEUED,
        "size_in_quote": in_quote,
        "total_fees": plain(order.fees),
        "size_inclusive_of_fees": in_quote,
        "total_value_after_fees": plain(order.value_after_fees),
        "trigger_status": order.trigger.value,
        "order_type": order.order_type,
        "reject_reason": order.reject_reason,
        "settled": settled and order.state is OrderState.FILLED,
        "product_type": "SPOT",
        "reject_message": order.reject_message,
        "cancel_message": order.cancel_message,
        "order_placement_source": "RETAIL_ADVANCED",
        "outstanding_hold_amount": plain(order.hold),
        "is_liquidation": False,
        "last_fill_time": rfc3339(order.last_fill_at) if order.last_fill_at is not None else None,
        "edit_history": [_edit_object(edit) for edit in order.edits],
        "leverage": "",
        "margin_type": "UNKNOWN_MARGIN_TYPE",
        "retail_portfolio_id": order.owner,
        "originating_order_id": order.originating_order_id,
        "attached_order_id": order.attached_order_id,
        "attached_order_configuration": order.attached_configuration,
        "current_pending_replace": _edit_object(order.pending_edit) if order.pending_edit else None,
        "commission_detail_total": None,
        "workable_size": "",
        "workable_size_completion_pct": "",
        "last_update_time": rfc3339(order.updated_at),
    }


def _edit_object(edit: Edit) -> Json:
    """An edit of the history, or the one that is queued (for which the same shape is a guess)."""
    return {"price": plain(edit.price), "size": plain(edit.size), "replace_accept_timestamp": rfc3339(edit.at)}


def user_order_object(order: ExchangeOrder) -> Json:
    """An order as the user channel shows it: cumulative, Title Case type, booleans as text."""
    terms = order.terms
    leaves = ZERO if order.is_terminal or terms.base_size is None else order.workable
    return {
        "avg_price": plain(order.average_price),
        "cancel_reason": order.cancel_message,
        "client_order_id": order.client_order_id,
        "completion_percentage": _money(order.completion_pct),
        "contract_expiry_type": "UNKNOWN_CONTRACT_EXPIRY_TYPE",
        "cumulative_quantity": plain(order.filled_size),
        "filled_value": plain(order.filled_value),
        "leaves_quantity": plain(leaves),
        "limit_price": plain(terms.limit_price) if terms.limit_price is not None else "",
        "number_of_fills": str(order.fill_count),
        "order_id": order.order_id,
        "order_side": order.side.value,
        "order_type": order.order_type.replace("_", " ").title(),
        "outstanding_hold_amount": plain(order.hold),
        "post_only": "true" if terms.post_only else "false",
        "product_id": order.product_id,
        "product_type": "SPOT",
        "reject_reason": order.reject_message,
        "retail_portfolio_id": order.owner,
        "risk_managed_by": "UNKNOWN_RISK_MANAGEMENT_TYPE",
        "status": order.state.value,
        "stop_price": plain(terms.stop_price) if terms.stop_price is not None else "",
        "time_in_force": terms.kind.time_in_force,
        "total_fees": plain(order.fees),
        "total_value_after_fees": plain(order.value_after_fees),
        "trigger_status": order.trigger.value,
        "creation_time": rfc3339(order.created_at),
        "end_time": rfc3339(terms.end_time) if terms.end_time is not None else _UNSET_TIME,
        "start_time": _UNSET_TIME,
    }


def fill_object(fill: FillRow) -> Json:
    """A fill row. Of an order sized in quote currency the size is quote, too."""
    size = fill.size * fill.price if fill.size_in_quote else fill.size
    commission = plain(fill.commission)
    return {
        "entry_id": fill.entry_id,
        "trade_id": fill.trade_id,
        "order_id": fill.order_id,
        "trade_time": rfc3339(fill.at),
        "trade_type": "FILL",
        "price": plain(fill.price),
        "size": plain(size),
        "commission": commission,
        "product_id": fill.product_id,
        "sequence_timestamp": rfc3339(booked_at(fill)),
        "liquidity_indicator": "MAKER" if fill.is_maker else "TAKER",
        "size_in_quote": fill.size_in_quote,
        "user_id": fill.owner,
        "side": fill.side.value,
        "retail_portfolio_id": fill.owner,
        "fillSource": "FILL_SOURCE_CLOB",
        "commission_detail_total": commission_object(commission),
    }


def commission_object(commission: str) -> Json:
    """A commission in its parts: all of it is the client's."""
    return {
        "total_commission": commission,
        "gst_commission": "0",
        "withholding_commission": "0",
        "client_commission": commission,
        "venue_commission": "",
        "regulatory_commission": "",
        "clearing_commission": "",
    }


def booked_at(fill: FillRow) -> Instant:
    """The fill's second time, by which the listing filters."""
    return Instant(fill.at + _FILL_BOOKED_AFTER)


def level_objects(levels: Sequence[tuple[Decimal, Decimal]]) -> list[Json]:
    """Book levels."""
    return [{"price": plain(price), "size": plain(size)} for price, size in levels]


def unix_s(at: Instant) -> int:
    """Whole seconds since 1970."""
    return at // SECOND


def _money(value: Decimal) -> str:
    return plain(round(value, 2))
