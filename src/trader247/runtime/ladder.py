"""Starting one child and ending one child: the deadlines on the way up and the rungs on the way down."""

from __future__ import annotations

from collections.abc import Callable

import trio

from trader247.runtime.actor import Actor
from trader247.runtime.exits import Exit, ExitKind
from trader247.runtime.incarnation import Cell, Raised, State, TreeEnds, attempt
from trader247.runtime.reports import Event
from trader247.runtime.specs import Worker
from trader247.runtime.tree import Tree

__all__ = ["Ladder"]


class Ladder:
    """Used by one supervisor for its children, one at a time."""

    def __init__(
        self,
        tree: Tree,
        make: Callable[[Cell], Actor],
        *,
        on_end: Callable[[Cell], None],
        on_ending: Callable[[Cell], None],
    ) -> None:
        """``make`` builds the actor of the next incarnation; for the other two see ``Cell.begin``."""
        self._tree = tree
        self._make = make
        self._on_end, self._on_ending = on_end, on_ending

    async def start(self, cell: Cell) -> Exit | None:
        """Begins an incarnation and waits until it is ready; the exit of one that failed to start, else None.

        A child that is late goes down the same rungs as any other and may end up stuck.
        Cancelled: the child is left as it is, for ``stop``. In a tree that ends nothing is started: the caller is
        about to be cancelled.

        Raises:
            TreeEnds: the tree must end, so that there is nothing to wait for.
        """
        if self._tree.fatal is None and self._tree.ending:
            await trio.sleep_forever()
        self._end_with_tree()
        failed = await self._try(cell)
        if failed is None:
            self._tree.say(cell, Event.STARTED, "ready")
        else:
            if cell.state is not State.STUCK:
                cell.state = State.DOWN
            self._tree.say(cell, Event.START_FAILED, failed.reason, exit_=failed)
        return failed

    async def _try(self, cell: Cell) -> Exit | None:
        actor = attempt(lambda: self._make(cell))
        if isinstance(actor, Raised):
            exit_ = Exit(ExitKind.CRASH, actor.error)
            cell.incarnation += 1
            cell.up_s = 0.0
            cell.last_exit, cell.last_error = exit_, exit_.reason
            return exit_
        if isinstance(cell.spec, Worker) and cell.spec.inbox is not None:
            cell.spec.inbox.attended = True
        cell.begin(self._tree.nursery, actor, on_end=self._on_end, on_ending=self._on_ending)
        with trio.move_on_after(cell.spec.start_within):
            await cell.settled.wait()
        if cell.state is State.UP:
            return None
        self._end_with_tree()
        if cell.alive:
            cell.tell(f"not ready within {cell.spec.start_within:g} s", ExitKind.LATE)
            await self._until_gone(cell)
        if cell.state is State.STUCK or cell.last_exit is None:
            return Exit(ExitKind.LATE)
        if cell.last_exit.kind is ExitKind.NORMAL:
            return Exit(ExitKind.CRASH, RuntimeError("run() returned before it called ready()"))
        return cell.last_exit

    def _end_with_tree(self) -> None:
        if self._tree.fatal is not None:
            raise TreeEnds(self._tree.fatal)

    async def stop(self, cell: Cell, why: str) -> Exit | None:
        """Tells, waits for the grace, cuts, waits a second; the exit, or None where nothing was left to end.

        Cancelled: it stays told, its grace runs on, and another ``stop`` waits for the rest of it.
        """
        cell.due = cell.failed_start = None
        if cell.alive and cell.state is not State.STUCK:
            cell.tell(why)
            await self._until_gone(cell)
        if cell.state is State.STUCK:
            return None
        ended = cell.last_exit if cell.state is State.ENDED else None
        cell.state = State.DOWN
        if ended is not None:
            well = ended.kind in {ExitKind.SHUTDOWN, ExitKind.NORMAL}
            self._tree.say(cell, Event.STOPPED if well else Event.STOP_FAILED, ended.reason, exit_=ended)
        return ended

    async def _until_gone(self, cell: Cell) -> None:
        with trio.move_on_at(cell.stuck_at):
            await cell.gone.wait()
        if not cell.gone.is_set():
            self._tree.is_stuck(cell)
