"""Decides which faults of a plan apply to an event. Pure: counts, seeded draws and a log, no clock and no I/O.

Every fault counts for itself and draws from a generator of its own, seeded by the plan's seed and what the fault says.
So taking one fault out of a plan leaves all others where they were, which is what shrinking a plan needs.
"""

import json
import random
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final

from attrs import define, field, frozen

from trader247.model.instant import SECOND, Instant
from trader247.venues.simulated.faults.plan import Fault, FaultPlan, Kind, Matcher, Point, matcher

__all__ = ["FaultDesk", "Hit", "Injected"]

_LOG_MAX: Final = 10_000
"""Injections remembered, newest last; ``counts`` go on for ever."""


@frozen
class Hit:
    """One fault that applies to one event, its draws made."""

    kind: Kind
    arguments: dict[str, Any]

    def seconds(self, name: str = "seconds") -> float:
        """A length of time of it."""
        return float(self.arguments[name])


@frozen
class Injected:
    """One line of the log. ``fault`` is the entry's number in the plan from 0, ``ordinal`` its count of the event."""

    number: int
    at: Instant
    fault: int
    kind: Kind
    event: str
    ordinal: int

    def __str__(self) -> str:
        """``#7 lost_after (faults[2]) on request POST /orders, its 3rd event``."""
        return f"#{self.number} {self.kind} (faults[{self.fault}]) on {self.event}, event {self.ordinal} of this fault"


@define
class _Standing:
    """A fault with its counts."""

    index: int
    fault: Fault
    names: Matcher
    rng: random.Random
    seen: int = 0
    fired: int = 0

    def strikes(self) -> bool:
        """Whether the event just counted is one of those meant; draws exactly once per event it could draw for."""
        when = self.fault.when
        if self.seen < when.first:
            return False
        if when.nth:
            meant = self.seen in when.nth
        elif when.every is not None:
            meant = (self.seen - when.first + 1) % when.every == 0
        else:
            meant = self.rng.random() < (when.rate or 0.0)
        return meant and (when.times_max is None or self.fired < when.times_max)


@define
class FaultDesk:
    """One plan being applied to one exchange."""

    plan: FaultPlan
    seed: int
    opened_at: Instant
    on_injected: Callable[[Injected], None] | None = None
    log: deque[Injected] = field(init=False, factory=lambda: deque(maxlen=_LOG_MAX))
    counts: dict[Kind, int] = field(init=False, factory=dict)
    _standing: dict[Point, list[_Standing]] = field(init=False, factory=dict)
    _injected: int = field(init=False, default=0)

    def __attrs_post_init__(self) -> None:
        """``seed`` is used where the plan names none; ``opened_at`` is zero of ``after_s``."""
        seed = self.seed if self.plan.seed is None else self.plan.seed
        alike: dict[str, int] = {}
        for index, fault in enumerate(self.plan.faults):
            said = _said(fault)
            alike[said] = alike.get(said, 0) + 1
            rng = random.Random(f"faults:{seed}:{said}:{alike[said]}")
            standing = _Standing(index, fault, matcher(fault.match), rng)
            self._standing.setdefault(fault.point, []).append(standing)

    def strike(self, point: Point, name: str, now: Instant, connection: int | None = None) -> Sequence[Hit]:
        """Count an event and say what goes wrong with it, in the plan's order. ``connection``: of frames, from 1."""
        hits = []
        for each in self._standing.get(point, ()):
            narrowed = each.fault.connection is None or each.fault.connection == connection
            if narrowed and each.names.fits(name):
                each.seen += 1
                if each.strikes():
                    hits.append(self._fire(each, f"{point} {name}", now))
        return hits

    def due(self, now: Instant) -> Sequence[Hit]:
        """What the clock has reached since it was last asked, each once, in the plan's order."""
        hits = []
        for each in self._standing.get(Point.TIME, ()):
            if each.fired == 0 and now >= self.opened_at + round((each.fault.when.after_s or 0.0) * SECOND):
                each.seen = 1
                hits.append(self._fire(each, "time", now))
        return hits

    def _fire(self, standing: _Standing, event: str, now: Instant) -> Hit:
        standing.fired += 1
        self._injected += 1
        kind = standing.fault.kind
        self.counts[kind] = self.counts.get(kind, 0) + 1
        injected = Injected(self._injected, now, standing.index, kind, event, standing.seen)
        self.log.append(injected)
        if self.on_injected is not None:
            self.on_injected(injected)
        return Hit(kind, {name: _drawn(value, standing.rng) for name, value in standing.fault.arguments.items()})


def _drawn(value: Any, rng: random.Random) -> Any:
    """A value between the two of a list; all else as it is."""
    return rng.uniform(*value) if isinstance(value, list) else value


def _said(fault: Fault) -> str:
    when = fault.when
    address = [fault.point, fault.match, fault.connection, when.nth, when.every, when.rate, when.after_s, when.first]
    return json.dumps([*address, when.times_max, fault.kind, dict(sorted(fault.arguments.items()))])
