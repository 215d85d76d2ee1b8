"""A series that never grows."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from trader247.core.status_series import ThinnedSeries
from trader247.model.instant import SECOND, Instant


@given(st.lists(st.integers(0, 10**12), max_size=300))
def test_it_never_holds_more_than_its_bound_and_always_ends_with_the_newest(stamps: list[int]) -> None:
    series: ThinnedSeries[int] = ThinnedSeries(points_max=16, spacing_ns=SECOND)
    newest = -1
    for stamp in stamps:
        series.add(Instant(stamp), stamp)
        newest = max(newest, stamp)
    points = series.points()
    assert len(points) <= 17
    assert [at for at, _ in points] == sorted(at for at, _ in points)
    assert not stamps or points[-1] == (newest, newest)


def test_a_long_run_keeps_its_first_point_and_spaces_the_rest_evenly() -> None:
    series: ThinnedSeries[int] = ThinnedSeries(points_max=10, spacing_ns=SECOND)
    for second in range(1000):
        series.add(Instant(second * SECOND), second)
    values = [value for _, value in series.points()]
    assert values[0] == 0
    assert values[-1] == 999
    assert len({b - a for a, b in pairwise(values[:-1])}) == 1


def test_points_closer_than_the_spacing_are_merged_into_the_newest() -> None:
    series: ThinnedSeries[str] = ThinnedSeries(points_max=10, spacing_ns=SECOND)
    for stamp, text in ((0, "a"), (1, "b"), (2, "c")):
        series.add(Instant(stamp), text)
    assert series.points() == [(0, "a"), (2, "c")]
