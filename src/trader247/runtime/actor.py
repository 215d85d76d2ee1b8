"""What an actor is, what a decider is, and the standard shell that turns a decider into an actor.

The decider decides and touches nothing: ``handle(message, now) -> list of messages``. The shell receives, asks, and
sends what it was told to; the sequence number of the message in hand becomes the cause of everything that follows.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from math import inf
from typing import Generic, Protocol, TypeVar, runtime_checkable

import trio
from attrs import frozen

from trader247.model.instant import Moment
from trader247.runtime.alarms import next_multiple
from trader247.runtime.channels import Envelope, Mailbox
from trader247.runtime.clock import Clock
from trader247.runtime.routes import Routes
from trader247.runtime.watchdog import beat

__all__ = ["Actor", "Decider", "DeciderActor", "SlicedDecider", "Timer"]

In = TypeVar("In")
Out = TypeVar("Out")
In_co = TypeVar("In_co", covariant=True)
In_contra = TypeVar("In_contra", contravariant=True)


class Actor(Protocol):
    """One incarnation. An actor may also have ``async def close(self, why: Exit) -> None``, run exactly once after
    ``run`` is over, however that ended, and uncancelled for the worker's grace. It never shields anything itself.
    """

    async def run(self, ready: Callable[[], None]) -> None:
        """Works until done or cancelled. Calls ``ready`` once it can be relied on: the next child starts then.

        Returning is a normal end, ``ActorStop`` an intended one, any other exception a crash.
        """


class Decider(Protocol[In_contra, Out]):
    """Pure: no I/O, no clock, no randomness, no log."""

    @property
    def ready(self) -> bool:
        """Whether it can be relied on. Once true it stays so for this incarnation."""

    def start(self, now: Moment) -> list[Out]:
        """Called once, before any message: what it says first."""

    def handle(self, message: In_contra, now: Moment) -> list[Out]:
        """What follows from ``message``."""


@runtime_checkable
class SlicedDecider(Decider[In_contra, Out], Protocol[In_contra, Out]):
    """A decider whose work can be long: it says where the loop may turn to others meanwhile."""

    def slices(self, message: In_contra, now: Moment) -> Generator[None, None, list[Out]]:
        """As ``handle``, with a yield wherever a pause may be made. The next message waits for the result."""


@frozen
class Timer(Generic[In_co]):
    """A message that arrives ``first_after_s`` after the start, and from then on every ``every_s`` seconds: on the
    whole multiples of that on the loop's clock, so that timers of all actors wake the loop together.

    At most one waits: a decider that is late gets one, not all it missed.
    """

    make: Callable[[Moment], In_co]
    every_s: float
    first_after_s: float = 0.0

    def __attrs_post_init__(self) -> None:
        if not self.every_s > 0:
            raise ValueError(f"Timer.every_s is {self.every_s!r}: give seconds above 0")


class DeciderActor(Generic[In, Out]):
    """Feeds a decider from its mailbox and its timers, one message at a time, and sends what it says.

    Each message and each timer is a beat.
    """

    def __init__(
        self,
        decider: Decider[In, Out],
        inbox: Mailbox[In],
        routes: Routes[Out],
        clock: Clock,
        timers: tuple[Timer[In], ...] = (),
    ) -> None:
        self._decider = decider
        self._sliced: SlicedDecider[In, Out] | None = decider if isinstance(decider, SlicedDecider) else None
        self._inbox = inbox
        self._routes = routes
        self._clock = clock
        self._timers = timers
        self._due: list[float] = []
        self._announced = False

    async def run(self, ready: Callable[[], None]) -> None:
        """Until cancelled. A decider that raises, or a mailbox that refuses, is a crash."""
        started = trio.current_time()
        self._due = [started + timer.first_after_s for timer in self._timers]
        self._send(self._decider.start(self._clock.now()), None, ready)
        while True:
            await self._ring_timers(ready)
            envelope = await self._inbox.take_until(min(self._due, default=inf))
            if envelope is not None:
                await self._handle(envelope, ready)

    async def _ring_timers(self, ready: Callable[[], None]) -> None:
        for at, timer in enumerate(self._timers):
            now = trio.current_time()
            if now < self._due[at]:
                continue
            self._due[at] = next_multiple(timer.every_s, now)
            envelope = self._inbox.stamp(timer.make(self._clock.now()))
            self._inbox.pick_up(envelope)
            await self._handle(envelope, ready)
            self._inbox.put_down()

    async def _handle(self, envelope: Envelope[In], ready: Callable[[], None]) -> None:
        """Cancelled in a pause: nothing of this message was said, and it is lost with its incarnation."""
        beat()
        now = self._clock.now()
        out = (
            self._decider.handle(envelope.body, now)
            if self._sliced is None
            else await _in_slices(self._sliced, envelope.body, now)
        )
        self._send(out, envelope.seq, ready)

    def _send(self, out: list[Out], cause: int | None, ready: Callable[[], None]) -> None:
        if out:
            self._routes.emit(out, cause)
        if not self._announced and self._decider.ready:
            self._announced = True
            ready()


async def _in_slices(decider: SlicedDecider[In, Out], message: In, now: Moment) -> list[Out]:
    slices = decider.slices(message, now)
    while True:
        try:
            next(slices)
        except StopIteration as end:
            out: list[Out] = end.value
            return out
        await trio.lowlevel.checkpoint()
        beat()


def next_due(due: float, every_s: float, now: float) -> float:
    """The first multiple of ``every_s`` after ``due`` that lies after ``now``: what was missed is skipped."""
    missed = max(0.0, (now - due) // every_s)
    following = due + (missed + 1) * every_s
    return following if following > now else following + every_s
