"""Figures of a run: pure arithmetic over the equity by the hour and the closed round trips.

Returns are those of UTC days; a year has 365 of them, since this market never closes. A figure that a run is too short
or too uniform for is None, never zero.
"""

import math
import statistics
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Final

from attrs import frozen

from trader247.drivers.backtest.recorder import EquityPoint, RoundTrip
from trader247.model.instant import DAY
from trader247.model.money import HUNDRED, ZERO

__all__ = ["Outcome", "daily_returns", "drawdown_days", "outcome_of", "ratios"]

_DAYS_PER_YEAR: Final = 365
_DAYS_LEAST: Final = 7
"""Fewer daily returns say nothing of their spread."""


@frozen
class Outcome:
    """What closed round trips came to; ``profit_factor`` is None where nothing was lost."""

    trades: int
    wins: int
    gained: Decimal
    lost: Decimal
    fees: Decimal

    @property
    def realised(self) -> Decimal:
        """Gains less losses, fees in both."""
        return self.gained - self.lost

    @property
    def win_rate_pct(self) -> Decimal | None:
        """Trades that ended with a profit after fees."""
        return self.wins * HUNDRED / self.trades if self.trades else None

    @property
    def profit_factor(self) -> Decimal | None:
        """What was gained for each unit that was lost."""
        return self.gained / self.lost if self.lost else None


def outcome_of(trips: Sequence[RoundTrip]) -> Outcome:
    """Of those that are closed."""
    closed = [trip for trip in trips if trip.closed_at is not None]
    won = [trip.realised for trip in closed if trip.realised > 0]
    lost = [-trip.realised for trip in closed if trip.realised <= 0]
    fees = sum((trip.fees for trip in closed), ZERO)
    return Outcome(len(closed), len(won), sum(won, ZERO), sum(lost, ZERO), fees)


def daily_returns(equity: Sequence[EquityPoint], opening: Decimal) -> list[float]:
    """From the last point of each UTC day to that of the next; the first day's from ``opening``."""
    closes: dict[int, Decimal] = {}
    for point in equity:
        closes[(point.at - 1) // DAY] = point.nlv
    levels = [opening, *closes.values()]
    return [float(after / before) - 1.0 for before, after in pairwise(levels) if before > 0]


def ratios(
    equity: Sequence[EquityPoint], opening: Decimal, drawdown_pct: Decimal
) -> tuple[float | None, float | None, float | None]:
    """Sharpe, Sortino and Calmar of the daily returns, annualised, against a return of zero."""
    returns = daily_returns(equity, opening)
    if len(returns) < _DAYS_LEAST:
        return None, None, None
    mean, year = statistics.fmean(returns), math.sqrt(_DAYS_PER_YEAR)
    spread = statistics.pstdev(returns)
    downside = math.sqrt(statistics.fmean(min(each, 0.0) ** 2 for each in returns))
    grown = float(equity[-1].nlv / opening)
    annual_pct = (grown ** (_DAYS_PER_YEAR / len(returns)) - 1.0) * 100.0 if grown > 0 else -100.0
    return (
        mean / spread * year if spread > 0 else None,
        mean / downside * year if downside > 0 else None,
        annual_pct / float(drawdown_pct) if drawdown_pct > 0 else None,
    )


def drawdown_days(equity: Sequence[EquityPoint]) -> float:
    """The longest time from a high until it was reached again, or until the end."""
    if not equity:
        return 0.0
    peak, since, longest = equity[0].nlv, equity[0].at, 0
    for point in equity:
        if point.nlv >= peak:
            peak, since = point.nlv, point.at
        longest = max(longest, point.at - since)
    return longest / DAY
