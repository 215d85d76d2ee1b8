from decimal import Decimal

import pytest
from tests.builders import BTC
from tests.market_samples import DOGE, view

from trader247.model.instrument import Symbol
from trader247.model.policy_strategies import Sizing
from trader247.strategies.sizing import conviction_of, size_pct

pytestmark = pytest.mark.req("STR5")


@pytest.mark.parametrize(
    ("symbol", "volatility_pct", "stop_and_factor", "confidence", "size"),
    [
        (BTC, 50.0, ("6", "1"), 1.0, "1.5"),  # the tier's base is less than what the risk would allow
        (BTC, 1_000.0, ("6", "1"), 1.0, "0.8333"),  # 1 % / 6 % * 50 / 1000
        (BTC, 0.0, ("6", "1"), 1.0, "1.5"),  # a market this calm counts as one of 10 %
        (DOGE, 50.0, ("6", "1"), 1.0, "1.0"),
        (BTC, 50.0, ("6", "0.5"), 1.0, "0.75"),
        (BTC, 50.0, ("6", "1"), 0.0, "0.5"),  # not under the least
        (DOGE, 50.0, ("1", "3"), 1.0, "2"),  # not over the tier's most
    ],
)
def test_the_size_follows_the_formula(
    symbol: Symbol, volatility_pct: float, stop_and_factor: tuple[str, str], confidence: float, size: str
) -> None:
    seen, (stop_pct, factor) = view(symbol, volatility_pct=volatility_pct), stop_and_factor
    assert size_pct(Sizing(), seen, Decimal(stop_pct), Decimal(factor), confidence) == Decimal(size)


def test_conviction_is_a_share_whatever_is_added_to_it() -> None:
    assert conviction_of(0.8, 0.5) == pytest.approx(0.55)
    assert conviction_of(1.0, 1.0, 0.9) == 1.0
    assert conviction_of(0.0, 0.0, -0.5) == 0.0
