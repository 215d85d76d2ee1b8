"""The matching engine and its exact ledger."""

from decimal import Decimal
from typing import Any

import pytest
from tests.venues.simulated.rig import START, Desk, at, exchange_on, limit

from trader247.venues.simulated.book import Side
from trader247.venues.simulated.exchange import SimulatedExchange
from trader247.venues.simulated.order_record import OrderState
from trader247.venues.simulated.order_terms import Refusal
from trader247.venues.simulated.products import TradingFlags


def usd(exchange: SimulatedExchange) -> Decimal:
    return exchange.ledger.balance(exchange.portfolio_id, "USD").total


def test_a_market_buy_by_amount_spends_the_amount_with_its_fee() -> None:
    exchange = exchange_on()
    order = Desk(exchange).order("BUY", {"market_market_ioc": {"quote_size": "100"}})
    assert order.state is OrderState.FILLED
    assert order.filled_size == Decimal("0.00165669")  # 100 / (60001 * 1.006), cut to the increment
    assert order.fees == order.filled_value * Decimal("0.006")
    assert usd(exchange) == 100_000 - order.filled_value - order.fees
    assert 0 <= 100 - order.filled_value - order.fees < Decimal("0.001")


def test_a_market_buy_by_size_takes_level_after_level() -> None:
    order = Desk(exchange_on()).order("BUY", {"market_market_ioc": {"base_size": "1.5"}})
    assert (order.state, order.fill_count) == (OrderState.FILLED, 2)
    assert order.average_price > 60_001


def test_a_market_order_stops_at_the_protection_price_and_its_rest_is_cancelled() -> None:
    exchange = exchange_on(funds={"BTC": Decimal(1000)})
    order = Desk(exchange).order("SELL", {"market_market_ioc": {"base_size": "1000"}})
    assert order.state is OrderState.CANCELLED
    assert 0 < order.filled_size < 1000


def test_a_post_only_order_rests_or_is_refused_whole() -> None:
    desk = Desk(exchange_on())
    crossing = desk.place("BUY", limit("0.1", "60001", post_only=True))
    assert isinstance(crossing, Refusal)
    assert crossing.reason == "INVALID_LIMIT_PRICE_POST_ONLY"
    resting = desk.order("BUY", limit("0.1", "60000", post_only=True))
    assert resting.state is OrderState.OPEN
    assert resting.hold == Decimal("0.1") * 60_000 * Decimal("1.004")


def test_a_limit_order_takes_what_crosses_and_rests_with_the_remainder() -> None:
    exchange = exchange_on()
    order = Desk(exchange).order("BUY", limit("1.5", "60001"))
    assert (order.state, order.filled_size) == (OrderState.OPEN, Decimal(1))
    assert exchange.engine.books["BTC-USD"].best_price(Side.BUY) == 60_001
    assert order.hold == Decimal("0.5") * 60_001 * Decimal("1.006")


def test_immediate_or_cancel_leaves_nothing_behind() -> None:
    exchange = exchange_on()
    order = Desk(exchange).order("BUY", {"sor_limit_ioc": {"base_size": "1.5", "limit_price": "60001"}})
    assert (order.state, order.filled_size, order.hold) == (OrderState.CANCELLED, Decimal(1), Decimal(0))


def test_fill_or_kill_fills_whole_or_not_at_all() -> None:
    desk = Desk(exchange_on())
    killed = desk.order("BUY", {"limit_limit_fok": {"base_size": "1.5", "limit_price": "60001"}})
    assert (killed.state, killed.fill_count) == (OrderState.CANCELLED, 0)
    filled = desk.order("BUY", {"limit_limit_fok": {"base_size": "1", "limit_price": "60001"}})
    assert filled.state is OrderState.FILLED


