"""What an order has to pass before it enters."""

from decimal import Decimal
from typing import Any

import pytest
from tests.venues.simulated.rig import Desk, at, bracket, exchange_on, limit, printed, quote, stop

from trader247.venues.simulated.admission import fillable, needed_hold, reach, worst_price
from trader247.venues.simulated.exchange import SimulatedExchange
from trader247.venues.simulated.order_record import ExchangeOrder
from trader247.venues.simulated.order_terms import Refusal


def traded_at(price: str) -> SimulatedExchange:
    exchange = exchange_on(quote(0, "59999", "60001"), printed(1, price))
    exchange.advance(at(1))
    return exchange


@pytest.mark.parametrize(
    ("side", "configuration", "preview"),
    [
        ("BUY", stop("0.1", "61000", "60000.50"), "PREVIEW_STOP_PRICE_BELOW_LAST_TRADE_PRICE"),
        ("BUY", stop("0.1", "61000", "60000.51"), ""),
        ("SELL", stop("0.1", "59000", "60000.50", "DOWN"), "PREVIEW_STOP_PRICE_ABOVE_LAST_TRADE_PRICE"),
        ("SELL", stop("0.1", "59000", "60000.49", "DOWN"), ""),
        ("SELL", bracket("0.1", "65000", "60000.50"), "PREVIEW_STOP_PRICE_ABOVE_LAST_TRADE_PRICE"),
        ("SELL", bracket("0.1", "65000", "55000"), ""),
    ],
)
def test_a_stop_that_the_last_trade_has_reached_is_refused(
    side: str, configuration: dict[str, Any], preview: str
) -> None:
    placed = Desk(traded_at("60000.50")).place(side, configuration, at(1))
    assert (placed.preview if isinstance(placed, Refusal) else "") == preview


def test_before_the_first_trade_no_stop_is_refused_for_its_price() -> None:
    assert isinstance(Desk(exchange_on()).place("BUY", stop("0.1", "61000", "10")), ExchangeOrder)


def test_a_stop_order_holds_what_its_limit_may_cost_from_the_start() -> None:
    exchange = exchange_on()
    desk = Desk(exchange)
    buy = desk.order("BUY", stop("0.1", "62000", "61000"))
    sell = desk.order("SELL", bracket("0.4", "65000", "55000"))
    assert (buy.hold, sell.hold) == (Decimal("0.1") * 62_000 * Decimal("1.006"), Decimal("0.4"))
    refused = desk.place("SELL", stop("0.7", "50000", "51000", "DOWN"))
    assert isinstance(refused, Refusal)
    assert refused.preview == "PREVIEW_INSUFFICIENT_FUND"


def test_immediate_orders_reach_no_further_than_the_protection_price() -> None:
    exchange = exchange_on()
    book = exchange.engine.books["BTC-USD"]
    market = Desk(exchange).order("BUY", {"market_market_ioc": {"base_size": "0.1"}})
    best = book.best_price(market.side.opposite)
    assert best is not None
    assert worst_price(market, book) == best * Decimal("1.02")
    resting = Desk(exchange, sent=1).order("SELL", limit("0.1", "90000"))
    assert worst_price(resting, book) == 90_000


def test_what_an_order_could_trade_is_counted_up_to_its_limit() -> None:
    exchange = exchange_on()
    book = exchange.engine.books["BTC-USD"]
    order = Desk(exchange).order("BUY", limit("1.5", "60000"))
    assert fillable(order, book, Decimal(60_000)) == 0
    assert fillable(order, book, Decimal(60_001)) == 1
    assert list(reach(order, book, Decimal(60_001))) == [(Decimal(60_001), Decimal(1))]
    assert needed_hold(order, book) == Decimal("1.5") * 60_000 * Decimal("1.006")


@pytest.mark.parametrize(
    ("side", "configuration", "reason"),
    [
        ("BUY", limit("0.1", "6000.05"), ""),
        ("BUY", limit("1", "6000.04"), "LIMIT_PRICE_TOO_FAR_FROM_MARKET"),
        ("BUY", limit("0.1", "120001"), ""),
        ("BUY", limit("0.1", "120001.01"), "LIMIT_ORDER_PRICE_EXCEEDS_PRICE_BAND_ON_BUY"),
        ("SELL", limit("0.1", "30000.25"), ""),
        ("SELL", limit("0.1", "30000.24"), "LIMIT_ORDER_PRICE_EXCEEDS_PRICE_BAND_ON_SELL"),
        ("SELL", limit("0.1", "600005"), ""),
        ("SELL", limit("0.1", "600005.01"), "LIMIT_PRICE_TOO_FAR_FROM_MARKET"),
        ("SELL", limit("0.1", "600005.01", post_only=True), "LIMIT_PRICE_TOO_FAR_FROM_MARKET"),
        ("SELL", bracket("0.1", "600005.01", "50000"), "LIMIT_PRICE_TOO_FAR_FROM_MARKET"),
        ("BUY", stop("0.01", "200001", "100000"), "LIMIT_ORDER_PRICE_EXCEEDS_PRICE_BAND_ON_BUY"),
        ("BUY", stop("0.01", "200000", "100000"), ""),
        (
            "SELL",
            {"sor_limit_ioc": {"base_size": "0.1", "limit_price": "1000"}},
            "LIMIT_ORDER_PRICE_EXCEEDS_PRICE_BAND_ON_SELL",
        ),
    ],
)
def test_a_limit_price_that_nobody_means_is_refused(side: str, configuration: dict[str, Any], reason: str) -> None:
    placed = Desk(traded_at("60000.50")).place(side, configuration, at(1))
    assert (placed.reason if isinstance(placed, Refusal) else "") == reason


def test_an_edit_to_such_a_price_is_refused_and_before_the_first_trade_no_price_is_far() -> None:
    desk = Desk(traded_at("60000.50"))
    assert desk.edit(desk.order("BUY", limit("0.1", "50000")), "100", "1", at(1)) == "INVALID_EDITED_PRICE"
    assert isinstance(Desk(exchange_on()).place("BUY", limit("10", "1")), ExchangeOrder)
