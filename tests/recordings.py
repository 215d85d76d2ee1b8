"""Recorded market data: never in the repository, so a test that wants some is skipped where they are not at hand."""

import csv
import gzip
import os
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

__all__ = ["Floats", "candles", "recorded", "walk"]

Floats = NDArray[np.float64]


def recorded(name: str) -> Path:
    """A recorded file, or a skipped test where the recordings are not on this machine."""
    folder = os.environ.get("TRADER247_TEST_DATA")
    path = (Path(folder) if folder else Path(__file__).parents[2] / "shared" / "data") / name
    if not path.exists():
        pytest.skip(f"recorded data {name} not found; set TRADER247_TEST_DATA to its folder")
    return path


def candles(name: str, most: int = 1_000_000) -> tuple[Floats, Floats, Floats, Floats]:
    """High, low, close and volume of the first ``most`` candles of a recorded file, by its name without ending."""
    with gzip.open(recorded(f"{name}.csv.gz"), "rt", newline="") as file:
        rows = [row for _, row in zip(range(most), csv.DictReader(file), strict=False)]
    high, low, close, volume = (
        np.array([float(row[column]) for row in rows]) for column in ("high", "low", "close", "volume")
    )
    return high, low, close, volume


def walk(count: int, seed: int) -> tuple[Floats, Floats, Floats, Floats]:
    """High, low, close and volume of a seeded random walk: what is tested without recordings."""
    draw = np.random.default_rng(seed)
    close = 100.0 * np.exp(np.cumsum(draw.normal(0.0, 0.004, count)))
    high, low = close * (1.0 + draw.uniform(0, 0.003, count)), close * (1.0 - draw.uniform(0, 0.003, count))
    return high, low, close, draw.uniform(0.0, 50.0, count)
