"""What the market of one instrument looks like now: windows over its one-minute bars, fed one bar at a time.

Bars come without holes (``CandleClosed``), so a window of sixty bars is an hour. Everything here is a statistic, so
floats; all windows are on closed bars. A push costs a few microseconds, however long the windows are.
"""

from collections import deque
from itertools import pairwise
from typing import Final

from trader247.indicators.averages import Ema, EmaPair, Vwap
from trader247.indicators.bars import Bar, BarBuilder, Minute
from trader247.indicators.moments import RollingMedian, RollingMoments
from trader247.indicators.pivots import PivotLows
from trader247.indicators.volatility import HourlyVolatility
from trader247.indicators.wilder import Atr, Rsi
from trader247.indicators.windows import RollingHigh, RollingLow, RollingPair, RollingSum
from trader247.model.instant import HOUR, MINUTE, Instant
from trader247.model.market import Candle

__all__ = ["BARS_PER_DAY", "HOURS_PER_WEEK", "MarketBoard"]

BARS_PER_DAY: Final = 24 * 60
HOURS_PER_WEEK: Final = 7 * 24
_HOURS_KEPT: Final = 12
"""The momentum trigger asks for the direction of the last twelve hourly moves."""
_PERIOD: Final = 20
"""Bars of the mean that an outlier is measured from."""
_TREND_HOURS: Final = 21
_SLOPE_HOURS: Final = 3
_WILDER: Final = 14
_FIVES_PER_HOUR: Final = 12
_WING: Final = 2
"""Five-minute bars on each side of a pivot low."""


class _FiveMinutes:
    """What is read off the five-minute bars: the confirmations of a reversal, and how spent a fall is."""

    __slots__ = ("lows", "pivots", "rsi", "vwap")

    def __init__(self) -> None:
        self.rsi = Rsi(_WILDER)
        self.vwap = Vwap(_FIVES_PER_HOUR)
        self.pivots = PivotLows(_WING)
        self.lows = RollingLow(_FIVES_PER_HOUR)

    def push(self, bar: Bar) -> None:
        self.rsi.push(bar.close)
        self.vwap.push(bar.high, bar.low, bar.close, bar.volume)
        self.pivots.push(bar.low)
        self.lows.push(bar.low)


class _Hours:
    """What is read off the hours: volatility, range, slope, and the trend of a week."""

    __slots__ = ("atr", "atr_median", "closes", "ema", "emas", "volatility")

    def __init__(self, volatility_hours: int) -> None:
        self.volatility = HourlyVolatility(volatility_hours)
        self.closes: deque[float] = deque(maxlen=HOURS_PER_WEEK + 1)
        self.ema = Ema(_TREND_HOURS)
        self.emas: deque[float] = deque(maxlen=_SLOPE_HOURS + 1)
        self.atr = Atr(_WILDER)
        self.atr_median = RollingMedian(HOURS_PER_WEEK, least=24)

    def close(self, close: float) -> None:
        """The close of a whole hour, even of one that began before the first bar."""
        self.volatility.push(close)
        self.closes.append(close)
        ema = self.ema.push(close)
        if ema is not None:
            self.emas.append(ema)

    def range(self, high: float, low: float, close: float) -> None:
        atr = self.atr.push(high, low, close)
        if atr is not None:
            self.atr_median.push(atr)


