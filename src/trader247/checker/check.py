"""Judges a history by every invariant."""

from collections.abc import Mapping, Sequence

from attrs import frozen

from trader247.checker.evidence import Evidence
from trader247.checker.invariant import Invariant, Violation

__all__ = ["INVARIANTS", "Report", "check"]

INVARIANTS: tuple[Invariant, ...] = ()


@frozen
class Report:
    """What was found; ``checked`` is how many facts each invariant had to look at."""

    violations: Sequence[Violation]
    checked: Mapping[str, int]

    @property
    def broken(self) -> list[str]:
        """The numbers of the broken invariants, each once."""
        return sorted({found.invariant for found in self.violations})


def check(evidence: Evidence) -> Report:
    """Every violation of every invariant, in the order of their numbers. The same evidence gives the same report."""
    found = [violation for each in INVARIANTS for violation in each(evidence)]
    return Report(found, {each.number: each.facts(evidence) for each in INVARIANTS})
