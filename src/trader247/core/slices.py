"""Work cut into slices, so that one long decision does not hold up everybody else's.

A generator yields where the loop may turn to others, and returns its result. Nothing is told to its decider meanwhile:
the next message waits until the result is there, so a slice is never seen half done. What needs no loop takes the whole
at once with ``concluded``.
"""

from collections.abc import Generator
from typing import Final, TypeVar

__all__ = ["SLICE", "concluded"]

T = TypeVar("T")

SLICE: Final = 200
"""Instruments looked at between two pauses: some 3 ms of work, of the 10 ms that nobody may block the loop."""


def concluded(work: Generator[None, None, T]) -> T:
    """The result of ``work``, with no pause."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            result: T = end.value
            return result