def test_a_good_till_date_order_expires_on_time() -> None:
    exchange = exchange_on()
    fields = {"base_size": "0.1", "limit_price": "50000", "end_time": "2026-09-27T10:00:10Z"}
    order = Desk(exchange).order("BUY", {"limit_limit_gtd": fields})
    exchange.advance(at(9))
    assert order.state is OrderState.OPEN
    assert exchange.next_step_at() == at(10)
    exchange.advance(at(10))
    assert (order.state, usd(exchange)) == (OrderState.EXPIRED, Decimal(100_000))


def test_nobody_sells_what_he_does_not_have() -> None:
    desk = Desk(exchange_on())
    short = desk.place("SELL", limit("1.00000001", "70000"))
    assert isinstance(short, Refusal)
    assert short.preview == "PREVIEW_INSUFFICIENT_FUND"
    desk.order("SELL", limit("0.6", "70000"))
    again = desk.place("SELL", limit("0.6", "70000"))
    assert isinstance(again, Refusal), "what is on hold cannot be sold twice"


def test_a_buy_needs_the_fee_on_top_of_the_price() -> None:
    desk = Desk(exchange_on(funds={"USD": Decimal(6_000)}))
    assert isinstance(desk.place("BUY", limit("0.1", "60000")), Refusal)
    assert desk.order("BUY", limit("0.099", "60000")).state is OrderState.OPEN


def test_own_orders_that_meet_shrink_instead_of_trading() -> None:
    exchange = exchange_on()
    desk = Desk(exchange)
    resting = desk.order("BUY", limit("0.4", "60000"))
    taker = desk.order("SELL", limit("0.5", "60000"))
    assert (resting.state, resting.fill_count) == (OrderState.CANCELLED, 0)
    assert (taker.state, taker.workable, taker.hold) == (OrderState.OPEN, Decimal("0.1"), Decimal("0.1"))
    assert usd(exchange) == 100_000


def test_two_clients_trade_at_the_price_of_the_one_who_waited() -> None:
    exchange = exchange_on()
    exchange.open_portfolio("b" * 8, {"USD": Decimal(100_000)})
    maker = Desk(exchange).order("SELL", limit("0.5", "60000.50"))
    taker = Desk(exchange, "b" * 8).order("BUY", limit("0.5", "60001"))
    assert (maker.state, taker.state) == (OrderState.FILLED, OrderState.FILLED)
    assert taker.filled_value == Decimal("0.5") * Decimal("60000.50")
    assert maker.fees == maker.filled_value * Decimal("0.004")


@pytest.mark.req("EX1")
@pytest.mark.parametrize(
    ("flags", "refused"),
    [
        (TradingFlags(trading_disabled=True), {"market", "limit", "post"}),
        (TradingFlags(cancel_only=True), {"market", "limit", "post"}),
        (TradingFlags(limit_only=True), {"market"}),
        (TradingFlags(post_only=True), {"market", "limit"}),
        (TradingFlags(auction_mode=True), {"market", "limit"}),
        (TradingFlags(), set()),
    ],
)
def test_each_maintenance_flag_closes_exactly_its_doors(flags: TradingFlags, refused: set[str]) -> None:
    exchange = exchange_on()
    desk = Desk(exchange)
    waiting = desk.order("BUY", limit("0.1", "50000"))
    exchange.set_flags("BTC-USD", flags)
    orders: dict[str, dict[str, Any]] = {
        "market": {"market_market_ioc": {"quote_size": "10"}},
        "limit": limit("0.01", "50000"),
        "post": limit("0.01", "50000", post_only=True),
    }
    assert {name for name, order in orders.items() if isinstance(desk.place("BUY", order), Refusal)} == refused
    assert exchange.cancel(exchange.portfolio_id, waiting.order_id, START)[0] == "", "a cancel is always taken"


def test_the_number_of_open_orders_is_bounded() -> None:
    desk = Desk(exchange_on())
    for _ in range(500):
        desk.order("BUY", limit("0.001", "10000"))
    refused = desk.place("BUY", limit("0.001", "10000"))
    assert isinstance(refused, Refusal)
    assert refused.reason == "COMMANDER_REJECTED_NEW_ORDER"
