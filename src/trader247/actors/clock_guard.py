"""The clock guard's shell: looks at the venue's clock, the loop and the mailboxes, and lets its decider judge."""

from collections.abc import Awaitable, Callable
from typing import Final, Protocol

import trio

from trader247.core.clock_guard import GuardIn
from trader247.errors import VenueError
from trader247.messages.health import HealthSeen
from trader247.messages.market import VenueSeen
from trader247.ports import Clock, VenueReader
from trader247.runtime.alarms import sleep_to
from trader247.runtime.channels import Mailbox

__all__ = ["ClockGuardActor", "Pulse"]

_VENUE_S: Final = 10.0
_HEALTH_S: Final = 1.0


class Pulse(Protocol):
    """How the process does."""

    def health(self) -> HealthSeen:
        """The worst loop lag since the last look, and the oldest waiting message. Quick."""
        ...


class ClockGuardActor:
    """Runs the decider's shell beside its two looks."""

    def __init__(
        self,
        shell: Callable[[Callable[[], None]], Awaitable[None]],
        inbox: Mailbox[GuardIn],
        venue: VenueReader,
        pulse: Pulse,
        clock: Clock,
    ) -> None:
        """``shell`` is the ``run`` of the decider's standard shell."""
        self._shell = shell
        self._inbox = inbox
        self._venue = venue
        self._pulse = pulse
        self._clock = clock

    async def run(self, ready: Callable[[], None]) -> None:
        """Until cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._look_at_venue)
            nursery.start_soon(self._look_at_ourselves)
            await self._shell(ready)

    async def _look_at_venue(self) -> None:
        while True:
            before = self._clock.now()
            try:
                theirs = await self._venue.server_time()
            except VenueError as error:
                self._inbox.post(VenueSeen(None, 0, str(error)))
            else:
                after = self._clock.now()
                middle = (before.utc + after.utc) // 2
                self._inbox.post(VenueSeen(theirs - middle, after.mono - before.mono))
            await trio.sleep(_VENUE_S)

    async def _look_at_ourselves(self) -> None:
        while True:
            self._inbox.post(self._pulse.health())
            await sleep_to(_HEALTH_S)
