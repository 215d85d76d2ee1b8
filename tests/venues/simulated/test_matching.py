"""The matching engine: what each kind of order does."""

from decimal import Decimal
from typing import Any

import pytest
from tests.venues.simulated.rig import START, Desk, at, bracket, exchange_on, limit, printed, quote, stop

from trader247.model.money import ZERO
from trader247.venues.simulated.book import Side
from trader247.venues.simulated.exchange import SimulatedExchange
from trader247.venues.simulated.order_record import OrderState, Trigger
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


# ----------------------------------------------------------------------------------------------------- stops, brackets
def moved(*trades: str) -> SimulatedExchange:
    """A market that stays at 60,000 while the trades of others are printed, one a second."""
    return exchange_on(quote(0, "59999", "60001"), *(printed(n, price) for n, price in enumerate(trades, 1)))


def test_a_stop_waits_outside_the_book_until_the_last_trade_reaches_it() -> None:
    exchange = moved("60999.99", "61000")
    order = Desk(exchange).order("BUY", stop("0.1", "62000", "61000"))
    exchange.advance(at(1))
    assert (order.state, order.trigger, order.resting) == (OrderState.OPEN, Trigger.PENDING, None)
    exchange.advance(at(2))
    assert (order.state, order.trigger) == (OrderState.FILLED, Trigger.REACHED)
    assert (order.average_price, order.fees) == (Decimal(60_001), order.filled_value * Decimal("0.006"))


def test_a_triggered_stop_whose_limit_is_not_met_rests_at_it() -> None:
    exchange = moved("58000")
    order = Desk(exchange).order("SELL", stop("0.1", "59999.50", "59999.99", "DOWN"))
    low = Desk(exchange, sent=1).order("SELL", stop("0.1", "60000.50", "60000.60", "DOWN"))
    exchange.advance(at(1))
    assert order.state is OrderState.OPEN
    assert order.resting is not None
    assert order.resting.price == Decimal("59999.50")
    assert low.resting is not None, "each stop by itself"


def test_a_stop_can_trigger_the_next_and_both_trade_once_the_cause_is_done() -> None:
    exchange = exchange_on(quote(0, "59999", "60001"), printed(1, "60010"))
    desk = Desk(exchange)
    first = desk.order("BUY", stop("1", "60100", "60005"))
    second = desk.order("BUY", stop("0.1", "60100", "60009"))
    exchange.advance(at(1))
    assert first.state is second.state is OrderState.FILLED
    assert second.average_price > first.average_price, "the nearer stop came first"


def test_a_stop_order_expires_with_its_hold_freed() -> None:
    exchange = exchange_on()
    (fields,) = stop("0.1", "62000", "61000").values()
    order = Desk(exchange).order("BUY", {"stop_limit_stop_limit_gtd": fields | {"end_time": "2026-09-27T10:00:10Z"}})
    exchange.advance(at(10))
    assert (order.state, order.trigger, usd(exchange)) == (OrderState.EXPIRED, Trigger.PENDING, Decimal(100_000))
    assert exchange.engine.next_expiry() is None


def test_a_bracket_rests_at_its_take_profit_and_sells_there_as_a_maker() -> None:
    exchange = exchange_on(quote(0, "59999", "60001"), quote(1, "65000", "65002"))
    order = Desk(exchange).order("SELL", bracket("0.4", "65000", "55000"))
    assert order.resting is not None
    exchange.advance(at(1))
    assert (order.state, order.trigger, order.average_price) == (OrderState.FILLED, Trigger.PENDING, Decimal(65_000))
    assert order.fees == order.filled_value * Decimal("0.004")


def test_a_bracket_whose_stop_is_reached_sells_as_a_limit_order_five_percent_beyond() -> None:
    exchange = moved("60000", "59000.10")
    exchange.advance(at(1))
    order = Desk(exchange).order("SELL", bracket("0.4", "65000", "59000.11"), at(1))
    exchange.advance(at(2))
    assert (order.trigger, order.stop_leg) == (Trigger.REACHED, Decimal("56050.10"))
    assert (order.state, order.average_price) == (OrderState.FILLED, Decimal(59_999))
    assert exchange.engine.books["BTC-USD"].level(Side.SELL, Decimal(65_000)) == []


def test_what_a_triggered_bracket_does_not_sell_rests_beyond_its_stop_and_nowhere_else() -> None:
    exchange = exchange_on(quote(0, "59999", "60001"), quote(1, "50999", "51001"), printed(2, "51000"))
    order = Desk(exchange).order("SELL", bracket("0.4", "65000", "55000"))
    exchange.advance(at(2))
    book = exchange.engine.books["BTC-USD"]
    assert order.stop_leg == 52_250
    assert [each.order_id for each in book.level(Side.SELL, Decimal(52_250))] == [order.order_id]
    assert book.level(Side.SELL, Decimal(65_000)) == []


