"""The strategy on backtesting.py, in an environment of its own: averages are columns made beforehand, its own way."""

import json
import math
import sys
import time
import warnings
from pathlib import Path

import pandas as pd
from backtesting import Strategy, backtesting
from backtesting.lib import FractionalBacktest
from benchmarks.peers.reading import report


def average(values, periods):
    return pd.Series(values).ewm(span=periods, adjust=False).mean().to_numpy()


class Crossing(Strategy):
    """Long while the fast average is above the slow one."""

    def init(self):
        self.fast = self.I(average, self.data.Close, 20)
        self.slow = self.I(average, self.data.Close, 50)

    def next(self):
        if len(self.data) <= 50:
            return
        if not self.position:
            if self.fast[-1] > self.slow[-1]:
                size = math.floor(0.01 * self.equity / self.data.Close[-1])  # in millionths, as the library scales
                if size:
                    self.buy(size=size)
        elif self.fast[-1] < self.slow[-1]:
            self.position.close()


def main() -> None:
    if sys.argv[1] != "bars":
        raise SystemExit("backtesting.py knows bars alone")
    warnings.filterwarnings("ignore")
    backtesting._tqdm = lambda steps, **_: steps  # no progress bar
    data = pd.read_csv(Path(sys.argv[2]))
    data.index = pd.to_datetime(data.pop("timestamp"), unit="s")
    data.columns = ["Open", "High", "Low", "Close", "Volume"]
    test = FractionalBacktest(
        data, Crossing, cash=1_000_000.0, commission=0.006, fractional_unit=1e-6, finalize_trades=False
    )
    begun = time.process_time()
    found = test.run()
    took = time.process_time() - begun
    print(json.dumps(report(len(data), took, int(found["# Trades"]), round(float(found["Equity Final [$]"]), 2))))


if __name__ == "__main__":
    main()
