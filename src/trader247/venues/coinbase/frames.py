"""WebSocket frames in two steps: the envelope first, with its events still raw, then each channel's events. Pure.

Performance decides the shape: a feed spends its time here. A ticker frame is read in one step (``ticker_frame``) and
its numbers are checked together; whatever does not pass at once goes the long way, whose faults say what is wrong.
Prices are decoded as the text they are and checked by the strict reader of ``numbers``.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final, Literal, cast

import msgspec

from trader247.model.ids import ClientOrderId, VenueOrderId
from trader247.model.instant import Instant
from trader247.model.instrument import Symbol
from trader247.model.market import Quote
from trader247.model.money import ZERO, Notional, Price, Quantity
from trader247.model.order import Side
from trader247.model.venue import OrderReport
from trader247.venues.coinbase.numbers import (
    WireFault,
    count_of,
    decoded,
    number,
    optional_number,
    optional_time,
    plain_number,
    plain_numbers,
    product_id_of,
    quoted,
    symbol_from,
    word,
)
from trader247.venues.coinbase.statuses import order_status
from trader247.venues.coinbase.wire import Number

__all__ = [
    "Envelope",
    "TickerFrame",
    "acknowledged",
    "envelope",
    "quotes",
    "quotes_of",
    "reports",
    "subscription",
    "ticker_frame",
]


class Envelope(msgspec.Struct, gc=False):
    """What all frames share. An error frame has ``type`` and ``message`` and nothing else."""

    channel: str = ""
    timestamp: str = ""
    sequence_num: int | None = None
    events: msgspec.Raw = msgspec.Raw(b"[]")
    type: str = ""
    message: str = ""


class _Acknowledgement(msgspec.Struct):
    subscriptions: dict[str, list[str] | None]


class _Ticker(msgspec.Struct, gc=False):
    product_id: str
    price: Number = None
    best_bid: Number = None
    best_bid_quantity: Number = None
    best_ask: Number = None
    best_ask_quantity: Number = None


class _TickerEvent(msgspec.Struct, gc=False):
    tickers: list[_Ticker]


class TickerFrame(msgspec.Struct, gc=False):
    """A whole ticker frame; its rows are read by ``quotes_of``."""

    channel: Literal["ticker"]  # not a tag: one that is missing would pass
    timestamp: str
    sequence_num: int
    events: list[_TickerEvent]
    type: str = ""


class _OrderRow(msgspec.Struct):
    order_id: str
    product_id: str
    order_side: str
    status: str
    cumulative_quantity: Number
    client_order_id: str = ""
    leaves_quantity: Number = None
    avg_price: Number = None
    filled_value: Number = None
    total_fees: Number = None
    number_of_fills: Number = None
    limit_price: Number = None
    creation_time: str | None = None
    cancel_reason: str | None = ""
    reject_reason: str | None = ""
    reject_Reason: str | None = ""  # noqa: N815  (older frames spell it so)
    product_type: str | None = "SPOT"


class _UserEvent(msgspec.Struct):
    orders: list[_OrderRow] | None = None


_envelope = msgspec.json.Decoder(Envelope)
_acknowledgements = msgspec.json.Decoder(list[_Acknowledgement])
_ticker_frame = msgspec.json.Decoder(TickerFrame)
_tickers = msgspec.json.Decoder(list[_TickerEvent])
_users = msgspec.json.Decoder(list[_UserEvent])


def subscription(channel: str, symbols: tuple[Symbol, ...], token: str | None) -> str:
    """The message that subscribes to one channel; an empty ``symbols`` asks for everything the channel has."""
    message: dict[str, object] = {"type": "subscribe", "channel": channel}
    if symbols:
        message["product_ids"] = [product_id_of(symbol) for symbol in symbols]
    if token is not None:
        message["jwt"] = token
    return msgspec.json.encode(message).decode()


def envelope(frame: bytes | str) -> Envelope:
    """A frame's outer part; a frame that is neither numbered nor an error is a fault."""
    found = decoded(_envelope, frame, "frame")
    if found.type != "error" and (found.sequence_num is None or found.sequence_num < 0 or not found.channel):
        raise WireFault(f"frame without channel or sequence number: {quoted(found.channel)}")
    return found


def ticker_frame(frame: bytes | str) -> TickerFrame | None:
    """The frame if it is a ticker frame that can be read, else None: ``envelope`` says which of the two it is not."""
    try:
        found = _ticker_frame.decode(frame)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    return found if found.sequence_num >= 0 and found.type != "error" else None


