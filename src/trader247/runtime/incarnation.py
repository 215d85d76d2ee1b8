"""One life of one child: its two cancel scopes, its readiness, its cleanup, and the truth about how it ended.

The actor's ``run`` lives in the *soft* scope, inside the *hard* one, which is shielded: nothing but this child's
supervisor ends it. Told to stop, the soft scope is cancelled and ``close`` runs in the hard scope alone, uncancelled
until the grace is over; then the hard scope is cut. What is still there one second later is stuck.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from enum import StrEnum
from math import inf
from typing import TYPE_CHECKING, TypeVar

import trio
from attrs import frozen

from trader247.runtime.exits import ActorStop, Exhausted, Exit, ExitKind, StartFailed, Stuck
from trader247.runtime.specs import KILL_GRACE_S, Escalate, Group, Worker

if TYPE_CHECKING:
    from trader247.runtime.actor import Actor

__all__ = ["Cell", "Raised", "State", "TreeEnds", "attempt", "current_cell", "incarnate", "path_of"]

T = TypeVar("T")

current_cell: ContextVar[Cell | None] = ContextVar("current_cell", default=None)
"""The cell whose incarnation the current task belongs to."""


class State(StrEnum):
    """What a child is doing."""

    DOWN = "down"
    STARTING = "starting"
    UP = "up"
    STOPPING = "stopping"
    ENDED = "ended"  # over, and not yet decided
    RESTARTING = "restarting"  # waits for its backoff
    STUCK = "stuck"


class TreeEnds(Exception):
    """Raised by a group whose child's end must end the whole tree; ``cause`` is what leaves ``supervise``."""

    def __init__(self, cause: BaseException) -> None:
        super().__init__(str(cause))
        self.cause = cause


class Cell:
    """The place of one child in the tree. It stays while incarnations come and go; its counters never go back."""

    def __init__(self, spec: Worker | Group) -> None:
        self.spec = spec
        self.name = spec.name
        self.static = tuple(Cell(child) for child in spec.children) if isinstance(spec, Group) else ()
        self.children = list(self.static)
        self.state = State.DOWN
        self.incarnation = self.restarts = self.entered = self.over = 0
        self.failures = 0  # in a row, for the backoff
        self.due: float | None = None
        self.last_exit: Exit | None = None
        self.failed_start: Exit | None = None  # of a restart, and not yet decided
        self.on_end: Callable[[Cell], None] = _nobody_cares
        self.on_ending: Callable[[Cell], None] = _nobody_cares
        self.last_error: str | None = None
        self.up_since: float | None = None
        self.up_s = 0.0  # how long the last incarnation was up
        self.progress_at: float | None = None
        self._prepare()

    def _prepare(self) -> None:
        self.soft = trio.CancelScope()
        self.hard = trio.CancelScope(shield=True)
        self.settled = trio.Event()
        self.gone = trio.Event()
        self.told = False
        self.ending: ExitKind | None = None
        self.injected: Exception | None = None
        self.stuck_at = inf
        self.beat_at: float | None = None

    # ------------------------------------------------------------------------------------------ by its own incarnation
    def ready(self) -> None:
        """The actor is ready. Ignored once it was told to stop, or is late."""
        if self.state is State.STARTING and not self.soft.cancel_called:
            self.state = State.UP
            self.up_since = self.beat_at = self.progress_at = trio.current_time()
            self.settled.set()

    # --------------------------------------------------------------------------------------------- by its supervisor
    @property
    def alive(self) -> bool:
        """Begun and not over."""
        return self.state in {State.STARTING, State.UP, State.STOPPING, State.STUCK}

    def begin(
        self,
        nursery: trio.Nursery,
        actor: Actor,
        *,
        on_end: Callable[[Cell], None],
        on_ending: Callable[[Cell], None],
    ) -> None:
        """Starts the next incarnation; ``settled`` is set when it is ready or over.

        ``on_ending`` is called when its grace begins to run, ``on_end`` when it is over.
        """
        self._prepare()
        self.on_end, self.on_ending = on_end, on_ending
        self.incarnation += 1
        self.state = State.STARTING
        self.due = None
        nursery.start_soon(incarnate, self, actor, name=self.name)

    def tell(self, reason: str, ending: ExitKind | None = None) -> None:
        """Tells it to stop; the first telling counts. ``ending`` is the kind its exit gets whatever it does now."""
        if self.soft.cancel_called or not self.alive:
            return
        self.ending = ending
        self.state = State.STOPPING
        self.soft.cancel(reason=reason)
        self.cut_after_grace()

    def crash(self, error: Exception) -> bool:
        """Ends the incarnation as if it had raised ``error``; False if there is none to end."""
        if self.soft.cancel_called or not self.alive:
            return False
        self.injected = error
        self.tell(f"injected: {error}")
        return True

    def cut_after_grace(self) -> None:
        """From now on its grace runs."""
        if self.hard.deadline == inf and self.spec.grace < inf:
            self.hard.deadline = trio.current_time() + self.spec.grace
            self.stuck_at = self.hard.deadline + KILL_GRACE_S
            if self.spec.grace == 0:
                self.hard.cancel(reason="no grace")
            self.on_ending(self)

    def end(self, exit_: Exit) -> None:
        """The incarnation is over."""
        self.up_s = 0.0 if self.up_since is None else trio.current_time() - self.up_since
        self.up_since = None
        self.over += 1
        self.last_exit = exit_
        if exit_.error is not None:
            self.last_error = exit_.reason
        self.state = State.ENDED
        self.stuck_at = inf
        self.gone.set()
        self.settled.set()
        self.on_end(self)


