"""The market that backtest engines are compared on: a seeded year of minutes, and a million quotes.

Minutes have no gap, and each opens where the one before closed: so an engine that fills a market order at the next open
and one that fills it at this close pay the same price, and results can be compared to the cent. Volatility clusters and
has a daily course, so that averages cross at uneven distances.
"""

import csv
import math
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

__all__ = ["BARS", "QUOTES", "START_S", "Minute", "Tick", "minutes", "quotes", "write_minutes", "write_quotes"]

BARS = 525_600
QUOTES = 1_000_000
START_S = 1_704_067_200  # 2024-01-01T00:00:00Z
_DAY = 1_440
_FIRST_PRICE = 42_000.0
_DAILY = 0.03


class Minute(NamedTuple):
    """``start_s``: Unix seconds of its opening; prices in whole cents."""

    start_s: int
    open: float
    high: float
    low: float
    close: float
    volume: float


class Tick(NamedTuple):
    """Best bid and ask with their sizes at Unix nanoseconds."""

    at_ns: int
    bid: float
    ask: float
    bid_size: float
    ask_size: float


def minutes(count: int = BARS, seed: int = 247, first: float = _FIRST_PRICE) -> Iterator[Minute]:
    """A walk that is pulled back to its first price over two months, with GARCH(1,1) volatility."""
    draw = random.Random(seed)
    usual = (_DAILY / math.sqrt(_DAY)) ** 2
    variance, level, last = usual, math.log(first), round(first, 2)
    for n in range(count):
        course = 1.0 + 0.35 * math.sin(2.0 * math.pi * (n % _DAY) / _DAY)
        shock = math.sqrt(variance) * draw.gauss(0.0, 1.0)
        level += shock * course - (level - math.log(first)) / (60 * _DAY)
        close = round(math.exp(level), 2)
        reach = math.sqrt(variance) * 0.5
        high = max(last, close, round(max(last, close) * (1.0 + abs(draw.gauss(0.0, 1.0)) * reach), 2))
        low = min(last, close, round(min(last, close) * (1.0 - abs(draw.gauss(0.0, 1.0)) * reach), 2))
        volume = round(12.0 * course * math.exp(draw.gauss(0.0, 0.6)), 8)
        yield Minute(START_S + 60 * n, last, high, low, close, volume)
        variance = 0.02 * usual + 0.06 * shock * shock + 0.92 * variance
        last = close


def quotes(count: int = QUOTES, seed: int = 1247) -> Iterator[Tick]:
    """Quotes some 100 ms apart."""
    draw = random.Random(seed)
    step, level, at = _DAILY / math.sqrt(864_000), math.log(_FIRST_PRICE), START_S * 10**9
    for _ in range(count):
        at += draw.randrange(20_000_000, 180_000_000)
        level += step * draw.gauss(0.0, 1.0)
        mid = math.exp(level)
        half = max(0.005, 0.5e-5 * mid * math.exp(0.5 * draw.gauss(0.0, 1.0)))
        bid = math.floor((mid - half) * 100) / 100
        ask = max(math.ceil((mid + half) * 100) / 100, round(bid + 0.01, 2))
        yield Tick(at, bid, ask, round(math.exp(draw.gauss(0.0, 1.0)), 8), round(math.exp(draw.gauss(0.0, 1.0)), 8))


def write_minutes(path: Path, count: int = BARS, seed: int = 247, first: float = _FIRST_PRICE) -> None:
    """As CSV with the header ``timestamp,open,high,low,close,volume``, timestamps in Unix seconds."""
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("timestamp", "open", "high", "low", "close", "volume"))
        for bar in minutes(count, seed, first):
            prices = (f"{price:.2f}" for price in (bar.open, bar.high, bar.low, bar.close))
            rows.writerow((bar.start_s, *prices, f"{bar.volume:.8f}"))


def write_quotes(path: Path, count: int = QUOTES, seed: int = 1247) -> None:
    """As CSV with the header ``timestamp,bid,ask,bid_size,ask_size``, timestamps in Unix nanoseconds."""
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("timestamp", "bid", "ask", "bid_size", "ask_size"))
        for tick in quotes(count, seed):
            rows.writerow((tick.at_ns, f"{tick.bid:.2f}", f"{tick.ask:.2f}", *(f"{s:.8f}" for s in tick[3:])))


def main() -> None:
    """Write both into the folder that is named."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    write_minutes(folder / "bars.csv")
    write_quotes(folder / "quotes.csv")


if __name__ == "__main__":
    main()
