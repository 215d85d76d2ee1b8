"""Minutes step by step, and the same minutes as wholes."""

import heapq
from collections.abc import Sequence
from operator import attrgetter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trader247.venues.simulated.bar_steps import BarSteps, MinutePath
from trader247.venues.simulated.market import Bar, MarketStep
from trader247.venues.simulated.products import product_named

pytestmark = pytest.mark.req("BT1", "BT5")

PRODUCTS = [product_named(name, 2, 8) for name in ("BTC-USD", "ETH-USD")]
minutes = st.lists(
    st.tuples(st.integers(0, 12), st.lists(st.integers(90, 110), min_size=4, max_size=4), st.integers(1, 9)),
    max_size=10,
    unique_by=lambda row: row[0],
)


def paths_of(number: int, rows: Sequence[tuple[int, list[int], int]]) -> list[MinutePath]:
    return [
        MinutePath(PRODUCTS[number], Bar(60 * at, prices[0], max(prices), min(prices), prices[3], volume), 5)
        for at, prices, volume in sorted(rows)
    ]


def steps_of(paths: Sequence[MinutePath]) -> list[MarketStep]:
    return [path.step(number) for path in paths for number in range(len(path.prices))]


@given(minutes, minutes)
def test_steps_come_in_time_order_and_of_one_instant_by_their_stream(
    one: list[tuple[int, list[int], int]], other: list[tuple[int, list[int], int]]
) -> None:
    streams = [paths_of(0, one), paths_of(1, other)]
    merged = heapq.merge(*(steps_of(paths) for paths in streams), key=attrgetter("at"))
    assert list(BarSteps([iter(paths) for paths in streams])) == list(merged)


@given(minutes, minutes, st.data())
def test_a_minute_taken_whole_is_its_steps(
    one: list[tuple[int, list[int], int]], other: list[tuple[int, list[int], int]], data: st.DataObject
) -> None:
    """At some seconds past each minute whoever asks goes on by steps, or takes the rest and the next opening whole."""
    streams = [paths_of(0, one), paths_of(1, other)]
    expected = sorted(steps_of([*streams[0], *streams[1]]), key=attrgetter("at", "product_id"))
    steps, taken = BarSteps([iter(paths) for paths in streams]), []
    upcoming = next(steps, None)
    for minute in range(14):
        while upcoming is not None and upcoming.at < (60 * minute + 5) * 10**9:
            taken.append(upcoming)
            upcoming = next(steps, None)
        while data.draw(st.booleans()) and minute < 13:
            if upcoming is not None:
                steps.put_back(upcoming)
            rest, opening = steps.rest(60 * minute), steps.opening(60 * minute + 60)
            if rest is None:
                upcoming = next(steps, None)
                break
            taken += [path.step(n) for path in rest for n in range(path.opens, len(path.prices))]
            taken += [path.step(n) for path in opening for n in range(path.opens)]
            steps.go(60 * minute + 60)
            upcoming = next(steps, None)
            break
    if upcoming is not None:
        taken += [upcoming, *steps]
    assert sorted(taken, key=attrgetter("at", "product_id")) == expected


def test_the_first_quarter_may_have_nothing_to_trade() -> None:
    (path,) = paths_of(0, [(1, [100, 101, 99, 100], 1)])
    assert (path.opens, path.parts, path.prices) == (0, [3], [100])
    steps = BarSteps([iter([path])])
    steps.put_back(next(steps))
    assert steps.rest(60) == [path]
