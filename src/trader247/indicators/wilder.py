"""Wilder's two measures: how one-sided the moves are (RSI), and how wide the bars (ATR).

Source: J. Welles Wilder, New Concepts in Technical Trading Systems, 1978; seeded with the plain mean of the first n.
"""

from trader247.indicators.averages import Wilder

__all__ = ["Atr", "Rsi"]


class Rsi:
    """The relative strength index, 0 to 100: ``100 * up / (up + down)`` of the smoothed moves.

    A market that does not move at all has no side: it is 50 here, where others answer 0 or 100.
    """

    __slots__ = ("_down", "_last", "_up", "before", "value")

    def __init__(self, size: int) -> None:
        """``size`` >= 1 moves."""
        self._up, self._down = Wilder(size), Wilder(size)
        self._last: float | None = None
        self.before: float | None = None
        self.value: float | None = None

    def push(self, close: float) -> float | None:
        """Take the next close; answer the index, or None until there were ``size`` moves.

        ``before`` is then what it was one close earlier, so that a crossing can be seen.
        """
        if self._last is None:
            self._last = close
            return None
        move = close - self._last
        self._last = close
        up = self._up.push(move if move > 0.0 else 0.0)
        down = self._down.push(-move if move < 0.0 else 0.0)
        if up is not None and down is not None:
            self.before = self.value
            self.value = 100.0 * up / (up + down) if up + down > 0.0 else 50.0
        return self.value


class Atr:
    """The average true range of the last bars, in units of price.

    The true range of a bar reaches from the close before it to whichever end is farther away; the first bar has none.
    """

    __slots__ = ("_average", "_close")

    def __init__(self, size: int) -> None:
        """``size`` >= 1 bars."""
        self._average = Wilder(size)
        self._close: float | None = None

    def push(self, high: float, low: float, close: float) -> float | None:
        """Take the next bar; answer the average, or None until there were ``size`` true ranges."""
        before, self._close = self._close, close
        if before is None:
            return None
        return self._average.push((high if high > before else before) - (low if low < before else before))

    @property
    def value(self) -> float | None:
        """The average true range, or None."""
        return self._average.value
