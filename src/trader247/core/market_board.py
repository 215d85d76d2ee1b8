"""What the market of one instrument looks like now: windows over its one-minute bars, fed one bar at a time.

Bars come without holes (``CandleClosed``), so a window of sixty bars is an hour. Everything here is a statistic, so
floats; all windows are on closed bars.
"""

from typing import Final

from trader247.indicators.volatility import HourlyVolatility
from trader247.indicators.windows import Lag, RollingHigh, RollingLow, RollingSum
from trader247.model.instant import HOUR, Instant
from trader247.model.market import Candle

__all__ = ["BARS_PER_DAY", "MarketBoard"]

BARS_PER_DAY: Final = 24 * 60
_HOURS_KEPT: Final = 12
"""The momentum trigger asks for the direction of the last twelve hourly moves."""


class MarketBoard:
    """The windows of one instrument. A property is None until its window is full."""

    def __init__(self, volatility_hours: int) -> None:
        """``volatility_hours``: over how many hourly returns the volatility is taken, at least 2."""
        self._volatility = HourlyVolatility(volatility_hours)
        self._lag_15m, self._lag_60m, self._lag_24h = Lag(15), Lag(60), Lag(BARS_PER_DAY)
        self._high, self._low = RollingHigh(BARS_PER_DAY), RollingLow(BARS_PER_DAY)
        self._volume_1h, self._volume_24h = RollingSum(60), RollingSum(BARS_PER_DAY)
        self._hour_closes: list[float] = []
        self.close: float | None = None
        self.closed_at: Instant | None = None
        self.bars = 0

    def push_hour(self, candle: Candle) -> None:
        """An hourly bar from before the one-minute history: it feeds the volatility only."""
        self._volatility.push(candle.close)

    def push(self, candle: Candle) -> None:
        """The next one-minute bar."""
        self.bars += 1
        self.close = candle.close
        self.closed_at = Instant(candle.start + candle.span_s * 1_000_000_000)
        self._lag_15m.push(candle.close)
        self._lag_60m.push(candle.close)
        self._lag_24h.push(candle.close)
        self._high.push(candle.high)
        self._low.push(candle.low)
        self._volume_1h.push(candle.volume)
        self._volume_24h.push(candle.volume)
        if self.closed_at % HOUR == 0:
            self._volatility.push(candle.close)
            self._hour_closes = [*self._hour_closes, candle.close][-(_HOURS_KEPT + 1) :]

    @property
    def move_15m_pct(self) -> float | None:
        """Change of the close over 15 minutes, in percent."""
        return _change_pct(self._lag_15m.value, self.close)

    @property
    def move_60m_pct(self) -> float | None:
        """Change of the close over 60 minutes, in percent."""
        return _change_pct(self._lag_60m.value, self.close)

    @property
    def return_24h_pct(self) -> float | None:
        """Change of the close over 24 hours, in percent."""
        return _change_pct(self._lag_24h.value, self.close)

    @property
    def high_24h(self) -> float | None:
        """The highest price of 24 hours."""
        return self._high.value

    @property
    def low_24h(self) -> float | None:
        """The lowest price of 24 hours."""
        return self._low.value

    @property
    def volume_ratio(self) -> float | None:
        """The last hour's volume over the mean hourly volume of 24 hours; None also while nothing traded at all."""
        day, hour = self._volume_24h.value, self._volume_1h.value
        return hour / (day / 24.0) if day is not None and hour is not None and day > 0 else None

    @property
    def volatility_pct(self) -> float | None:
        """Annualised volatility of hourly returns, in percent."""
        return self._volatility.value

    def hourly_agreement(self, direction: float) -> float:
        """The share of the last hourly moves (at most twelve) that went in ``direction``; 0 where there is none."""
        moves = [b - a for a, b in zip(self._hour_closes, self._hour_closes[1:], strict=False)]
        return sum(move * direction > 0 for move in moves) / len(moves) if moves else 0.0


def _change_pct(before: float | None, after: float | None) -> float | None:
    return (after / before - 1.0) * 100.0 if before is not None and after is not None and before > 0 else None
