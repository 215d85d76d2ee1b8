"""Why an order cannot be edited."""

from typing import Any

import pytest
from tests.venues.simulated.rig import START, Desk, at, bracket, exchange_on, limit, printed, quote, stop

from trader247.venues.simulated.editing import EditRefusal, is_same
from trader247.venues.simulated.exchange import SimulatedExchange
from trader247.venues.simulated.order_record import Edit, ExchangeOrder
from trader247.venues.simulated.products import TradingFlags


def refused(exchange: SimulatedExchange, order: ExchangeOrder, body: dict[str, Any]) -> tuple[str, str] | None:
    refusal, _ = exchange.edit(order.owner, order.order_id, body, at(1))
    return None if refusal is None else (refusal.reason, refusal.preview)


@pytest.mark.parametrize(
    ("body", "reason", "preview"),
    [
        ({"price": "50000", "size": "0.1"}, "EDIT_REQUEST_EQUAL_TO_ORIGINAL_REQUEST", ""),
        ({"price": "50000.00", "size": "0.10"}, "EDIT_REQUEST_EQUAL_TO_ORIGINAL_REQUEST", ""),
        ({"price": "50001"}, "INVALID_EDITED_SIZE", ""),
        ({"price": "50001", "size": ""}, "INVALID_EDITED_SIZE", ""),
        ({"price": "50001", "size": "0"}, "INVALID_EDITED_SIZE", ""),
        ({"size": "0.2"}, "INVALID_EDITED_PRICE", "PREVIEW_INVALID_LIMIT_PRICE"),
        ({"price": "1e5", "size": "0.2"}, "INVALID_EDITED_PRICE", "PREVIEW_NON_NUMERIC_ORDER_SIZE"),
        ({"price": "50001", "size": 1}, "INVALID_EDITED_SIZE", "PREVIEW_NON_NUMERIC_ORDER_SIZE"),
        ({"price": "50001.001", "size": "0.2"}, "INVALID_EDITED_PRICE", "PREVIEW_INVALID_PRICE_PRECISION"),
        ({"price": "50001", "size": "0.000000001"}, "INVALID_EDITED_SIZE", "PREVIEW_INVALID_SIZE_PRECISION"),
        ({"price": "50001", "size": "0.00001"}, "INVALID_EDITED_SIZE", "PREVIEW_INVALID_QUOTE_SIZE_TOO_SMALL"),
        ({"price": "50001", "size": "5"}, "COMMANDER_REJECTED_EDIT_ORDER", "PREVIEW_INSUFFICIENT_FUND"),
        ({"price": "60001", "size": "0.2"}, "INVALID_EDITED_PRICE", "PREVIEW_INVALID_LIMIT_PRICE_POST_ONLY"),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason_and_changes_nothing(
    body: dict[str, Any], reason: str, preview: str
) -> None:
    exchange = exchange_on()
    order = Desk(exchange).order("BUY", limit("0.1", "50000", post_only=True))
    before = (order.terms, order.hold, order.updated_at)
    assert refused(exchange, order, body) == (reason, preview or "UNKNOWN_PREVIEW_FAILURE_REASON")
    assert (order.terms, order.hold, order.updated_at) == before


def test_only_open_good_till_cancelled_orders_can_be_edited() -> None:
    exchange = exchange_on()
    desk = Desk(exchange)
    filled = desk.order("BUY", limit("0.1", "60001"))
    fields = {"base_size": "0.1", "limit_price": "50000", "end_time": "2026-09-27T11:00:00Z"}
    dated = desk.order("BUY", {"limit_limit_gtd": fields})
    assert desk.edit(filled, "50000", "0.2") == "ONLY_OPEN_ORDERS_CAN_BE_EDITED"
    assert desk.edit(dated, "50000", "0.2") == "ONLY_LIMIT_ORDER_EDITS_SUPPORTED"
    assert exchange.edit("somebody else", dated.order_id, {}, START)[0] == EditRefusal("ORDER_NOT_FOUND")
    exchange.set_flags("BTC-USD", TradingFlags(cancel_only=True))
    order = desk.exchange.records.order(dated.owner, dated.order_id)
    assert order is dated


def test_a_closed_market_takes_no_edits() -> None:
    exchange = exchange_on()
    order = Desk(exchange).order("BUY", limit("0.1", "50000"))
    exchange.set_flags("BTC-USD", TradingFlags(trading_disabled=True))
    assert refused(exchange, order, {"price": "50001", "size": "0.1"}) == (
        "COMMANDER_REJECTED_EDIT_ORDER",
        "PREVIEW_NOT_ALLOWED_BY_MARKET_STATE",
    )


@pytest.mark.parametrize(
    ("price", "stop_price", "preview"),
    [
        ("62000", "60500", "PREVIEW_STOP_PRICE_BELOW_LAST_TRADE_PRICE"),
        ("62000", "61000.001", "PREVIEW_INVALID_PRICE_PRECISION"),
        ("62000", "much", "PREVIEW_INVALID_STOP_PRICE"),
        ("60900", "", "PREVIEW_STOP_PRICE_ABOVE_LIMIT_PRICE"),
    ],
)
def test_a_stop_cannot_be_edited_to_where_it_could_not_be_placed(price: str, stop_price: str, preview: str) -> None:
    exchange = exchange_on(quote(0, "59999", "60001"), printed(1, "60500"))
    order = Desk(exchange).order("BUY", stop("0.1", "62000", "61000"))
    exchange.advance(at(1))
    body = {"price": price, "size": "0.1", "stop_price": stop_price}
    assert refused(exchange, order, body) == ("INVALID_EDITED_PRICE", preview)


def test_a_stop_that_has_been_reached_cannot_be_moved() -> None:
    exchange = exchange_on(quote(0, "59999", "60001"), printed(1, "40000"))
    sell = Desk(exchange).order("SELL", bracket("0.1", "65000", "50000"))
    buy = Desk(exchange, sent=1).order("BUY", stop("0.1", "50000", "45000", "DOWN"))
    exchange.set_flags("BTC-USD", TradingFlags())
    exchange.advance(at(1))
    assert sell.is_terminal
    assert refused(exchange, buy, {"price": "50000", "size": "0.1", "stop_price": "30000"}) == (
        "COMMANDER_REJECTED_EDIT_ORDER",
        "UNKNOWN_PREVIEW_FAILURE_REASON",
    )
    assert refused(exchange, buy, {"price": "50001", "size": "0.1"}) is None


def test_an_edit_is_the_same_where_every_number_is() -> None:
    order = Desk(exchange_on()).order("BUY", limit("0.1", "50000"))
    assert order.terms.limit_price is not None
    assert order.terms.base_size is not None
    assert is_same(order, Edit(order.terms.limit_price, order.terms.base_size, None, START))
    assert not is_same(order, Edit(order.terms.limit_price, order.terms.limit_price, None, START))
