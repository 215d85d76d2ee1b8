"""Every invariant of the reference is checked, each can fail, and an hour is judged in a blink."""

from pathlib import Path

import pytest
from docs.generate import marked
from tests.checker.story import found, healthy

from trader247.checker.check import INVARIANTS, NOT_FROM_ONE_HISTORY, Report
from trader247.checker.invariant import Violation

pytestmark = pytest.mark.req("SE4")

TOP = Path(__file__).parents[2]


def test_every_invariant_is_checked_or_its_place_is_named() -> None:
    checked = {each.number for each in INVARIANTS}
    assert checked.isdisjoint(NOT_FROM_ONE_HISTORY)
    assert checked | NOT_FROM_ONE_HISTORY.keys() == {f"I-{number:02}" for number in range(1, 47)}
    assert len(checked) == len(INVARIANTS)


def test_what_one_history_cannot_show_is_shown_in_a_file_that_exists() -> None:
    for why, path in NOT_FROM_ONE_HISTORY.values():
        assert (TOP / path).is_file(), path
        assert why


def test_every_invariant_has_a_test_that_shows_that_it_can_fail() -> None:
    shown = {number for number, _path in marked(TOP / "tests", "invariant")}
    assert {each.number for each in INVARIANTS} <= shown


def test_every_invariant_says_what_it_is_and_looks_at_something() -> None:
    for each in INVARIANTS:
        assert each.check.__doc__, each.number
        assert each.looks_at


def test_a_report_counts_what_each_had_to_look_at() -> None:
    report = found(healthy())
    assert report.checked["I-04"] == 2
    assert report.checked["I-20"] == 0
    assert report.checked.keys() == {each.number for each in INVARIANTS}


def test_a_report_names_each_broken_invariant_once() -> None:
    assert Report([Violation("I-07", "b"), Violation("I-03", "a"), Violation("I-07", "c")], {}).broken == [
        "I-03",
        "I-07",
    ]
