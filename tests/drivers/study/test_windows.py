"""No test is ever in what was searched on, and no moment is tested twice."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trader247.drivers.study.windows import windows_of
from trader247.errors import ConfigurationInvalid
from trader247.model.instant import DAY, MINUTE, Instant

pytestmark = pytest.mark.req("BT6")

DAYS = st.integers(1, 60)


@given(st.integers(0, 2_000), DAYS, DAYS, st.integers(0, 30), st.integers(0, 400))
def test_windows_cover_without_overlap_and_without_leak(
    start: int, train: int, test: int, more: int, room: int
) -> None:
    begin, step = Instant(start * DAY), test + more
    end = Instant(begin + (train + test + room) * DAY)
    windows = windows_of(begin, end, train * DAY, test * DAY, step * DAY)
    assert [window.number for window in windows] == list(range(1, len(windows) + 1))
    assert windows[0].train_start == begin
    for window in windows:
        assert window.test_start - window.train_start == train * DAY
        assert window.test_end - window.test_start == test * DAY
        bars = range(window.train_start, window.test_end, 60 * MINUTE)
        assert not any(window.train_start <= bar < window.test_start for bar in bars if bar >= window.test_start)
    for before, after in pairwise(windows):
        assert before.test_end <= after.test_start == before.test_start + step * DAY
        # a later window may search on what was tested before, never on what it is itself judged on
        assert after.train_start + train * DAY <= after.test_start
    assert windows[-1].test_end <= end < windows[-1].test_end + step * DAY


@given(DAYS, DAYS, st.integers(1, 10))
def test_with_steps_as_long_as_tests_every_moment_after_the_first_train_is_tested_once(
    train: int, test: int, count: int
) -> None:
    windows = windows_of(Instant(0), Instant((train + count * test) * DAY), train * DAY, test * DAY, test * DAY)
    assert len(windows) == count
    assert windows[0].test_start == train * DAY
    assert all(before.test_end == after.test_start for before, after in pairwise(windows))
    assert windows[-1].test_end == (train + count * test) * DAY


@pytest.mark.parametrize(
    ("end", "step", "told"),
    [
        (2, 1, "are 2 days, too few for a window of 2 days and 1 days"),
        (30, 0, "--step 0.5 days is shorter than --test 1 days: tests would overlap"),
        (5_000, 1, "windows are more than 1,000; give a longer --step"),
    ],
)
def test_windows_that_cannot_be_are_told(end: int, step: int, told: str) -> None:
    with pytest.raises(ConfigurationInvalid, match=told):
        windows_of(Instant(0), Instant(end * DAY), 2 * DAY, DAY, step * DAY or DAY // 2)
