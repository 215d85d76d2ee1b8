"""From a verdict to a price and a quantity."""

from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject, data
from tests.builders import instrument, price, quantity, quote, usd

from trader247.core.sizing import (
    entry_price,
    exit_price,
    least_notional,
    quantity_within,
    stop_limit_price,
    taker_entry_price,
    with_fee,
)
from trader247.model.instrument import Instrument
from trader247.model.money import floor_to, is_multiple

FINE = instrument(price_increment="0.01", base_increment="0.00000001")
COARSE = instrument(price_increment="0.5", base_increment="0.1")
amounts = st.decimals("1", "100000", places=2)
prices = st.decimals("0.01", "100000", places=2)


@pytest.mark.req("X3")
@pytest.mark.fault("OL-16")
@settings(max_examples=300)
@given(amounts, prices, st.decimals(0, 500, places=1), st.sampled_from([FINE, COARSE]))
def test_the_cost_with_its_fee_fits_the_notional_and_one_step_more_would_not(
    notional: Decimal, at_price: Decimal, fee_bps: Decimal, on: object
) -> None:
    grid = FINE if on is FINE else COARSE
    size = quantity_within(usd(notional), price(at_price), fee_bps, grid)
    assert is_multiple(size, grid.base_increment)
    assert with_fee(at_price * size, fee_bps) <= notional
    assert with_fee(at_price * (size + grid.base_increment), fee_bps) > notional


@given(prices, prices, st.decimals(0, 200, places=0), st.sampled_from([FINE, COARSE]))
def test_every_price_is_on_the_grid_and_on_its_own_side(
    bid: Decimal, spread: Decimal, budget_bps: Decimal, on: object
) -> None:
    grid = FINE if on is FINE else COARSE
    market = quote(bid=bid, ask=bid + spread)
    maker, taker = entry_price(market, grid), taker_entry_price(market, grid, budget_bps)
    leave = exit_price(market, grid, budget_bps)
    assert all(is_multiple(p, grid.price_increment) for p in (maker, taker, leave))
    assert maker <= market.bid
    assert taker <= market.mid * (1 + budget_bps / 10_000)
    assert leave >= market.bid * (1 - budget_bps / 10_000)
    assert leave >= grid.price_increment


def test_an_exit_of_a_nearly_worthless_asset_asks_for_at_least_one_step() -> None:
    assert exit_price(quote(bid="0.01"), FINE, Decimal(9_999)) == Decimal("0.01")


@pytest.mark.req("R3")
@pytest.mark.parametrize(("stop", "limit"), [("95", "87.4"), ("95.01", "87.41"), ("0.01", "0.01")])
def test_a_stop_that_triggers_sells_down_to_the_tolerance_under_it_on_the_grid(stop: str, limit: str) -> None:
    assert stop_limit_price(price(stop), FINE, Decimal(800)) == Decimal(limit)


def test_too_little_money_buys_nothing() -> None:
    assert quantity_within(usd(1), price(100_000), Decimal(60), COARSE) == 0


@pytest.mark.req("X3")
@settings(max_examples=300)
@given(
    prices,
    st.decimals("0.01", "1.01", places=4),
    st.decimals(0, 500, places=1),
    st.sampled_from([FINE, COARSE]),
    data(),
)
def test_within_the_least_notional_the_venues_minimum_is_met_at_every_price_up_to_one_percent_over_the_ask(
    ask: Decimal, share: Decimal, fee_bps: Decimal, grid: Instrument, draw: DataObject
) -> None:
    least_size, least_usd = draw.draw(st.decimals(0, 10, places=3)), draw.draw(st.decimals(0, 50, places=2))
    on = evolve(grid, base_min_size=quantity(least_size), quote_min_size=usd(least_usd))
    notional = least_notional(quote(bid=ask, ask=ask), on, fee_bps)
    limit = price(floor_to(ask * share, on.price_increment))
    assume(limit > 0)
    size = quantity_within(notional, limit, fee_bps, on)
    assert size >= on.base_min_size
    assert size * limit >= on.quote_min_size
