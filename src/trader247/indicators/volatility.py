"""Realised volatility of hourly returns, annualised, in percent.

``stdev(hourly percent returns) * sqrt(24 * 365)``, the sample standard deviation over the last n hours.
"""

import math
from typing import Final

from trader247.indicators.moments import RollingMoments

__all__ = ["HOURS_PER_YEAR", "HourlyVolatility"]

HOURS_PER_YEAR: Final = 24 * 365
_PER_YEAR: Final = math.sqrt(HOURS_PER_YEAR)


class HourlyVolatility:
    """Annualised volatility, in percent, of the last ``size`` hourly closes' percent returns."""

    __slots__ = ("_last", "_returns", "size")

    def __init__(self, size: int) -> None:
        """``size`` >= 2 returns."""
        self.size = size
        self._returns = RollingMoments(size)
        self._last: float | None = None

    def push(self, close: float) -> float | None:
        """Take the next hourly close; answer the volatility, or None with fewer than two returns."""
        if self._last is not None and self._last > 0:
            self._returns.push((close / self._last - 1.0) * 100.0)
        self._last = close
        return self.value

    @property
    def value(self) -> float | None:
        """Volatility over the returns so far, at most ``size``; None with fewer than two."""
        deviation = self._returns.deviation(sample=True)
        return None if deviation is None else deviation * _PER_YEAR
