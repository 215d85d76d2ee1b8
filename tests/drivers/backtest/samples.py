"""A short made market as a file, and a report over it."""

from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from attrs import evolve
from tests.drivers.backtest.worlds import EAGER, START, made

from trader247.config.loading import load
from trader247.config.schema import Configuration
from trader247.drivers.backtest.plan import Costs, Plan, Prepared, prepare
from trader247.model.instant import SECOND, Instant

__all__ = ["DAYS", "EDGE", "candle_file", "configuration", "plan", "prepared"]

DAYS = 8.25
EDGE = Instant(round(START + 8 * 86_400 * SECOND))
"""Where the warm-up ends."""


def candle_file(folder: Path, product_id: str = "BTC-USD", seed: int = 1, days: float = DAYS) -> Path:
    """A recorded file of made minutes."""
    recording = made(product_id, seed, days)
    rows = ["time,open,high,low,close,volume"]
    for bar in recording.bars:
        prices = [f"{Decimal(ticks).scaleb(-2)}" for ticks in bar[1:5]]
        rows.append(f"{bar.start_s},{','.join(prices)},{Decimal(bar.volume).scaleb(-8):f}")
    path = folder / f"made_{product_id}_1m.csv"
    path.write_text("\n".join(rows) + "\n")
    return path


@cache
def configuration() -> Configuration:
    """The shipped one, for a market of one or two instruments."""
    folder = Path(__file__).parents[3] / "config"
    return load(folder, environ={}, overrides=EAGER).configuration


def plan(*files: Path, **more: Any) -> Plan:
    """A run over the files."""
    return evolve(Plan(configuration(), [(path, None) for path in files], costs=Costs()), **more)


def prepared(*files: Path, **more: Any) -> Prepared:
    """The same, ready to go."""
    return prepare(plan(*files, **more))
