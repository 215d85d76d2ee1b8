"""Orders and fills as nouns."""

from decimal import Decimal

import pytest
from attrs import evolve
from tests.builders import intent, order

from trader247.model.mode import OrderKind
from trader247.model.order import OrderStatus, Side, Style

TERMINAL = {"FILLED", "CANCELED", "EXPIRED", "REJECTED", "FAILED"}


@pytest.mark.parametrize("status", OrderStatus, ids=lambda s: s.value)
def test_every_status_is_new_or_working_or_terminal_and_only_one_of_them(status: OrderStatus) -> None:
    assert status.terminal is (status.value in TERMINAL)
    assert [status is OrderStatus.NEW, status.working, status.terminal].count(True) == 1


@pytest.mark.req("E2")
def test_an_order_that_is_over_is_settled_only_when_all_it_filled_is_booked() -> None:
    assert not order(OrderStatus.OPEN, filled=1, booked=1).settled
    assert not order(OrderStatus.CANCELED, filled="0.5", booked="0.4").settled
    assert order(OrderStatus.CANCELED, filled="0.5", booked="0.5").settled


@pytest.mark.req("R3")
@pytest.mark.parametrize("style", Style, ids=lambda s: s.value)
def test_an_order_is_at_rest_where_it_protects_and_nothing_about_it_is_under_way(style: Style) -> None:
    sale = evolve(intent(kind=OrderKind.EXIT), style=style)
    assert sale.protects is order(of=sale).at_rest is (style in {Style.STOP_LIMIT, Style.BRACKET})
    assert not order(of=sale, filled=1, booked=0).at_rest
    assert not any(
        order(status, sale).at_rest for status in OrderStatus if status.value not in {"OPEN", "PARTIAL_FILL"}
    )


def test_what_remains_is_never_negative() -> None:
    assert order(of=intent(size=2), filled="0.5").remaining == Decimal("1.5")
    assert order(of=intent(size=2), filled=3).remaining == 0


def test_the_average_price_is_that_of_what_is_booked() -> None:
    assert order(booked=0).average_price is None
    assert order(of=intent(size=2, limit=100), booked=2).average_price == 100


def test_an_order_is_frozen_and_does_not_print_its_fills() -> None:
    one = order()
    with pytest.raises(AttributeError):
        one.status = OrderStatus.FILLED  # type: ignore[misc]
    assert "fill_ids" not in repr(one)
    assert hash(one) == hash(order())


def test_sides_are_spelled_as_the_venue_spells_them() -> None:
    assert [s.value for s in Side] == ["BUY", "SELL"]
