"""Studies as tables of text."""

from typing import Any

import pytest

from trader247.cli.study_tables import show_sweep, show_walk

pytestmark = pytest.mark.req("BT6")

STUDY = {"from": "A", "to": "B", "axes": ["x.stop", "y.stop", "y.size"], "metric": "sharpe", "better": "higher"}


def trial(number: int, score: float | None, refused: str = "") -> dict[str, Any]:
    summary = None if refused else {"pnl_pct": 1.25, "trades": 3}
    params = {"x.stop": "1", "y.stop": "2", "y.size": "3"}
    return {"number": number, "params": params, "score": score, "refused": refused, "summary": summary}


def test_a_sweep_shows_the_best_and_says_how_many_more_and_why_some_did_not_run(
    capsys: pytest.CaptureFixture[str],
) -> None:
    trials = [*(trial(number, 1.0) for number in range(1, 25)), trial(25, None, "stop over target")]
    show_sweep({"study": STUDY, "trials": trials, "planned": 30, "partial": True, "ranking": [*range(1, 26)]})
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "A to B, 25 of 30 trials"
    assert lines[1].startswith("PARTIAL: interrupted")
    assert lines[2].split()[:5] == ["trial", "x.stop", "y.stop", "size", "sharpe"]
    assert lines[3].split() == ["1", "1", "2", "3", "1", "1.25", "-", "3", "-"]
    assert lines[-3] == "and 5 more: --report and --html have all"
    assert lines[-2] == "all trials came to the same: what was varied decided nothing over these data"
    assert lines[-1] == "1 trial contradicts itself and did not run, the first: stop over target"


def test_trials_that_differ_are_not_said_to_be_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    other = trial(2, 2.0) | {"summary": {"pnl_pct": 2.0, "trades": 3}}
    for trials, same in (([trial(1, 1.0), other], False), ([trial(1, 1.0)], False), ([trial(1, 1.0)] * 2, True)):
        show_sweep({"study": STUDY, "trials": trials, "planned": 2, "partial": False, "ranking": [1]})
        assert ("came to the same" in capsys.readouterr().out) is same


def test_a_walk_shows_each_window_and_what_all_came_to(capsys: pytest.CaptureFixture[str]) -> None:
    row = {"number": 1, "test_from": "2026-10-01T00:00:00Z", "test_to": "2026-10-02T00:00:00Z", "params": None}
    row |= {"train_score": None, "test_score": 2.5, "test": {"pnl_pct": 1.0, "trades": 2}}
    summary = {"days": 1.0, "pnl_pct": 1.0, "max_drawdown_pct": 0.5, "trades": 2, "profit_factor": None, "sharpe": None}
    show_walk({"study": STUDY, "partial": False, "windows": [row], "out_of_sample": {"summary": summary}})
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["1", "2026-10-01T00:00", "2026-10-02T00:00", "-", "-", "-", "-", "2.5", "1", "2"]
    assert lines[2] == "out of sample, 1 days: pnl % 1, drawdown % 0.5, trades 2, profit factor -, sharpe -"
    assert lines[3] == "ranked by sharpe, higher is better"
