"""An invariant as a value: its number, its words, what it looks at, and the function that finds what breaks it."""

from collections.abc import Callable, Iterator

from attrs import frozen

from trader247.checker.evidence import Evidence

__all__ = ["Check", "Invariant", "Violation", "invariant"]

Check = Callable[[Evidence], "Iterator[Violation]"]


@frozen
class Violation:
    """One broken promise: in words with its numbers, when, and whose (an id, a symbol, a key)."""

    invariant: str
    text: str
    at: int | None = None
    subject: str = ""


@frozen
class Invariant:
    """``check`` yields what breaks it; ``facts`` counts what there was to look at: 0 means that nothing was shown."""

    number: str
    check: Check
    facts: Callable[[Evidence], int]
    looks_at: str

    def __call__(self, evidence: Evidence) -> Iterator[Violation]:
        """Every violation in this history."""
        return self.check(evidence)

    def broken(self, text: str, at: int | None = None, subject: str = "") -> Violation:
        """A violation of this very invariant."""
        return Violation(self.number, text, at, subject)


def invariant(number: str, looks_at: str, facts: Callable[[Evidence], int]) -> Callable[[Check], Invariant]:
    """Makes a function an invariant. Its docstring is the rule as docs/reference/invariants.md shows it."""
    return lambda check: Invariant(number, check, facts, looks_at)
