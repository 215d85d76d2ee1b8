"""The backtest's time: a plain number that only this loop moves, and what is to be done when."""

import heapq
from collections.abc import Callable
from itertools import count

from trader247.model.instant import Instant, Moment, Mono

__all__ = ["Timetable"]

_Due = tuple[Instant, int, Callable[[], None]]


class Timetable:
    """Both clocks, and the appointments. What was put down for one instant is done in the order it was put down.

    Those that come ``regularly`` are kept apart: few, and they may be put off together while nothing else is due.
    """

    def __init__(self, start: Instant) -> None:
        """It is ``start``, and nothing is to be done."""
        self.now = Moment(start, Mono(start))
        self._numbers = count()
        self._due: list[_Due] = []
        self._regular: list[_Due] = []

    def at(self, when: int, act: Callable[[], None]) -> None:
        """Do this then; what lies in the past is done next."""
        heapq.heappush(self._due, (Instant(max(when, self.now.utc)), next(self._numbers), act))

    def after(self, nanoseconds: int, act: Callable[[], None]) -> None:
        """Do this so much later."""
        self.at(self.now.utc + nanoseconds, act)

    def regularly(self, when: int, act: Callable[[], None]) -> None:
        """``at``, of what is put down again each time it is done."""
        heapq.heappush(self._regular, (Instant(max(when, self.now.utc)), next(self._numbers), act))

    def withdraw(self) -> dict[Callable[[], None], Instant]:
        """Take the regular appointments out; when each of them was to be."""
        mine = {act: when for when, _, act in self._regular}
        self._regular.clear()
        return mine

    @property
    def another_at(self) -> Instant | None:
        """When there is something to do next that does not come regularly."""
        return self._due[0][0] if self._due else None

    def next_at(self) -> Instant | None:
        """When there is something to do next."""
        nearest = self._nearest()
        return nearest[0][0] if nearest else None

    def go(self, when: Instant) -> None:
        """Let it be ``when``; time never goes back."""
        if when > self.now.utc:
            self.now = Moment(when, Mono(when))

    def take(self) -> Callable[[], None]:
        """The next thing to do, at its time."""
        when, _, act = heapq.heappop(self._nearest())
        self.go(when)
        return act

    def _nearest(self) -> list[_Due]:
        due, regular = self._due, self._regular
        if not due or not regular:
            return due or regular
        return due if due[0][:2] < regular[0][:2] else regular
