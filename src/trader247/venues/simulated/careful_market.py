"""Recorded candles for a backtest: few steps, and the order of prices inside a bar that is worse for whoever holds.

A one-minute bar becomes at most four steps, a quarter of a minute apart: open, **low, high**, close. Whoever is long
meets the low before the high, so of a stop and a target in one bar the stop counts. Prices that repeat the one before
are one step. A bar longer than a minute is first cut into minutes along a seeded path (``bar_path.minutes_of``), which
touches open, both extremes and close exactly. The quote straddles the last price by the product's usual spread, with a
share of the minute's volume on each side; the volumes of the steps sum to the bar's.

Files of quotes and trades are replayed as they stand (``replayed_market``).
"""

import random
from collections.abc import Iterator, Sequence
from typing import Any, Final

from attrs import evolve

from trader247.errors import ConfigurationInvalid
from trader247.model.instant import SECOND, Instant, rfc3339
from trader247.venues.simulated.bar_path import minutes_of
from trader247.venues.simulated.bar_steps import BarSteps, MinutePath
from trader247.venues.simulated.market import MarketStep
from trader247.venues.simulated.recorded_files import Recording
from trader247.venues.simulated.replayed_market import ReplayedMarket, Scaled

__all__ = ["CarefulMarket"]

_DEPTH_SHARE: Final = 0.15
"""Size at the touch as a share of what trades in a minute, as ``replayed_market`` has it."""
_DEPTH_MEMORY: Final = 0.9
_MINUTE_S: Final = 60


class CarefulMarket(ReplayedMarket):
    """Recordings on one clock, candles along the careful path."""

    def __init__(
        self,
        recordings: Sequence[Recording],
        *,
        seed: int = 247,
        start: Instant | None = None,
        end: Instant | None = None,
        warmup_s: int | None = None,
        spread: float = 1.0,
    ) -> None:
        """From ``start`` (else after the warm-up) to ``end`` (else to the last file's); what is before is history.

        ``spread``: what the products' usual spreads are multiplied with.

        Raises:
            ConfigurationInvalid: no file, files that do not overlap, or nothing left between start and end.
        """
        kept = [_until(each, end) for each in recordings]
        super().__init__(kept, seed=seed, warmup_s=warmup_s if start is None else 0)
        self.products = [evolve(each, spread_bps=each.spread_bps * spread) for each in self.products]
        if start is not None:
            last = min(each.end for each in kept)
            if not self._recorded_start <= start < last:
                span = f"{rfc3339(self._recorded_start, 0)} to {rfc3339(last, 0)}"
                raise ConfigurationInvalid(f"backtest: --from {rfc3339(start, 0)} is outside of the data, {span}")
            self._recorded_start = self.start = start

    def steps(self) -> Iterator[MarketStep]:
        """All files merged in time order, until the last ends; by the minute too, where all are candles."""
        if any(not each.bars or (each.span_s or 0) < _MINUTE_S for each in self._recordings):
            return super().steps()
        each = enumerate(self._recordings)
        return BarSteps([self._minutes(Scaled(one, self._product(one)), self._rng(one, n)) for n, one in each])

    def _bar_steps(self, scaled: Scaled, maker: Any) -> Iterator[MarketStep]:
        for path in self._minutes(scaled, maker.rng):
            for number in range(len(path.prices)):
                yield path.step(number)

    def _minutes(self, scaled: Scaled, rng: random.Random) -> Iterator[MinutePath]:
        recording, product = scaled.recording, scaled.product
        span_s = recording.span_s or _MINUTE_S
        usual, start_s = 0.0, self._recorded_start // SECOND
        for bar in recording.bars if scaled.exact else map(scaled.bar, recording.bars):
            at_s, units = bar[0], bar[5]
            volume = units * _MINUTE_S / span_s
            usual = usual * _DEPTH_MEMORY + volume * (1 - _DEPTH_MEMORY) if usual else volume
            if at_s < start_s or units <= 0:
                continue
            size = max(1, round(usual * _DEPTH_SHARE))
            for minute in minutes_of(bar, span_s, rng) if span_s > _MINUTE_S else (bar,):
                yield MinutePath(product, minute, size)


def _until(recording: Recording, end: Instant | None) -> Recording:
    if end is None or recording.end <= end:
        return recording
    span = (recording.span_s or 0) * SECOND
    return evolve(
        recording,
        end=end,
        bars=[bar for bar in recording.bars if bar.start_s * SECOND + span <= end],
        quote_bars=[bar for bar in recording.quote_bars if bar.start_s * SECOND + span <= end],
        quotes=[row for row in recording.quotes if row.at < end],
        trades=[row for row in recording.trades if row.at < end],
    )
