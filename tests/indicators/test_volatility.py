import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trader247.indicators.volatility import HOURS_PER_YEAR, HourlyVolatility

closes = st.lists(st.floats(0.001, 1e6), max_size=60)


@given(st.integers(2, 10), closes)
def test_the_volatility_is_the_annualised_sample_deviation_of_the_last_returns(size: int, pushed: list[float]) -> None:
    window = HourlyVolatility(size)
    returns: list[float] = []
    for before, close in zip([None, *pushed], pushed, strict=False):
        got = window.push(close)
        assert got == window.value
        if before is not None:
            returns.append((close / before - 1.0) * 100.0)
        if len(returns) < 2:
            assert got is None
        else:
            plainly = statistics.stdev(returns[-size:]) * math.sqrt(HOURS_PER_YEAR)
            # what has left the window leaves a trace of rounding, in proportion to the largest it ever held
            assert got is not None
            assert math.isclose(got, plainly, rel_tol=1e-6, abs_tol=max(1e-6, max(map(abs, returns)) * 1e-5))


def test_a_price_that_stands_still_has_no_volatility() -> None:
    window = HourlyVolatility(168)
    for _ in range(400):
        window.push(60_000.0)
    assert window.value == 0.0


@pytest.mark.req("U3")
def test_a_percent_up_and_down_each_hour_is_about_ninety_four_percent_a_year() -> None:
    window, price = HourlyVolatility(168), 100.0
    for hour in range(200):
        window.push(price)
        price = price * 1.01 if hour % 2 == 0 else price / 1.01
    assert window.value == pytest.approx(93.6, abs=1.0)


def test_a_close_that_is_no_price_makes_no_return() -> None:
    window = HourlyVolatility(5)
    assert [window.push(close) for close in (0.0, 100.0, 101.0)] == [None, None, None]
    assert window.push(102.0) is not None
