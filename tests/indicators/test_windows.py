import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trader247.indicators.windows import Lag, RollingHigh, RollingLow, RollingPair, RollingSum

sizes = st.integers(1, 12)
values = st.lists(st.floats(-1e9, 1e9), max_size=80)
volumes = st.lists(st.one_of(st.just(0.0), st.floats(1e-8, 1e12)), max_size=80)


@given(sizes, values)
def test_a_lag_gives_the_value_so_many_steps_before(steps: int, pushed: list[float]) -> None:
    lag = Lag(steps)
    for index, value in enumerate(pushed):
        assert lag.push(value) == (pushed[index - steps] if index >= steps else None) == lag.value


@pytest.mark.parametrize(("make", "plainly"), [(RollingHigh, max), (RollingLow, min)])
@given(sizes, values)
def test_a_rolling_extreme_is_the_extreme_of_the_whole_window(
    make: Callable[[int], Any], plainly: Callable[[list[float]], float], size: int, pushed: list[float]
) -> None:
    window = make(size)
    for index, value in enumerate(pushed):
        last = pushed[: index + 1][-size:]
        assert window.push(value) == (plainly(last) if len(last) == size else None) == window.value


@given(sizes, volumes)
def test_a_rolling_sum_of_volumes_stays_within_its_promise_of_a_fresh_sum(size: int, pushed: list[float]) -> None:
    window = RollingSum(size)
    for index, value in enumerate(pushed):
        last = pushed[: index + 1][-size:]
        got = window.push(value)
        assert got == window.value
        if len(last) < size:
            assert got is None
        else:
            assert got is not None
            assert math.isclose(got, math.fsum(last), rel_tol=1e-12, abs_tol=0.0)


@given(sizes, volumes, st.floats(1e-3, 1e5))
def test_a_pair_of_sums_is_each_of_them_to_the_last_bit(size: int, pushed: list[float], factor: float) -> None:
    pair, one, other = RollingPair(size), RollingSum(size), RollingSum(size)
    for value in pushed:
        sums = one.push(value), other.push(value * factor)
        assert pair.push(value, value * factor) == (None if None in sums else sums)


def test_a_rolling_sum_does_not_drift_over_a_hundred_thousand_values() -> None:
    window, size = RollingSum(60), 60
    pushed = [0.1 + (index * 7919 % 1000) * 1e3 for index in range(100_000)]
    for value in pushed:
        window.push(value)
    assert window.value is not None
    assert math.isclose(window.value, math.fsum(pushed[-size:]), rel_tol=1e-12)


@given(st.lists(st.floats(1e-8, 1e12), min_size=1, max_size=40))
def test_where_nothing_traded_the_sum_is_exactly_nothing(pushed: list[float]) -> None:
    window = RollingSum(5)
    for value in [*pushed, 0.0, 0.0, 0.0, 0.0, 0.0]:
        window.push(value)
    assert window.value == 0.0
