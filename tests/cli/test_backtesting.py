"""``backtest run`` and ``backtest compare`` on the command line."""

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from tests.cli.daemon_samples import call
from tests.config.loadable import write
from tests.drivers.backtest.samples import candle_file
from tests.drivers.backtest.test_compare import report
from tests.drivers.backtest.worlds import EAGER
from tests.drivers.study.study_samples import SETS as LIVELY
from tests.drivers.study.study_samples import market

from trader247.cli.backtesting import _Progress
from trader247.drivers.backtest.page import PAGE_BEGINS
from trader247.drivers.backtest.report import REPORT_BEGINS
from trader247.drivers.backtest.run import Backtest

pytestmark = pytest.mark.req("BT1", "BT2", "BT3")

SHIPPED = str(Path(__file__).parents[2] / "config")
SPAN = ["--from", "2026-10-05T00:00:00Z", "--to", "2026-10-05T01:00:00Z"]
SETS = [word for each in EAGER for word in ("--set", each)]


def test_a_run_prints_its_figures_and_writes_both_reports(tmp_path: Path) -> None:
    path, out, page = candle_file(tmp_path), tmp_path / "r.json", tmp_path / "r.html"
    words = ["--data", str(path), "--config", SHIPPED, *SETS, *SPAN, "--report", str(out), "--html", str(page)]
    done = call("backtest", "run", *words)
    assert done.exit_code == 0, done.output
    shown, told = done.output.splitlines(), json.loads(out.read_text())["summary"]
    assert shown[0] == "2026-10-05T00:00:00Z to 2026-10-05T01:00:00Z (1 h 0 min), 60 cycles, seed 247"
    assert next(line for line in shown if line.startswith("fees paid ")).split()[2:] == [
        f"{float(told['fees_paid']):,.2f}",
        "USD",
    ]
    assert shown[-2] == "1 proposal: 1 approved, 0 refused"
    assert json.loads(out.read_text())["run"]["files"][0]["name"] == path.name
    assert '"format": 1' in page.read_text()
    assert out.read_text().startswith(REPORT_BEGINS)
    assert page.read_text().startswith(PAGE_BEGINS)


def test_the_same_market_as_parquet_gives_the_same_report(tmp_path: Path) -> None:
    path, sets = market(tmp_path), [word for each in LIVELY for word in ("--set", each)]
    done = call("data", "import", str(path), "--out", str(tmp_path / "lively_BTC-USD_1m.parquet"))
    assert done.exit_code == 0, done.output
    reports = []
    for file in (path, path.with_suffix(".parquet")):
        out = tmp_path / f"{file.suffix}.json"
        words = ["--from", "2026-09-28T00:00:00Z", "--to", "2026-09-28T00:30:00Z", "--report", str(out)]
        done = call("backtest", "run", "--data", str(file), "--config", SHIPPED, *sets, *words)
        assert done.exit_code == 0, done.output
        reports.append({key: value for key, value in json.loads(out.read_text()).items() if key != "run"})
    assert reports[0] == reports[1]
    assert reports[0]["summary"]["fills"] > 0


@pytest.mark.req("STR5")
def test_a_strategy_of_ones_own_is_run_and_its_code_counts_for_the_configuration(tmp_path: Path) -> None:
    path, out, own = candle_file(tmp_path), tmp_path / "r.json", tmp_path / "own"
    entry = call("new-strategy", "my_idea", "--into", str(own)).output.partition("strategies.yaml:")[2]
    files = {each.stem: each.read_text(encoding="utf-8") for each in Path(SHIPPED).glob("*.yaml")}
    folder = write(tmp_path / "config", **{**files, "strategies": entry})
    words = ["--data", str(path), "--config", str(folder), "--strategies", "my_idea", "--report", str(out)]
    hashes = []
    for more in ("", "# changed\n"):
        with (own / "my_idea.py").open("a", encoding="utf-8") as file:
            file.write(more)
        done = call("backtest", "run", *words, *SPAN, "--set", "universe.min_eligible_assets=1")
        assert done.exit_code == 0, done.output
        run = json.loads(out.read_text())["run"]
        assert run["strategies"] == ["my_idea"]
        hashes.append(run["config_hash"])
    assert hashes[0] != hashes[1]


