"""Opening a market from a text."""

from pathlib import Path

import pytest
from tests.venues.simulated.rig import START
from tests.venues.simulated.test_replayed_market import DAY_S, candle_file

from trader247.errors import ConfigurationInvalid
from trader247.model.instant import SECOND
from trader247.venues.simulated.market_spec import open_market


def test_the_default_market_is_generated_from_the_given_start() -> None:
    market = open_market("generated", start=START)
    assert market.start == START
    assert len(market.products) == 5


def test_options_in_the_text_win_over_the_arguments() -> None:
    market = open_market("generated:seed=7,step=2,products=BTC-USD", start=START, seed=1, step_s=9)
    same = open_market("generated:products=BTC-USD", start=START, seed=7, step_s=2)
    assert next(market.steps()) == next(same.steps())
    steps = market.steps()
    first, second = next(steps), next(steps)
    assert second.at - first.at == 2 * SECOND


def test_replays_name_files_products_and_steps(tmp_path: Path) -> None:
    one = candle_file(tmp_path, range(DAY_S, DAY_S + 9000, 60))
    two = candle_file(tmp_path, range(DAY_S, DAY_S + 9000, 60), name="other.csv")
    market = open_market([f"replay:{one},step=15", f"replay:{two}=ABC-USD,warmup_h=0.5"], start=START)
    assert [product.product_id for product in market.products] == ["BTC-USD", "ABC-USD"]
    assert market.start == (DAY_S + 1800) * SECOND
    moved = open_market(f"replay:{one}", start=START, shifted=True)
    assert START - 60 * SECOND < moved.start <= START


@pytest.mark.parametrize(
    "texts",
    ["", "random", "generated:speed=1", "generated:seed=x", "replay:", "replay:/nowhere/x_BTC-USD_1m.csv"],
)
def test_a_text_that_is_not_understood_says_what_is_allowed(texts: str) -> None:
    with pytest.raises(ConfigurationInvalid, match=r"allowed: generated|cannot be read"):
        open_market(texts, start=START)


def test_kinds_do_not_mix() -> None:
    with pytest.raises(ConfigurationInvalid, match="is not understood"):
        open_market(["generated", "generated"], start=START)
    with pytest.raises(ConfigurationInvalid, match="is not understood"):
        open_market(["generated", "replay:x"], start=START)
