import pytest
from hypothesis import given
from hypothesis import strategies as st

from trader247.indicators.pivots import PivotLows

pytestmark = pytest.mark.req("S1")


def test_a_pivot_is_known_when_its_wings_are_complete_and_not_before() -> None:
    pivots, seen = PivotLows(2), []
    for low in (5.0, 4.0, 3.0, 4.0, 5.0, 4.5, 4.0, 4.5, 5.0):
        pivots.push(low)
        seen.append(pivots.last)
    assert seen == [None, None, None, None, 3.0, 3.0, 3.0, 3.0, 4.0]
    assert (pivots.before, pivots.rising) == (3.0, True)


def test_a_flat_bottom_is_no_pivot() -> None:
    pivots = PivotLows(1)
    for low in (3.0, 2.0, 2.0, 3.0):
        pivots.push(low)
    assert pivots.last is None
    assert not pivots.rising


@given(st.integers(1, 3), st.lists(st.integers(0, 9).map(float), max_size=40))
def test_the_last_two_pivots_are_those_a_look_over_the_whole_list_finds(wing: int, lows: list[float]) -> None:
    pivots = PivotLows(wing)
    for low in lows:
        pivots.push(low)
    middle = range(wing, len(lows) - wing)
    found = [lows[i] for i in middle if lows[i] < min(lows[i - wing : i] + lows[i + 1 : i + wing + 1])]
    assert [pivots.before, pivots.last] == [None, None, *found][-2:]
