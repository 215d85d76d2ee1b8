"""Walk-forward: in each window the best parameters of its train span, judged on the test span that follows."""

from collections.abc import Sequence
from typing import Any

from trader247.drivers.study.asking import Ready
from trader247.drivers.study.axes import Params
from trader247.drivers.study.conducting import Conductor, Strand, Trial
from trader247.drivers.study.engines import Engine
from trader247.drivers.study.out_of_sample import joined
from trader247.drivers.study.scores import rank_of, score_of
from trader247.drivers.study.searches import TRIALS_MAX
from trader247.drivers.study.study_file import Memory
from trader247.drivers.study.sweeping import FORMAT, Progress
from trader247.drivers.study.trial import Found, Stopped, Task
from trader247.drivers.study.windows import Window
from trader247.errors import ConfigurationInvalid
from trader247.model.instant import rfc3339

__all__ = ["COMMAND", "walk_forward"]

COMMAND = "walk-forward"


def walk_forward(
    ready: Ready, windows: Sequence[Window], engine: Engine, memory: Memory, progress: Progress
) -> dict[str, Any]:
    """Search in all windows, then judge the best of each. The document is ``partial`` where it was interrupted.

    Raises:
        ConfigurationInvalid: there would be more trials than any study may have.
    """
    each = ready.searching().planned  # a window's search is as large as any other's
    if each * len(windows) > TRIALS_MAX:
        text = f"{each:,} trials in each of {len(windows):,} windows are more than {TRIALS_MAX:,}"
        raise ConfigurationInvalid(f"{text}; give fewer values, fewer --trials, or a longer --step")
    strands = [_strand(ready, window) for window in windows]
    planned = sum(strand.search.planned for strand in strands) + len(windows)
    conductor = Conductor(engine, memory, lambda done, fresh: progress(done, fresh, planned))
    tests: dict[int, Found] = {}
    partial, chosen = False, {}
    try:
        conductor.search(strands)
        chosen = {
            window.number: best for window, strand in zip(windows, strands, strict=True) if (best := _best(strand))
        }
        found = conductor.run(
            [_test(ready, window, chosen[window.number].params) for window in windows if window.number in chosen]
        )
        tests = dict(zip(chosen, found, strict=True))
    except Stopped:
        partial = True
    rows = [
        _row(ready, window, strand, chosen.get(window.number), tests.get(window.number))
        for window, strand in zip(windows, strands, strict=True)
    ]
    return {
        "format": FORMAT,
        "kind": COMMAND,
        "partial": partial,
        "planned": planned,
        "study": ready.described(),
        "windows": rows,
        "out_of_sample": joined(list(tests.values()), ready.asked.funds),
    }


def _strand(ready: Ready, window: Window) -> Strand:
    setting, part = ready.setting, f"train {window.number}"

    def task(params: Params) -> Task:
        return Task(setting, part, tuple(params.items()), window.train_start, window.test_start)

    return Strand(ready.searching(), task, ready.asked.metric)


def _best(strand: Strand) -> Trial | None:
    """None where no trial of the window has a score: there is nothing to choose by."""
    scored = [trial for trial in strand.trials if trial.score is not None]
    return min(scored, key=lambda trial: rank_of(trial.score, trial.number, strand.metric), default=None)


def _test(ready: Ready, window: Window, params: Params) -> Task:
    span = (window.test_start, window.test_end)
    return Task(ready.setting, f"test {window.number}", tuple(params.items()), *span, path=True)


def _row(ready: Ready, window: Window, strand: Strand, best: Trial | None, test: Found | None) -> dict[str, Any]:
    return {
        "number": window.number,
        "train_from": rfc3339(window.train_start, 0),
        "test_from": rfc3339(window.test_start, 0),
        "test_to": rfc3339(window.test_end, 0),
        "trials": len(strand.trials),
        "params": dict(best.params) if best else None,
        "config_hash": best.found.config_hash if best else None,
        "train": best.found.summary if best else None,
        "train_score": best.score if best else None,
        "test": test.summary if test else None,
        "test_score": score_of(test.summary, ready.asked.metric) if test else None,
    }
