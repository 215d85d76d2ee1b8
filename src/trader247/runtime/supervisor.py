"""A group's supervisor: it starts children in order, decides one thing at a time, and stops them in reverse.

It is an actor like any other: ``run`` boots and decides, ``close`` stops whatever is left. So a stop request, an outer
cancel, a failed boot and exhaustion all take the same way out, from whatever point they hit.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from math import inf
from typing import TypeVar

import trio

from trader247.runtime import decisions
from trader247.runtime.actor import Actor
from trader247.runtime.asking import Reply
from trader247.runtime.exits import ActorDown, ActorError, Exhausted, Exit, ExitKind
from trader247.runtime.incarnation import Cell, State, TreeEnds, path_of
from trader247.runtime.ladder import Ladder
from trader247.runtime.reports import Event
from trader247.runtime.specs import Escalate, Group, Restart
from trader247.runtime.tree import Tree, unattend
from trader247.runtime.watchdog import hung_reason, next_check

__all__ = ["Supervisor"]

T = TypeVar("T")

_TICK_S = 1e-9  # two readings of one instant may differ by a rounding error


class Supervisor:
    """One incarnation of a group."""

    def __init__(self, cell: Cell, tree: Tree) -> None:
        """Takes the group back to how it was described: dynamic children are gone, temporary ones are back."""
        assert isinstance(cell.spec, Group)  # noqa: S101 - only groups are given a supervisor
        self.spec: Group = cell.spec
        self.name = cell.name
        self.tree = tree
        self.cells = cell.children = list(cell.static)
        for child in self.cells:
            child.failures = 0
            child.due = child.failed_start = None
        self.ladder = Ladder(tree, self._make, on_end=self._ended, on_ending=self._ending)
        self._windows = tuple(decisions.Window(limit) for limit in self.spec.limits)
        self._exits: dict[Cell, None] = {}  # in order of their ends, each child once
        self._requests: deque[Callable[[], Awaitable[None]]] = deque()
        self._wake = trio.Event()
        self._open = False

    # ------------------------------------------------------------------------------------------------------- the actor
    async def run(self, ready: Callable[[], None]) -> None:
        """Boots the children one after the other, then decides until told to stop.

        Raises:
            StartFailed: a child did not become ready at boot; there is no retry.
            Exhausted: one restart more than a limit allows.
            TreeEnds: a child's end ends the tree.
        """
        self.tree.supervisors[self.name] = self
        self._open = True
        for cell in tuple(self.cells):
            if (failed := await self.start(cell)) is not None:
                raise path_of(self.name, failed, cell.name)
        ready()
        while True:
            await self._wait()
            for _ in range(len(self._exits)):
                cell = next(iter(self._exits))
                del self._exits[cell]
                await self._decide(cell)
            for cell in tuple(self.cells):
                await self._look_at(cell)
            for _ in range(len(self._requests)):
                await self._requests.popleft()()

    async def close(self, why: Exit) -> None:
        """Stops the children in reverse order. One that is stuck keeps no other from being told and ended."""
        self._open = False
        for cell in reversed(self.cells):
            await self.ladder.stop(cell, f"group {self.name} stops: {why.kind}")
        while self._requests:
            await self._requests.popleft()()
        if self.tree.stuck and self.tree.fatal is not None:
            raise TreeEnds(self.tree.fatal)

    # --------------------------------------------------------------------------------------------------- what happened
    async def _wait(self) -> None:
        """Until a child ended, something is due, or somebody asks."""
        await trio.lowlevel.checkpoint()
        while not (self._exits or self._requests):
            alarm = min(map(_next_alarm, self.cells), default=inf)
            if alarm <= trio.current_time() + _TICK_S:
                return
            self._wake = trio.Event()
            with trio.move_on_at(alarm) as waiting:
                await self._wake.wait()
            if waiting.cancelled_caught:
                return  # look now: the alarm of an idle actor moves along with the time

    def _ended(self, cell: Cell) -> None:
        self.tree.settle(cell)
        self._exits[cell] = None
        self._wake.set()

    def _ending(self, cell: Cell) -> None:  # noqa: ARG002 - all alarms are read anew
        """It must be over within its grace and a second; that alarm is new."""
        self._wake.set()

    async def _decide(self, cell: Cell) -> None:
        """One exit that nobody asked for. Those that were asked for have been dealt with by who asked.

        In a tree that is asked to end nothing counts: what crashes now, crashes because others are gone already.
        """
        if cell.failed_start is not None and not self.tree.ending:
            failed, cell.failed_start = cell.failed_start, None
            await self._count_and_restart(cell, failed)
            return
        exit_ = cell.last_exit
        if cell.state is not State.ENDED or exit_ is None:
            return
        self._end_tree_if(exit_)
        if self.tree.ending:
            cell.state = State.DOWN
            self.tree.say(cell, Event.ENDED, exit_.reason, exit_=exit_)
        elif decisions.is_restarted(cell.spec.restart, exit_.kind):
            await self._count_and_restart(cell, exit_)
        elif cell.spec.restart is Restart.TEMPORARY:
            self.forget(cell, exit_)
        else:
            cell.state = State.DOWN
            unattend(cell)
            event = Event.GAVE_UP if exit_.kind is ExitKind.GAVE_UP else Event.ENDED
            self.tree.say(cell, event, exit_.reason, exit_=exit_)

    async def _look_at(self, cell: Cell) -> None:
        """What time alone brings: a restart that is due, a child that hangs, one that does not end."""
        now = trio.current_time() + _TICK_S
        if cell.state is State.RESTARTING and cell.due is not None and cell.due <= now:
            await self._restart(cell)
        elif cell.stuck_at <= now and cell.alive:
            self.tree.is_stuck(cell)
            self._end_tree_if(None)
        elif cell.state is State.UP and (reason := hung_reason(cell, now)) is not None:
            cell.tell(reason, ExitKind.HUNG)

    def _end_tree_if(self, exit_: Exit | None) -> None:
        """A fatal exit ends the tree, and so does a child that cannot be ended: it must never have a second life."""
        if exit_ is not None and exit_.kind is ExitKind.FATAL and exit_.error is not None:
            raise TreeEnds(exit_.error)
        if self.tree.stuck and self.tree.fatal is not None:
            raise TreeEnds(self.tree.fatal)

    # -------------------------------------------------------------------------------------------------------- restarts
    async def _count_and_restart(self, cell: Cell, exit_: Exit) -> None:
        """One more restart, if the limits allow; dependents stop at once and start with it, after its delay."""
        self._windows, passed = decisions.add_restart(self._windows, trio.current_time())
        if passed is not None:
            self._give_up(cell, exit_, str(passed))
        backoff = self.spec.backoff
        cell.failures = decisions.failures_so_far(backoff, cell.failures, cell.up_s)
        delay_s = decisions.delay_s(backoff, cell.failures, self.tree.rng)
        cell.failures += 1
        cell.restarts += 1
        cell.state = State.RESTARTING
        self.tree.say(cell, Event.RESTARTING, exit_.reason, delay_s=delay_s, exit_=exit_)
        decided_at = trio.current_time()
        dependents = [other for other in self._companions(cell) if other is not cell]
        earliest = max((other.due for other in dependents if other.due is not None), default=decided_at)
        for other in reversed(dependents):
            await self.stop(other, f"{self.spec.strategy} with {cell.name}")
        cell.due = max(decided_at + delay_s, earliest)
        if cell.due <= trio.current_time():
            await self._restart(cell)

    def _give_up(self, cell: Cell, exit_: Exit, passed: str) -> None:
        error = Exhausted(self.name, cell.name, passed, exit_, self.spec.exhausted)
        if self.spec.exhausted is Escalate.HALT:
            self.tree.halt.trip(str(error), by=self.name)
        cell.state = State.DOWN
        self.tree.say(cell, Event.EXHAUSTED, str(error), exit_=exit_)
        raise error

    async def _restart(self, cell: Cell) -> None:
        """Starts it and its companions in order; a failure is charged to the one that failed, and decided anew."""
        for other in reversed(self._companions(cell)):
            await self.stop(other, f"{self.spec.strategy} with {cell.name}")
        for other in self._companions(cell):
            if (failed := await self.start(other)) is not None:
                self.try_again(other, failed)
                return

    def try_again(self, cell: Cell, failed: Exit) -> None:
        """A start that failed counts as a failed restart: it is decided anew, with backoff, and escalates."""
        cell.state = State.RESTARTING
        cell.failed_start = failed
        self._exits[cell] = None

    def _companions(self, cell: Cell) -> list[Cell]:
        names = set(decisions.companions(self.spec.strategy, [child.name for child in self.cells], cell.name))
        return [child for child in self.cells if child.name in names]

    # ------------------------------------------------------------------------------------------------- start and stop
    def _make(self, cell: Cell) -> Actor:
        return Supervisor(cell, self.tree) if isinstance(cell.spec, Group) else cell.spec.make()

    async def start(self, cell: Cell) -> Exit | None:
        """As ``Ladder.start``; an end that ends the tree is raised."""
        failed = await self.ladder.start(cell)
        self._end_tree_if(failed)
        return failed

    async def stop(self, cell: Cell, why: str) -> None:
        """As ``Ladder.stop``; a temporary child is forgotten, and an end that ends the tree is raised."""
        ended = await self.ladder.stop(cell, why)
        self._end_tree_if(ended)
        if cell.spec.restart is Restart.TEMPORARY:
            self.forget(cell, ended or Exit(ExitKind.SHUTDOWN))

    def forget(self, cell: Cell, exit_: Exit) -> None:
        """The spec of a temporary child is gone, and its name is free."""
        cell.state = State.DOWN
        self.cells.remove(cell)
        unattend(cell)
        self.tree.say(cell, Event.FORGOTTEN, exit_.reason, exit_=exit_)

    # -------------------------------------------------------------------------------------------------------- requests
    async def request(self, work: Callable[[], Awaitable[T]]) -> T:
        """Runs ``work`` between two decisions and waits for its result; a cancelled request is still carried out.

        Raises:
            ActorDown: the group is not running, or ended meanwhile.
        """
        down = ActorDown(f"group {self.name} is not running")
        if not self._open:
            raise down
        reply = Reply[T]()

        async def once() -> None:
            try:
                if self._open:
                    reply.answer(await work())
            except TreeEnds:
                raise
            except ActorError as error:
                reply.fail(error)
            finally:
                reply.fail(down)

        self._requests.append(once)
        self._wake.set()
        return await reply.wait()


def _next_alarm(cell: Cell) -> float:
    """When this child must be looked at though nothing happened (seconds of the loop's clock)."""
    if cell.state is State.RESTARTING and cell.due is not None:
        return cell.due
    if cell.state is State.UP:
        return min(cell.stuck_at, next_check(cell))
    return cell.stuck_at if cell.alive and cell.state is not State.STUCK else inf
