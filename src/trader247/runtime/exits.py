"""How an incarnation ended, and the errors a supervision tree raises.

Every end has exactly one ``Exit``; its kind decides what happens next (the table stands in ``decisions``).
"""

from enum import StrEnum

from attrs import frozen

from trader247.runtime.specs import Escalate

__all__ = [
    "ActorDown",
    "ActorError",
    "ActorStop",
    "Exhausted",
    "Exit",
    "ExitKind",
    "StartFailed",
    "Stuck",
    "first_error",
    "one_line",
]

_LINE_CHARS_MAX = 200  # one terminal row of a wide screen; the whole traceback is in the dead letters or the log


class ExitKind(StrEnum):
    """Why an incarnation is over."""

    NORMAL = "normal"  # run() returned
    SHUTDOWN = "shutdown"  # told to stop and stopped, or raised ActorStop
    CRASH = "crash"  # raised
    KILLED = "killed"  # told to stop, or closing, and cut at its grace
    HUNG = "hung"  # ended by the watchdog
    LATE = "late"  # not ready within start_within
    GAVE_UP = "gave_up"  # a group that halted the system and stays down
    FATAL = "fatal"  # the whole tree must end: EXIT escalation, a stuck child, KeyboardInterrupt, SystemExit


@frozen
class Exit:
    """The end of one incarnation. ``error`` is the first failure; ``also`` is what its cleanup raised after that."""

    kind: ExitKind
    error: BaseException | None = None
    also: BaseException | None = None

    @property
    def reason(self) -> str:
        """The kind and the error on one line, at most some 200 characters."""
        return str(self.kind) if self.error is None else f"{self.kind}: {one_line(self.error)}"


def one_line(error: BaseException) -> str:
    """An error's type and text on one line; a group shows its first leaf and how many more there are."""
    leaf, more = error, 0
    while isinstance(leaf, BaseExceptionGroup):
        more += len(leaf.exceptions) - 1
        leaf = leaf.exceptions[0]
    text = " ".join(f"{type(leaf).__name__}: {leaf}".split()).removesuffix(":")
    text = text if len(text) <= _LINE_CHARS_MAX else text[: _LINE_CHARS_MAX - 1] + "…"
    return f"{text} (and {more} more)" if more else text


class ActorError(Exception):
    """Something the runtime can explain."""


class ActorStop(Exception):
    """Raised by an actor that ends on purpose: its exit is ``shutdown``, so a transient one is not restarted."""


class ActorDown(ActorError):
    """Nobody can answer: the actor ended before it answered, or is down for good."""


class StartFailed(ActorError):
    """A child did not become ready. ``path`` leads from the outermost group to the child; ``error`` is its own."""

    def __init__(self, path: tuple[str, ...], exit_: Exit) -> None:
        """``exit_`` is the exit of the child that failed, the last name of ``path``."""
        super().__init__(f"{' / '.join(path)} did not start: {exit_.reason}")
        self.path = path
        self.exit = exit_

    @property
    def error(self) -> BaseException | None:
        """What the child raised, or None where it was late."""
        return self.exit.error


class Exhausted(ActorError):
    """A group had more restarts than one of its limits allows. The last offender's error is the ``__cause__``."""

    def __init__(self, group: str, child: str, limit: str, exit_: Exit, escalate: Escalate) -> None:
        """``limit`` is the one that was passed, as text."""
        super().__init__(f"group {group} gave up: more than {limit}; last was {child}: {exit_.reason}")
        self.group = group
        self.child = child
        self.escalate = escalate
        self.__cause__ = exit_.error


class Stuck(ActorError):
    """A child ignored the stop request, the cut and the second after it. Only the end of the process ends it."""

    def __init__(self, names: tuple[str, ...]) -> None:
        """``names`` of the children that are still there."""
        super().__init__(f"cannot be ended from inside the process: {', '.join(names)}")
        self.names = names


def first_error(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first error of a group, however deep it stands."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
