"""Exits and errors say what happened on one line."""

from __future__ import annotations

import pytest

from trader247.runtime.exits import Exhausted, Exit, ExitKind, StartFailed, Stuck, first_error, one_line
from trader247.runtime.specs import Escalate

pytestmark = pytest.mark.req("SUP3")

CRASH = Exit(ExitKind.CRASH, ValueError("bad\nvalue"))


def test_an_error_fits_on_one_line() -> None:
    assert one_line(ValueError("a\n  b")) == "ValueError: a b"
    assert one_line(ValueError()) == "ValueError"
    assert len(one_line(ValueError("x" * 1000))) == 200
    assert one_line(ExceptionGroup("g", [OSError("first"), OSError("second")])) == "OSError: first (and 1 more)"


def test_the_errors_of_a_tree_name_the_child_and_keep_its_own_error() -> None:
    failed = StartFailed(("root", "trading", "feed"), CRASH)
    assert str(failed) == "root / trading / feed did not start: crash: ValueError: bad value"
    assert failed.error is CRASH.error
    exhausted = Exhausted("trading", "feed", "5 restarts in 30 s", CRASH, Escalate.HALT)
    assert (
        str(exhausted)
        == "group trading gave up: more than 5 restarts in 30 s; last was feed: crash: ValueError: bad value"
    )
    assert exhausted.__cause__ is CRASH.error
    assert str(Stuck(("a", "b"))) == "cannot be ended from inside the process: a, b"


def test_the_first_error_of_a_group_is_found_however_deep_it_stands() -> None:
    deepest = ValueError("the cause")
    assert first_error(ExceptionGroup("outer", [ExceptionGroup("inner", [deepest, OSError()]), KeyError()])) is deepest
