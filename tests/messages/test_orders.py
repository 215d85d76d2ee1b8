from typing import get_args

import pytest
from tests.builders import BTC, order, portfolio, usd
from tests.messages.shapes import changeable_fields, classes_of, is_frozen_and_slotted

from trader247.messages import orders


@pytest.mark.req("SUP1")
@pytest.mark.parametrize("message", classes_of(orders))
def test_a_message_is_frozen_slotted_and_made_of_nothing_that_could_change(message: type) -> None:
    assert is_frozen_and_slotted(message)
    assert changeable_fields(message) == []


@pytest.mark.req("E2")
def test_exposure_is_what_is_held_and_what_may_still_be_bought() -> None:
    assert orders.Exposure(BTC, position=usd(300), working=usd("12.5")).total == usd("312.5")


@pytest.mark.req("OM2")
def test_a_request_to_place_has_four_outcomes_and_no_fifth() -> None:
    assert set(get_args(orders.PlaceOutcome)) == {orders.Accepted, orders.Rejected, orders.NotSent, orders.InDoubt}


def test_a_portfolio_does_not_print_its_orders() -> None:
    assert "working=" not in repr(portfolio(working=(order(),))).replace("working=Decimal", "")
