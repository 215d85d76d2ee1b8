"""What all supervisors of one tree share, and what happens to the work of an incarnation that is over."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import TYPE_CHECKING

import attrs
import trio

from trader247.runtime.clock import Clock
from trader247.runtime.dead_letters import DeadLetters
from trader247.runtime.exits import Exit, ExitKind, Stuck
from trader247.runtime.halt import Halt
from trader247.runtime.incarnation import Cell, Raised, State, attempt
from trader247.runtime.reports import Event, Report, Reporter
from trader247.runtime.specs import Worker

if TYPE_CHECKING:
    from trader247.runtime.supervisor import Supervisor

__all__ = ["Tree", "cells_below", "unattend"]


@attrs.define(eq=False)
class Tree:
    """One per run.

    Attributes:
        ending: somebody asked for the end; nothing is started or decided any more, everything waits to be told.
        stuck, fatal: why the tree must end of itself, once there is a reason.
        report_fault: what the reporter raised first.
    """

    root: Cell
    halt: Halt
    clock: Clock
    rng: Random
    report: Reporter
    dead_letters: DeadLetters
    nursery: trio.Nursery
    ending: bool = False
    stuck: list[str] = attrs.Factory(list)
    fatal: BaseException | None = None
    report_fault: Exception | None = None
    supervisors: dict[str, Supervisor] = attrs.Factory(dict)

    def say(self, cell: Cell, event: Event, reason: str, *, delay_s: float = 0.0, exit_: Exit | None = None) -> None:
        """One report. A reporter that raises must not keep the rest of a tree from being stopped."""
        error = exit_.error if exit_ is not None else None
        report = Report(self.clock.now(), cell.name, event, reason, cell.incarnation, delay_s, error)
        outcome = attempt(lambda: self.report(report))
        if isinstance(outcome, Raised):
            self.report_fault = self.report_fault or outcome.error

    def settle(self, cell: Cell) -> None:
        """An incarnation is over: what it had in hand is dead, and who waited for its answer is told at once."""
        exit_ = cell.last_exit
        assert exit_ is not None  # noqa: S101 - set by Cell.end
        if exit_.kind is ExitKind.FATAL and exit_.error is not None:
            self.must_end(exit_.error)
        inbox = cell.spec.inbox if isinstance(cell.spec, Worker) else None
        if inbox is None:
            return
        in_hand = inbox.surrender()
        if in_hand is not None and exit_.kind is not ExitKind.NORMAL:
            self.dead_letters.add(
                actor=cell.name,
                mailbox=inbox.name,
                envelope=in_hand,
                reason=exit_.reason,
                error=exit_.error,
                at=self.clock.now(),
            )

    def is_stuck(self, cell: Cell) -> None:
        """Nothing in this process can end it."""
        cell.state = State.STUCK
        cell.stuck_at = float("inf")
        self.stuck.append(cell.name)
        self.say(cell, Event.STUCK, "ignored the stop request, the cut and the second after it")
        self.must_end(Stuck(tuple(self.stuck)))

    def must_end(self, why: BaseException) -> None:
        """The tree ends of itself. The first reason stays; whoever waits for a start stops waiting and looks at it."""
        if self.fatal is None:
            self.fatal = why
            for cell in cells_below(self.root):
                if cell.state is State.STARTING:
                    cell.settled.set()


def cells_below(cell: Cell) -> Iterator[Cell]:
    """The cell and all below it, in start order."""
    yield cell
    for child in cell.children:
        yield from cells_below(child)


def unattend(cell: Cell) -> None:
    """Nobody will take from the mailboxes below, unless a person starts it again: who asks there is told so."""
    for below in cells_below(cell):
        if isinstance(below.spec, Worker) and below.spec.inbox is not None:
            below.spec.inbox.attended = False
