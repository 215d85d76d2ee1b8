"""Orders and fills from REST bodies, and the bodies that place and cancel. Pure; the only faults are ``WireFault``.

One unreadable row condemns its body, because a listing with a hole reads as absence. Orders of products that are not
spot are left out; they are not of this account's book.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from trader247.model.ids import ClientOrderId, FillId, VenueOrderId
from trader247.model.instant import Instant
from trader247.model.money import ZERO, Notional, Price, Quantity, plain
from trader247.model.order import Fill, Liquidity, OrderIntent, Side, Style
from trader247.model.venue import CancelAnswer, OrderReport
from trader247.venues.coinbase import wire
from trader247.venues.coinbase.numbers import (
    WireFault,
    count_of,
    decoded,
    next_cursor,
    number,
    optional_number,
    optional_time,
    product_id_of,
    quoted,
    symbol_from,
    time_of,
    word,
)
from trader247.venues.coinbase.statuses import order_status

__all__ = [
    "cancel_answers",
    "cancel_request",
    "create_answer",
    "create_request",
    "fill_page",
    "order_body",
    "order_page",
    "order_report",
]

_orders = msgspec.json.Decoder(wire.OrderPage)
_order = msgspec.json.Decoder(wire.OrderBody)
_fills = msgspec.json.Decoder(wire.FillPage)
_create = msgspec.json.Decoder(wire.CreateBody)
_cancel = msgspec.json.Decoder(wire.CancelBody)

_SPOT: Final = frozenset({"SPOT", "", None})


def order_page(body: bytes) -> tuple[tuple[OrderReport, ...], str]:
    """The spot orders of one page, and the cursor of the next."""
    page = decoded(_orders, body, "orders")
    rows = tuple(order_report(row) for row in page.orders if row.product_type in _SPOT)
    return rows, next_cursor(page.has_next, page.cursor, "orders")


def order_body(body: bytes) -> OrderReport:
    """One order."""
    return order_report(decoded(_order, body, "order").order)


def order_report(row: wire.OrderRow) -> OrderReport:
    """An order as it stands, with the status in our words."""
    filled = number(row.filled_size, "filled_size")
    created = optional_time(row.created_time, "created_time")
    at = optional_time(row.last_update_time, "last_update_time") or optional_time(row.last_fill_time, "last_fill_time")
    if at is None and created is None:
        raise WireFault(f"order {quoted(row.order_id)} says no time at all")
    kinds = [(name, terms) for name, terms in (row.order_configuration or {}).items() if terms is not None]
    kind, terms = kinds[0] if kinds else ("", wire.OrderTerms())
    quantity = optional_number(terms.base_size, "base_size")
    limit_price = optional_number(terms.limit_price, "limit_price")
    stop_price = optional_number(terms.stop_price, "stop_price")
    if stop_price is None:
        stop_price = optional_number(terms.stop_trigger_price, "stop_trigger_price")
    value = optional_number(row.filled_value, "filled_value")
    if value is None:
        value = filled * number(row.average_filled_price, "average_filled_price") if filled else ZERO
    return OrderReport(
        venue_order_id=VenueOrderId(_identifier(row.order_id, "order_id")),
        client_order_id=ClientOrderId(row.client_order_id),
        symbol=symbol_from(row.product_id),
        side=word(Side, row.side, "side"),
        status=order_status(row.status, filled, pending_cancel=bool(row.pending_cancel)),
        filled=Quantity(filled),
        filled_notional=Notional(value),
        fees=Notional(optional_number(row.total_fees, "total_fees") or ZERO),
        fill_count=count_of(row.number_of_fills, "number_of_fills"),
        at=at or created or Instant(0),
        created_at=created,
        quantity=Quantity(quantity) if quantity is not None else None,
        limit_price=Price(limit_price) if limit_price is not None else None,
        style=_STYLES.get(kind),
        stop_price=Price(stop_price) if stop_price is not None else None,
        reason=_reason(row.reject_reason, row.reject_message, row.cancel_message),
    )


_KINDS: Final = {
    Style.POST_ONLY: "limit_limit_gtc",
    Style.TAKER_IOC: "sor_limit_ioc",
    Style.STOP_LIMIT: "stop_limit_stop_limit_gtc",
    Style.BRACKET: "trigger_bracket_gtc",
}
"""What the venue calls our orders; each style is sent as one kind."""
_STYLES: Final = {kind: style for style, kind in _KINDS.items()}


def _reason(*texts: str | None) -> str:
    said = (text for text in texts if text and text != "REJECT_REASON_UNSPECIFIED")
    return ": ".join(said)[:200]


def fill_page(body: bytes) -> tuple[tuple[Fill, ...], str]:
    """The fills of one page, and the cursor of the next; an empty page is the last.

    Ledger adjustments (``REVERSAL``, ``CORRECTION``, ``SYNTHETIC``) are no executions and are left out.
    """
    page = decoded(_fills, body, "fills")
    found = tuple(_fill(row) for row in page.fills if row.trade_type == "FILL")
    return found, (page.cursor or "") if page.fills else ""


def _fill(row: wire.FillRow) -> Fill:
    price, size = number(row.price, "price"), number(row.size, "size")
    if not price or not size:
        raise WireFault(f"fill {quoted(row.entry_id)} has price {price} and size {size}")
    return Fill(
        fill_id=FillId(_identifier(row.entry_id, "entry_id")),
        venue_order_id=VenueOrderId(_identifier(row.order_id, "order_id")),
        symbol=symbol_from(row.product_id),
        side=word(Side, row.side, "side"),
        price=Price(price),
        # the size of a buy by amount is an amount: missing this makes positions explode
        quantity=Quantity(size / price if row.size_in_quote else size),
        fee=Notional(optional_number(row.commission, "commission") or ZERO),
        liquidity=_LIQUIDITY.get(row.liquidity_indicator, Liquidity.UNKNOWN),
        at=time_of(row.trade_time, "trade_time"),
    )


_LIQUIDITY: Final = {"MAKER": Liquidity.MAKER, "TAKER": Liquidity.TAKER}


def _identifier(text: str, what: str) -> str:
    if not text:
        raise WireFault(f"{what} is empty")
    return text


# ----------------------------------------------------------------------------------------------------------- requests
def create_request(intent: OrderIntent) -> bytes:
    """The body that places an intent: numbers as plain text without exponents, never more digits than the intent's."""
    terms: dict[str, object] = {"base_size": plain(intent.quantity), "limit_price": plain(intent.limit_price)}
    if intent.style is Style.POST_ONLY:
        terms["post_only"] = True
    elif intent.protects:
        terms |= _stop_terms(intent)
    return msgspec.json.encode(
        {
            "client_order_id": intent.client_order_id,
            "product_id": product_id_of(intent.symbol),
            "side": intent.side.value,
            "order_configuration": {_KINDS[intent.style]: terms},
        }
    )


