import math

import numpy as np
import pytest
import talib
from hypothesis import given
from hypothesis import strategies as st
from tests.indicators.series import SERIES, agree, series

from trader247.indicators.averages import Ema, EmaPair, Vwap, Wilder

pytestmark = pytest.mark.req("S1")


@pytest.mark.parametrize("name", SERIES)
@pytest.mark.parametrize("size", [1, 20, 50])
def test_the_exponential_average_is_what_talib_has_on_real_candles(name: str, size: int) -> None:
    _, _, close, _ = series(name)
    ema = Ema(size)
    expected = close.copy() if size == 1 else talib.EMA(close, size)
    agree([ema.push(value) for value in close.tolist()], expected)


@given(st.integers(1, 10), st.lists(st.floats(0.01, 1e6), max_size=40))
def test_wilders_average_moves_by_one_part_of_the_difference(size: int, values: list[float]) -> None:
    average, plainly = Wilder(size), 0.0
    for index, value in enumerate(values):
        got = average.push(value)
        if index + 1 < size:
            assert got is average.value is None
            continue
        plainly = math.fsum(values[:size]) / size if index + 1 == size else (plainly * (size - 1) + value) / size
        assert got == pytest.approx(plainly, rel=1e-9)


@pytest.mark.parametrize("name", SERIES)
def test_the_average_by_volume_is_the_turnover_of_the_window_over_its_volume(name: str) -> None:
    high, low, close, volume = (column[:3_000] for column in series(name))
    vwap, price = Vwap(12), talib.TYPPRICE(high, low, close)
    for index, bar in enumerate(zip(high.tolist(), low.tolist(), close.tolist(), volume.tolist(), strict=True)):
        got, window = vwap.push(*bar), slice(max(0, index - 11), index + 1)
        traded = float(volume[window].sum())
        if index < 11 or traded == 0.0:
            assert got is None
        else:
            assert got == pytest.approx(float(np.dot(price[window], volume[window])) / traded, rel=1e-9)


def test_where_nothing_traded_there_is_no_average_by_volume() -> None:
    vwap = Vwap(2)
    assert [vwap.push(3.0, 1.0, 2.0, volume) for volume in (5.0, 0.0, 0.0)] == [None, 2.0, None]


def test_a_pair_begins_with_the_first_value_and_speaks_after_as_many_as_its_slow_one() -> None:
    pair, closes = EmaPair(2, 4), [10.0, 11.0, 9.0, 12.0, 14.0]
    fast = slow = closes[0]
    for number, close in enumerate(closes):
        pair.push(close)
        fast += 2 / 3 * (close - fast)
        slow += 2 / 5 * (close - slow)
        assert (pair.fast, pair.slow) == (fast, slow)
        assert (pair.apart_pct is not None) is (number >= 4)
    assert pair.apart_pct == (fast - slow) / slow * 100.0
