"""Positions and balances."""

from decimal import Decimal

import pytest
from tests.builders import balance, position


def test_a_balance_is_what_is_available_and_what_is_held_together() -> None:
    assert balance(available="1.5", held="0.25").total == Decimal("1.75")


def test_the_cost_of_a_position_is_its_entry_without_fees() -> None:
    assert position(size="0.5", entry=200, fees=3).cost == 100


def test_a_position_cannot_be_changed_in_place() -> None:
    held = position()
    with pytest.raises(AttributeError):
        held.quantity = Decimal(2)  # type: ignore[misc,assignment]
