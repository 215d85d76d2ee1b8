"""The report: the same bytes from the same inputs, and figures that agree with one another."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.drivers.backtest.samples import EDGE, candle_file, prepared
from tests.drivers.backtest.worlds import busy

from trader247.drivers.backtest.report import GATED, as_text
from trader247.model.instant import HOUR, Instant

pytestmark = pytest.mark.req("BT1", "BT2")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("data")
    return candle_file(folder, "BTC-USD", 2), candle_file(folder, "ETH-USD", 2)


@pytest.fixture(scope="module")
def report(files: tuple[Path, Path]) -> dict[str, Any]:
    return made(files)


def made(files: tuple[Path, Path]) -> dict[str, Any]:
    """The report of six hours with a strategy that trades all the time."""
    with busy() as config:
        ready = prepared(*files, config=config, start=EDGE)
        return ready.report(ready.test.run())


def test_two_runs_write_the_same_bytes(files: tuple[Path, Path], report: dict[str, Any]) -> None:
    assert as_text(made(files)) == as_text(report)


def test_it_is_json_and_holds_what_the_gate_compares(report: dict[str, Any]) -> None:
    assert json.loads(as_text(report))["summary"].keys() >= set(GATED)
    assert report["partial"] is False


def test_the_parts_add_up(report: dict[str, Any]) -> None:
    summary = report["summary"]
    closed = [trip for trip in report["round_trips"] if trip["closed"]]
    assert summary["trades"] == len(closed) > 0
    for by in ("by_strategy", "by_rule", "by_instrument", "by_exit"):
        assert sum(group["trades"] for group in report[by].values()) == summary["trades"]
        realised = sum(Decimal(group["realised"]) for group in report[by].values())
        assert realised == pytest.approx(Decimal(summary["realised"]), abs=Decimal("1e-6"))
    fees = sum(Decimal(trade["fee"]) for trade in report["trades"])
    assert fees == pytest.approx(Decimal(summary["fees_paid"]), abs=Decimal("1e-5"))
    verdicts = report["verdicts"]
    assert verdicts["refused"] == sum(verdicts["refused_by_rule"].values())
    assert len(report["trades"]) == summary["fills"]


def test_the_series_are_by_the_hour_and_of_one_length(report: dict[str, Any]) -> None:
    series = report["series"]
    hours = len(series["equity"])
    assert 6 <= hours <= 7
    for by in ("exposure_by_asset_pct", "exposure_by_theme_pct"):
        assert all(len(values) == hours for values in series[by].values())
    assert series["prices"].keys() == {"BTC-USD", "ETH-USD"}


def test_buying_and_holding_is_told_beside_it(report: dict[str, Any]) -> None:
    held = report["buy_and_hold"]
    rows = report["series"]["prices"]["BTC-USD"]
    assert held["by_instrument_pct"]["BTC-USD"] == pytest.approx((rows[-1][1] / rows[0][1] - 1) * 100, abs=1e-4)


def test_a_run_that_was_stopped_says_that_it_is_partial(files: tuple[Path, Path]) -> None:
    ready = prepared(*files, start=EDGE)
    found = ready.test.run(lambda: ready.test.stop() if ready.test.cycles == 40 else None)
    report = ready.report(found)
    assert report["partial"] is True
    assert report["run"]["cycles"] == 40
    assert report["run"]["reached"] < report["run"]["to"]


def test_nothing_of_the_machine_stands_in_it(files: tuple[Path, Path]) -> None:
    ready = prepared(*files, start=EDGE, end=Instant(EDGE + HOUR))
    text = as_text(ready.report(ready.test.run()))
    assert str(files[0].parent) not in text
    assert "0x" not in text
