"""The shell of a strategy in a process of its own: starts it, asks it, kills it; judging is its decider's.

Asking blocks a worker thread, never the loop, until the deadline on the machine's own clock; a scaled market stands
still meanwhile (``runtime/offload.py``). Told to stop while it asks, it kills the process, which ends the wait at
once; told to stop while it waits, it lets the process go in order.
"""

import os
import random
from collections.abc import Callable
from math import inf
from pathlib import Path
from typing import Final, TypeVar

import trio
from attrs import Factory, define, field, frozen

import trader247
from trader247.core.strategy_process import (
    AskProcess,
    EndProcess,
    ProcessAnswered,
    ProcessIn,
    ProcessLost,
    ProcessOut,
    ProcessSaid,
    ProcessUp,
    StartProcess,
)
from trader247.messages.trading import CycleContext, Deliberate
from trader247.messages.worker_wire import Setup, Third, WireFault, answer_in, encoded, printable, ready_in
from trader247.ports import Clock, Offload
from trader247.runtime.actor import Decider
from trader247.runtime.channels import Mailbox
from trader247.runtime.child_process import ChildLost, ChildProcess, environment, interpreter
from trader247.runtime.decisions import delay_s
from trader247.runtime.exits import Exit
from trader247.runtime.routes import Routes
from trader247.runtime.specs import Backoff
from trader247.runtime.watchdog import beat

__all__ = ["Asking", "Processes", "StrategyProcessActor"]

_START_S: Final = 10.0
"""Real seconds until a process must be up: fifty times what it takes, for a machine that is busy starting."""

T = TypeVar("T")


@define
class Processes:
    """What all strategies' processes of a run share.

    ``offload`` needs a thread for each of them. ``third`` tells where a kind lies that is not in the box.

    ``entry``, ``module:function``, is what a process runs; its code lies under ``roots``, ours by default.
    """

    offload: Offload
    entry: str
    third: Callable[[str], Third | None] = lambda _kind: None
    roots: tuple[str, ...] = Factory(lambda: (str(Path(trader247.__file__ or "").parent.parent),))
    _last: tuple[CycleContext, bytes] | None = field(init=False, default=None)

    def child(self) -> ChildProcess:
        """A process that is not begun yet."""
        return ChildProcess(interpreter(self.roots, self.entry), environment(os.environ))

    def frame_of(self, context: CycleContext) -> bytes:
        """The snapshot's bytes, made once for all who are shown it."""
        if self._last is None or self._last[0] is not context:
            self._last = (context, encoded(context))
        return self._last[1]


@frozen
class Asking:
    """What a shell needs to know of its own strategy. ``deadline_s`` are real seconds per cycle."""

    setup: Setup
    deadline_s: float
    backoff: Backoff = Factory(Backoff)


class StrategyProcessActor:
    """One strategy. Not restarted for what its process does: a group that gave up would take the others with it."""

    def __init__(
        self,
        decider: Decider[ProcessIn, ProcessOut],
        inbox: Mailbox[Deliberate],
        routes: Routes[ProcessSaid],
        clock: Clock,
        *,
        asking: Asking,
        processes: Processes,
        rng: random.Random,
    ) -> None:
        """``rng`` draws the delays of restarts, and nothing else: what others draw must not depend on them."""
        self._decider = decider
        self._inbox = inbox
        self._routes = routes
        self._clock = clock
        self._asking = asking
        self._processes = processes
        self._rng = rng
        self._child: ChildProcess | None = None
        self._at_work = False
        self._start_at = inf

    async def run(self, ready: Callable[[], None]) -> None:
        """Until cancelled. Ready at once: a process that does not start is a breach like any other."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._kill_when_told)
            ready()
            await self._carry_out(self._decider.start(self._clock.now()), None)
            while True:
                beat()
                if trio.current_time() >= self._start_at:
                    self._start_at = inf
                    await self._handle(await self._begin(), None)
                    continue
                envelope = await self._inbox.take_until(self._start_at)
                if envelope is not None:
                    await self._handle(envelope.body, envelope.seq)

    async def close(self, why: Exit) -> None:  # noqa: ARG002 - the end is the same whatever the reason
        """The process is gone when this returns."""
        await self._let_go()

    async def _kill_when_told(self) -> None:
        """The wait for an answer cannot be cancelled; a process that is dead answers at once."""
        try:
            await trio.sleep_forever()
        finally:
            if self._child is not None and self._at_work:
                self._child.kill_now()

    async def _handle(self, message: ProcessIn, cause: int | None) -> None:
        await self._carry_out(self._decider.handle(message, self._clock.now()), cause)

    async def _carry_out(self, out: list[ProcessOut], cause: int | None) -> None:
        """All that is said first, so that nobody waits for what is done."""
        said = [word for word in out if not isinstance(word, StartProcess | AskProcess | EndProcess)]
        if said:
            self._routes.emit(said, cause)
        for word in out:
            match word:
                case StartProcess(failures):
                    await self._put_down()
                    self._start_at = trio.current_time() + delay_s(self._asking.backoff, failures, self._rng)
                case EndProcess():
                    await self._put_down()
                case AskProcess(context):
                    await self._handle(await self._ask(context), cause)
                case _:
                    pass

    # ------------------------------------------------------------------------------------------------- the process
    async def _begin(self) -> ProcessIn:
        """Begun on the loop, since the kernel ends it with the thread that begins it; greeted in a worker thread."""
        child = self._child = self._processes.child()
        try:
            child.begin()
        except ChildLost as lost:
            return ProcessLost(str(lost))
        found = await self._work(child, encoded(self._asking.setup), _START_S, ready_in)
        if isinstance(found, ProcessLost):
            return ProcessLost(f"it did not start: {found.why}")
        return ProcessLost(f"it did not start: {printable(found.error)}") if found.error else ProcessUp(found.loose)

    async def _ask(self, context: CycleContext) -> ProcessIn:
        if self._child is None:
            return ProcessLost("it is not running")
        frame, within_s = self._processes.frame_of(context), self._asking.deadline_s
        found = await self._work(self._child, frame, within_s, answer_in)
        return found if isinstance(found, ProcessLost) else ProcessAnswered(found)

    async def _work(
        self, child: ChildProcess, frame: bytes, within_s: float, read: Callable[[bytes], T]
    ) -> T | ProcessLost:
        """Ask and read in the thread: four megabytes of garbage are no work for the loop either.

        Cancelled: the process was killed for it, so what came of the question is nobody's fault and is not told.
        """

        def work() -> T | ProcessLost:
            try:
                return read(child.ask(frame, within_s))
            except (ChildLost, WireFault) as lost:
                return ProcessLost(printable(str(lost)))

        self._at_work = True
        try:
            found = await self._processes.offload.run(work)
        finally:
            self._at_work = False
        await trio.lowlevel.checkpoint_if_cancelled()
        return found

    async def _put_down(self) -> None:
        if self._child is not None:
            self._child.kill_now()
        await self._let_go()

    async def _let_go(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            await self._processes.offload.run(child.end)
