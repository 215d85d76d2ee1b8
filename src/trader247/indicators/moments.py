"""Mean and spread of the last n values, and their median. One value in, one value out.

The mean and the squares are kept by Welford's update with removal. What rounding leaves behind would stay for ever, and
a market that lies still after a crash would seem to move; so both are taken anew from the window once per ``size``
values, which costs one more step per value.
"""

import math
from bisect import bisect_left, insort
from collections import deque

__all__ = ["RollingMedian", "RollingMoments"]


class RollingMoments:
    """Mean and variance of the last n values, of as many as there are."""

    __slots__ = ("_since_fresh", "_squares", "_values", "mean", "size")

    def __init__(self, size: int) -> None:
        """``size`` >= 2."""
        self.size = size
        self.mean = 0.0
        self._squares = 0.0
        self._values: deque[float] = deque()
        self._since_fresh = 0

    def __len__(self) -> int:
        return len(self._values)

    @property
    def full(self) -> bool:
        """Whether there were ``size`` values."""
        return len(self._values) == self.size

    def push(self, value: float) -> None:
        """Take the next value."""
        values = self._values
        if len(values) == self.size:
            gone = values.popleft()
            values.append(value)
            before = self.mean
            self.mean += (value - gone) / self.size
            self._squares += (value - gone) * (value - self.mean + gone - before)
            self._since_fresh += 1
            if self._since_fresh >= self.size:
                self._refresh()
        else:
            values.append(value)
            delta = value - self.mean
            self.mean += delta / len(values)
            self._squares += delta * (value - self.mean)

    def deviation(self, *, sample: bool) -> float | None:
        """The standard deviation: over n - 1 for a ``sample``, else over n; None with fewer than two values."""
        count = len(self._values)
        if count < 2:
            return None
        return math.sqrt(max(self._squares, 0.0) / (count - 1 if sample else count))

    def z_score(self, value: float) -> float | None:
        """How many deviations (over n) a value lies from the mean; None until the window is full and has a spread."""
        if len(self._values) < self.size:
            return None
        deviation = self.deviation(sample=False)
        # a spread that rounding of the prices alone would make is none
        return (value - self.mean) / deviation if deviation and deviation > abs(self.mean) * 1e-12 else None

    def _refresh(self) -> None:
        self._since_fresh = 0
        mean = math.fsum(self._values) / len(self._values)
        self.mean = mean
        self._squares = math.fsum([(value - mean) ** 2 for value in self._values])


class RollingMedian:
    """The median of the last n values, in O(log n) comparisons and one short move of memory per value."""

    __slots__ = ("_sorted", "_values", "least", "size")

    def __init__(self, size: int, least: int | None = None) -> None:
        """``size`` >= 1; ``least``: with so many values there is a median already, with ``size`` where not given."""
        self.size = size
        self.least = size if least is None else least
        self._values: deque[float] = deque()
        self._sorted: list[float] = []

    def push(self, value: float) -> float | None:
        """Take the next value, which must be finite; answer the median of the last ``size``, or None until then."""
        if len(self._values) == self.size:
            del self._sorted[bisect_left(self._sorted, self._values.popleft())]
        self._values.append(value)
        insort(self._sorted, value)
        return self.value

    @property
    def value(self) -> float | None:
        """The median of the last ``size`` values, or None with fewer than ``least``."""
        count = len(self._sorted)
        if count < self.least:
            return None
        half = count // 2
        return self._sorted[half] if count % 2 else (self._sorted[half - 1] + self._sorted[half]) / 2.0
