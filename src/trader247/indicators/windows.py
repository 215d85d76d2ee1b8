"""Sliding windows over the last n values: lag, sum, extremes. One value in, one value out, O(1) amortised.

Floats live here. A sum that subtracts what leaves keeps a trace of it for ever, and a day without trades would have
a volume; so ``RollingSum`` never subtracts: it keeps the sums of what is left of an older half and adds a newer one.
Of volumes (never negative) it stays within 1e-12 relative of a fresh sum; ``tests/indicators`` hold it to that.
"""

from collections import deque

__all__ = ["Lag", "RollingHigh", "RollingLow", "RollingSum"]


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

    __slots__ = ("_newer", "_newer_sum", "_older_sums", "size")

    def __init__(self, size: int) -> None:
        """``size`` >= 1."""
        self.size = size
        self._newer: list[float] = []
        self._newer_sum = 0.0
        self._older_sums: list[float] = []

    def push(self, value: float) -> float | None:
        """Take the next value; answer the sum of the last ``size``, or None until there are that many."""
        newer, older = self._newer, self._older_sums
        newer.append(value)
        self._newer_sum += value
        count = len(newer) + len(older)
        if count > self.size:
            if not older:
                self._turn_over()
                older = self._older_sums
            older.pop()
        elif count < self.size:
            return None
        return self._newer_sum + older[-1] if older else self._newer_sum

    @property
    def value(self) -> float | None:
        """The sum of the last ``size`` values, or None."""
        older = self._older_sums
        if len(self._newer) + len(older) < self.size:
            return None
        return self._newer_sum + older[-1] if older else self._newer_sum

    def _turn_over(self) -> None:
        """The newer values become the older ones, each kept as the sum of itself and all that came after it."""
        total = 0.0
        for value in reversed(self._newer):
            total += value
            self._older_sums.append(total)
        self._newer, self._newer_sum = [], 0.0


class _RollingExtreme:
    """A monotonic queue of candidates: each value enters and leaves once."""

    __slots__ = ("_candidates", "_count", "size")

    def __init__(self, size: int) -> None:
        self.size = size
        self._count = 0
        self._candidates: deque[tuple[int, float]] = deque()

    def _push(self, value: float) -> float | None:
        candidates, count = self._candidates, self._count
        candidates.append((count, value))
        if candidates[0][0] <= count - self.size:
            candidates.popleft()
        self._count = count + 1
        return candidates[0][1] if count + 1 >= self.size else None

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
        while candidates and candidates[-1][1] <= value:
            candidates.pop()
        return self._push(value)


class RollingLow(_RollingExtreme):
    """The lowest of the last n values."""

    __slots__ = ()

    def push(self, value: float) -> float | None:
        """Take the next value; answer the lowest of the last ``size``, or None."""
        candidates = self._candidates
        while candidates and candidates[-1][1] >= value:
            candidates.pop()
        return self._push(value)
