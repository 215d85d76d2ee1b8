"""Blocking work off the event loop. This is the only file that starts worker threads for actors.

Work that has begun is always finished: a cancelled caller learns of its cancellation only after that, so a write is
never left half done behind a task that believes it failed. Give database threads a statement timeout of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol, TypeVar, TypeVarTuple

import trio

__all__ = ["InlineOffload", "Offload", "ThreadOffload"]

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class Offload(Protocol):
    """Runs blocking work to its end."""

    async def run(self, work: Callable[[*Ts], T], *args: *Ts) -> T:
        """The result of ``work(*args)``, or the error it raised."""
        ...


class ThreadOffload:
    """In worker threads, at most ``threads`` at once; further work waits, and may be cancelled while it does.

    ``hold`` keeps a scaled clock still while a thread works (``PacedClock.hold``).
    """

    def __init__(self, threads: int = 1, hold: Callable[[], AbstractContextManager[None]] = nullcontext) -> None:
        self._limiter = trio.CapacityLimiter(threads)
        self._hold = hold

    async def run(self, work: Callable[[*Ts], T], *args: *Ts) -> T:
        """The result of ``work(*args)``. Cancelled: felt before the work begins, or at the next await after its end."""
        with self._hold():
            return await trio.to_thread.run_sync(  # noqa: TID251 - the one place, with the clock held
                work, *args, abandon_on_cancel=False, limiter=self._limiter
            )


class InlineOffload:
    """On the loop itself: for simulation, where a thread would let virtual time run away."""

    async def run(self, work: Callable[[*Ts], T], *args: *Ts) -> T:
        """The result of ``work(*args)``, after one scheduler pass."""
        await trio.lowlevel.checkpoint()
        return work(*args)
