"""Orders that meet."""

from decimal import Decimal

import pytest
from tests.venues.simulated.rig import Desk, exchange_on, limit, stop

from trader247.venues.simulated.floor import configuration_in_force
from trader247.venues.simulated.order_record import OrderState


@pytest.mark.parametrize(
    ("resting_size", "taker_size", "resting_left", "taker_left"),
    [("0.4", "0.5", "0", "0.1"), ("0.5", "0.4", "0.1", "0"), ("0.4", "0.4", "0", "0")],
)
def test_own_orders_that_meet_shrink_by_the_smaller_and_what_is_used_up_is_cancelled(
    resting_size: str, taker_size: str, resting_left: str, taker_left: str
) -> None:
    exchange = exchange_on()
    desk = Desk(exchange)
    resting = desk.order("BUY", limit(resting_size, "60000"))
    taker = desk.order("SELL", limit(taker_size, "60000"))
    for order, left in ((resting, resting_left), (taker, taker_left)):
        assert order.state is (OrderState.CANCELLED if left == "0" else OrderState.OPEN)
        assert (order.workable, order.fill_count) == (Decimal(left), 0)
    assert exchange.books().fees == 0
    assert resting.hold == Decimal(resting_left) * 60_000 * Decimal("1.006")


def test_an_order_that_self_trade_prevention_made_smaller_ends_cancelled_though_its_rest_traded() -> None:
    exchange = exchange_on()
    desk = Desk(exchange)
    resting = desk.order("BUY", limit("0.5", "60000"))
    desk.order("SELL", limit("0.2", "60000"))
    exchange.open_portfolio("b" * 8, {"BTC": Decimal(1)})
    Desk(exchange, "b" * 8).order("SELL", limit("0.3", "60000"))
    assert (resting.state, resting.filled_size) == (OrderState.CANCELLED, Decimal("0.3"))


def test_a_fill_or_kill_order_with_an_own_order_in_its_way_is_killed_whole() -> None:
    exchange = exchange_on()
    desk = Desk(exchange)
    own = desk.order("SELL", limit("0.1", "60000"))
    killed = desk.order("BUY", {"limit_limit_fok": {"base_size": "0.5", "limit_price": "60001"}})
    assert (killed.state, killed.fill_count, own.workable) == (OrderState.CANCELLED, 0, Decimal("0.1"))


def test_orders_of_two_owners_trade() -> None:
    exchange = exchange_on()
    exchange.open_portfolio("b" * 8, {"USD": Decimal(100_000)})
    resting = Desk(exchange).order("SELL", limit("0.5", "60000"))
    taker = Desk(exchange, "b" * 8).order("BUY", limit("0.5", "60000"))
    assert resting.state is taker.state is OrderState.FILLED


def test_the_configuration_in_force_keeps_what_was_sent_but_for_sizes_and_prices() -> None:
    desk = Desk(exchange_on())
    order = desk.order("BUY", stop("0.10", "62000.00", "61000.0"))
    assert configuration_in_force(order)["stop_limit_stop_limit_gtc"] == {
        "base_size": "0.1",
        "limit_price": "62000",
        "stop_price": "61000",
        "stop_direction": "STOP_DIRECTION_STOP_UP",
    }
