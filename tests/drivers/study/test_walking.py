"""The best of each train span is judged on the test span that follows, and on nothing it has seen."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from tests.drivers.study.study_samples import BEGIN, SIZE, Scored, asked, found, market, settled

from trader247.drivers.study.asking import ready
from trader247.drivers.study.engines import Here
from trader247.drivers.study.study_file import Memory
from trader247.drivers.study.trial import Found, Task
from trader247.drivers.study.walking import walk_forward
from trader247.drivers.study.windows import windows_of
from trader247.errors import ConfigurationInvalid
from trader247.model.instant import MINUTE, SECOND, Instant, rfc3339

pytestmark = pytest.mark.req("BT6")

WINDOWS = windows_of(BEGIN, Instant(BEGIN + 30 * MINUTE), 10 * MINUTE, 10 * MINUTE, 10 * MINUTE)
BEST = {"train 1": "1", "train 2": "2"}


def judged(task: Task) -> Found:
    size = dict(task.params)[SIZE]
    if task.part.startswith("train"):
        return found(1.0 if BEST[task.part] == size else 0.0)
    assert task.start is not None
    assert task.end is not None
    rows = [(rfc3339(task.end, 0), "110")]
    more = {"opening": "100", "closing": "110", "trades": 1, "wins": 1, "gained": "10", "lost": "0", "days": 0.1}
    return Found("t", {"pnl_pct": 10.0, "max_drawdown_pct": 0.0, **more}, rows)


def walked(engine: Scored, memory: Memory) -> dict[str, Any]:
    return walk_forward(settled(), WINDOWS, engine, memory, lambda *_: None)


def test_each_window_is_judged_with_the_best_of_its_own_train_span() -> None:
    engine = Scored(judged)
    document = walk_forward(settled(), WINDOWS, engine, Memory(), lambda *_: None)
    assert [row["params"][SIZE] for row in document["windows"]] == ["1", "2"]
    assert [(row["train_score"], row["test_score"]) for row in document["windows"]] == [(1.0, 10.0)] * 2
    assert document["out_of_sample"]["summary"]["pnl_pct"] == pytest.approx(21.0)
    assert len(engine.run_tasks) == document["planned"] == 2 * 3 + 2


def test_no_train_sees_a_moment_of_its_test() -> None:
    engine = Scored(judged)
    walked(engine, Memory())
    spans = {task.part: (task.start, task.end) for task in engine.run_tasks}
    for window in WINDOWS:
        train, test = spans[f"train {window.number}"], spans[f"test {window.number}"]
        assert train[1] == test[0] == window.test_start
        assert test[1] == window.test_end


def test_an_interrupted_walk_is_partial_and_goes_on() -> None:
    memory, whole = Memory(), walked(Scored(judged), Memory())
    for most in (2, 5):
        assert walked(Scored(judged, most=most), memory)["partial"] is True
    engine = Scored(judged)
    assert walked(engine, memory) == whole
    assert len(engine.run_tasks) == 1


def test_a_window_in_which_nothing_has_a_score_is_not_tested() -> None:
    document = walked(Scored(lambda task: found(None) if task.part == "train 1" else judged(task)), Memory())
    first, second = document["windows"]
    assert (first["params"], first["test"], second["test_score"]) == (None, None, 10.0)


def test_another_future_changes_nothing_of_what_is_trained(tmp_path: Path) -> None:
    """The market after the first train span is another one, with more digits; what was searched is the same."""
    window, outcomes = WINDOWS[0], []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        path = market(tmp_path / name)
        if name == "two":
            head, *rows = path.read_text().splitlines()
            rows = [row if int(row[:10]) * SECOND < window.test_start else _doubled(row) for row in rows]
            path.write_text("\n".join([head, *rows]) + "\n")
        study = ready(asked(path, end=window.test_end))
        document = walk_forward(study, [window], Here(), Memory(), lambda *_: None)
        outcomes.append(document["windows"][0])
    assert outcomes[0]["train"] == outcomes[1]["train"]
    assert outcomes[0]["params"] == outcomes[1]["params"]
    assert outcomes[0]["test"] != outcomes[1]["test"]


def _doubled(row: str) -> str:
    start, *prices, volume = row.split(",")
    return ",".join([start, *(f"{Decimal(price) * 2}0001" for price in prices), volume])


def test_windows_with_more_trials_than_any_study_may_have_are_refused_before_they_are_laid_out() -> None:
    many = [evolve(WINDOWS[0], number=number) for number in range(1, 100_000 // 3 + 2)]
    with pytest.raises(ConfigurationInvalid, match=r"3 trials in each of 33,334 windows are more than 100,000"):
        walk_forward(settled(), many, Scored(judged), Memory(), lambda *_: None)