def test_a_stop_whose_order_has_ended_is_waited_for_no_longer() -> None:
    exchange = exchange_on()
    order = Desk(exchange).order("BUY", stop("0.1", "62000", "61000"))
    exchange.cancel(exchange.portfolio_id, order.order_id, START)
    exchange.engine.triggers["BTC-USD"].see(Decimal(61_000))
    assert not exchange.engine.due


# ------------------------------------------------------------------------------------------------------------ attached
CHILD = bracket("", "65000", "55000")


def test_an_attached_order_comes_to_life_with_what_its_parent_bought() -> None:
    exchange = exchange_on()
    desk = Desk(exchange)
    parent = desk.order("BUY", {"market_market_ioc": {"quote_size": "100"}}, attached=CHILD)
    child = desk.child_of(parent)
    assert (child.originating_order_id, child.order_type) == (parent.order_id, "TAKE_PROFIT_STOP_LOSS")
    assert (child.state, child.hold) == (OrderState.OPEN, parent.filled_size)
    assert exchange.configuration_of(child)["trigger_bracket_gtc"]["base_size"] == str(parent.filled_size)


def test_an_attached_order_waits_for_its_parent_and_holds_nothing_meanwhile() -> None:
    exchange = exchange_on(quote(0, "59999", "60001"), quote(1, "49999", "50001"))
    desk = Desk(exchange)
    parent = desk.order("BUY", limit("0.1", "50001"), attached=bracket("", "65000", "40000"))
    child = desk.child_of(parent)
    assert (child.state, child.hold, exchange.books().open_orders) == (OrderState.PENDING, Decimal(0), 2)
    exchange.advance(at(1))
    assert (parent.state, child.state, child.hold) == (OrderState.FILLED, OrderState.OPEN, Decimal("0.1"))


def test_a_parent_that_filled_nothing_takes_its_attached_order_with_it_and_one_that_filled_some_does_not() -> None:
    exchange = exchange_on()
    desk, who = Desk(exchange), exchange.portfolio_id
    unfilled = desk.order("BUY", limit("0.1", "50000"), attached=CHILD)
    exchange.cancel(who, unfilled.order_id, START)
    assert desk.child_of(unfilled).state is OrderState.CANCELLED
    partly = desk.order("BUY", limit("1.2", "60001"), attached=CHILD)
    exchange.cancel(who, partly.order_id, START)
    child = desk.child_of(partly)
    assert (child.state, child.terms.base_size) == (OrderState.OPEN, Decimal(1))


def test_an_attached_order_grows_with_every_fill_of_its_parent_and_loses_its_place_with_each() -> None:
    exchange = exchange_on(*(quote(n, "49999", "60001") for n in range(3)), funds={"USD": Decimal(100_000)})
    desk = Desk(exchange)
    parent = desk.order("BUY", limit("1", "50000"), attached=bracket("", "65000", "40000"))
    child = desk.child_of(parent)
    seen = []
    for size in ("0.25", "0.5", "0.25"):
        exchange.engine.take_for_house("BTC-USD", Side.SELL, Decimal(50_000), Decimal(size), START)
        exchange.engine.follow_up(START)
        resting = child.resting
        assert resting is not None
        assert (child.state, child.trigger, resting.size) == (OrderState.OPEN, Trigger.PENDING, parent.filled_size)
        shown = exchange.configuration_of(child)["trigger_bracket_gtc"]["base_size"]
        assert Decimal(shown) == child.terms.base_size
        assert exchange.ledger.balance(child.owner, "BTC").available == 0
        seen.append((child.terms.base_size, child.hold, resting.arrival))
    assert [row[0] for row in seen] == [row[1] for row in seen] == [Decimal("0.25"), Decimal("0.75"), Decimal(1)]
    assert len({row[2] for row in seen}) == 3
    assert parent.state is OrderState.FILLED


def test_an_attached_order_that_sold_all_so_far_sells_what_its_parent_buys_later_and_ends_with_it() -> None:
    exchange = exchange_on(quote(0, "49999", "60001"), funds={"USD": Decimal(100_000)})
    desk, engine = Desk(exchange), exchange.engine
    parent = desk.order("BUY", limit("0.5", "50000"), attached=bracket("", "65000", "40000"))
    child = desk.child_of(parent)

    def trade(side: Side, price: int, size: str) -> None:
        engine.take_for_house("BTC-USD", side, Decimal(price), Decimal(size), START)
        engine.follow_up(START)

    trade(Side.SELL, 50_000, "0.25")
    engine.books["BTC-USD"].remove(engine.books["BTC-USD"].level(Side.SELL, Decimal(60_001))[0])
    engine.sweep(child, START)
    assert (child.state, child.filled_size, child.workable, child.hold) == (
        OrderState.OPEN,
        Decimal("0.25"),
        ZERO,
        ZERO,
    )
    trade(Side.SELL, 50_000, "0.125")
    assert (child.state, child.terms.base_size, child.workable) == (OrderState.OPEN, Decimal("0.375"), Decimal("0.125"))
    engine.sweep(child, START)
    exchange.cancel(exchange.portfolio_id, parent.order_id, START)
    assert (child.state, child.filled_size) == (OrderState.FILLED, Decimal("0.375"))
    assert not engine.open_orders


