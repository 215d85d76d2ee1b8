"""Rows and amounts on the command line."""

import io
import sys

import pytest

from trader247.cli.rendering import amount, counted, is_terminal, lasting, price, show_json, show_table, span, time_of


def test_columns_are_aligned_and_numbers_stand_to_the_right(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(("name", ">n", "why"), [("a", "1", "x"), ("long name", "1,000", "")], "none")
    assert capsys.readouterr().out == "name           n  why\na              1  x\nlong name  1,000\n"


def test_no_rows_say_so(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(("name",), [], "none")
    assert capsys.readouterr().out == "none\n"


def test_on_a_terminal_the_table_is_ruled_and_markup_is_text(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    out = Terminal()
    monkeypatch.setattr(sys, "stdout", out)
    show_table(("name", ">n"), [("[red]a[/red]", "1")], "none")
    assert "[red]a[/red]" in out.getvalue()


@pytest.mark.parametrize(
    ("text", "shown"),
    [("61234.5", "61,234.50"), ("0.0000123", "0.0000123"), (None, ""), ("-0.5", "-0.50"), ("0", "0.00")],
)
def test_amounts_are_for_reading(text: str | None, shown: str) -> None:
    assert amount(text) == shown


@pytest.mark.parametrize(("text", "shown"), [("61234.5", "61,234.50"), ("0.16234", "0.16234"), (None, "")])
def test_prices_keep_their_significant_digits(text: str | None, shown: str) -> None:
    assert price(text) == shown


def test_one_thing_is_counted_in_the_singular() -> None:
    assert [counted(n, "order", "orders") for n in (0, 1, 2)] == ["0 orders", "1 order", "2 orders"]


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(None, "?"), (0.25, "0.2 s"), (42.4, "42 s"), (90, "1 min"), (7300, "2 h 1 min"), (200000, "2 d 7 h")],
)
def test_durations_are_for_reading(seconds: float | None, shown: str) -> None:
    assert span(seconds) == shown


def test_times_show_the_time_of_day(capsys: pytest.CaptureFixture[str]) -> None:
    assert time_of("2026-03-01T12:00:03.000Z") == "12:00:03"
    assert time_of(None) == ""
    show_json({"a": "ü"})
    assert capsys.readouterr().out == '{\n  "a": "ü"\n}\n'


@pytest.mark.parametrize(
    ("whole_s", "read"),
    [
        (0, "0 s"),
        (90, "90 s"),
        (120, "2 min"),
        (5430, "1 h 30 min 30 s"),
        (172_800, "48 h"),
        (259_200, "3 d"),
        (266_400, "3 d 2 h"),
    ],
)
def test_a_whole_number_of_seconds_is_told_exactly_in_the_units_a_person_counts_in(whole_s: int, read: str) -> None:
    assert lasting(whole_s) == read


def test_a_stream_that_was_closed_before_the_start_is_no_terminal() -> None:
    assert is_terminal(None) is False
    assert is_terminal(io.StringIO()) is False
