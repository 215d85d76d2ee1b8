"""Recorded data through the whole daemon, at the speed the machine can, books compared at the end."""

import gzip
import random
from pathlib import Path

import pytest
from tests.system.daemon_process import run

pytestmark = pytest.mark.timeout(300)


def recording(path: Path, minutes: int, seed: int) -> Path:
    """A lively seeded walk of one-minute candles."""
    rng = random.Random(seed)
    price, rows = 60_000.0, ["time,open,high,low,close,volume"]
    for minute in range(minutes):
        drift = 0.0006 if minute % 240 > 180 else -0.00015
        close = price * (1 + rng.gauss(drift, 0.0009))
        high, low = max(price, close) * 1.0003, min(price, close) * 0.9997
        volume = rng.uniform(0.5, 3.0) * (4 if drift > 0 else 1)
        rows.append(f"{1_735_689_600 + minute * 60},{price:.2f},{high:.2f},{low:.2f},{close:.2f},{volume:.6f}")
        price = close
    path.write_bytes(gzip.compress("\n".join(rows).encode(), mtime=0))
    return path


@pytest.mark.req("PNL1", "D3")
def test_recorded_hours_replay_without_an_error_and_cash_and_positions_reconcile_to_the_last_digit(
    tmp_path: Path,
) -> None:
    file = recording(tmp_path / "made_BTC-USD_1m.csv.gz", 3 * 1440, seed=7)
    done = run(
        "supervise", "--mode", "paper", "--data-dir", str(tmp_path / "data"), "--port", "0", "--log-format", "human",
        "--market", f"replay:{file}", "--speed", "max", "--duration", "2h",
        "--set", "universe.min_eligible_assets=1", "--set", "signals.triggers.filters.atr_ratio=0",
        "--set", "policy.entry.volatility_pct_max=1000",
        cache=tmp_path, timeout_s=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "DIFFERENT" not in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert "bought" in done.stdout
    assert " x real time achieved" in done.stdout
    verified = run("audit", "verify", "--data-dir", str(tmp_path / "data" / "replays" / "00001"), cache=tmp_path)
    assert verified.returncode == 0, verified.stdout
