"""A sweep is its trials by number and their ranking."""

import pytest
from tests.drivers.study.study_samples import SCORE, SIZE, Scored, found, settled

from trader247.drivers.backtest.report import as_text
from trader247.drivers.study.engines import Here
from trader247.drivers.study.study_file import Memory
from trader247.drivers.study.sweeping import sweep
from trader247.drivers.study.trial import Found, Task

pytestmark = pytest.mark.req("BT6")


def by_size(task: Task) -> Found:
    return {"0.5": found(1.0), "1": found(3.0), "2": Found("", refused="too much")}[dict(task.params)[SIZE]]


def test_trials_stand_by_number_and_the_ranking_is_best_first() -> None:
    told: list[tuple[int, int, int]] = []
    document = sweep(settled(), Scored(by_size), Memory(), lambda *each: told.append(each))
    assert [(trial["number"], trial["score"]) for trial in document["trials"]] == [(1, 1.0), (2, 3.0), (3, None)]
    assert (document["best"], document["ranking"], document["partial"]) == (2, [2, 1, 3], False)
    assert document["trials"][2]["refused"] == "too much"
    assert told[-1] == (3, 3, 3)


def test_an_interrupted_sweep_is_partial_and_has_what_was_finished() -> None:
    memory = Memory()
    document = sweep(settled(), Scored(by_size, most=1), memory, lambda *_: None)
    assert (document["partial"], len(document["trials"]), document["planned"]) == (True, 1, 3)
    engine = Scored(by_size)
    assert sweep(settled(), engine, memory, lambda *_: None)["partial"] is False
    assert len(engine.run_tasks) == 2


def test_a_sweep_of_nothing_finished_has_no_best() -> None:
    document = sweep(settled(), Scored(by_size, most=0), Memory(), lambda *_: None)
    assert (document["best"], document["trials"]) == (None, [])


def test_real_trials_differ_by_what_was_varied_and_the_document_is_the_same_each_time() -> None:
    axes = (f"{SIZE}=0.5,2", f"{SCORE}=0.2")
    one, two = (as_text(sweep(settled(*axes), Here(), Memory(), lambda *_: None)) for _ in range(2))
    assert one == two
    document = sweep(settled(*axes), Here(), Memory(), lambda *_: None)
    assert document["trials"][0]["score"] != document["trials"][1]["score"]
