"""Counts the events of a history and says which faults of the plan each one strikes. Pure: no clock, no draws.

Every fault counts for itself, so that taking one out of a plan leaves the others where they were, as far as the history
stays the same: what a shrinker needs.
"""

from collections.abc import Sequence

from attrs import Factory, define, field

from trader247.drivers.simulation.plan import Fault, Plan, Point, Stage
from trader247.venues.simulated.faults.plan import Matcher, matcher

__all__ = ["Points"]


@define
class _Standing:
    number: int
    fault: Fault
    names: Matcher
    seen: int = 0


@define
class Points:
    """The standing faults of one plan. ``counts``: events by point, whatever was addressed to them."""

    plan: Plan
    counts: dict[Point, int] = Factory(dict)
    _standing: dict[tuple[Point, Stage], list[_Standing]] = field(init=False, factory=dict)
    healed: bool = False

    def __attrs_post_init__(self) -> None:
        """Sorts the plan by point and stage."""
        for number, fault in enumerate(self.plan.faults):
            at = fault.at
            standing = _Standing(number, fault, matcher(at.match))
            self._standing.setdefault((at.point, at.stage), []).append(standing)

    def heal(self) -> None:
        """Nothing strikes any more."""
        self.healed = True
        self._standing.clear()

    @property
    def timed(self) -> Sequence[tuple[int, Fault]]:
        """The faults at a time, soonest first, with their numbers."""
        timed = [(each.number, each.fault) for each in self._standing.get((Point.TIME, Stage.BEFORE), ())]
        return sorted(timed, key=lambda each: (each[1].at.after_s, each[0]))

    def watches(self, point: Point) -> bool:
        """Whether a fault of the plan is addressed to such events; who asks may spare the counting."""
        return any((point, stage) in self._standing for stage in Stage)

    def reached(self, point: Point, name: str, stage: Stage, now_s: float) -> Sequence[tuple[int, Fault]]:
        """Count an event; the faults it strikes, with their numbers in the plan."""
        if stage is Stage.BEFORE:
            self.counts[point] = self.counts.get(point, 0) + 1
        standing = self._standing.get((point, stage))
        if not standing:
            return ()
        struck = []
        for each in standing:
            if now_s >= each.fault.at.after_s and each.names.fits(name):
                each.seen += 1
                if each.seen == each.fault.at.nth:
                    struck.append(each)
        for each in struck:
            standing.remove(each)
        return [(each.number, each.fault) for each in struck]
