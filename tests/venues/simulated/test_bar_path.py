"""The path inside a bar."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trader247.venues.simulated.bar_path import bar_path, minutes_of
from trader247.venues.simulated.market import Bar


@st.composite
def bars(draw: st.DrawFn) -> Bar:
    low = draw(st.integers(1, 10_000))
    high = low + draw(st.sampled_from([0, 1, 2, 77, 5_000]))
    inside = st.integers(low, high)
    return Bar(6_000, draw(inside), high, low, draw(inside), draw(st.sampled_from([0, 1, 2, 3, 4, 5, 99, 10**12])))


@pytest.mark.req("D3")
@given(bars(), st.sampled_from([1, 2, 3, 15, 60]), st.integers(0, 10**6))
@settings(deadline=None)
def test_the_path_touches_what_the_bar_touched_and_sums_to_its_volume(bar: Bar, steps: int, seed: int) -> None:
    points = bar_path(bar, steps, random.Random(seed))
    trades = [trade for point in points for trade in point.trades]
    assert sum(trade.size for trade in trades) == bar.volume
    assert all(trade.size > 0 and bar.low <= trade.price <= bar.high for trade in trades)
    assert [point.step for point in points] == sorted({point.step for point in points})
    if bar.volume > 0:
        assert trades[-1].price == bar.close
    if bar.volume >= 4:
        prices = [trade.price for trade in trades]
        assert (prices[0], max(prices), min(prices)) == (bar.open, bar.high, bar.low)


@pytest.mark.parametrize(("opened", "first"), [(101, "low"), (109, "high")])
def test_the_extreme_nearer_to_the_open_comes_first(opened: int, first: str) -> None:
    for seed in range(20):
        prices = [
            t.price for p in bar_path(Bar(0, opened, 110, 100, 105, 1000), 15, random.Random(seed)) for t in p.trades
        ]
        assert (prices.index(100) < prices.index(110)) == (first == "low"), f"seed {seed}"


@given(bars(), st.sampled_from([300, 3600, 21_600]), st.integers(0, 100))
@settings(deadline=None)
def test_the_minutes_of_a_long_bar_are_the_bar_again(bar: Bar, span_s: int, seed: int) -> None:
    minutes = minutes_of(bar, span_s, random.Random(seed))
    assert sum(minute.volume for minute in minutes) == bar.volume
    assert all(minute.start_s % 60 == 0 and bar.start_s <= minute.start_s < bar.start_s + span_s for minute in minutes)
    if bar.volume >= 4:
        assert (minutes[0].open, minutes[-1].close) == (bar.open, bar.close)
        assert (max(each.high for each in minutes), min(each.low for each in minutes)) == (bar.high, bar.low)


def test_the_same_seed_is_the_same_path() -> None:
    bar = Bar(0, 100, 120, 90, 110, 10_000)
    assert bar_path(bar, 15, random.Random(3)) == bar_path(bar, 15, random.Random(3))