def _nobody_cares(cell: Cell) -> None:
    """Before the first incarnation."""


async def incarnate(cell: Cell, actor: Actor) -> None:
    """Runs one incarnation to its end. Never raises, never begins under a cancelled scope."""
    if cell.soft.cancel_called or trio.current_effective_deadline() == -inf:
        cell.end(Exit(ExitKind.SHUTDOWN))
        return
    current_cell.set(cell)
    cell.entered += 1
    life = _Life(cell)
    try:
        with cell.hard:
            await life.live(actor)
    except Exception as error:  # noqa: BLE001 - the one place where an actor's errors end
        life.failed(error)
    except BaseException as error:  # noqa: ASYNC103, BLE001 - the tree ends in order first; then supervise() raises it
        life.fatal = error
    cell.end(life.verdict())


@frozen
class Raised:
    """What a call raised."""

    error: Exception


def attempt(call: Callable[[], T]) -> T | Raised:
    """The result of code that is not ours to trust (a factory, the host's reporter), or what it raised."""
    try:
        return call()
    except Exception as error:  # noqa: BLE001 - see incarnate
        return Raised(error)


class _Life:
    """Collects what happened during one incarnation until it can be named."""

    def __init__(self, cell: Cell) -> None:
        self.cell = cell
        self.first: Exit | None = None
        self.also: BaseException | None = None
        self.fatal: BaseException | None = None

    async def live(self, actor: Actor) -> None:
        """Body in the soft scope, then cleanup. Cancelled from the hard scope passes through, errors of both stay."""
        try:
            with self.cell.soft:
                await actor.run(self.cell.ready)
            stopped = self.cell.soft.cancelled_caught
            self.first = self._name(Exit(ExitKind.SHUTDOWN if stopped else ExitKind.NORMAL))
        except Exception as error:  # noqa: BLE001 - see incarnate
            self.failed(error)
        finally:  # also when the hard scope was cut: what close does before its first await still happens
            self.cell.cut_after_grace()
            await self._clean_up(actor)  # noqa: ASYNC102 - bounded by the hard scope's deadline

    async def _clean_up(self, actor: Actor) -> None:
        close = getattr(actor, "close", None)
        if close is None:
            return
        try:
            await close(self.first or self._name(Exit(ExitKind.KILLED)))
        except Exception as error:  # noqa: BLE001 - see incarnate
            self.failed(error)

    def failed(self, error: Exception) -> None:
        """The first failure is the reason; one after that is kept beside it."""
        if self.first is None:
            self.first = self._name(_exit_of(error))
        else:
            self.also = error

    def _name(self, found: Exit) -> Exit:
        """What the supervisor ended it for outranks how it took that."""
        if found.kind is ExitKind.FATAL:
            return found
        if self.cell.injected is not None:
            return Exit(ExitKind.CRASH, self.cell.injected, found.error)
        if self.cell.ending is not None:
            return Exit(self.cell.ending, found.error)
        return found

    def verdict(self) -> Exit:
        """The exit, once both scopes are left."""
        if self.fatal is not None:
            return Exit(ExitKind.FATAL, self.fatal)
        cut = self.cell.hard.cancelled_caught
        if self.first is None:
            return self._name(Exit(ExitKind.KILLED))
        if self.first.kind in {ExitKind.NORMAL, ExitKind.SHUTDOWN}:
            if self.also is not None:
                worst = _exit_of(self.also)
                return worst if worst.kind is not ExitKind.SHUTDOWN else self.first
            return Exit(ExitKind.KILLED) if cut else self.first
        also_fatal = self.also is not None and _exit_of(self.also).kind is ExitKind.FATAL
        if also_fatal and self.also is not None:
            return _exit_of(self.also)
        return Exit(self.first.kind, self.first.error, self.first.also or self.also)


def _exit_of(error: BaseException) -> Exit:
    if isinstance(error, TreeEnds):
        return Exit(ExitKind.FATAL, error.cause)
    if isinstance(error, Exhausted) and error.escalate is not Escalate.PARENT:
        return Exit(ExitKind.GAVE_UP if error.escalate is Escalate.HALT else ExitKind.FATAL, error)
    if isinstance(error, Stuck):
        return Exit(ExitKind.FATAL, error)
    if _is_only_stop(error):
        return Exit(ExitKind.SHUTDOWN)
    return Exit(ExitKind.CRASH, error)


def _is_only_stop(error: BaseException) -> bool:
    if isinstance(error, ExceptionGroup):
        return all(map(_is_only_stop, error.exceptions))
    return isinstance(error, ActorStop)


def path_of(group: str, exit_: Exit, child: str) -> StartFailed:
    """The error of a group whose child did not start: nested groups give the whole path and the original exit."""
    if isinstance(exit_.error, StartFailed):
        return StartFailed((group, *exit_.error.path), exit_.error.exit)
    return StartFailed((group, child), exit_)
