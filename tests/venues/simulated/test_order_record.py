"""Orders as the exchange keeps them."""

from decimal import Decimal

import pytest
from tests.venues.simulated.rig import Desk, exchange_on, limit

from trader247.venues.simulated.order_record import Kind, OrderState


def test_an_open_buy_shows_the_cost_it_may_come_to() -> None:
    order = Desk(exchange_on()).order("BUY", limit("0.1", "60000"))
    assert order.value_after_fees == Decimal("0.1") * 60_000 * Decimal("1.006") == order.hold
    assert order.completion_pct == order.average_price == 0


def test_a_sell_shows_its_proceeds() -> None:
    order = Desk(exchange_on()).order("SELL", {"market_market_ioc": {"base_size": "0.5"}})
    assert order.value_after_fees == Decimal("0.5") * 59_999 * Decimal("0.994")
    assert order.state is OrderState.FILLED
    assert order.completion_pct == 100


def test_a_partial_fill_shows_its_share() -> None:
    partly = Desk(exchange_on(funds={"USD": Decimal(500_000)})).order("BUY", limit("4", "60001"))
    assert partly.completion_pct == 25


@pytest.mark.parametrize("kind", Kind)
def test_each_kind_has_its_type_and_time_in_force(kind: Kind) -> None:
    assert kind.order_type in {"MARKET", "LIMIT", "STOP_LIMIT", "BRACKET"}
    assert kind.rests == kind.time_in_force.startswith("GOOD_UNTIL")
    assert kind.has_end == (kind.time_in_force == "GOOD_UNTIL_DATE_TIME")
    assert kind.has_stop == (kind.order_type in {"STOP_LIMIT", "BRACKET"})
    assert kind.is_bracket == (kind.order_type == "BRACKET")
