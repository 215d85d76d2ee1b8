"""The columns of a recorded file."""

from pathlib import Path

import pytest

from trader247.errors import ConfigurationInvalid
from trader247.venues.simulated.recorded_table import RecordedTable, wrong_line


def table(*fields: str) -> RecordedTable:
    return RecordedTable(Path("f.csv"), ["time", "price"], fields)


def test_digits_are_those_the_numbers_need_and_no_more_than_eight() -> None:
    assert table("1", "7.50300000", "2", "7.5").digits("price") == 3
    assert table("1", "0.031035000000000004").digits("price") == 8
    assert table("1", "1e-05").digits("price") == 8


def test_numbers_become_whole_increments() -> None:
    assert table("1", "7.503", "2", "0.1").scaled("price", 3) == [7503, 100]


@pytest.mark.parametrize("text", ["nan", "inf", "-1", "", "1_0", "0", "0x1", " 1"])
def test_what_is_no_number_above_zero_is_named_with_its_line(text: str) -> None:
    with pytest.raises(ConfigurationInvalid, match=r"f\.csv:3: '.*' is wrong; expected price"):
        table("60", "1", "120", text).scaled("price", 2)


@pytest.mark.parametrize("text", ["1e19", "9" * 400, "1000000000000000001000"])
def test_a_number_beyond_any_market_is_named_with_its_line(text: str) -> None:
    assert table("60", "1e18").scaled("price", 2) == [10**20]
    with pytest.raises(ConfigurationInvalid, match=r"f\.csv:3: '.*' is wrong; expected price .* at most 1e\+18"):
        table("60", "1", "120", text).scaled("price", 2)


def test_bars_lie_on_one_grid() -> None:
    assert table("60", "1", "120", "1", "300", "1").starts() == ([60, 120, 300], 60)
    with pytest.raises(ConfigurationInvalid, match="multiple of the file's span of 60 s"):
        table("60", "1", "120", "1", "185", "1").starts()


def test_the_line_after_the_header_is_line_two() -> None:
    assert "f.csv:2: 'x'" in str(wrong_line(Path("f.csv"), 0, "x", "y"))
