"""Rounds of many searches on one engine, and nothing run twice."""

import random
from collections.abc import Callable, Sequence
from functools import partial

import pytest
from tests.drivers.study.study_samples import SETTING, Scored, found

from trader247.drivers.study.axes import Params, read_axes
from trader247.drivers.study.conducting import Conductor, Strand, Trial
from trader247.drivers.study.searches import ListedSearch, OptunaSearch
from trader247.drivers.study.study_file import Memory
from trader247.drivers.study.trial import Found, Stopped, Task

pytestmark = pytest.mark.req("BT6")

AXES = read_axes(["a=1..900"])


def score(task: Task) -> Found:
    return found(-abs(int(dict(task.params)["a"]) - 11.0))


def made(part: str, params: Params) -> Task:
    return Task(SETTING, part, tuple(params.items()))


def listed(part: str, *values: int) -> Strand:
    return Strand(ListedSearch([{"a": str(value)} for value in values]), partial(made, part), "pnl_pct")


def optuna(part: str, trials: int = 24) -> Strand:
    return Strand(OptunaSearch(AXES, 3, trials, higher=True), partial(made, part), "pnl_pct")


def conducted(strands: list[Strand], engine: Scored, memory: Memory) -> list[tuple[int, int]]:
    told: list[tuple[int, int]] = []
    Conductor(engine, memory, lambda done, fresh: told.append((done, fresh))).search(strands)
    return told


def shuffled(seed: int) -> Scored:
    draw = random.Random(seed)
    return Scored(score, order=lambda indices: draw.sample(indices, len(indices)))


def test_the_results_are_the_same_in_whatever_order_trials_are_done() -> None:
    trials: list[list[Trial]] = []
    for seed in range(3):
        strands = [optuna("train 1"), listed("train 2", 5, 11, 2)]
        conducted(strands, shuffled(seed), Memory())
        trials.append([trial for strand in strands for trial in strand.trials])
    assert trials[0] == trials[1] == trials[2]
    assert [trial.number for trial in trials[0]] == [*range(1, 25), 1, 2, 3]


def test_what_is_known_is_not_run_again_and_one_trial_is_run_once() -> None:
    engine, memory = Scored(score), Memory()
    conducted([listed("sweep", 1, 2, 1)], engine, memory)
    assert len(engine.run_tasks) == 2
    told = conducted([listed("sweep", 1, 2, 3)], engine, memory)
    assert len(engine.run_tasks) == 3
    assert told == [(2, 0), (3, 1)]


@pytest.mark.parametrize("most", range(0, 24, 5))
def test_a_search_that_was_interrupted_goes_on_as_if_it_never_was(most: int) -> None:
    whole, memory = optuna("sweep"), Memory()
    conducted([whole], Scored(score), Memory())
    torn = optuna("sweep")
    with pytest.raises(Stopped):
        conducted([torn], Scored(score, most=most), memory)
    assert all(trial == whole.trials[trial.number - 1] for trial in torn.trials)
    assert len(torn.trials) >= most
    again = optuna("sweep")
    conducted([again], Scored(score), memory)
    assert again.trials == whole.trials


def test_what_was_finished_of_an_interrupted_round_keeps_its_number() -> None:
    strand = listed("sweep", 4, 5, 6)
    with pytest.raises(Stopped):
        conducted([strand], Scored(score, order=lambda indices: indices[::-1], most=1), Memory())
    assert [(trial.number, trial.params) for trial in strand.trials] == [(3, {"a": "6"})]


def test_all_searches_share_one_batch() -> None:
    batches: list[int] = []

    class Counting(Scored):
        def run(self, tasks: Sequence[Task], on_done: Callable[[int, Found], None]) -> None:
            batches.append(len(tasks))
            super().run(tasks, on_done)

    conducted([listed("train 1", 1, 2), listed("train 2", 1, 2), listed("train 3", 1)], Counting(score), Memory())
    assert batches == [5]