def test_an_order_attached_by_an_edit_sells_what_was_bought_before_or_fails_where_that_is_bound() -> None:
    exchange = exchange_on(funds={"USD": Decimal(100_000)})
    desk = Desk(exchange)
    parent = desk.order("BUY", limit("1.2", "60001"))
    assert desk.edit(parent, "60001", "1.2", attached_order_configuration=CHILD) == ""
    assert (desk.child_of(parent).state, desk.child_of(parent).hold) == (OrderState.OPEN, Decimal(1))
    assert desk.edit(parent, "60001", "1.2", cancel_attached_order=True) == ""
    desk.order("SELL", limit("0.5", "70000"))
    assert desk.edit(parent, "60001", "1.2", attached_order_configuration=CHILD) == ""
    child = desk.child_of(parent)
    assert (child.state, child.reject_reason, child.hold) == (OrderState.FAILED, "HOLD_FAILURE", Decimal(0))


def test_an_attached_order_cancelled_first_stays_cancelled() -> None:
    exchange = exchange_on()
    desk, who = Desk(exchange), exchange.portfolio_id
    parent = desk.order("BUY", limit("1.2", "60001"), attached=CHILD)
    assert exchange.cancel(who, parent.attached_order_id, START)[0] == ""
    exchange.cancel(who, parent.order_id, START)
    assert desk.child_of(parent).state is OrderState.CANCELLED


# --------------------------------------------------------------------------------------------------------------- edits
def line(exchange: SimulatedExchange, price: str) -> list[str]:
    level = exchange.engine.books["BTC-USD"].level(Side.BUY, Decimal(price))
    return [each.order_id for each in level]


@pytest.mark.parametrize(
    ("price", "size", "keeps"),
    [("60000", "0.1", True), ("60000", "0.3", False), ("60000.50", "0.2", False)],
)
def test_an_edit_keeps_the_place_in_line_only_where_the_size_shrinks_at_the_same_price(
    price: str, size: str, *, keeps: bool
) -> None:
    exchange = exchange_on()
    desk = Desk(exchange)
    edited = desk.order("BUY", limit("0.2", "60000"))
    other = desk.order("BUY", limit("0.2", "60000"))
    assert desk.edit(edited, price, size) == ""
    expected = [edited, other] if keeps else [other, edited] if price == "60000" else [other]
    assert line(exchange, "60000") == [order.order_id for order in expected]
    assert edited.hold == Decimal(size) * Decimal(price) * Decimal("1.006")
    assert exchange.books().balances["USD"].hold == edited.hold + other.hold
    assert edited.state is OrderState.OPEN


def test_an_edited_order_that_crosses_trades_at_once() -> None:
    exchange = exchange_on()
    desk = Desk(exchange)
    order = desk.order("BUY", limit("0.2", "60000"))
    assert desk.edit(order, "60001", "0.3") == ""
    assert (order.state, order.filled_size, order.average_price) == (OrderState.FILLED, Decimal("0.3"), Decimal(60_001))


def test_a_partly_filled_order_can_be_edited_down_to_more_than_what_is_filled() -> None:
    desk = Desk(exchange_on())
    order = desk.order("BUY", limit("1.5", "60001"))
    assert desk.edit(order, "60001", "1.2") == ""
    assert (order.workable, order.terms.base_size) == (Decimal("0.2"), Decimal("1.2"))
    assert desk.edit(order, "60001", "1") == "CANNOT_EDIT_TO_BELOW_FILLED_SIZE"


def test_a_stop_that_is_moved_waits_for_its_new_price() -> None:
    exchange = moved("60500", "61000", "61500")
    exchange.advance(at(1))
    desk = Desk(exchange)
    order = desk.order("BUY", stop("0.1", "62000", "61000"), at(1))
    assert desk.edit(order, "62000", "0.1", at(1), stop_price="61500") == ""
    exchange.advance(at(2))
    assert order.trigger.value == "STOP_PENDING"
    exchange.advance(at(3))
    assert order.trigger.value == "STOP_TRIGGERED"
    assert order.configuration["stop_limit_stop_limit_gtc"]["stop_price"] == "61500"


def test_only_the_five_latest_edits_are_kept() -> None:
    desk = Desk(exchange_on())
    order = desk.order("BUY", limit("0.2", "50000"))
    for number in range(7):
        assert desk.edit(order, f"{50_001 + number}", "0.2", at(number)) == ""
    assert [int(edit.price) for edit in order.edits] == [50_003, 50_004, 50_005, 50_006, 50_007]
