"""One life of the daemon on the scene, and its death.

A crash has no cleanup. The tasks of a dead life are cancelled, and Python runs what they have in ``finally``; so from
the moment of its death on nothing of it gets through: its requests do not leave, its writes are refused, what it tells
people is not heard. What happens then in its memory is nobody's.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar, TypeVarTuple

import trio
from attrs import define, field

from trader247.core.status_facts import BoardFact
from trader247.drivers.control import Control
from trader247.drivers.reloading import Reloader
from trader247.drivers.simulate import SimulatedDaemon
from trader247.drivers.simulation.witness import Lived
from trader247.messages.control import PermitRenewed
from trader247.messages.orders import BooksLoaded
from trader247.model.instant import Instant
from trader247.ports import JournalStore, Recorded
from trader247.runtime.channels import Lane, Mailbox, Overflow, Switchboard
from trader247.store.faults import StorageFailed

__all__ = ["Life", "ListeningBoard", "TroubledOffload", "WatchedRecorder"]

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


@define(slots=False)
class Life:
    """``daemon`` runs in ``scope``; ``dead`` once nothing of it gets through any more, ``over`` once it has ended."""

    lived: Lived
    scope: trio.CancelScope = field(factory=trio.CancelScope)
    dead: bool = False
    over: trio.Event = field(factory=trio.Event)
    daemon: SimulatedDaemon = field(init=False)
    control: Control | None = None
    reloader: Reloader | None = None

    @property
    def is_up(self) -> bool:
        """Ready, and not dead."""
        return self.lived.ready is not None and not self.dead and self.lived.ended is None

    def die(self, how: str) -> None:
        """Here and now."""
        if not self.dead:
            self.dead = True
            self.lived.how = how
            self.scope.cancel(reason=how)

    def check(self) -> None:
        """Called where something of it would reach the world.

        Raises:
            StorageFailed: it is dead; whoever hears that is being cancelled.
        """
        if self.dead:
            raise StorageFailed("the process is dead")


class TroubledOffload:
    """Work on the loop that takes ``seconds()`` of virtual time and is done whoever cancels, unless the life ends."""

    def __init__(self, life: Life, seconds: Callable[[], float]) -> None:
        """``seconds`` is asked for each piece of work."""
        self._life, self._seconds = life, seconds

    async def run(self, work: Callable[[*Ts], T], *args: *Ts) -> T:
        """See ``runtime.offload``."""
        self._life.check()
        with trio.CancelScope(shield=True):  # bounded by the plan's slowest disk
            await trio.sleep(self._seconds())
        self._life.check()
        return work(*args)


class WatchedRecorder:
    """A store that tells of each write before and after it. Implements ``ports.JournalStore``."""

    def __init__(self, inner: JournalStore, life: Life, on_write: Callable[[str, Sequence[Recorded]], None]) -> None:
        """``on_write`` gets ``before`` or ``after``, and may end the life."""
        self._inner, self._life, self._on_write = inner, life, on_write

    def record(self, facts: Sequence[Recorded]) -> int:
        """See ``ports.JournalStore``."""
        self._on_write("before", facts)
        self._life.check()
        number = self._inner.record(facts)
        self._on_write("after", facts)
        self._life.check()
        return number

    def check(self) -> None:
        """See ``ports.JournalStore``."""
        self._inner.check()

    def books(self, now: Instant) -> BooksLoaded:
        """See ``ports.JournalStore``."""
        return self._inner.books(now)

    def prune(self, now: Instant) -> int:
        """See ``ports.JournalStore``."""
        self._life.check()
        return self._inner.prune(now)

    def restamp(self, config_hash: str) -> None:
        """See ``ports.JournalStore``."""
        self._life.check()
        self._inner.restamp(config_hash)


class ListeningBoard(Mailbox[BoardFact]):
    """In place of the faces: hears of every permit in the step in which it is minted, and keeps nothing."""

    def __init__(self, switchboard: Switchboard, on_permit: Callable[[PermitRenewed], None]) -> None:
        """Takes no room and no turn of the loop."""
        super().__init__("web_face", switchboard, lanes=(Lane("all", 1, Overflow.DROP_OLDEST),))
        self._on_permit = on_permit

    def post(self, message: BoardFact, cause: int | None = None) -> None:  # noqa: ARG002 - the sender's signature
        """Heard, and gone."""
        if isinstance(message, PermitRenewed):
            self._on_permit(message)
