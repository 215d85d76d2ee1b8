"""Candles for a backtest: few steps, the low before the high, and every bar whole again."""

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from tests.drivers.backtest.worlds import START, made

from trader247.errors import ConfigurationInvalid
from trader247.model.instant import DAY, HOUR, MINUTE, SECOND, Instant
from trader247.venues.simulated.bar_steps import MinutePath
from trader247.venues.simulated.careful_market import CarefulMarket
from trader247.venues.simulated.exchange import SimulatedExchange
from trader247.venues.simulated.market import Bar, MarketStep
from trader247.venues.simulated.products import product_named

pytestmark = pytest.mark.req("BT5")

PRODUCT = product_named("BTC-USD", 2, 8)


def steps_of(bar: Bar, size: int) -> list[MarketStep]:
    path = MinutePath(PRODUCT, bar, size)
    return [path.step(number) for number in range(len(path.prices))]


def test_a_minute_goes_from_its_open_to_its_low_to_its_high_to_its_close() -> None:
    steps = steps_of(Bar(60, 10_500, 10_900, 10_100, 10_700, 43), 5)
    assert [(step.at // SECOND, step.trades[0].price) for step in steps] == [
        (60, 10_500),
        (75, 10_100),
        (90, 10_900),
        (105, 10_700),
    ]
    assert [step.trades[0].size for step in steps] == [10, 10, 10, 13]
    assert all(step.bid < step.trades[0].price < step.ask for step in steps)


def test_a_price_that_repeats_the_one_before_is_one_step() -> None:
    assert [s.trades[0].price for s in steps_of(Bar(0, 500, 500, 500, 500, 9), 1)] == [500]
    assert [s.trades[0].price for s in steps_of(Bar(0, 500, 600, 500, 600, 9), 1)] == [500, 600]


def test_a_bar_of_little_volume_keeps_its_close() -> None:
    assert [s.trades[0].price for s in steps_of(Bar(0, 5, 9, 1, 7, 2), 1)] == [5, 7]
    assert [s.trades[0].price for s in steps_of(Bar(0, 5, 9, 1, 7, 1), 1)] == [7]


@given(
    prices=st.lists(st.integers(1, 10**7), min_size=4, max_size=4),
    volume=st.integers(4, 10**12),
)
def test_the_steps_together_are_the_bar_again(prices: list[int], volume: int) -> None:
    bar = Bar(0, prices[0], max(prices), min(prices), prices[3], volume)
    traded = [step.trades[0] for step in steps_of(bar, 3)]
    seen = [trade.price for trade in traded]
    assert (seen[0], max(seen), min(seen), seen[-1]) == (bar.open, bar.high, bar.low, bar.close)
    assert sum(trade.size for trade in traded) == volume


def test_the_exchange_makes_the_recorded_candles_of_it_whether_books_are_laid_or_not() -> None:
    recording = made("BTC-USD", 4, 8.2)
    for lays_books in (True, False):
        market = CarefulMarket([recording], start=Instant(START + 8 * DAY))
        exchange = SimulatedExchange(market, lays_books=lays_books)
        exchange.advance(recording.end)
        assert exchange.candles["BTC-USD"].candles(60, 0, 2**40) == list(recording.bars)


def test_what_lies_outside_of_from_and_to_is_history_or_nothing() -> None:
    recording = made("BTC-USD", 5, 2.0)
    start, end = Instant(START + DAY), Instant(START + DAY + HOUR)
    market = CarefulMarket([recording], start=start, end=end)
    steps = list(market.steps())
    assert market.start == start
    assert steps[0].at == start
    assert end - MINUTE <= steps[-1].at < end
    assert len(market.history("BTC-USD")) == 24 * 60


def test_a_start_outside_of_the_data_is_refused_with_their_span() -> None:
    recording = made("BTC-USD", 5, 1.0)
    with pytest.raises(ConfigurationInvalid, match="is outside of the data, 2026-09-27T00:00:00Z to 2026-09-28"):
        CarefulMarket([recording], start=Instant(START + 3 * DAY))


def test_a_quarter_of_an_hour_is_cut_into_its_minutes() -> None:
    bars = [Bar(START // SECOND + 900 * n, 1000 + n, 1100 + n, 900 + n, 1050 + n, 10_000) for n in range(40)]
    recording = evolve(made("BTC-USD", 1, 0.1), bars=bars, span_s=900, end=Instant(START + 40 * 900 * SECOND))
    exchange = SimulatedExchange(CarefulMarket([recording], start=START), lays_books=False)
    exchange.advance(recording.end)
    assert exchange.candles["BTC-USD"].candles(900, 0, 2**40) == bars
