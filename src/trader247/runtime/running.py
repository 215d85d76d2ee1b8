"""A tree that runs: the host's handle on it, and the one coroutine that hosts it.

running = Running(root, halt=halt, clock=clock, rng=rng, report=report, dead_letters=letters)
await running.run()
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import trio

from trader247.runtime import administration
from trader247.runtime.administration import Answer
from trader247.runtime.checks import check_tree, stop_s_max
from trader247.runtime.clock import Clock
from trader247.runtime.dead_letters import DeadLetters
from trader247.runtime.exits import ActorDown
from trader247.runtime.halt import Halt
from trader247.runtime.incarnation import Cell, State
from trader247.runtime.reports import Reporter
from trader247.runtime.snapshot import Node, node_of
from trader247.runtime.specs import KILL_GRACE_S, Group, Worker
from trader247.runtime.supervisor import Supervisor
from trader247.runtime.tree import Tree, cells_below, unattend

__all__ = ["Running", "supervise"]


class Running:
    """One tree. It can be looked at before, while and after it runs; it runs once."""

    def __init__(
        self,
        root: Group,
        *,
        halt: Halt,
        clock: Clock,
        rng: Random,
        report: Reporter,
        dead_letters: DeadLetters,
        on_stuck: Callable[[tuple[str, ...]], None] | None = None,
    ) -> None:
        """``rng`` draws the jitter. ``on_stuck`` is told the names of the children that cannot be ended, after all
        others were; it should end the process, for nothing else can.

        Raises:
            BadTree: the tree would not do what it says.
        """
        check_tree(root)
        self.root = root
        self._halt = halt
        self._clock = clock
        self._rng = rng
        self._report = report
        self._dead_letters = dead_letters
        self._on_stuck = on_stuck
        self._cell = Cell(root)
        self._tree: Tree | None = None
        self._stop_reason: str | None = None

    async def run(self, task_status: trio.TaskStatus[Running] = trio.TASK_STATUS_IGNORED) -> None:
        """Boots the tree, reports it as started once all of it is ready, and hosts it until it ends.

        Cancelled, or after ``stop``: everything is stopped in order first. Returns only after ``stop``.

        Raises:
            StartFailed: a child did not become ready at boot; what had started was stopped in reverse.
            Exhausted: the root, or a group with ``Escalate.EXIT``, gave up.
            Stuck: a child could not be ended, and now has ended after all.
            Exception: what the reporter raised, if nothing else did.
            BaseException: KeyboardInterrupt or SystemExit raised in a child, as it was.
        """
        assert self._tree is None  # noqa: S101 - mailboxes and counters belong to one run
        self._halt.bind()
        try:
            async with trio.open_nursery() as nursery:
                await self._host(nursery, lambda: task_status.started(self))
        finally:
            self._raise_if_interrupted()
        self._raise()

    async def _host(self, nursery: trio.Nursery, started: Callable[[], None]) -> None:
        """Begins the root, waits until it is gone, and sees to it that it is."""
        tree = Tree(self._cell, self._halt, self._clock, self._rng, self._report, self._dead_letters, nursery)
        self._tree = tree
        try:
            self._cell.begin(nursery, Supervisor(self._cell, tree), on_end=tree.settle, on_ending=_is_bounded)
            if self._stop_reason is not None:
                tree.ending = True
                self._cell.tell(self._stop_reason)
            await self._cell.settled.wait()
            if self._cell.state is State.UP:
                started()
            await self._cell.gone.wait()
        finally:
            tree.ending = True
            self._cell.tell(self._stop_reason or "the run was cancelled")
            with trio.move_on_after(self._stop_s_max(), shield=True):
                await self._cell.gone.wait()
            self._wind_up(tree)

    def _stop_s_max(self) -> float:
        """What the children may take and as much again: longer is a fault of this package, and still an end."""
        return 2 * sum(stop_s_max(cell.spec) for cell in cells_below(self._cell) if not cell.children) + KILL_GRACE_S

    def _wind_up(self, tree: Tree) -> None:
        """All is down that can be."""
        unattend(self._cell)
        if not self._cell.gone.is_set():
            tree.is_stuck(self._cell)
        if tree.stuck and self._on_stuck is not None:
            self._on_stuck(tuple(tree.stuck))

    def _raise_if_interrupted(self) -> None:
        """Ctrl-C outranks a cancelled scope."""
        if self._tree is not None and self._tree.fatal is not None and not isinstance(self._tree.fatal, Exception):
            raise self._tree.fatal

    def _raise(self) -> None:
        """What ended the run, unless it ended because ``stop`` said so."""
        if self._tree is not None and self._tree.fatal is not None:
            raise self._tree.fatal
        exit_ = self._cell.last_exit
        if exit_ is not None and exit_.error is not None and self._stop_reason is None:
            raise exit_.error
        if self._tree is not None and self._tree.report_fault is not None:
            raise self._tree.report_fault

    def stop(self, reason: str) -> None:
        """Ends the tree in order, from wherever it is. Synchronous; ``run`` returns when all is down."""
        if self._stop_reason is None:
            self._stop_reason = reason
            if self._tree is not None:
                self._tree.ending = True
                self._cell.tell(reason)

    # ------------------------------------------------------------------------------------------------------- questions
    def snapshot(self) -> Node:
        """The whole tree at this moment. Never waits, whatever the tree is doing."""
        return node_of(self._cell)

    def cell(self, name: str) -> Cell | None:
        """The place of a child in the tree, or None."""
        return next((cell for cell in cells_below(self._cell) if cell.name == name), None)

    # -------------------------------------------------------------------------------------------------- administration
    def inject_crash(self, name: str, error: Exception) -> bool:
        """Ends a child's incarnation as if it had raised ``error``; False if it has none that could be ended.

        Raises:
            KeyError: there is no child of that name.
        """
        if (cell := self.cell(name)) is None:
            raise KeyError(name)
        return cell.crash(error)

    async def start_child(self, group: str, spec: Worker | Group) -> Answer:
        """See ``administration.start_child``.

        Raises:
            ActorDown: the group is not running.
        """
        if (found := self.cell(spec.name)) is not None and found not in self._supervisor(group).cells:
            return Answer.ALREADY_PRESENT
        return await administration.start_child(self._supervisor(group), spec)

    async def terminate_child(self, name: str) -> Answer:
        """See ``administration.terminate_child``."""
        owner = self._owner(name)
        return Answer.NOT_FOUND if owner is None else await administration.terminate_child(owner, name)

    async def restart_child(self, name: str, *, retried: bool = False) -> Answer:
        """See ``administration.restart_child``."""
        owner = self._owner(name)
        return Answer.NOT_FOUND if owner is None else await administration.restart_child(owner, name, retried=retried)

    async def delete_child(self, name: str) -> Answer:
        """See ``administration.delete_child``."""
        owner = self._owner(name)
        return Answer.NOT_FOUND if owner is None else await administration.delete_child(owner, name)

    def _owner(self, name: str) -> Supervisor | None:
        for cell in cells_below(self._cell):
            if any(child.name == name for child in cell.children):
                return self._supervisor(cell.name)
        return None

    def _supervisor(self, group: str) -> Supervisor:
        found = self._tree.supervisors.get(group) if self._tree is not None else None
        if found is None:
            raise ActorDown(f"group {group} is not running")
        return found


def _is_bounded(cell: Cell) -> None:
    """The root's own grace never runs: a group's end is the sum of its children's."""


async def supervise(
    root: Group,
    *,
    halt: Halt,
    clock: Clock,
    rng: Random,
    report: Reporter,
    dead_letters: DeadLetters,
    on_stuck: Callable[[tuple[str, ...]], None] | None = None,
) -> None:
    """Hosts ``root`` until it ends; see ``Running``, for hosts that also ask and stop."""
    running = Running(
        root, halt=halt, clock=clock, rng=rng, report=report, dead_letters=dead_letters, on_stuck=on_stuck
    )
    await running.run()
