"""Starting, ending, restarting and deleting children of a running group, with OTP's answers.

None of it counts as a restart. Each request is carried out between two decisions of the group's supervisor.
"""

from __future__ import annotations

from enum import StrEnum

import trio

from trader247.runtime.exits import StartFailed
from trader247.runtime.incarnation import Cell, State, path_of
from trader247.runtime.specs import Group, Worker
from trader247.runtime.supervisor import Supervisor
from trader247.runtime.tree import unattend

__all__ = ["Answer", "delete_child", "restart_child", "start_child", "terminate_child"]


class Answer(StrEnum):
    """What became of a request."""

    OK = "ok"
    ALREADY_STARTED = "already_started"
    ALREADY_PRESENT = "already_present"  # its spec is here, but it is down: restart_child
    RUNNING = "running"
    RESTARTING = "restarting"
    NOT_FOUND = "not_found"


async def start_child(group: Supervisor, spec: Worker | Group) -> Answer:
    """Adds a child at the end and starts it. It is gone when the group itself is restarted.

    Raises:
        StartFailed: it did not become ready; its spec is not kept.
    """

    async def work() -> Answer:
        if (cell := _find(group, spec.name)) is not None:
            return Answer.ALREADY_PRESENT if cell.state is State.DOWN else Answer.ALREADY_STARTED
        fresh = Cell(spec)
        group.cells.append(fresh)
        if await group.start(fresh) is not None:
            group.cells.remove(fresh)
            unattend(fresh)
            raise _failure(group, failed_cell=fresh)
        return Answer.OK

    return await group.request(work)


async def terminate_child(group: Supervisor, name: str) -> Answer:
    """Ends a child and keeps its spec (a temporary one is forgotten); cancels a pending restart. Idempotent."""

    async def work() -> Answer:
        cell = _find(group, name)
        if cell is None:
            return Answer.NOT_FOUND
        await group.stop(cell, "terminated on request")
        unattend(cell)
        return Answer.OK

    return await group.request(work)


async def restart_child(group: Supervisor, name: str, *, retried: bool = False) -> Answer:
    """Starts a child that is down. ``retried``: one that does not become ready is left to its supervisor, as one that
    crashed would be (counted, tried again, escalated past the limits), and the answer is RESTARTING.

    Raises:
        StartFailed: it did not become ready; it stays down and its spec is kept. Never where it is retried.
    """

    async def work() -> Answer:
        cell = _find(group, name)
        if cell is None:
            return Answer.NOT_FOUND
        if cell.state is not State.DOWN:
            return Answer.RESTARTING if cell.state is State.RESTARTING else Answer.RUNNING
        failed = await group.start(cell)
        if failed is not None and retried:
            group.try_again(cell, failed)
            return Answer.RESTARTING
        if failed is not None:
            unattend(cell)
            raise _failure(group, failed_cell=cell)
        return Answer.OK

    return await group.request(work)


async def delete_child(group: Supervisor, name: str) -> Answer:
    """Removes the spec of a child that is down."""

    async def work() -> Answer:
        await trio.lowlevel.checkpoint()
        cell = _find(group, name)
        if cell is None:
            return Answer.NOT_FOUND
        if cell.state is not State.DOWN:
            return Answer.RESTARTING if cell.state is State.RESTARTING else Answer.RUNNING
        group.cells.remove(cell)
        return Answer.OK

    return await group.request(work)


def _find(group: Supervisor, name: str) -> Cell | None:
    return next((cell for cell in group.cells if cell.name == name), None)


def _failure(group: Supervisor, failed_cell: Cell) -> StartFailed:
    assert failed_cell.last_exit is not None  # noqa: S101 - it was started and did not come up
    return path_of(group.name, failed_cell.last_exit, failed_cell.name)
