"""Sliding windows over the last n values: lag, sum, extremes. One value in, one value out, O(1) amortised.

Floats live here. A sum that is updated for ever drifts, so ``RollingSum`` counts with compensation (Neumaier) and stays
within 1e-12 relative of a fresh sum; ``tests/indicators`` hold it to that.
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

    __slots__ = ("_compensation", "_sum", "_values", "size")

    def __init__(self, size: int) -> None:
        """``size`` >= 1."""
        self.size = size
        self._values: deque[float] = deque()
        self._sum = 0.0
        self._compensation = 0.0

    def push(self, value: float) -> float | None:
        """Take the next value; answer the sum of the last ``size``, or None until there are that many."""
        self._add(value)
        self._values.append(value)
        if len(self._values) > self.size:
            self._add(-self._values.popleft())
        return self.value

    @property
    def value(self) -> float | None:
        """The sum of the last ``size`` values, or None."""
        return self._sum + self._compensation if len(self._values) == self.size else None

    def _add(self, value: float) -> None:
        total = self._sum + value
        if abs(self._sum) >= abs(value):
            self._compensation += (self._sum - total) + value
        else:
            self._compensation += (value - total) + self._sum
        self._sum = total


class _RollingExtreme:
    """A monotonic queue of candidates: each value enters and leaves once."""

    __slots__ = ("_candidates", "_count", "size")

    def __init__(self, size: int) -> None:
        self.size = size
        self._count = 0
        self._candidates: deque[tuple[int, float]] = deque()

    def _push(self, value: float) -> float | None:
        self._candidates.append((self._count, value))
        self._count += 1
        if self._candidates[0][0] <= self._count - 1 - self.size:
            self._candidates.popleft()
        return self.value

    @property
    def value(self) -> float | None:
        """The extreme of the last ``size`` values, or None until there are that many."""
        return self._candidates[0][1] if self._count >= self.size else None


class RollingHigh(_RollingExtreme):
    """The highest of the last n values."""

    __slots__ = ()

    def push(self, value: float) -> float | None:
        """Take the next value; answer the highest of the last ``size``, or None."""
        while self._candidates and self._candidates[-1][1] <= value:
            self._candidates.pop()
        return self._push(value)


class RollingLow(_RollingExtreme):
    """The lowest of the last n values."""

    __slots__ = ()

    def push(self, value: float) -> float | None:
        """Take the next value; answer the lowest of the last ``size``, or None."""
        while self._candidates and self._candidates[-1][1] >= value:
            self._candidates.pop()
        return self._push(value)
