"""What could be lost at worst."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import BTC, ETH, SOL, intent, order, position, quote

from trader247.core.exposure import at_worst, exposures_of, position_value
from trader247.messages.orders import Exposure
from trader247.model.mode import OrderKind
from trader247.model.order import OrderStatus

BUY = intent(size=10, limit=100, notional_max=1006)


@pytest.mark.req("E2")
@pytest.mark.parametrize("status", [s for s in OrderStatus if not s.terminal], ids=lambda s: s.value)
def test_an_order_that_may_still_fill_counts_in_full_less_what_is_booked(status: OrderStatus) -> None:
    assert at_worst(order(status, BUY)) == 1006
    assert at_worst(order(status, BUY, filled=4, booked=0)) == 1006
    assert at_worst(order(status, BUY, filled=4, booked=4)) == Decimal("603.6")


@pytest.mark.req("E2")
@pytest.mark.parametrize("status", [s for s in OrderStatus if s.terminal], ids=lambda s: s.value)
def test_an_order_that_is_over_counts_for_the_fills_that_are_not_booked_yet(status: OrderStatus) -> None:
    assert at_worst(order(status, BUY, filled=4, booked=1)) == Decimal("301.8")
    assert at_worst(order(status, BUY, filled=4, booked=4)) == 0


def test_a_sale_adds_nothing() -> None:
    assert at_worst(order(OrderStatus.OPEN, intent(kind=OrderKind.EXIT))) == 0


@given(st.decimals(0, 10, places=4), st.decimals(0, 10, places=4), st.sampled_from(list(OrderStatus)))
def test_the_worst_is_never_negative_and_never_over_what_the_intent_may_cost(
    filled: Decimal, booked: Decimal, status: OrderStatus
) -> None:
    assert 0 <= at_worst(order(status, BUY, filled=filled, booked=min(booked, filled))) <= 1006


def test_a_position_is_worth_its_mid_and_without_a_quote_its_entry() -> None:
    held = position(size=2, entry=100)
    assert position_value(held, quote(bid=110, ask=112)) == 222
    assert position_value(held, None) == 200


def test_there_is_one_line_per_instrument_at_risk_by_symbol() -> None:
    orders = (
        order(OrderStatus.OPEN, BUY),
        order(OrderStatus.UNKNOWN, intent(2, symbol=SOL, notional_max=50)),
        order(OrderStatus.REJECTED, intent(3, symbol=ETH)),
        order(OrderStatus.FILLED, intent(4, symbol=ETH), filled=1, booked=1),
    )
    assert exposures_of((position(BTC, 1, 100),), orders, {BTC: quote(bid=120, ask=120)}) == (
        Exposure(BTC, position=Decimal(120), working=Decimal(1006)),  # type: ignore[arg-type]
        Exposure(SOL, position=Decimal(0), working=Decimal(50)),  # type: ignore[arg-type]
    )
