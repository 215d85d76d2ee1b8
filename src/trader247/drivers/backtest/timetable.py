"""The backtest's time: a plain number that only this loop moves, and what is to be done when."""

import heapq
from collections.abc import Callable, Sequence
from itertools import count

from trader247.model.instant import Instant, Moment, Mono

__all__ = ["Timetable"]


class Timetable:
    """Both clocks, and the appointments. What was put down for one instant is done in the order it was put down."""

    def __init__(self, start: Instant) -> None:
        """It is ``start``, and nothing is to be done."""
        self.now = Moment(start, Mono(start))
        self._numbers = count()
        self._due: list[tuple[Instant, int, Callable[[], None]]] = []

    def at(self, when: int, act: Callable[[], None]) -> None:
        """Do this then; what lies in the past is done next."""
        heapq.heappush(self._due, (Instant(max(when, self.now.utc)), next(self._numbers), act))

    def after(self, nanoseconds: int, act: Callable[[], None]) -> None:
        """Do this so much later."""
        self.at(self.now.utc + nanoseconds, act)

    def withdraw(self, acts: Sequence[Callable[[], None]]) -> dict[Callable[[], None], Instant]:
        """Take these appointments out again; when each of them was to be."""
        mine = {act: when for when, _, act in self._due if act in acts}
        self._due = [each for each in self._due if each[2] not in acts]
        heapq.heapify(self._due)
        return mine

    def next_but(self, acts: Sequence[Callable[[], None]]) -> Instant | None:
        """When there is something to do next that is none of these."""
        return min((when for when, _, act in self._due if act not in acts), default=None)

    def next_at(self) -> Instant | None:
        """When there is something to do next."""
        return self._due[0][0] if self._due else None

    def go(self, when: Instant) -> None:
        """Let it be ``when``; time never goes back."""
        if when > self.now.utc:
            self.now = Moment(when, Mono(when))

    def take(self) -> Callable[[], None]:
        """The next thing to do, at its time."""
        when, _, act = heapq.heappop(self._due)
        self.go(when)
        return act