def _stop_terms(intent: OrderIntent) -> dict[str, object]:
    """The stop of an order that protects; a bracket has one direction, a stop-limit order has to say it."""
    if intent.stop_price is None:
        raise ValueError(f"intent {intent.intent_id} is a {intent.style.value} order without a stop price")
    if intent.style is Style.BRACKET:
        return {"stop_trigger_price": plain(intent.stop_price)}
    return {"stop_price": plain(intent.stop_price), "stop_direction": "STOP_DIRECTION_STOP_DOWN"}


def create_answer(body: bytes) -> wire.CreateBody:
    """The answer to a create request; who reads it decides by ``success`` first."""
    return decoded(_create, body, "create order")


def cancel_request(orders: Sequence[VenueOrderId]) -> bytes:
    """The body that cancels up to 100 orders."""
    return msgspec.json.encode({"order_ids": list(orders)})


def cancel_answers(body: bytes, asked: Sequence[VenueOrderId]) -> tuple[CancelAnswer, ...]:
    """One answer per order asked, in that order, matched by id; an order the venue passes over is not accepted."""
    rows = {row.order_id: row for row in decoded(_cancel, body, "batch_cancel").results}
    return tuple(_cancel_answer(order, rows.get(order)) for order in asked)


def _cancel_answer(order: VenueOrderId, row: wire.CancelRow | None) -> CancelAnswer:
    if row is None:
        return CancelAnswer(order, accepted=False, reason="NO_ANSWER")
    # an accepted cancel carries the zero value of the reasons, which says nothing
    return CancelAnswer(order, accepted=row.success, reason="" if row.success else row.failure_reason or "UNKNOWN")
