import math
import statistics

import pytest
import talib
from hypothesis import given
from hypothesis import strategies as st
from tests.indicators.series import SERIES, agree, series

from trader247.indicators.moments import RollingMedian, RollingMoments

pytestmark = pytest.mark.req("S1")

values = st.lists(st.floats(-1e6, 1e6), max_size=80)


@pytest.mark.parametrize("name", SERIES)
@pytest.mark.parametrize("size", [24, 1440])
def test_mean_and_deviation_are_those_of_the_whole_window_on_real_candles(name: str, size: int) -> None:
    _, _, close, _ = series(name)
    moments = RollingMoments(size)
    means: list[float | None] = []
    for index, value in enumerate(close.tolist()):
        moments.push(value)
        means.append(moments.mean if moments.full else None)
        if moments.full and index % 97 == 0:
            window = close[index + 1 - size : index + 1]
            for sample in (True, False):
                assert moments.deviation(sample=sample) == pytest.approx(float(window.std(ddof=int(sample))), rel=1e-9)
    agree(means, talib.SMA(close, size))


@given(st.integers(2, 9), values)
def test_moments_are_those_of_as_many_values_as_there_are(size: int, pushed: list[float]) -> None:
    moments = RollingMoments(size)
    for index, value in enumerate(pushed):
        moments.push(value)
        window = pushed[: index + 1][-size:]
        assert len(moments) == len(window)
        assert moments.mean == pytest.approx(statistics.fmean(window), rel=1e-9, abs=1e-6)
        got = moments.deviation(sample=False)
        assert got == (None if len(window) < 2 else pytest.approx(statistics.pstdev(window), rel=1e-6, abs=1e-2))


def test_a_market_that_lies_still_after_a_crash_has_no_spread_left() -> None:
    moments = RollingMoments(60)
    for index in range(300):
        moments.push(60_000.0 if index % 2 else 0.013)
    for _ in range(180):
        moments.push(0.1)
    assert moments.deviation(sample=True) == pytest.approx(0.0, abs=1e-12)
    assert moments.z_score(0.2) is None


def test_a_score_counts_deviations_from_the_mean() -> None:
    moments = RollingMoments(4)
    for value in (2.0, 4.0, 4.0):
        moments.push(value)
    assert moments.z_score(4.0) is None, "the window is not full"
    moments.push(6.0)
    assert moments.z_score(4.0 - math.sqrt(2.0)) == pytest.approx(-1.0)


@given(st.integers(1, 9), values)
def test_the_median_is_that_of_the_whole_window(size: int, pushed: list[float]) -> None:
    median, early = RollingMedian(size), RollingMedian(size, least=1)
    for index, value in enumerate(pushed):
        window = pushed[: index + 1][-size:]
        assert median.push(value) == (statistics.median(window) if len(window) == size else None) == median.value
        assert early.push(value) == statistics.median(window)
