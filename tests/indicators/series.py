"""The series that every indicator is held against an independent library on, and the comparison itself."""

import numpy as np
import pytest
from tests.recordings import Floats, candles, walk

__all__ = ["SERIES", "agree", "series"]

SERIES = (
    "a seeded walk",
    "coinbase_BTC-USD_1h_20240418_20250630",
    "coinbase_ETH-USD_15m_20240418_20250630",
    "coinbase_SOL-USD_1h_20240418_20250630",
    "binance_DOGE-USDT_1m_20210402_20210514",
)
"""Two years of hours, quarters of hours, and the minutes of the crash of May 2021."""


def series(name: str) -> tuple[Floats, Floats, Floats, Floats]:
    """High, low, close and volume."""
    return walk(20_000, 247) if name == SERIES[0] else candles(name, 60_000)


def agree(ours: list[float | None], theirs: Floats) -> None:
    """Both have a value from the same bar on, and never differ by more than 1e-9 of it."""
    mine = np.array([np.nan if value is None else value for value in ours])
    assert np.array_equal(np.isnan(mine), np.isnan(theirs)), "one of the two begins earlier"
    begun = ~np.isnan(mine)
    assert begun.sum() > len(mine) // 2
    assert mine[begun] == pytest.approx(theirs[begun], rel=1e-9, abs=0.0)
