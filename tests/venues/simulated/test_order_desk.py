"""The desk: what is answered at once and done later."""

from decimal import Decimal

import pytest
from tests.venues.simulated.rig import START, Client, Desk, at, bracket, exchange_on, limit, quote, stop

from trader247.model.instant import SECOND
from trader247.venues.simulated.delays import Delays
from trader247.venues.simulated.exchange import OrderMoved, SimulatedExchange
from trader247.venues.simulated.order_record import OrderState
from trader247.venues.simulated.order_terms import BadRequest, Refusal
from trader247.venues.simulated.products import TradingFlags

CHILD = bracket("", "65000", "55000")


def states(exchange: SimulatedExchange, until: float) -> list[str]:
    """The statuses told on the way to a second, one advance per tenth of it."""
    told = []
    for tenths in range(round(until * 10) + 1):
        events = exchange.advance(at(tenths / 10))
        told += [event.order.state.value for event in events if isinstance(event, OrderMoved)]
    return told


@pytest.mark.parametrize("first", [OrderState.PENDING, OrderState.QUEUED])
def test_an_order_can_be_accepted_later_than_it_was_answered(first: OrderState) -> None:
    exchange = exchange_on(delays=Delays(accept_ns=2 * SECOND, accept_as=first))
    order = Desk(exchange).order("BUY", limit("0.1", "60001"))
    assert (order.state, order.resting, order.fill_count) == (first, None, 0)
    assert order.hold > 0, "funds are bound from the answer on"
    assert exchange.next_step_at() == at(2)
    assert states(exchange, 2) == ["FILLED"]


def test_a_post_only_order_that_would_cross_by_the_time_it_is_accepted_fails() -> None:
    exchange = exchange_on(quote(0, "59999", "60001"), quote(1, "59000", "59001"), delays=Delays(accept_ns=2 * SECOND))
    order = Desk(exchange).order("BUY", limit("0.1", "60000", post_only=True))
    exchange.advance(at(2))
    assert (order.state, order.hold) == (OrderState.FAILED, Decimal(0))
    assert order.reject_message == "INVALID_LIMIT_PRICE_POST_ONLY"


def test_an_order_whose_market_has_closed_by_the_time_it_is_accepted_fails() -> None:
    exchange = exchange_on(delays=Delays(accept_ns=SECOND))
    order = Desk(exchange).order("BUY", limit("0.1", "50000"))
    exchange.set_flags("BTC-USD", TradingFlags(trading_disabled=True))
    exchange.advance(at(1))
    assert order.state is OrderState.FAILED


def test_a_market_buy_by_size_accepted_late_buys_no_more_than_its_hold_pays() -> None:
    exchange = exchange_on(quote(0, "59999", "60001"), quote(1, "65999", "66001"), delays=Delays(accept_ns=2 * SECOND))
    order = Desk(exchange).order("BUY", {"market_market_ioc": {"base_size": "0.5"}})
    held = order.hold
    exchange.advance(at(2))
    assert order.state is OrderState.CANCELLED
    assert Decimal("0.4") < order.filled_size < Decimal("0.5")
    assert order.filled_value + order.fees <= held


def test_a_queued_cancel_may_lose_the_race() -> None:
    exchange = exchange_on(quote(0, "59999", "60001"), quote(1, "49999", "50001"), delays=Delays(cancel_ns=2 * SECOND))
    desk, who = Desk(exchange), exchange.portfolio_id
    lost, won = desk.order("BUY", limit("0.1", "50500")), desk.order("BUY", limit("0.1", "40000"))
    for order in (lost, won):
        assert exchange.cancel(who, order.order_id, START)[0] == ""
        assert order.state is OrderState.CANCEL_QUEUED
        assert exchange.cancel(who, order.order_id, START)[0] == "DUPLICATE_CANCEL_REQUEST"
        assert desk.edit(order, "40001", "0.1") == "CANNOT_EDIT_ORDER_PENDING_CANCEL"
    exchange.advance(at(2))
    assert (lost.state, won.state) == (OrderState.FILLED, OrderState.CANCELLED)


def test_a_cancel_can_catch_an_order_before_it_is_accepted() -> None:
    exchange = exchange_on(delays=Delays(accept_ns=2 * SECOND, cancel_ns=3 * SECOND))
    order = Desk(exchange).order("BUY", limit("0.1", "60001"))
    assert exchange.cancel(exchange.portfolio_id, order.order_id, at(1))[0] == ""
    assert states(exchange, 4) == ["CANCELLED"]
    assert order.fill_count == 0


def test_a_queued_edit_takes_effect_later_and_one_at_a_time() -> None:
    exchange = exchange_on(delays=Delays(edit_ns=SECOND))
    desk = Desk(exchange)
    order = desk.order("BUY", limit("0.1", "50000"))
    assert desk.edit(order, "50001", "0.2") == ""
    assert (order.state, order.terms.limit_price) == (OrderState.EDIT_QUEUED, Decimal(50_000))
    assert desk.edit(order, "50002", "0.2") == "ORDER_IS_ALREADY_BEING_REPLACED"
    assert exchange.cancel(order.owner, order.order_id, START)[0] == "ORDER_IS_BEING_REPLACED"
    assert states(exchange, 1) == ["OPEN"]
    assert (order.terms.limit_price, order.pending_edit) == (Decimal(50_001), None)


