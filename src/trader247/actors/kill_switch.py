"""The kill switch's shell: it looks at the file and trips the latch in the very step in which it is told to."""

from collections.abc import Awaitable, Callable

import trio

from trader247.core.kill_switch import KillSwitch, SwitchIn, SwitchOut
from trader247.messages.base import Tick
from trader247.messages.control import TripHalt
from trader247.ports import Clock, KillFile, Offload
from trader247.runtime.alarms import next_multiple, sleep_to
from trader247.runtime.channels import Mailbox
from trader247.runtime.halt import Halt
from trader247.runtime.routes import Routes

__all__ = ["KillSwitchActor"]

_VOTE_S = 1.0


class KillSwitchActor:
    """Asks its decider and carries out what it says; a trip is carried out before anything else is sent."""

    def __init__(
        self,
        decider: KillSwitch,
        inbox: Mailbox[SwitchIn],
        routes: Routes[SwitchOut],
        *,
        halt: Halt,
        file: KillFile,
        poll_s: float,
        clock: Clock,
        offload: Offload,
        until_look: Callable[[float], Awaitable[None]] = sleep_to,
    ) -> None:
        """``poll_s``: time between two looks at the file, in the loop's own seconds.

        ``until_look(poll_s)`` is awaited before each look; who knows when the file moves may wait until then.
        """
        self._decider = decider
        self._inbox = inbox
        self._routes = routes
        self._halt = halt
        self._file = file
        self._poll_s = poll_s
        self._clock = clock
        self._offload = offload
        self._until_look = until_look

    async def run(self, ready: Callable[[], None]) -> None:
        """Until cancelled."""
        self._say(self._decider.start(self._clock.now()), None)
        self._handle(await self._offload.run(self._file.look), None)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._watch)
            ready()
            next_vote = trio.current_time()
            while True:
                if trio.current_time() >= next_vote:
                    self._handle(Tick(), None)
                    next_vote = next_multiple(_VOTE_S, trio.current_time())
                envelope = await self._inbox.take_until(next_vote)
                if envelope is not None:
                    self._handle(envelope.body, envelope.seq)

    async def _watch(self) -> None:
        """Every look is told, not only a change: a file put back within one poll of a resume halts again."""
        while True:
            await self._until_look(self._poll_s)
            self._handle(await self._offload.run(self._file.look), None)

    def _handle(self, message: SwitchIn, cause: int | None) -> None:
        self._say(self._decider.handle(message, self._clock.now()), cause)

    def _say(self, out: list[SwitchOut], cause: int | None) -> None:
        for message in out:
            if isinstance(message, TripHalt):
                self._halt.trip(message.reason, message.by)
        self._routes.emit(out, cause)
