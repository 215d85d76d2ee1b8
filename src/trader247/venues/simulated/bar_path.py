"""How a price may have moved inside a bar: a seeded path that touches open, both extremes and close exactly.

The extreme nearer to the open comes first (a bar that opens at its low rarely went to its high and back before it).
The volumes of the path sum to the bar's; every point trades at least one unit, so a bar of very little volume has
fewer points, and one without any has no path at all.
"""

import random
from itertools import accumulate, groupby, pairwise
from typing import Final, NamedTuple

from trader247.venues.simulated.book import Side
from trader247.venues.simulated.market import Bar, TapeTrade

__all__ = ["PathPoint", "bar_path", "minutes_of"]

_NOISE: Final = 0.35
"""How far points between two anchors stray from the straight line, as a share of the bar's range."""


class PathPoint(NamedTuple):
    """What trades in one step of the path: ``step`` counts from 0; the last trade is where the price then stands."""

    step: int
    trades: tuple[TapeTrade, ...]


def bar_path(bar: Bar, steps: int, rng: random.Random) -> list[PathPoint]:
    """The bar as points over ``steps`` equal parts of its span, in order; steps without a trade are left out."""
    if bar.volume <= 0:
        return []
    prices = _prices(bar, steps, rng)
    count = sum(len(each) for each in prices)
    if bar.volume < count:
        prices = _fewer(bar, steps)
        count = sum(len(each) for each in prices)
    volumes = iter(_shares(bar.volume, count, rng))
    points: list[PathPoint] = []
    before = bar.open
    for step, visited in enumerate(prices):
        trades: list[TapeTrade] = []
        for price in visited:
            taker = Side.BUY if price > before or (price == before and rng.random() < 0.5) else Side.SELL
            trades.append(TapeTrade(price, next(volumes), taker))
            before = price
        if trades:
            points.append(PathPoint(step, tuple(trades)))
    return points


def _extremes(bar: Bar) -> tuple[int, int]:
    """High and low in the order they are visited."""
    return (bar.low, bar.high) if bar.open - bar.low <= bar.high - bar.open else (bar.high, bar.low)


def _prices(bar: Bar, steps: int, rng: random.Random) -> list[list[int]]:
    """Prices visited in each step: one, and beside it any anchor that falls into it."""
    first, second = _extremes(bar)
    places = sorted((rng.randrange(steps), rng.randrange(steps)))
    anchors = [(0, bar.open), (places[0], first), (places[1], second), (steps - 1, bar.close)]
    prices: list[list[int]] = [[] for _ in range(steps)]
    reach = _NOISE * (bar.high - bar.low)
    for (begin, start), (end, goal) in pairwise(anchors):
        for step in range(begin + 1, end):
            line = start + (goal - start) * (step - begin) / (end - begin)
            prices[step].append(min(bar.high, max(bar.low, round(line + reach * (rng.random() - 0.5)))))
    for step, price in anchors:
        if not prices[step] or prices[step][-1] != price:
            prices[step].append(price)
    return prices


def _fewer(bar: Bar, steps: int) -> list[list[int]]:
    """The anchors alone: those the volume has units for, dropping the second extreme first and the open last."""
    first, second = _extremes(bar)
    visited = [price for price, _ in groupby((bar.open, first, second, bar.close))]
    while len(visited) > bar.volume:
        del visited[-2]
    prices: list[list[int]] = [[] for _ in range(steps)]
    prices[0].extend(visited[:-1])
    prices[steps - 1].append(visited[-1])
    return prices


def _shares(volume: int, count: int, rng: random.Random) -> list[int]:
    """``volume`` in ``count`` random whole parts of at least one."""
    weights = [0.2 + rng.random() for _ in range(count)]
    spare, total = volume - count, sum(weights)
    marks = [round(spare * mark / total) for mark in accumulate(weights)]
    marks[-1] = spare
    return [1 + mark - before for before, mark in zip([0, *marks], marks, strict=False)]


def minutes_of(bar: Bar, span_s: int, rng: random.Random) -> list[Bar]:
    """A bar longer than a minute as the minutes of such a path; together they are the bar again."""
    minutes: list[Bar] = []
    for step, trades in bar_path(bar, span_s // 60, rng):
        prices = [trade.price for trade in trades]
        volume = sum(trade.size for trade in trades)
        minutes.append(Bar(bar.start_s + step * 60, prices[0], max(prices), min(prices), prices[-1], volume))
    return minutes
