"""Realised volatility of hourly returns, annualised, in percent.

``stdev(hourly percent returns) * sqrt(24 * 365)``, the sample standard deviation over the last n hours. Welford's
update with removal keeps it O(1) and stable.
"""

import math
from collections import deque
from typing import Final

__all__ = ["HOURS_PER_YEAR", "HourlyVolatility"]

HOURS_PER_YEAR: Final = 24 * 365


class HourlyVolatility:
    """Annualised volatility, in percent, of the last ``size`` hourly closes' percent returns."""

    __slots__ = ("_last", "_mean", "_returns", "_squares", "size")

    def __init__(self, size: int) -> None:
        """``size`` >= 2 returns."""
        self.size = size
        self._returns: deque[float] = deque()
        self._last: float | None = None
        self._mean = 0.0
        self._squares = 0.0

    def push(self, close: float) -> float | None:
        """Take the next hourly close; answer the volatility, or None with fewer than two returns."""
        if self._last is not None and self._last > 0:
            self._add((close / self._last - 1.0) * 100.0)
            if len(self._returns) > self.size:
                self._remove(self._returns.popleft())
        self._last = close
        return self.value

    @property
    def value(self) -> float | None:
        """Volatility over the returns so far, at most ``size``; None with fewer than two."""
        count = len(self._returns)
        if count < 2:
            return None
        return math.sqrt(max(self._squares, 0.0) / (count - 1)) * math.sqrt(HOURS_PER_YEAR)

    def _add(self, value: float) -> None:
        self._returns.append(value)
        delta = value - self._mean
        self._mean += delta / len(self._returns)
        self._squares += delta * (value - self._mean)

    def _remove(self, value: float) -> None:
        count = len(self._returns)
        delta = value - self._mean
        self._mean -= delta / count
        self._squares -= delta * (value - self._mean)
