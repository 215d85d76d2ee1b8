"""Cursors and times of listings."""

import pytest

from trader247.model.instant import instant
from trader247.venues.simulated.http_shapes import Params, WireFault
from trader247.venues.simulated.paging import page_of, position_of, time_of

ROWS = [(number, f"row {number}") for number in range(9, -1, -1)]


def test_a_page_ends_with_the_cursor_of_the_next_and_the_last_with_none() -> None:
    page, cursor = page_of(ROWS, lambda _: True, 4)
    assert (page, cursor) == (["row 9", "row 8", "row 7", "row 6"], "6")
    below = position_of(cursor)
    assert below is not None
    assert page_of([row for row in ROWS if row[0] < below], lambda _: True, 6) == (
        [f"row {number}" for number in range(5, -1, -1)],
        "",
    )


def test_rows_that_are_not_wanted_take_no_place() -> None:
    assert page_of(ROWS, lambda row: row in {"row 8", "row 1"}, 2) == (["row 8", "row 1"], "")


@pytest.mark.parametrize("cursor", ["x", "-1", "1.5", "\u0661", "1" * 13])
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(WireFault):
        position_of(cursor)


def test_a_time_is_rfc_3339_or_left_out() -> None:
    assert time_of(Params("since=2026-09-27T10:00:00Z"), "since") == instant("2026-09-27T10:00:00Z")
    assert time_of(Params("since="), "since") is None
    with pytest.raises(WireFault):
        time_of(Params("since=yesterday"), "since")