class MarketBoard:
    """The windows of one instrument. A figure is None until its window is full.

    ``close`` and ``volume`` are those of the newest bar; ``high_24h`` and ``low_24h`` the extremes of 24 hours;
    ``turnover_24h`` is what was traded in them, in the quote currency; ``return_24h_pct`` the change of the close over
    them, in percent.
    """

    def __init__(self, volatility_hours: int, averages: tuple[int, int] | None = None) -> None:
        """``volatility_hours``: over how many hourly returns the volatility is taken, at least 2. ``averages``: the
        bars of a fast and a slow average of the closes, where somebody watches their crossings.
        """
        self.averages = EmaPair(*averages) if averages is not None else None
        self._hours = _Hours(volatility_hours)
        self._hour_builder, self._five_builder = BarBuilder(60), BarBuilder(5)
        self.fives = _FiveMinutes()
        self._closes: deque[float] = deque(maxlen=BARS_PER_DAY + 1)
        self._moments = RollingMoments(BARS_PER_DAY)
        self._high, self._low = RollingHigh(BARS_PER_DAY), RollingLow(BARS_PER_DAY)
        self._volume_1h, self._traded_24h = RollingSum(60), RollingPair(BARS_PER_DAY)
        self._recent_sums = RollingPair(_PERIOD)
        self._recent_hours: deque[float] = deque(maxlen=_HOURS_KEPT + 1)
        self._hourly_moves: list[float] = []
        self._hour: float | None = None
        self._day: float | None = None
        self._recent: tuple[float, float] | None = None
        self.close: float | None = None
        self.volume = 0.0
        self.high_24h: float | None = None
        self.low_24h: float | None = None
        self.turnover_24h: float | None = None
        self.return_24h_pct: float | None = None
        self.closed_at: Instant | None = None

    def push_hour(self, candle: Candle) -> None:
        """An hourly bar from before the one-minute history: it feeds what is read off the hours."""
        self._hours.close(candle.close)
        self._hours.range(candle.high, candle.low, candle.close)

    def push(self, candle: Candle) -> None:
        """The next one-minute bar."""
        self.take((candle.start, candle.open, candle.high, candle.low, candle.close, candle.volume))

    def take(self, bar: Minute) -> None:
        """The next one-minute bar in numbers."""
        start, _, high, low, close, volume = bar
        self.close, self.volume = close, volume
        self.closed_at = closed_at = Instant(start + MINUTE)
        closes = self._closes
        closes.append(close)
        self.return_24h_pct = _change_pct(closes[0], close) if len(closes) > BARS_PER_DAY else None
        if self.averages is not None:
            self.averages.push(close)
        self._moments.push(close)
        self.high_24h = self._high.push(high)
        self.low_24h = self._low.push(low)
        self._hour = self._volume_1h.push(volume)
        traded = self._traded_24h.push(volume, close * volume)
        if traded is not None:
            self._day, self.turnover_24h = traded
        self._recent = self._recent_sums.push(close, volume)
        for five in self._five_builder.take(bar):
            self.fives.push(five)
        for hour in self._hour_builder.take(bar):
            self._hours.range(hour.high, hour.low, hour.close)
        if closed_at % HOUR == 0:
            self._hours.close(close)
            self._recent_hours.append(close)
            self._hourly_moves = [after - before for before, after in pairwise(self._recent_hours)]

    def change_pct(self, minutes: int) -> float | None:
        """Change of the close over so many minutes, at most a day of them, in percent."""
        closes = self._closes
        return _change_pct(closes[-1 - minutes], closes[-1]) if len(closes) > minutes else None

    @property
    def trend_7d_pct(self) -> float | None:
        """Change of the hourly close over 168 hours, in percent."""
        closes = self._hours.closes
        return _change_pct(closes[0], closes[-1]) if len(closes) > HOURS_PER_WEEK else None

    @property
    def z_score_24h(self) -> float | None:
        """How many standard deviations the close lies from the mean close of 24 hours."""
        return self._moments.z_score(self.close) if self.close is not None else None

    @property
    def volume_ratio(self) -> float | None:
        """The last hour's volume over the mean hourly volume of 24 hours; None also while nothing traded at all."""
        day, hour = self._day, self._hour
        return hour / (day / 24.0) if day is not None and hour is not None and day > 0 else None

    @property
    def recent_mean(self) -> float | None:
        """The mean close of the last twenty bars."""
        return self._recent[0] / _PERIOD if self._recent is not None else None

    @property
    def recent_volume(self) -> float | None:
        """The mean volume of the last twenty bars."""
        return self._recent[1] / _PERIOD if self._recent is not None else None

    @property
    def volatility_pct(self) -> float | None:
        """Annualised volatility of hourly returns, in percent."""
        return self._hours.volatility.value

    @property
    def atr_pct(self) -> float | None:
        """The average true range of 14 hours, in percent of the close."""
        atr = self._hours.atr.value
        return atr / self.close * 100.0 if atr is not None and self.close else None

    @property
    def atr_ratio(self) -> float | None:
        """The average true range of 14 hours over its median of a week, or of as much of it as is known past a day."""
        atr, median = self._hours.atr.value, self._hours.atr_median.value
        return atr / median if atr is not None and median else None

    @property
    def slope_pct_per_h(self) -> float | None:
        """How the 21-hour average rose over the last three hours, in percent per hour."""
        emas = self._hours.emas
        if len(emas) <= _SLOPE_HOURS:
            return None
        change = _change_pct(emas[0], emas[-1])
        return change / _SLOPE_HOURS if change is not None else None

    def hourly_agreement(self, direction: float) -> float:
        """The share of the last hourly moves (at most twelve) that went in ``direction``; 0 where there is none."""
        moves = self._hourly_moves
        return len([move for move in moves if move * direction > 0]) / len(moves) if moves else 0.0


def _change_pct(before: float, after: float) -> float | None:
    return (after / before - 1.0) * 100.0 if before > 0 else None
