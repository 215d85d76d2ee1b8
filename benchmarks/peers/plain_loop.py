"""The truth of the comparison: the strategy in a loop with no engine around it.

Exponential averages over 20 and 50 bars, seeded with the first close. From bar 50 on: flat and the fast above the slow
at the close, buy at the next open for 1 % of the cash, rounded down to a millionth; long and the fast below the slow,
sell all at the next open. 60 bps per side. On quotes: averages over 2,000 and 5,000 mids; buys pay the ask, sales get
the bid, of the quote that decided.
"""

import json
import math
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.peers.reading import columns, report

FAST, SLOW = 20, 50
TICKS_FAST, TICKS_SLOW = 2_000, 5_000
SHARE, FEE, CASH = 0.01, 0.006, 1_000_000.0


class Result(NamedTuple):
    """Round trips that ended, and what cash and position are worth at the last price."""

    trades: int
    equity: float


def over_bars(opens: Sequence[float], closes: Sequence[float]) -> Result:
    """The strategy over minutes."""
    fast = slow = closes[0]
    quick, lazy = 2.0 / (FAST + 1), 2.0 / (SLOW + 1)
    cash, held, wanted, trades = CASH, 0.0, 0.0, 0
    for n, close in enumerate(closes):
        if wanted > 0.0:
            cash -= wanted * opens[n] * (1.0 + FEE)
            held, wanted = wanted, 0.0
        elif wanted < 0.0:
            cash += held * opens[n] * (1.0 - FEE)
            held, wanted, trades = 0.0, 0.0, trades + 1
        fast += quick * (close - fast)
        slow += lazy * (close - slow)
        if n >= SLOW:
            if not held and fast > slow:
                wanted = math.floor(SHARE * cash / close * 1e6) / 1e6
            elif held and fast < slow:
                wanted = -held
    return Result(trades, round(cash + held * closes[-1], 2))


def over_quotes(bids: Sequence[float], asks: Sequence[float]) -> Result:
    """The strategy over quotes."""
    fast = slow = (bids[0] + asks[0]) / 2.0
    quick, lazy = 2.0 / (TICKS_FAST + 1), 2.0 / (TICKS_SLOW + 1)
    cash, held, trades = CASH, 0.0, 0
    for n, (bid, ask) in enumerate(zip(bids[:-1], asks[:-1], strict=True)):
        mid = (bid + ask) / 2.0
        fast += quick * (mid - fast)
        slow += lazy * (mid - slow)
        if n >= TICKS_SLOW:
            if not held and fast > slow:
                held = math.floor(SHARE * cash / ask * 1e6) / 1e6
                cash -= held * ask * (1.0 + FEE)
            elif held and fast < slow:
                cash += held * bid * (1.0 - FEE)
                held, trades = 0.0, trades + 1
    return Result(trades, round(cash + held * bids[-1], 2))


def main() -> None:
    kind, path = sys.argv[1], Path(sys.argv[2])
    data = columns(path)
    begun = time.process_time()
    found = over_bars(data["open"], data["close"]) if kind == "bars" else over_quotes(data["bid"], data["ask"])
    print(json.dumps(report(len(next(iter(data.values()))), time.process_time() - begun, *found)))


if __name__ == "__main__":
    main()