def acknowledged(found: Envelope) -> dict[str, tuple[str, ...]]:
    """Everything the connection is subscribed to now, by channel."""
    said: dict[str, tuple[str, ...]] = {}
    for event in decoded(_acknowledgements, found.events, "subscriptions"):
        said.update((channel, tuple(names or ())) for channel, names in event.subscriptions.items())
    return said


def quotes(found: Envelope, at: Instant, names: Mapping[str, tuple[Symbol, ...]]) -> list[Quote]:
    """The quotes of a ticker frame, for each symbol that ``names`` gives a product name.

    Other products are left out, and so is a ticker without both sides and a last price.
    """
    return quotes_of(decoded(_tickers, found.events, "ticker"), at, names)


def quotes_of(events: list[_TickerEvent], at: Instant, names: Mapping[str, tuple[Symbol, ...]]) -> list[Quote]:
    """As ``quotes``, of the events of a ``TickerFrame``."""
    return [
        quote
        for event in events
        for row in event.tickers
        for symbol in names.get(row.product_id, ())
        if (quote := _quote(row, symbol, at)) is not None
    ]


_Numbers = tuple[Price, Price, Quantity, Quantity, Price]


def _quote(row: _Ticker, symbol: Symbol, at: Instant) -> Quote | None:
    found = plain_numbers((row.best_bid, row.best_ask, row.best_bid_quantity, row.best_ask_quantity, row.price))
    if found is not None:
        bid, ask, bid_size, ask_size, last = cast("_Numbers", found)
        if bid and last and bid <= ask:
            return Quote(symbol, at, bid, ask, bid_size, ask_size, last)
    return _quote_of_odd(row, symbol, at)


def _quote_of_odd(row: _Ticker, symbol: Symbol, at: Instant) -> Quote | None:
    bid, ask = plain_number(row.best_bid, "best_bid"), plain_number(row.best_ask, "best_ask")
    last = plain_number(row.price, "price")
    if not bid or not ask or not last:
        return None
    if bid > ask:
        raise WireFault(f"ticker {symbol}: crossed, bid {bid} is above ask {ask}")
    bid_size = plain_number(row.best_bid_quantity, "best_bid_quantity") or ZERO
    ask_size = plain_number(row.best_ask_quantity, "best_ask_quantity") or ZERO
    return Quote(symbol, at, Price(bid), Price(ask), Quantity(bid_size), Quantity(ask_size), Price(last))


_SPOT: Final = frozenset({"SPOT", "", None})


def reports(found: Envelope, at: Instant) -> list[OrderReport]:
    """The orders of a user frame in our words, cumulative; orders that are not spot are left out."""
    events = decoded(_users, found.events, "user")
    return [_report(row, at) for event in events for row in event.orders or () if row.product_type in _SPOT]


def _report(row: _OrderRow, at: Instant) -> OrderReport:
    filled = number(row.cumulative_quantity, "cumulative_quantity")
    leaves = optional_number(row.leaves_quantity, "leaves_quantity")
    status = order_status(row.status, filled)
    # the last word on an order may say that nothing is left of it: only a working order tells its size
    quantity = Quantity(filled + leaves) if leaves is not None and status.working else None
    limit_price = optional_number(row.limit_price, "limit_price")
    if not row.order_id:
        raise WireFault("user: an order without an order_id")
    return OrderReport(
        venue_order_id=VenueOrderId(row.order_id),
        client_order_id=ClientOrderId(row.client_order_id),
        symbol=symbol_from(row.product_id),
        side=word(Side, row.order_side, "order_side"),
        status=status,
        filled=Quantity(filled),
        filled_notional=Notional(_value(row, filled)),
        fees=Notional(optional_number(row.total_fees, "total_fees") or ZERO),
        fill_count=count_of(row.number_of_fills, "number_of_fills"),
        at=at,
        created_at=optional_time(row.creation_time, "creation_time"),
        quantity=quantity,
        limit_price=Price(limit_price) if limit_price else None,
        reason=(row.reject_reason or row.reject_Reason or row.cancel_reason or "")[:200],
    )


def _value(row: _OrderRow, filled: Decimal) -> Decimal:
    value = optional_number(row.filled_value, "filled_value")
    if value is not None or not filled:
        return value or ZERO
    return filled * number(row.avg_price, "avg_price")
