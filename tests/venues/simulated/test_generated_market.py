"""The seeded market."""

import itertools
import math
import statistics

import pytest
from tests.venues.simulated.rig import START

from trader247.errors import ConfigurationInvalid
from trader247.model.instant import SECOND
from trader247.venues.simulated.generated_market import DEFAULT_PRODUCTS, GeneratedMarket
from trader247.venues.simulated.market import Bar


def test_the_same_seed_is_the_same_market_and_another_is_another() -> None:
    one, same, other = (GeneratedMarket(START, seed) for seed in (7, 7, 8))
    assert list(itertools.islice(one.steps(), 500)) == list(itertools.islice(same.steps(), 500))
    assert one.history("ETH-USD") == same.history("ETH-USD") != other.history("ETH-USD")


def test_the_past_is_eight_whole_days_that_meet_the_first_step() -> None:
    market = GeneratedMarket(START)
    for product in market.products:
        past = market.history(product.product_id)
        assert len(past) == 8 * 1440
        assert [bar.start_s for bar in past] == list(range(past[0].start_s, START // SECOND, 60))
        assert all(0 < bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high for bar in past)
        first = next(step for step in market.steps() if step.product_id == product.product_id)
        assert abs(first.bid / past[-1].close - 1) < 0.005


def _move_pct(past: "list[Bar] | tuple[Bar, ...]", minutes: int) -> float:
    return (past[-1].close / past[-minutes].open - 1) * 100


@pytest.mark.parametrize("seed", range(1, 13))
def test_the_opening_gives_a_rules_strategy_something_to_look_at(seed: int) -> None:
    past = list(GeneratedMarket(START, seed).history("ETH-USD"))
    day = past[-1440:]
    hour_volume, mean_volume = sum(bar.volume for bar in past[-60:]), sum(bar.volume for bar in day) / 24
    assert hour_volume / mean_volume > 2.0
    assert past[-1].close > 0.995 * max(bar.high for bar in day), "within half a percent of the day's high"
    assert _move_pct(past, 60) > 2.5


@pytest.mark.parametrize("seed", range(1, 13))
def test_the_leading_product_opens_in_a_calm_regime(seed: int) -> None:
    hours = list(GeneratedMarket(START, seed).history("BTC-USD"))[::60]
    returns = [math.log(later.open / earlier.open) for earlier, later in itertools.pairwise(hours)]
    assert statistics.stdev(returns) * math.sqrt(24 * 365) * 100 < 100
    assert -5 < (hours[-1].open / hours[-168].open - 1) * 100 < 10


def test_steps_come_in_time_order_with_a_sane_quote_and_trades_at_the_touch() -> None:
    market = GeneratedMarket(START, step_s=0.5)
    steps = list(itertools.islice(market.steps(), 5_000))
    assert all(before.at <= after.at for before, after in itertools.pairwise(steps))
    assert steps[len(DEFAULT_PRODUCTS)].at - steps[0].at == SECOND // 2
    for step in steps:
        assert 0 < step.bid < step.ask
        assert min(step.bid_size, step.ask_size) > 0
        assert all(trade.price in {step.bid, step.ask} and trade.size > 0 for trade in step.trades)
    assert sum(bool(step.trades) for step in steps) > 0.9 * len(steps), "quotes stay fresh: silence is rare"


def test_volume_grows_with_the_size_of_the_return() -> None:
    past = GeneratedMarket(START, products=["BTC-USD", "ETH-USD"]).history("BTC-USD")
    moves = [abs(bar.close / bar.open - 1) for bar in past]
    assert statistics.correlation(moves, [float(bar.volume) for bar in past]) > 0.4


@pytest.mark.parametrize(("products", "step_s"), [([], 1), (["BTC-USD", "BTC-USD"], 1), (["BTC-USD"], 0), (["X"], 1)])
def test_an_impossible_market_is_refused(products: list[str], step_s: float) -> None:
    with pytest.raises(ConfigurationInvalid):
        GeneratedMarket(START, products=products, step_s=step_s)
