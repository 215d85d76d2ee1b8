"""Sliding windows over the last n values: lag, sum, extremes. One value in, one value out, O(1) amortised.

Floats live here. A sum that subtracts what leaves keeps a trace of it for ever, and a day without trades would have
a volume; so ``RollingSum`` never subtracts: it keeps the sums of what is left of an older half and adds a newer one.
Of volumes (never negative) it stays within 1e-12 relative of a fresh sum; ``tests/indicators`` hold it to that.
"""

from collections import deque
from itertools import accumulate

__all__ = ["Lag", "RollingHigh", "RollingLow", "RollingPair", "RollingSum"]


class Lag:
    """The value n steps ago."""

    __slots__ = ("_values", "steps")

    def __init__(self, steps: int) -> None:
        """``steps`` >= 1."""
        self.steps = steps
        self._values: deque[float] = deque(maxlen=steps + 1)

    def push(self, value: float) -> float | None:
        """Take the next value; answer the one ``steps`` before it, or None until there is one."""
        self._values.append(value)
        return self.value

    @property
    def value(self) -> float | None:
        """The value ``steps`` before the newest, or None."""
        return self._values[0] if len(self._values) > self.steps else None


class RollingSum:
    """The sum of the last n values."""

    __slots__ = ("_missing", "_newer", "_newer_sum", "_older_sums", "size")

    def __init__(self, size: int) -> None:
        """``size`` >= 1."""
        self.size = self._missing = size
        self._newer: list[float] = []
        self._newer_sum = 0.0
        self._older_sums: list[float] = []

    def push(self, value: float) -> float | None:
        """Take the next value; answer the sum of the last ``size``, or None until there are that many."""
        self._newer.append(value)
        self._newer_sum += value
        older = self._older_sums
        if self._missing:
            self._missing -= 1
            return None if self._missing else self._newer_sum
        if not older:
            older = self._older_sums = _sums_to_the_end(self._newer)
            self._newer, self._newer_sum = [], 0.0
        older.pop()
        return self._newer_sum + older[-1] if older else self._newer_sum

    @property
    def value(self) -> float | None:
        """The sum of the last ``size`` values, or None."""
        older = self._older_sums
        if self._missing:
            return None
        return self._newer_sum + older[-1] if older else self._newer_sum


class RollingPair:
    """The sums of the last n values of two series that come together: ``RollingSum`` of each, in one step."""

    __slots__ = ("_missing", "_newer", "_newer_sums", "_older_sums", "size")

    def __init__(self, size: int) -> None:
        """``size`` >= 1."""
        self.size = self._missing = size
        self._newer: tuple[list[float], list[float]] = [], []
        self._newer_sums = 0.0, 0.0
        self._older_sums: tuple[list[float], list[float]] = [], []

    def push(self, one: float, other: float) -> tuple[float, float] | None:
        """Take the next value of each; answer the sums of the last ``size``, or None until there are that many."""
        newer = self._newer
        newer[0].append(one)
        newer[1].append(other)
        first, second = self._newer_sums
        first, second = self._newer_sums = first + one, second + other
        if self._missing:
            self._missing -= 1
            return None if self._missing else self._newer_sums
        ones, others = self._older_sums
        if not ones:
            ones, others = self._older_sums = _sums_to_the_end(newer[0]), _sums_to_the_end(newer[1])
            self._newer, self._newer_sums = ([], []), (0.0, 0.0)
            first = second = 0.0
        ones.pop()
        others.pop()
        return (first + ones[-1], second + others[-1]) if ones else (first, second)


def _sums_to_the_end(values: list[float]) -> list[float]:
    """Of each value the sum of itself and all that came after it, the newest first."""
    sums = list(accumulate(reversed(values), initial=0.0))
    del sums[0]
    return sums


class _RollingExtreme:
    """A monotonic queue of candidates: each value enters and leaves once."""

    __slots__ = ("_candidates", "_count", "size")

    def __init__(self, size: int) -> None:
        self.size = size
        self._count = 0
        self._candidates: deque[tuple[int, float]] = deque()

    @property
    def value(self) -> float | None:
        """The extreme of the last ``size`` values, or None until there are that many."""
        return self._candidates[0][1] if self._count >= self.size else None


class RollingHigh(_RollingExtreme):
    """The highest of the last n values."""

    __slots__ = ()

    def push(self, value: float) -> float | None:
        """Take the next value; answer the highest of the last ``size``, or None."""
        candidates = self._candidates
        count = self._count
        while candidates and candidates[-1][1] <= value:
            candidates.pop()
        candidates.append((count, value))
        if candidates[0][0] <= count - self.size:
            candidates.popleft()
        self._count = count = count + 1
        return candidates[0][1] if count >= self.size else None


class RollingLow(_RollingExtreme):
    """The lowest of the last n values."""

    __slots__ = ()

    def push(self, value: float) -> float | None:
        """Take the next value; answer the lowest of the last ``size``, or None."""
        candidates = self._candidates
        count = self._count
        while candidates and candidates[-1][1] >= value:
            candidates.pop()
        candidates.append((count, value))
        if candidates[0][0] <= count - self.size:
            candidates.popleft()
        self._count = count = count + 1
        return candidates[0][1] if count >= self.size else None
