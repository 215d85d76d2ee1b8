import numpy as np
import pytest
import talib
from tests.indicators.series import SERIES, agree, series

from trader247.indicators.wilder import Atr, Rsi

pytestmark = pytest.mark.req("S1")


@pytest.mark.parametrize("name", SERIES)
def test_the_relative_strength_is_what_talib_has_on_real_candles(name: str) -> None:
    _, _, close, _ = series(name)
    rsi = Rsi(14)
    agree([rsi.push(value) for value in close.tolist()], talib.RSI(close, 14))


@pytest.mark.parametrize("name", SERIES)
def test_the_average_true_range_is_what_talib_has_on_real_candles(name: str) -> None:
    high, low, close, _ = series(name)
    atr = Atr(14)
    bars = zip(high.tolist(), low.tolist(), close.tolist(), strict=True)
    agree([atr.push(*bar) for bar in bars], talib.ATR(high, low, close, 14))


def test_the_index_keeps_what_it_was_one_close_before() -> None:
    rsi, seen = Rsi(3), []
    for close in (10.0, 11.0, 10.5, 11.5, 9.0, 12.0):
        before = rsi.value
        rsi.push(close)
        if rsi.value is not None:
            assert rsi.before == before
            seen.append(rsi.value)
    assert len(seen) == 3
    assert seen[1] < 50.0 < seen[2]


@pytest.mark.parametrize(("closes", "value"), [([5.0] * 9, 50.0), ([1.0, 2, 3, 4], 100.0), ([4.0, 3, 2, 1], 0.0)])
def test_a_market_at_rest_has_no_side_and_a_straight_one_only_one(closes: list[float], value: float) -> None:
    rsi = Rsi(3)
    assert [rsi.push(close) for close in closes][-1] == value


def test_a_gap_counts_as_range() -> None:
    atr = Atr(1)
    assert [atr.push(*bar) for bar in [(11.0, 9.0, 10.0), (20.0, 19.0, 19.5), (12.0, 11.0, 11.5)]] == [None, 10.0, 8.5]
    assert np.isclose(atr.value or 0.0, 8.5)
