"""The halt latch: sticky, first reason wins, checked where a side effect leaves the process.

It is no message, so it takes effect at once whatever waits in any mailbox. It stays tripped until an operator clears
it with a reason; the host persists it through the listeners, so that a restart of the process does not clear it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

import trio
from attrs import frozen

from trader247.model.instant import Moment
from trader247.runtime.clock import Clock
from trader247.runtime.exits import ActorError

__all__ = ["Cleared", "Halt", "Halted", "IsHalted"]


@frozen
class Halted:
    """Why everything stopped, who said so, and when."""

    reason: str
    by: str
    at: Moment


@frozen
class Cleared:
    """An operator's resume, and the halt it ended."""

    reason: str
    by: str
    at: Moment
    halted: Halted


class IsHalted(ActorError):
    """Refused because the halt latch is tripped."""


class Halt:
    """Tripped from anywhere, threads included; listeners always run on the loop, in the order they were added."""

    def __init__(self, clock: Clock, tripped: Halted | None = None) -> None:
        """``tripped`` restores a halt that an earlier process persisted; listeners are not told of it again."""
        self._clock = clock
        self._tripped = tripped
        self._lock = threading.Lock()
        self._changed = trio.Event()
        self._token: trio.lowlevel.TrioToken | None = None
        self._listeners: list[Callable[[Halted | Cleared], None]] = []

    @property
    def tripped(self) -> Halted | None:
        """The halt in force, or None."""
        return self._tripped

    def bind(self) -> None:
        """Called inside the run, so that a trip from a thread finds the loop."""
        self._token = trio.lowlevel.current_trio_token()

    def listen(self, listener: Callable[[Halted | Cleared], None]) -> None:
        """``listener`` is called once for each trip that took effect and for each clear. It must not raise."""
        self._listeners.append(listener)

    def trip(self, reason: str, by: str) -> Halted:
        """Halts; the halt in force, which is an earlier one if there was one. Synchronous, safe from any thread."""
        with self._lock:
            if self._tripped is not None:
                return self._tripped
            halted = self._tripped = Halted(reason, by, self._clock.now())
        self._announce(halted)
        return halted

    def clear(self, reason: str, by: str) -> Halted | None:
        """Only for an operator's resume: the halt that ended, or None where there was none."""
        with self._lock:
            halted, self._tripped = self._tripped, None
            if halted is None:
                return None
            cleared = Cleared(reason, by, self._clock.now(), halted)
        self._announce(cleared)
        return halted

    def check(self) -> None:
        """Called right before a side effect, with no await between.

        Raises:
            IsHalted: the latch is tripped.
        """
        if (halted := self._tripped) is not None:
            raise IsHalted(f"halted by {halted.by}: {halted.reason}; an operator may resume with a reason")

    async def wait(self) -> Halted:
        """The halt in force, waiting for one if need be."""
        while True:
            changed = self._changed
            if (halted := self._tripped) is not None:
                await trio.lowlevel.checkpoint()
                return halted
            await changed.wait()

    def _announce(self, news: Halted | Cleared) -> None:
        if trio.lowlevel.in_trio_run() or self._token is None:
            self._tell(news)
        else:
            with suppress(trio.RunFinishedError):  # everybody who could be told is gone; the latch itself is set
                self._token.run_sync_soon(self._tell, news)

    def _tell(self, news: Halted | Cleared) -> None:
        changed, self._changed = self._changed, trio.Event()
        changed.set()
        for listener in self._listeners:
            listener(news)
