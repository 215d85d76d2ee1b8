"""An invariant is its number, its words and what it looks at."""

from collections.abc import Iterator

import pytest

from trader247.checker.evidence import Evidence
from trader247.checker.invariant import Violation, invariant

pytestmark = pytest.mark.req("SE4")


@invariant("I-99", "nothing", lambda evidence: evidence.seed)
def never_right(evidence: Evidence) -> Iterator[Violation]:
    """Nothing is ever right."""
    yield never_right.broken("it is wrong", evidence.ended, "everything")


def test_a_violation_bears_the_number_of_its_invariant() -> None:
    assert never_right.broken("it is wrong", 3, "everything") == Violation("I-99", "it is wrong", 3, "everything")
    assert never_right.check.__doc__ == "Nothing is ever right."
