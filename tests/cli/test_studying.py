"""``backtest sweep`` and ``backtest walk-forward`` on the command line."""

import json
import os
import signal
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.cli.daemon_samples import call
from tests.config.loadable import SHIPPED
from tests.drivers.study.study_samples import SETS, SIZE, market

from trader247.drivers.study import conducting
from trader247.drivers.study.page import DOCUMENT_BEGINS, PAGE_BEGINS

pytestmark = pytest.mark.req("BT6")

SPAN = ("--from", "2026-09-28T00:00:00Z", "--to", "2026-09-28T00:30:00Z")


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    path = market(tmp_path_factory.mktemp("m"))
    sets = [word for each in SETS for word in ("--set", each)]
    return ["--data", str(path), "--config", str(SHIPPED), *sets, *SPAN, "--jobs", "1"]


def test_a_sweep_ranks_and_writes_and_goes_on_after_an_interrupt_as_if_there_was_none(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = [*words, "--param", f"{SIZE}=0.5,1,2"]
    whole = call("backtest", "sweep", *words, "--report", "whole.json", "--html", "r.html")
    assert whole.exit_code == 0, whole.output
    rows = [line.split() for line in whole.stdout.splitlines()[1:]]
    assert rows[0][:3] == ["trial", "size_pct_min", "pnl_pct"]
    assert [float(row[2]) for row in rows[1:4]] == sorted((float(row[2]) for row in rows[1:4]), reverse=True)
    assert Path("whole.json").read_text().startswith(DOCUMENT_BEGINS["sweep"])
    assert Path("r.html").read_text().startswith(PAGE_BEGINS)

    keep = conducting.Conductor._tell

    def interrupted(self: conducting.Conductor, done: int, fresh: int) -> None:
        keep(self, done, fresh)
        if self.fresh == 1:
            os.kill(os.getpid(), signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    with monkeypatch.context() as patched:
        patched.setattr(conducting.Conductor, "_tell", interrupted)
        done = call("backtest", "sweep", *words, "--study", "s.jsonl", "--report", "part.json")
    assert (done.exit_code, "PARTIAL: interrupted" in done.stdout) == (130, True), done.output
    assert len(json.loads(Path("part.json").read_text())["trials"]) == 1
    assert signal.getsignal(signal.SIGINT) is before
    again = call("backtest", "sweep", *words, "--study", "s.jsonl", "--report", "part.json")
    assert (again.exit_code, again.stdout) == (0, whole.stdout)
    assert Path("part.json").read_bytes() == Path("whole.json").read_bytes()
    other = call("backtest", "sweep", *words, "--study", "s.jsonl", "--seed", "1")
    assert (other.exit_code, "another seed: it has 247 there, and 1 now" in other.stderr) == (2, True), other.output


def test_a_walk_forward_tells_its_windows_and_what_they_came_to(words: list[str], tmp_path: Path) -> None:
    out = tmp_path / "w.json"
    asked = [*words, "--param", f"{SIZE}=0.5,1", "--train", "10m", "--test", "8m", "--report", str(out), "--json"]
    done = call("backtest", "walk-forward", *asked)
    assert done.exit_code == 0, done.output
    assert "note: 4 min at the end are in no window" in done.stderr
    document = json.loads(done.stdout)
    assert json.loads(out.read_text()) == document
    assert [row["number"] for row in document["windows"]] == [1, 2]
    assert len(document["out_of_sample"]["equity"]) == 2


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (("--param", "policy.caps.totl_pct=1"), 'did you mean "total_pct"'),
        (("--param", f"{SIZE}=1", "--metric", "luck"), "metric one of pnl_pct"),
        (("--param", f"{SIZE}=1", "--engine", "ray://x:1"), "is not supported; there are local and dask://"),
        (("--param", f"{SIZE}=1", "--report", "x", "--study", "x"), "give them a file each"),
        (("--param", f"{SIZE}=1", "--report", "no/x"), "there is no folder"),
        (("--param", f"{SIZE}=1", "--study", "no/x"), "cannot be opened"),
        (("--param", f"{SIZE}=1,2,3", "--trials", "2"), "3 combinations, more than 2"),
    ],
)
def test_what_cannot_be_studied_is_told_with_exit_code_2(
    more: Sequence[str], told: str, words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = call("backtest", "sweep", *words, *more)
    assert (done.exit_code, told in done.output) == (2, True), done.output
