"""Averages: exponential, Wilder's, and by volume. One value in, one value out, O(1).

Each begins where the textbooks begin it: with the plain mean of its first n values, and has no value before. A pair of
averages that is watched for its crossings begins with the first value instead, as the column functions of data frames
do, so that both are there at once.
"""

from trader247.indicators.windows import RollingSum

__all__ = ["Ema", "EmaPair", "Vwap", "Wilder"]


class _Seeded:
    """An average that begins with the mean of its first ``size`` values and then moves by a share of each new one."""

    __slots__ = ("_count", "_seed", "_share", "size", "value")

    def __init__(self, size: int, share: float) -> None:
        self.size = size
        self._share = share
        self._count = 0
        self._seed = 0.0
        self.value: float | None = None

    def push(self, value: float) -> float | None:
        """Take the next value; answer the average, or None until there were ``size`` values."""
        if self.value is not None:
            self.value += (value - self.value) * self._share
        else:
            self._count += 1
            self._seed += value
            if self._count == self.size:
                self.value = self._seed / self.size
        return self.value


class Ema(_Seeded):
    """The exponential average: a new value weighs ``2 / (size + 1)``."""

    __slots__ = ()

    def __init__(self, size: int) -> None:
        """``size`` >= 1."""
        super().__init__(size, 2.0 / (size + 1))


class EmaPair:
    """A fast and a slow exponential average, both begun with the first value."""

    __slots__ = ("_fast_share", "_slow_share", "count", "fast", "slow", "slow_size")

    def __init__(self, fast_size: int, slow_size: int) -> None:
        """Sizes >= 1: a new value weighs ``2 / (size + 1)``."""
        self._fast_share, self._slow_share = 2.0 / (fast_size + 1), 2.0 / (slow_size + 1)
        self.slow_size = slow_size
        self.count = 0
        self.fast = self.slow = 0.0

    def push(self, value: float) -> None:
        """Take the next value."""
        if not self.count:
            self.fast = self.slow = value
        self.count += 1
        self.fast += self._fast_share * (value - self.fast)
        self.slow += self._slow_share * (value - self.slow)

    @property
    def apart_pct(self) -> float | None:
        """How far the fast one lies over the slow one, in percent of it; None for the first ``slow_size`` values."""
        return (self.fast - self.slow) / self.slow * 100.0 if self.count > self.slow_size and self.slow > 0 else None


class Wilder(_Seeded):
    """Wilder's smoothing, which RSI and ATR are made with: a new value weighs ``1 / size``."""

    __slots__ = ()

    def __init__(self, size: int) -> None:
        """``size`` >= 1."""
        super().__init__(size, 1.0 / size)


class Vwap:
    """The average price of the last n bars, weighed by volume; a bar's price is ``(high + low + close) / 3``."""

    __slots__ = ("_turnover", "_volume")

    def __init__(self, size: int) -> None:
        """``size`` >= 1 bars."""
        self._turnover = RollingSum(size)
        self._volume = RollingSum(size)

    def push(self, high: float, low: float, close: float, volume: float) -> float | None:
        """Take the next bar; answer the average, or None until there were ``size`` bars or where nothing traded."""
        self._turnover.push((high + low + close) / 3.0 * volume)
        self._volume.push(volume)
        return self.value

    @property
    def value(self) -> float | None:
        """The average price of the last ``size`` bars, or None."""
        turnover, volume = self._turnover.value, self._volume.value
        return turnover / volume if turnover is not None and volume else None
