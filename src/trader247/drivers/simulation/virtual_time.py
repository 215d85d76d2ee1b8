"""Time that jumps, and a scheduler that a seed decides: the same history in every process.

Nothing waits here for the machine. When no task can run, time is the next deadline. Garbage is collected at moments of
virtual time alone, because Trio finishes abandoned async generators in a task of its own: a collection that comes when
Python's counters say so could add a task to the schedule at another place in each process.
"""

import gc
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import trio
import trio._core._run as trio_run
from attrs import frozen

from trader247.model.instant import SECOND, Instant, Moment, Mono

__all__ = ["HostClock", "TrueClock", "VirtualClock", "collecting", "run_seeded"]

T = TypeVar("T")

_POLLS_MAX: Final = 1_000
"""Looks in a row without a deadline: an end takes a few, and more means that every task waits for another."""

COLLECT_S: Final = 120.0
"""Virtual seconds between two collections, which look only at what was made in the run: a few MB."""


class VirtualClock(trio.abc.Clock):
    """Trio's clock. Without threads and sockets, as a history is, there is nothing that a jump could overtake."""

    def __init__(self) -> None:
        """Starts at 0."""
        self.now_s = 0.0
        self.on_stuck: Callable[[], None] = lambda: None
        self._polls = 0

    def start_clock(self) -> None:
        """Nothing to start."""

    def current_time(self) -> float:
        """Virtual seconds."""
        return self.now_s

    def deadline_to_sleep_time(self, deadline: float) -> float:
        """Called by Trio when no task can run: go to the deadline. Without one no task can ever run: ``on_stuck``."""
        if deadline == float("inf"):
            self._polls += 1
            if self._polls > _POLLS_MAX:
                self.on_stuck()
            return 0.0
        self._polls = 0
        self.now_s = max(self.now_s, deadline)
        return 0.0

    def skip(self, seconds: float) -> None:
        """Let time pass while no task runs, as a stopped process sees it."""
        self.now_s += seconds


class TrueClock:
    """The world's time: ``start`` at virtual second 0, always right."""

    def __init__(self, start: Instant, loop: VirtualClock) -> None:
        """``loop``: whose seconds these are."""
        self._start, self._loop = start, loop
        self._read = (-1.0, Moment(start, Mono(0)))

    def now(self) -> Moment:
        """This moment, rounded to the nanosecond; usable outside the run as well."""
        read = self._read
        if read[0] != self._loop.now_s:  # asked six times per message, and moves far less often
            elapsed = round(self._loop.now_s * SECOND)
            self._read = read = (self._loop.now_s, Moment(Instant(self._start + elapsed), Mono(elapsed)))
        return read[1]


@frozen
class _Stretch:
    """A time in which a wall clock was not touched: ahead by ``begun_ns`` from ``since`` on, and gaining ``ppm``."""

    since: Instant
    begun_ns: int
    ppm: float

    def error_ns(self, true: Instant) -> int:
        return self.begun_ns + round((true - self.since) * self.ppm / 1_000_000)

    def true_time(self, shown: Instant) -> Instant:
        """When it would show that."""
        elapsed_ns = round((shown - self.since - self.begun_ns) / (1 + self.ppm / 1_000_000))
        return Instant(self.since + elapsed_ns)


class HostClock:
    """The daemon's host: its monotonic clock is right, its wall clock may be stepped and may drift."""

    def __init__(self, true: TrueClock) -> None:
        """Right at first."""
        self._true = true
        self._stepped_ns = 0
        self._gained_ns = 0
        self._ppm = 0.0
        self._since_ns = 0
        self._past: list[_Stretch] = [_Stretch(true.now().utc, 0, 0.0)]

    def now(self) -> Moment:
        """What the host believes."""
        moment = self._true.now()
        error = self.error_ns()
        return Moment(Instant(moment.utc + error), moment.mono) if error else moment

    def error_ns(self) -> int:
        """How far the wall clock is ahead of the truth."""
        still_ns = self._stepped_ns + self._gained_ns
        if not self._ppm:
            return still_ns
        return still_ns + round((self._true.now().mono - self._since_ns) * self._ppm / 1_000_000)

    def ahead_ns(self, shown: Instant, by: Instant) -> int:
        """How far it was ahead when it last showed ``shown``, no later than at the true time ``by``.

        Where it never did, as it was at ``by``.
        """
        past = [stretch for stretch in self._past if stretch.since <= by] or self._past[:1]
        until = by
        for stretch in reversed(past):
            true = stretch.true_time(shown)
            if stretch.since <= true <= until:
                return shown - true
            until = stretch.since
        return past[-1].error_ns(by)

    def step(self, nanoseconds: int) -> None:
        """Put the wall clock forward, or back."""
        self._stepped_ns += nanoseconds
        self._changed()

    def drift(self, ppm: float) -> None:
        """From now on the wall clock gains so many microseconds per second."""
        self._gained_ns = self.error_ns() - self._stepped_ns
        self._ppm, self._since_ns = ppm, self._true.now().mono
        self._changed()

    def settle(self) -> None:
        """What it gained is taken away in one step, and it gains no more; steps stay."""
        self._gained_ns, self._ppm = 0, 0.0
        self._changed()

    def heal(self) -> None:
        """Right again, in one step."""
        self._stepped_ns = 0
        self.settle()

    def _changed(self) -> None:
        self._past.append(_Stretch(self._true.now().utc, self.error_ns(), self._ppm))


async def collecting() -> None:
    """Collect garbage at fixed virtual times, until cancelled."""
    while True:
        gc.collect()
        await trio.sleep(COLLECT_S)


def run_seeded(main: Callable[[], Awaitable[T]], clock: VirtualClock, seed: int) -> T:
    """Run ``main`` to its end: Trio's scheduler draws from ``seed``, and garbage waits for ``collecting``.

    What Trio had drawn from before is put back afterwards.

    Raises:
        RuntimeError: every task waits for another, and none has a deadline.
    """

    async def bounded() -> T:
        with trio.CancelScope() as scope:
            clock.on_stuck = scope.cancel
            return await main()
        raise RuntimeError("every task of this history waits for another; none has a deadline")

    before, state = trio_run._ALLOW_DETERMINISTIC_SCHEDULING, trio_run._r.getstate()  # noqa: SLF001 - pinned, tested
    collects = gc.isenabled()
    gc.collect()  # what others left would be finished in our run
    gc.freeze()  # nor is it looked through again: that would be a third of all work
    gc.disable()
    trio_run._ALLOW_DETERMINISTIC_SCHEDULING = True  # type: ignore[misc]  # noqa: SLF001
    trio_run._r.seed(seed)  # noqa: SLF001
    try:
        return trio.run(bounded, clock=clock)
    finally:
        trio_run._ALLOW_DETERMINISTIC_SCHEDULING = before  # type: ignore[misc]  # noqa: SLF001
        trio_run._r.setstate(state)  # noqa: SLF001
        gc.unfreeze()
        if collects:
            gc.enable()