def test_an_interrupt_gives_a_partial_report_that_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, out, whole = candle_file(tmp_path), tmp_path / "r.json", Backtest.run

    def interrupted(self: Backtest, on_cycle: object) -> object:
        return whole(self, lambda: os.kill(os.getpid(), signal.SIGINT) if self.cycles == 30 else None)

    monkeypatch.setattr(Backtest, "run", interrupted)
    before = signal.getsignal(signal.SIGINT)
    done = call("backtest", "run", "--data", str(path), "--config", SHIPPED, *SETS, *SPAN, "--report", str(out))
    assert done.exit_code == 130
    assert "PARTIAL: interrupted before 2026-10-05T01:00:00Z" in done.output
    assert json.loads(out.read_text())["partial"] is True
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--from", "yesterday"], "write a day like 2024-05-01"),
        (["--from", "2031-01-01"], "is outside of the data"),
        (["--from", "2026-10-05", "--to", "2026-10-04"], "is not before --to 2026-10-04T00:00:00Z"),
        (["--strategies", "nobody"], "is not configured"),
        (["--costs", "fee=1"], "is not understood"),
    ],
)
def test_what_cannot_be_run_is_told_with_exit_code_2(words: list[str], told: str, tmp_path: Path) -> None:
    done = call("backtest", "run", "--data", str(candle_file(tmp_path, days=1.0)), "--config", SHIPPED, *SETS, *words)
    assert done.exit_code == 2
    assert told in done.output


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    done = call("backtest", "run", "--data", str(tmp_path / "x_BTC-USD_1m.csv"), "--config", SHIPPED)
    assert done.exit_code == 2
    assert "cannot be read" in done.output


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--report", "precious"], "is no earlier report"),
        (["--html", "precious"], "is no earlier report"),
        (["--report", "no/such"], "there is no folder"),
        (["--report", "one", "--html", "one"], "a file each"),
    ],
)
def test_where_a_report_cannot_be_written_nothing_is_run(
    words: list[str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("precious").write_text("mode: LIVE\n")
    done = call("backtest", "run", "--data", "none.csv", "--config", SHIPPED, *words)
    assert (done.exit_code, told in done.output) == (2, True), done.output
    assert Path("precious").read_text() == "mode: LIVE\n"


@pytest.mark.parametrize(("changed", "code"), [({}, 0), ({"trades": 150}, 1)])
def test_the_gate_leaves_with_0_where_alike_and_1_where_not(changed: dict[str, int], code: int, tmp_path: Path) -> None:
    for name, content in (("a", report()), ("b", report(**changed))):
        (tmp_path / name).write_text(json.dumps(content))
    done = call("backtest", "compare", str(tmp_path / "a"), str(tmp_path / "b"))
    assert done.exit_code == code, done.output
    assert ("differs" in done.output) is (code == 1)


def test_the_gate_leaves_with_2_where_nothing_can_be_compared(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(json.dumps(report()))
    assert call("backtest", "compare", str(tmp_path / "a"), str(tmp_path / "b")).exit_code == 2


def test_where_nobody_listens_to_errors_a_run_runs_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service manager or ``2>&-`` gives no stderr, which Python has as None."""
    words = ["--data", str(candle_file(tmp_path)), "--config", SHIPPED, *SETS, *SPAN]
    real = _Progress.__init__

    def closed(self: _Progress, ready: Any) -> None:
        with monkeypatch.context() as patch:
            patch.setattr("sys.stderr", None)
            real(self, ready)

    monkeypatch.setattr(_Progress, "__init__", closed)
    done = call("backtest", "run", *words)
    assert (done.exit_code, "buy and hold" in done.output) == (0, True)


def test_a_report_that_cannot_be_written_in_the_end_does_not_take_the_result_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, page = tmp_path / "gone" / "r.json", tmp_path / "r.html"
    out.parent.mkdir()
    run = Backtest.run

    def run_and_lose(self: Backtest, on_cycle: Any) -> Any:
        out.parent.rmdir()
        return run(self, on_cycle)

    monkeypatch.setattr(Backtest, "run", run_and_lose)
    words = ["--data", str(candle_file(tmp_path)), "--config", SHIPPED, *SETS, *SPAN]
    done = call("backtest", "run", *words, "--report", str(out), "--html", str(page))
    assert (done.exit_code, "buy and hold" in done.output) == (2, True)
    assert f"{out}: cannot be written: No such file or directory" in done.stderr
    assert page.read_text().startswith(PAGE_BEGINS)
