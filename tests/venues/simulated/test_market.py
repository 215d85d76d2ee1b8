"""The shape of a market."""

import pytest
from tests.venues.simulated.rig import START, ScriptedMarket, quote

from trader247.venues.simulated.generated_market import GeneratedMarket
from trader247.venues.simulated.market import MarketSource, MarketStep


@pytest.mark.parametrize("market", [ScriptedMarket(), GeneratedMarket(START, products=["BTC-USD"])])
def test_a_market_gives_the_same_steps_each_time_it_is_asked(market: MarketSource) -> None:
    assert next(market.steps()) == next(market.steps())
    assert next(market.steps()).at >= market.start


def test_a_step_without_trades_is_a_quote_alone() -> None:
    step = quote(0, "1", "2")
    assert isinstance(step, MarketStep)
    assert step.trades == ()
