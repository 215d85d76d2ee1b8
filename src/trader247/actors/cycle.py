"""The cycle's shell: says when a cycle is due, a little later each time by chance (requirement SCH1)."""

import random
from collections.abc import Awaitable, Callable

import trio

from trader247.core.cycle import CycleIn
from trader247.messages.trading import CycleDue
from trader247.model.policy_signals import CycleTerms
from trader247.runtime.actor import next_due
from trader247.runtime.channels import Mailbox

__all__ = ["CycleActor", "CycleCount"]


class CycleCount:
    """The number of the last cycle; outlives restarts of the actor, so that no cycle id is used twice."""

    def __init__(self) -> None:
        """No cycle yet."""
        self.last = 0


class CycleActor:
    """Runs the decider's shell beside the timetable."""

    def __init__(
        self,
        shell: Callable[[Callable[[], None]], Awaitable[None]],
        inbox: Mailbox[CycleIn],
        *,
        terms: CycleTerms,
        count: CycleCount,
        rng: random.Random,
    ) -> None:
        """``shell`` is the ``run`` of the decider's standard shell; ``rng`` draws the jitter."""
        self._shell = shell
        self._inbox = inbox
        self._terms = terms
        self._count = count
        self._rng = rng

    async def run(self, ready: Callable[[], None]) -> None:
        """Until cancelled. The first cycle is due at once; it begins when it may. What was slept through is skipped."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._timetable)
            await self._shell(ready)

    async def _timetable(self) -> None:
        due, jitter_s = trio.current_time(), 0.0
        while True:
            await trio.sleep_until(due + jitter_s)
            self._count.last += 1
            self._inbox.post(CycleDue(self._count.last, jitter_s))
            due = next_due(due, self._terms.interval_s, trio.current_time())
            jitter_s = self._rng.uniform(0.0, self._terms.interval_s * self._terms.jitter_pct / 100.0)
