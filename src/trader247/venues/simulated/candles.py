"""Candles of the simulated exchange: minutes from its own tape (and the market's history), the rest by aggregation.

A bucket in which nothing traded does not exist, as on the real venue. Hours are kept beside the minutes so that a
long window costs no more than a short one. Twenty-four-hour figures slide with the minute.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Final

from attrs import define, frozen

from trader247.model.instant import SECOND, Instant
from trader247.venues.simulated.market import Bar

__all__ = ["GRANULARITIES", "CandleStore", "DayFigures"]

GRANULARITIES: Final = {
    "ONE_MINUTE": 60,
    "FIVE_MINUTE": 300,
    "FIFTEEN_MINUTE": 900,
    "THIRTY_MINUTE": 1800,
    "ONE_HOUR": 3600,
    "TWO_HOUR": 7200,
    "FOUR_HOUR": 14_400,
    "SIX_HOUR": 21_600,
    "ONE_DAY": 86_400,
    "ONE_WEEK": 604_800,
}
_HOUR_S: Final = 3600
_DAY_S: Final = 86_400
_MINUTES_MAX: Final = 60 * 24 * 60
"""Minutes kept: sixty days, more than any client of this exchange looks back by the minute (about 20 MB a product)."""


@frozen
class DayFigures:
    """The last 24 hours: prices in ticks, volume in units. ``first`` is the price a day ago."""

    volume: int
    low: int
    high: int
    first: int
    last: int

    @property
    def change_pct(self) -> float:
        """The move over the day in percent."""
        return (self.last / self.first - 1) * 100 if self.first else 0.0


@define
class _Series:
    """Buckets of one span in time order: ``starts`` and the open bars beside them."""

    span_s: int
    starts: list[int]
    bars: list[list[int]]

    def add(self, at_s: int, opened: int, high: int, low: int, *, close: int, volume: int) -> None:
        start_s, starts = at_s - at_s % self.span_s, self.starts
        if starts and starts[-1] == start_s:
            bar = self.bars[-1]
            bar[1] = max(bar[1], high)
            bar[2] = min(bar[2], low)
            bar[3] = close
            bar[4] += volume
            return
        self.starts.append(start_s)
        self.bars.append([opened, high, low, close, volume])

    def between(self, start_s: int, end_s: int) -> Iterable[tuple[int, list[int]]]:
        """Buckets with ``start_s <= bucket < end_s``, oldest first."""
        low, high = bisect_left(self.starts, start_s), bisect_left(self.starts, end_s)
        return zip(self.starts[low:high], self.bars[low:high], strict=True)


class CandleStore:
    """The tape of one product as candles."""

    def __init__(self, history: Iterable[Bar]) -> None:
        """``history``: the minutes before the exchange opened, oldest first."""
        self._minutes = _Series(60, [], [])
        self._hours = _Series(_HOUR_S, [], [])
        for start_s, opened, high, low, close, volume in history:
            self._minutes.starts.append(start_s)
            self._minutes.bars.append([opened, high, low, close, volume])
            self._hours.add(start_s, opened, high, low, close=close, volume=volume)
        self._day: tuple[int, DayFigures | None] = (-1, None)
        self.year_low, self.year_high = self._extremes()

    def _extremes(self) -> tuple[int, int]:
        bars = self._hours.bars
        return (min((bar[2] for bar in bars), default=0), max((bar[1] for bar in bars), default=0))

    @property
    def last(self) -> int | None:
        """The latest traded price in ticks, or None where nothing ever traded."""
        return self._minutes.bars[-1][3] if self._minutes.bars else None

    def record(self, at: Instant, price: int, size: int) -> None:
        """One trade of the tape. Trades come in time order; one that is late counts to the newest bucket."""
        self.record_several(at // SECOND, (price,), price, price, size)

    def record_several(self, at_s: int, prices: Sequence[int], low: int, high: int, volume: int) -> None:
        """Trades of one minute in their order, which begin at this second; ``low`` and ``high`` are theirs."""
        opened, close = prices[0], prices[-1]
        starts = self._minutes.starts
        if starts and at_s < starts[-1]:
            at_s = starts[-1]
        self._minutes.add(at_s, opened, high, low, close=close, volume=volume)
        self._hours.add(at_s, opened, high, low, close=close, volume=volume)
        if low < self.year_low or not self.year_low:
            self.year_low = low
        self.year_high = max(self.year_high, high)
        if len(starts) > _MINUTES_MAX + _HOUR_S:
            del self._minutes.starts[:_HOUR_S], self._minutes.bars[:_HOUR_S]

    def minute(self, start_s: int) -> list[int] | None:
        """Open, high, low, close and volume of one of the two newest minutes, or None where nothing traded in it."""
        starts, bars = self._minutes.starts, self._minutes.bars
        if starts and starts[-1] == start_s:
            return bars[-1]
        return bars[-2] if len(starts) > 1 and starts[-2] == start_s else None

    def newest_hours(self, count: int) -> list[list[int]]:
        """Open, high, low, close and volume of the last hours that traded, oldest first; the newest still forms."""
        return self._hours.bars[-count:]

    def candles(self, span_s: int, start_s: int, end_s: int) -> list[Bar]:
        """Buckets of ``span_s`` seconds with ``start_s <= start <= end_s`` (both inclusive), oldest first.

        The newest may still be forming. ``span_s`` is one of ``GRANULARITIES``.
        """
        source = self._hours if span_s >= _HOUR_S else self._minutes
        first, stop = -(-start_s // span_s) * span_s, end_s // span_s * span_s + span_s
        merged = _Series(span_s, [], [])
        for at_s, (opened, high, low, close, volume) in source.between(first, stop):
            merged.add(at_s, opened, high, low, close=close, volume=volume)
        return [Bar(at_s, *bar) for at_s, bar in zip(merged.starts, merged.bars, strict=True)]

    def day(self, now: Instant) -> DayFigures | None:
        """The last 24 hours at ``now``, to the minute; None where nothing traded in them."""
        minute = now // SECOND // 60
        if self._day[0] != minute:
            self._day = (minute, self._closed_day(minute * 60))
        closed = self._day[1]
        current = self._minutes.bars[-1] if self._minutes.starts and self._minutes.starts[-1] >= minute * 60 else None
        if current is None:
            return closed
        if closed is None:
            return DayFigures(current[4], current[2], current[1], current[0], current[3])
        low, high = min(closed.low, current[2]), max(closed.high, current[1])
        return DayFigures(closed.volume + current[4], low, high, closed.first, current[3])

    def _closed_day(self, until_s: int) -> DayFigures | None:
        bars = [bar for _, bar in self._minutes.between(until_s - _DAY_S, until_s)]
        if not bars:
            return None
        volume, low, high = sum(bar[4] for bar in bars), min(bar[2] for bar in bars), max(bar[1] for bar in bars)
        return DayFigures(volume, low, high, bars[0][0], bars[-1][3])
