"""Which ticks are not believed at first: a jump, a spread or a distance from the mean out of all proportion (O1).

A tick is an outlier where the mid jumped over 6 deviations of the jumps of the last 60 s (and not only over some cents
of a calm market), where its spread is over the most, or where it lies over 10 % off the mean of the last 20 closed bars
while the last of them had hardly any volume. One bad print is dropped that way. A market that really moved says so
again: a level that holds for some ticks and a second is believed, since a stop must not wait for ever on a price that
everybody else trades at.
"""

import math
from collections import deque
from typing import Final

from attrs import define, field

from trader247.indicators.windows import RollingPair
from trader247.model.instant import SECOND, Instant
from trader247.model.market import Candle, Quote
from trader247.model.policy import Outliers

__all__ = ["TickFilter"]

_BPS: Final = 10_000.0
_PERIOD: Final = 20
_JUMPS_MAX: Final = 4096
"""Ticks remembered of one window: seventy a second for a minute. Of more, the newest count."""
_JUMPS_LEAST: Final = 10
"""Fewer jumps are no measure of a market; until then only the least jump counts."""


@define
class _Doubted:
    """A level that was not believed yet: where it began, and how many ticks have confirmed it."""

    mid: float
    since: Instant
    ticks: int = 1


@define
class TickFilter:
    """One instrument's ticks, in the order of the venue's time."""

    terms: Outliers
    _jumps: deque[tuple[Instant, float]] = field(factory=lambda: deque(maxlen=_JUMPS_MAX), init=False)
    _squares: float = field(default=0.0, init=False)
    _last: float | None = field(default=None, init=False)
    _doubted: _Doubted | None = field(default=None, init=False)
    _bars: RollingPair = field(factory=lambda: RollingPair(_PERIOD), init=False)
    _mean: float | None = field(default=None, init=False)
    _thin: bool = field(default=False, init=False)
    _window_ns: int = field(init=False)
    _spread_max: float = field(init=False)
    _jump_least: float = field(init=False)

    def __attrs_post_init__(self) -> None:
        """The window in the unit of an instant; what no tick in order exceeds, as plain floats."""
        self._window_ns = round(self.terms.window_s * SECOND)
        self._spread_max, self._jump_least = self.terms.spread_bps_max, self.terms.jump_bps_least

    def see_bar(self, candle: Candle) -> None:
        """A one-minute bar closed."""
        self.see(candle.close, candle.volume)

    def see(self, close: float, volume: float) -> None:
        """The same in numbers."""
        sums = self._bars.push(close, volume)
        if sums is not None:
            self._mean = sums[0] / _PERIOD
            self._thin = volume < self.terms.volume_ratio * sums[1] / _PERIOD

    def objection(self, quote: Quote) -> str | None:
        """Why the tick is not believed, as ``reason: numbers``, or None; then it counts for the next ones."""
        return self.objection_to(float(quote.mid), float(quote.spread_bps), quote.at)

    def objection_to(self, mid: float, spread_bps: float, at: Instant) -> str | None:
        """The same of a tick in numbers."""
        last = self._last
        jump_bps = math.log(mid / last) * _BPS if last else 0.0
        if last is not None and not self._thin and spread_bps <= self._spread_max and abs(jump_bps) <= self._jump_least:
            self._forget_until(at - self._window_ns)
            self._accept(mid, jump_bps, at)
            return None
        found = self._outlier(mid, spread_bps, jump_bps, at)
        if found is None:
            self._accept(mid, jump_bps, at)
            return None
        if not self._confirmed(mid, at):
            return found
        self._jumps.clear()
        self._squares = 0.0
        self._last = mid
        return None

    def believes(self, mid: float, spread_bps: float, after: float | None) -> bool:
        """Whether a tick would be believed for sure that follows one of this mid, or the last one where that is None.

        False says nothing: ``_outlier`` may allow a wider jump than the least, and looks at the volume too.
        """
        terms, last = self.terms, self._last if after is None else after
        if last is None or spread_bps > terms.spread_bps_max:
            return False
        off_pct = 0.0 if self._mean is None else abs(mid / self._mean - 1.0) * 100.0
        return abs(math.log(mid / last) * _BPS) <= terms.jump_bps_least and off_pct <= terms.mean_pct

    @property
    def patience_s(self) -> int:
        """A tick that is told again each second is believed after so many of them, whatever was said against it."""
        return max(self.terms.confirm_ticks - 1, math.ceil(self.terms.confirm_s), 0)

    def _outlier(self, mid: float, spread_bps: float, jump_bps: float, at: Instant) -> str | None:
        terms = self.terms
        if spread_bps > terms.spread_bps_max:
            return f"spread: {spread_bps:.0f} bps, at most {terms.spread_bps_max:g}"
        limit_bps = self._jump_limit_bps(at)
        if abs(jump_bps) > limit_bps:
            return f"jump: {jump_bps:+.0f} bps from the tick before, at most {limit_bps:.0f}"
        if self._thin and self._mean is not None:
            off_pct = abs(mid / self._mean - 1.0) * 100.0
            if off_pct > terms.mean_pct:
                return (
                    f"mean: {off_pct:.1f} % off the mean of {_PERIOD} bars without volume, at most {terms.mean_pct:g} %"
                )
        return None

    def _jump_limit_bps(self, at: Instant) -> float:
        self._forget_until(at - self._window_ns)
        count = len(self._jumps)
        if count < _JUMPS_LEAST:
            return self.terms.jump_bps_least
        deviation = math.sqrt(max(self._squares, 0.0) / count)
        return max(self.terms.sigmas * deviation, self.terms.jump_bps_least)

    def _forget_until(self, oldest: int) -> None:
        jumps = self._jumps
        while jumps and jumps[0][0] <= oldest:
            self._squares -= jumps.popleft()[1] ** 2

    def _accept(self, mid: float, jump_bps: float, at: Instant) -> None:
        if self._last is not None:
            if len(self._jumps) == _JUMPS_MAX:
                self._squares -= self._jumps[0][1] ** 2
            self._jumps.append((at, jump_bps))
            self._squares += jump_bps**2
        self._last, self._doubted = mid, None

    def _confirmed(self, mid: float, at: Instant) -> bool:
        doubted, terms = self._doubted, self.terms
        near = doubted is not None and abs(math.log(mid / doubted.mid)) * _BPS <= terms.jump_bps_least
        if doubted is None or not near:
            self._doubted = _Doubted(mid, at)
            return terms.confirm_ticks <= 1
        doubted.ticks += 1  # a level that was believed stays so, tick by tick, until a tick needs no belief
        doubted.mid = mid
        return doubted.ticks >= terms.confirm_ticks and at - doubted.since >= terms.confirm_s * SECOND
