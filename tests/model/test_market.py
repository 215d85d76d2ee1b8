from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from attrs.exceptions import FrozenInstanceError
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import candle, quote

from trader247.model.money import Price, Quantity

prices = st.decimals("0.00000001", "1000000", places=8)


@given(prices, prices)
def test_the_mid_lies_between_bid_and_ask_and_the_spread_is_measured_from_it(one: Decimal, other: Decimal) -> None:
    bid, ask = sorted((one, other))
    seen = quote(bid=bid, ask=ask)
    assert bid <= seen.mid <= ask
    assert seen.spread_bps >= 0
    assert abs(seen.spread_bps * seen.mid / 10_000 - (ask - bid)) < Decimal("1e-18")


def test_a_spread_of_ten_cents_on_a_hundred_is_ten_basis_points() -> None:
    assert quote(bid="99.95", ask="100.05").spread_bps == 10


@pytest.mark.fault("MD-04")
@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({}, None),
        ({"bid": Price(Decimal("100.05"))}, None),  # locked is not crossed
        ({"bid_size": Quantity(Decimal(0)), "ask_size": Quantity(Decimal(0))}, None),
        ({"bid": Price(Decimal(0))}, "not positive"),
        ({"bid": Price(Decimal(-1))}, "not positive"),
        ({"ask": Price(Decimal(0))}, "not positive"),
        ({"bid": Price(Decimal("100.06"))}, "crossed"),
        ({"bid_size": Quantity(Decimal(-1))}, "negative size"),
        ({"ask_size": Quantity(Decimal(-1))}, "negative size"),
        ({"bid": Price(Decimal("NaN"))}, "not a finite"),
        ({"ask": Price(Decimal("Infinity"))}, "not a finite"),
        ({"bid": Price(Decimal("sNaN"))}, "not a finite"),
        ({"bid_size": Quantity(Decimal("-Infinity")), "ask_size": Quantity(Decimal("Infinity"))}, "not a finite"),
    ],
)
def test_a_quote_that_nobody_could_trade_on_has_a_fault(changes: dict[str, Any], fault: str | None) -> None:
    found = evolve(quote(bid="99.95", ask="100.05"), **changes).fault()
    assert found is None if fault is None else found is not None and fault in found


def test_what_the_market_said_cannot_be_changed_afterwards() -> None:
    with pytest.raises(FrozenInstanceError):
        quote().bid = Price(Decimal(1))  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        candle().close = 1.0  # type: ignore[misc]
