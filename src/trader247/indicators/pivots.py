"""Pivot lows: a low that the bars on both sides do not reach."""

from collections import deque

__all__ = ["PivotLows"]


class PivotLows:
    """The last two pivot lows. A bar is one when its low is under the lows of ``wing`` bars before and after it.

    Known ``wing`` bars late, as it must be: nothing here looks ahead.
    """

    __slots__ = ("_lows", "before", "last", "wing")

    def __init__(self, wing: int) -> None:
        """``wing`` >= 1 bars on each side."""
        self.wing = wing
        self._lows: deque[float] = deque(maxlen=2 * wing + 1)
        self.last: float | None = None
        self.before: float | None = None

    def push(self, low: float) -> None:
        """Take the next bar's low."""
        lows = self._lows
        lows.append(low)
        if len(lows) <= 2 * self.wing:
            return
        middle = lows[self.wing]
        for index, other in enumerate(lows):
            if not middle < other and index != self.wing:
                return
        self.before, self.last = self.last, middle

    @property
    def rising(self) -> bool:
        """Whether the last pivot low lies above the one before it."""
        return self.last is not None and self.before is not None and self.last > self.before
