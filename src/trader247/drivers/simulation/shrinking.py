"""Takes faults out of a plan while the history still goes wrong: what is left is the story (delta debugging).

Zeller and Hildebrandt's ddmin: drop halves, then quarters, and so on, starting over with larger pieces whenever a drop
keeps the failure.
"""

from collections.abc import Callable, Sequence
from typing import Final

from trader247.drivers.simulation.plan import Fault, Plan

__all__ = ["RUNS_MAX", "shrunk"]

RUNS_MAX: Final = 200
"""Histories tried at most: a plan of sixty faults takes ten to sixty."""


def shrunk(plan: Plan, fails: Callable[[Plan], bool], on_try: Callable[[int, int], None] | None = None) -> Plan:
    """The smallest plan found that still ``fails``; the plan itself where ``fails`` says no of it.

    ``on_try`` is told the number of the try and how many faults it has.
    """
    faults: Sequence[Fault] = tuple(plan.faults)
    tries, pieces = 0, 2
    while len(faults) >= 1 and pieces <= 2 * len(faults):
        size = max(1, len(faults) // pieces)
        for start in range(0, len(faults), size):
            if tries >= RUNS_MAX:
                return Plan(faults)
            tries += 1
            rest = (*faults[:start], *faults[start + size :])
            if on_try is not None:
                on_try(tries, len(rest))
            if fails(Plan(rest)):
                faults, pieces = rest, max(pieces - 1, 2)
                break
        else:
            if size == 1:
                break
            pieces *= 2
    return Plan(faults)
