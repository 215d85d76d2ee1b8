"""Waking tasks at given times without cancelling anything.

A wait under a deadline of Trio's own ends by a cancellation: a scope is opened and closed for every wait, and an
exception is made, thrown and caught for every tick. Here one task of the loop sleeps until the earliest time that
anybody asked for, and wakes who is due by rescheduling, as a message does.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from math import inf
from typing import Final

import trio

__all__ = ["Alarm", "Alarms", "alarms", "next_multiple", "sleep_to"]

_OVER_MAX: Final = 1_000
"""Alarms that were called off and still lie in the heap, before it is built anew: some 100 kB."""


class Alarm:
    """One appointment."""

    __slots__ = ("_alarms", "at", "number", "ring")

    def __init__(self, at: float, number: int, ring: Callable[[], None], alarms: Alarms) -> None:
        self.at, self.number, self._alarms = at, number, alarms
        self.ring: Callable[[], None] | None = ring

    @property
    def is_set(self) -> bool:
        """It has neither rung nor been called off."""
        return self.ring is not None

    def call_off(self) -> None:
        """It does not ring any more; no harm where it has rung."""
        if self.ring is not None:
            self.ring = None
            self._alarms.forget_one()

    def __lt__(self, other: Alarm) -> bool:
        return (self.at, self.number) < (other.at, other.number)


class Alarms:
    """All appointments of one loop. What is due at one time rings in the order in which it was set."""

    def __init__(self) -> None:
        """Nobody is to be woken."""
        self._heap: list[Alarm] = []
        self._set = self._over = 0
        self._scope: trio.CancelScope | None = None

    def set(self, at: float, ring: Callable[[], None]) -> Alarm:
        """``ring()`` once the loop's clock shows ``at``; it must not raise."""
        self._set += 1
        alarm = Alarm(at, self._set, ring, self)
        heappush(self._heap, alarm)
        if self._scope is not None and at < self._scope.deadline:
            self._scope.deadline = at
        return alarm

    @property
    def waiting(self) -> int:
        """How many lie there, those called off included until they are cleared away."""
        return len(self._heap)

    def forget_one(self) -> None:
        """One of them was called off."""
        self._over += 1
        if self._over > _OVER_MAX:
            self._heap = sorted(each for each in self._heap if each.is_set)
            self._over = 0

    async def run(self) -> None:
        """Ring, until cancelled."""
        while True:
            with trio.CancelScope(deadline=self._heap[0].at if self._heap else inf) as self._scope:
                await trio.sleep_forever()
            self._ring_due(trio.current_time())

    def _ring_due(self, now: float) -> None:
        while self._heap and self._heap[0].at <= now:
            alarm = heappop(self._heap)
            if alarm.ring is None:
                self._over -= 1
            else:
                ring, alarm.ring = alarm.ring, None
                ring()


_ALARMS: Final = trio.lowlevel.RunVar[Alarms | None]("trader247.runtime.alarms", None)


def alarms() -> Alarms:
    """Those of the loop that runs; its task ends with the loop."""
    found = _ALARMS.get()
    if found is None:
        found = Alarms()
        _ALARMS.set(found)
        trio.lowlevel.spawn_system_task(found.run, name="alarms")
    return found


async def sleep_to(every_s: float) -> None:
    """Until the next whole multiple of ``every_s`` on the loop's clock, so that what is as frequent wakes together."""
    now = trio.current_time()
    task = trio.lowlevel.current_task()
    alarm = alarms().set(next_multiple(every_s, now), lambda: trio.lowlevel.reschedule(task))

    def give_up(_: object) -> trio.lowlevel.Abort:
        alarm.call_off()
        return trio.lowlevel.Abort.SUCCEEDED

    await trio.lowlevel.wait_task_rescheduled(give_up)


def next_multiple(every_s: float, now: float) -> float:
    """The first whole multiple of ``every_s`` after ``now``."""
    following = (now // every_s + 1) * every_s
    return following if following > now else following + every_s
