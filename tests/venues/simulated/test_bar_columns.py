import pytest
from hypothesis import given
from hypothesis import strategies as st

from trader247.venues.simulated.bar_columns import BarColumns, compact
from trader247.venues.simulated.market import Bar

pytestmark = pytest.mark.req("BT1")

numbers = st.integers(0, 10**30)
rows = st.lists(st.builds(Bar, numbers, numbers, numbers, numbers, numbers, numbers), min_size=1, max_size=8)


def columns_of(bars: list[Bar]) -> BarColumns:
    return BarColumns([compact(column) for column in zip(*bars, strict=True)])


@given(rows, st.slices(8))
def test_bars_by_column_are_the_bars(bars: list[Bar], part: slice) -> None:
    found = columns_of(bars)
    assert list(found) == bars == [found[number] for number in range(len(found))]
    assert list(found[part]) == bars[part]
    assert found == bars
    assert found != bars[1:]


def test_a_number_that_eight_bytes_do_not_hold_is_kept_all_the_same() -> None:
    assert list(compact([1, 10**30])) == [1, 10**30]
    assert not isinstance(compact([1, 2]), list)
