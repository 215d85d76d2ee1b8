"""The shipped baseline: over a hundred trades, reached again, and missed when one threshold changes."""

from pathlib import Path

import pytest
from benchmarks.backtest_gate import BASELINE, report

from trader247.drivers.backtest.compare import compared, read_report

pytestmark = [pytest.mark.req("BT3"), pytest.mark.slow]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the made files stay between the runs."""
    return tmp_path_factory.mktemp("gate")


def failing(folder: Path, *more: str) -> list[str]:
    return [each.name for each in compared(read_report(BASELINE), report(folder, more=more), 2.0) if not each.passes]


def test_the_baseline_has_real_trades_in_it() -> None:
    assert read_report(BASELINE)["summary"]["trades"] > 100


def test_the_decisions_of_today_reach_the_baseline(folder: Path) -> None:
    assert failing(folder) == [], "meant? python benchmarks/backtest_gate.py --write"


def test_one_changed_threshold_fails_the_gate(folder: Path) -> None:
    assert "trades" in failing(folder, "signals.triggers.price_move.chop.move_15m_pct=1.5")
