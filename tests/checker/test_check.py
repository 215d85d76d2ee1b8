"""A report counts what every invariant had to look at."""

import pytest

from trader247.checker.check import Report
from trader247.checker.invariant import Violation

pytestmark = pytest.mark.req("SE4")


def test_a_report_names_each_broken_invariant_once() -> None:
    assert Report([Violation("I-07", "b"), Violation("I-03", "a"), Violation("I-07", "c")], {}).broken == [
        "I-03",
        "I-07",
    ]
