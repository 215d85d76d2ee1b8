"""Longer bars out of one-minute bars: 5, 15 and 60 minutes, on the clock's own grid.

The first bar begins at the first boundary of the grid, so no bar is ever made of the rest of a span. A span of which
minutes are missing is a bar all the same and says how many it has (``minutes``); a span of which all are missing is no
bar. A minute without trades that the feed filled in counts as a minute and brings no volume.
"""

from typing import NamedTuple

from trader247.model.instant import MINUTE
from trader247.model.market import Candle

__all__ = ["Bar", "BarBuilder", "Minute"]


Minute = tuple[int, float, float, float, float, float]
"""A one-minute bar in numbers: its first instant, open, high, low, close, volume."""


class Bar(NamedTuple):
    """One closed bar; ``start`` is its first instant, ``minutes`` how many one-minute bars it was made of."""

    start: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    minutes: int


class BarBuilder:
    """Collects the minutes of one span after the other."""

    __slots__ = ("_close", "_end", "_high", "_last", "_low", "_minutes", "_open", "_span", "_start", "_volume")

    def __init__(self, minutes: int) -> None:
        """``minutes`` >= 1: the length of a bar; the grid begins at the epoch, so 60 are the hours of UTC."""
        self._span = minutes * MINUTE
        self._start = self._end = 0
        self._last = -1
        self._minutes = 0
        self._open = self._high = self._low = self._close = self._volume = 0.0

    def push(self, minute: Candle) -> tuple[Bar, ...]:
        """Take the next one-minute bar; answer the bar it closes, behind one that ended in a hole before it.

        Raises:
            ValueError: the minute is not after the one before.
        """
        return self.take((minute.start, minute.open, minute.high, minute.low, minute.close, minute.volume))

    def take(self, minute: Minute) -> tuple[Bar, ...]:
        """The same of a minute in numbers."""
        start, opened, high, low, close, volume = minute
        if start <= self._last:
            raise ValueError(f"minute {start} is not after {self._last}")
        self._last = start
        if start < self._end and self._minutes:
            if high > self._high:
                self._high = high
            if low < self._low:
                self._low = low
            self._close = close
            self._volume += volume
            self._minutes += 1
            return (self._take(),) if start + MINUTE >= self._end else ()
        cut = (self._take(),) if self._minutes else ()
        aligned = start - start % self._span
        if start != aligned and not self._end:
            return ()  # the rest of a span whose beginning nobody saw
        self._start, self._end = aligned, aligned + self._span
        self._open, self._high, self._low = opened, high, low
        self._close, self._volume = close, volume
        self._minutes = 1
        return (*cut, self._take()) if start + MINUTE >= self._end else cut

    def _take(self) -> Bar:
        bar = Bar(self._start, self._open, self._high, self._low, self._close, self._volume, self._minutes)
        self._minutes = 0
        return bar
