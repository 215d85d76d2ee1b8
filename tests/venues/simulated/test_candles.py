"""Candles from the exchange's own tape."""

import random

import pytest
from tests.venues.simulated.rig import START, at

from trader247.model.instant import DAY, MINUTE, SECOND, Instant
from trader247.venues.simulated.candles import GRANULARITIES, CandleStore
from trader247.venues.simulated.market import Bar

START_S = START // SECOND


@pytest.mark.req("D3")
def test_a_bucket_is_what_traded_in_it_and_a_quiet_minute_does_not_exist() -> None:
    store = CandleStore([])
    for seconds, price in ((0, 100), (30, 105), (59, 95), (130, 101)):
        store.record(at(seconds), price, 2)
    assert store.candles(60, START_S, START_S + 180) == [
        Bar(START_S, 100, 105, 95, 95, 6),
        Bar(START_S + 120, 101, 101, 101, 101, 2),
    ]


@pytest.mark.req("D3")
def test_every_granularity_is_the_sum_of_its_minutes() -> None:
    rng = random.Random(5)
    store, trades = CandleStore([]), []
    for number in range(20_000):
        if rng.random() < 0.3:
            trades.append((Instant(START + number * 7 * SECOND), rng.randrange(900, 1100), rng.randrange(1, 9)))
            store.record(*trades[-1])
    for span_s in GRANULARITIES.values():
        bars = store.candles(span_s, START_S, START_S + 20_000 * 7)
        for bar in bars:
            inside = [(p, s) for when, p, s in trades if bar.start_s <= when // SECOND < bar.start_s + span_s]
            prices = [price for price, _ in inside]
            assert bar[1:] == (prices[0], max(prices), min(prices), prices[-1], sum(size for _, size in inside))
        first = START_S - START_S % span_s
        expected = sum(s for when, _, s in trades if when // SECOND >= first + (span_s if first < START_S else 0))
        assert sum(bar.volume for bar in bars) == expected


def test_both_ends_of_a_window_are_inclusive() -> None:
    store = CandleStore([Bar(START_S + 60 * n, 1, 1, 1, 1, 1) for n in range(10)])
    assert [bar.start_s - START_S for bar in store.candles(60, START_S + 60, START_S + 180)] == [60, 120, 180]
    assert store.candles(60, START_S - 600, START_S - 60) == []


def test_the_day_slides_with_the_minute() -> None:
    day_s = DAY // SECOND
    store = CandleStore([Bar(START_S - day_s, 50, 900, 40, 60, 5), Bar(START_S - 60, 70, 80, 65, 75, 2)])
    day = store.day(START)
    assert day is not None
    assert (day.volume, day.high, day.low, day.first, day.last) == (7, 900, 40, 50, 75)
    store.record(START, 90, 1)
    day = store.day(Instant(START + MINUTE))
    assert day is not None
    assert (day.volume, day.high, day.low, day.first, day.last) == (3, 90, 65, 70, 90)
    assert day.change_pct == pytest.approx(28.571, abs=1e-3)
    assert CandleStore([]).day(START) is None


def test_the_extremes_of_all_time_follow_the_tape() -> None:
    store = CandleStore([])
    for price in (100, 90, 130):
        store.record(START, price, 1)
    assert (store.year_low, store.year_high, store.last) == (90, 130, 130)
