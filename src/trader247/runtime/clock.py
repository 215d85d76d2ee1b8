"""Time for actors: the machine's, the event loop's, and a scaled one that skips nothing.

All three answer ``now() -> Moment``. This is the only file that reads the machine's clocks.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import inf
from typing import Protocol

import trio
from attrs import frozen

from trader247.model.instant import SECOND, Instant, Moment, Mono

__all__ = ["Clock", "LoopClock", "PacedClock", "SystemClock", "machine_mono_ns"]

_DEBT_S_MAX = 2.0  # real seconds of lag that are caught up; a longer stall is forgiven, or a woken laptop would race
_IDLE_POLLS = 2  # loopback bytes sent by the last task that ran are visible to the poll after next at the latest
_ALL_DAY_S = 86_400.0  # trio caps its own sleep at this; any I/O, signal or thread ends it earlier


class Clock(Protocol):
    """Reads both clocks together."""

    def now(self) -> Moment:
        """This moment."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> Moment:
        """UTC from the wall clock, which may step, and monotonic time, which does not."""
        return Moment(Instant(time.time_ns()), Mono(time.monotonic_ns()))


def machine_mono_ns() -> int:
    """Real monotonic nanoseconds, for watching the event loop itself from a thread."""
    return time.monotonic_ns()


@frozen
class LoopClock:
    """The event loop's own clock, whatever it is (in simulations ``trio.testing.MockClock``).

    ``utc_at_zero`` is the instant at which the loop's clock shows 0 seconds. Only usable inside a Trio run.
    """

    utc_at_zero: Instant

    def now(self) -> Moment:
        """The loop's time, rounded to the nanosecond."""
        elapsed = round(trio.current_time() * SECOND)
        return Moment(Instant(self.utc_at_zero + elapsed), Mono(elapsed))


class PacedClock(trio.abc.Clock):
    """A Trio clock that runs at ``speed`` times real time, and slower where the machine cannot keep up.

    Virtual time stands still while any task can run and while a ``hold()`` is outstanding. When the loop is idle it
    moves to the next deadline at most, never past it. So no deadline is skipped, their order is kept, and a timeout
    fires only when everything that could have beaten it has had its turn. Bytes that travel over loopback sockets
    between tasks of this loop are seen before time moves; bytes of other processes are outside this promise.

    ``speed`` may be ``inf``: every idle moment jumps to the next deadline. Real debt beyond 2 s is forgiven.
    """

    def __init__(self, start: Instant, speed: float = 1.0) -> None:
        """``start`` is the UTC instant at virtual second 0.

        Raises:
            ValueError: ``speed`` is not above 0.
        """
        if not speed > 0:
            raise ValueError(f"PacedClock.speed is {speed!r}: give a factor above 0 (inf for as fast as possible)")
        self.speed = speed
        self._start = start
        self._now_s = 0.0
        self._read: tuple[float, Moment] | None = None
        self._holds = 0
        self._idle_polls = 0
        self._sleep_until: float | None = None
        self._real_s: Callable[[], float] = _real_s
        self._real_s_at_start = self._anchor_real_s = self._real_s()
        self._anchor_s = 0.0

    def now(self) -> Moment:
        """Virtual time, rounded to the nanosecond; usable outside the run as well."""
        if self._read is None or self._read[0] != self._now_s:  # asked six times per message, and moves far less often
            elapsed = round(self._now_s * SECOND)
            self._read = (self._now_s, Moment(Instant(self._start + elapsed), Mono(elapsed)))
        return self._read[1]

    def achieved_speed(self) -> float:
        """Virtual seconds per real second since the run began; less than ``speed`` when the machine is the limit."""
        real = self._real_s() - self._real_s_at_start
        return self._now_s / real if real > 0 else 0.0

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Virtual time stands still inside; for work in other threads, which the loop cannot see."""
        self._holds += 1
        try:
            yield
        finally:
            self._holds -= 1

    def start_clock(self) -> None:
        """Called by Trio when the run begins."""
        self._real_s_at_start = self._anchor_real_s = self._real_s()
        self._anchor_s = self._now_s
        trio.lowlevel.add_instrument(_Stir(self))

    def current_time(self) -> float:
        """Virtual seconds. Trio asks right after each wait for I/O: the moment to account for the time slept."""
        if self._sleep_until is not None:
            self._now_s = max(self._now_s, min(self._target_s(), self._sleep_until))
            self._sleep_until = None
        return self._now_s

    def deadline_to_sleep_time(self, deadline: float) -> float:
        """Called by Trio only when no task can run: the real seconds to wait for I/O. Here time jumps."""
        if self._holds:
            return _ALL_DAY_S
        if deadline <= self._now_s:
            return 0.0
        if self._idle_polls < _IDLE_POLLS:
            self._idle_polls += 1
            return 0.0
        target = self._target_s()
        if deadline == inf and target == inf:
            return _ALL_DAY_S
        if target >= deadline:
            self._now_s = deadline
            return 0.0
        self._sleep_until = deadline
        return _ALL_DAY_S if deadline == inf else (deadline - target) / self.speed

    def _target_s(self) -> float:
        """Where virtual time should be by now, with the debt bounded."""
        if self.speed == inf:
            return inf
        real = self._real_s()
        target = self._anchor_s + self.speed * (real - self._anchor_real_s)
        if target - self._now_s > self.speed * _DEBT_S_MAX and self._sleep_until is None:
            self._anchor_real_s = real - _DEBT_S_MAX
            self._anchor_s = self._now_s
            return self._now_s + self.speed * _DEBT_S_MAX
        return target


class _Stir(trio.abc.Instrument):
    """Tells the clock that a task ran, so that the next idle moment polls again before time moves."""

    def __init__(self, clock: PacedClock) -> None:
        self._clock = clock

    def before_task_step(self, task: trio.lowlevel.Task) -> None:  # noqa: ARG002 - the signature is Trio's
        self._clock._idle_polls = 0  # noqa: SLF001 - one object in two parts: Trio wants two classes


def _real_s() -> float:
    return time.monotonic_ns() / SECOND