def test_a_queued_edit_that_has_become_impossible_leaves_the_order_as_it_was() -> None:
    exchange = exchange_on(delays=Delays(edit_ns=SECOND))
    desk = Desk(exchange)
    order = desk.order("BUY", limit("0.1", "50000"))
    assert desk.edit(order, "50000", "1.9") == ""
    desk.order("BUY", limit("1.5", "50000"))
    exchange.advance(at(1))
    assert (order.state, order.workable, order.edits) == (OrderState.OPEN, order.terms.base_size, ())


def test_what_is_attached_can_be_replaced_and_taken_off() -> None:
    exchange = exchange_on()
    desk = Desk(exchange)
    order = desk.order("BUY", limit("0.1", "50000"), attached=CHILD)
    first = desk.child_of(order)
    assert desk.edit(order, "50000", "0.1", attached_order_configuration=bracket("", "70000", "45000")) == ""
    second = desk.child_of(order)
    assert (first.state, second.state) == (OrderState.CANCELLED, OrderState.PENDING)
    assert second.terms.limit_price == 70_000
    assert desk.edit(order, "50000", "0.1", cancel_attached_order=True) == ""
    assert (second.state, order.attached_order_id) == (OrderState.CANCELLED, "")
    bad = bracket("", "1", "45000")
    assert desk.edit(order, "50000", "0.1", attached_order_configuration=bad) == "COMMANDER_REJECTED_EDIT_ORDER"
    assert desk.edit(order, "50000", "0.1", attached_order_configuration=[]) == "COMMANDER_REJECTED_EDIT_ORDER"


def test_an_attached_order_that_cannot_be_refuses_its_parent() -> None:
    exchange = exchange_on()
    desk = Desk(exchange)
    for attached in (bracket("0.1", "65000", "55000"), {"limit_limit_gtc": {"limit_price": "1"}}):
        assert isinstance(desk.place("BUY", limit("0.1", "50000"), attached=attached), Refusal)
    assert isinstance(desk.place("SELL", limit("0.1", "70000"), attached=CHILD), Refusal)
    assert isinstance(desk.place("BUY", limit("0.1", "50000"), attached={"a": {}, "b": {}}), BadRequest)
    assert exchange.books().open_orders == 0
    assert exchange.books().balances["USD"].hold == 0


def test_on_demand_the_next_requests_order_is_accepted_late_and_only_that() -> None:
    client = Client(exchange_on())
    client.exchange.desk.accept_late(1.5)
    late = client.create("a", "BUY", limit("0.1", "60001"))["success_response"]["order_id"]
    prompt = client.create("b", "BUY", limit("0.1", "60001"))["success_response"]["order_id"]

    def status(order_id: str) -> str:
        return str(client.get(f"/orders/historical/{order_id}")["order"]["status"])

    assert (status(late), status(prompt)) == ("PENDING", "FILLED")
    client.now = at(1.5)
    assert status(late) == "FILLED"


def test_on_demand_a_cancel_is_accepted_and_loses_the_race_in_price_time_order() -> None:
    exchange = exchange_on()
    client, desk = Client(exchange), Desk(exchange)
    older, wanted, younger = (desk.order("BUY", limit("0.1", "59999.50")) for _ in range(3))
    waiting = desk.order("BUY", stop("0.1", "62000", "61000"))
    before = dict(exchange.ledger.totals())
    exchange.desk.lose_cancel_race()
    ids = [wanted.order_id, waiting.order_id]
    results = client.post("/orders/batch_cancel", {"order_ids": ids})["results"]
    assert [each["success"] for each in results] == [True, True]
    assert [order.state.value for order in (older, wanted, younger)] == ["FILLED", "FILLED", "OPEN"]
    assert waiting.state is OrderState.CANCELLED
    assert exchange.ledger.totals() == before
    client.post("/orders/batch_cancel", {"order_ids": [younger.order_id]})
    assert younger.state is OrderState.CANCELLED, "one request, no more"


def test_asking_does_what_is_due_before_the_markets_next_step_and_nothing_beyond() -> None:
    exchange = exchange_on(quote(0, "59999", "60001"), quote(3, "49999", "50001"), delays=Delays(accept_ns=2 * SECOND))
    early = Desk(exchange).order("BUY", limit("0.1", "50500"))
    late = Desk(exchange, sent=1).order("BUY", limit("0.1", "50500"), at(2))
    exchange.catch_up(at(5))
    assert (early.state, late.state) == (OrderState.OPEN, OrderState.PENDING)
    exchange.advance(at(5))
    assert (early.state, late.state) == (OrderState.FILLED, OrderState.FILLED)
