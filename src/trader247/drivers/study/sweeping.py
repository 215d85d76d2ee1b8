"""A sweep: every trial of one search over one span, ranked."""

from collections.abc import Callable
from typing import Any

from trader247.drivers.study.asking import Ready
from trader247.drivers.study.conducting import Conductor, Strand, Trial
from trader247.drivers.study.engines import Engine
from trader247.drivers.study.scores import rank_of
from trader247.drivers.study.study_file import Memory
from trader247.drivers.study.trial import Stopped, Task

__all__ = ["COMMAND", "FORMAT", "described", "sweep"]

COMMAND = "sweep"
FORMAT = 1

Progress = Callable[[int, int, int], None]
"""How many trials are done, how many of them were run just now, and how many there will be."""


def sweep(ready: Ready, engine: Engine, memory: Memory, progress: Progress) -> dict[str, Any]:
    """Run what is not known yet. The document is ``partial`` where it was interrupted."""
    search = ready.searching()
    asked, setting, planned = ready.asked, ready.setting, search.planned
    strand = Strand(
        search, lambda params: Task(setting, COMMAND, tuple(params.items()), asked.start, asked.end), asked.metric
    )
    conductor, partial = Conductor(engine, memory, lambda done, fresh: progress(done, fresh, planned)), False
    try:
        conductor.search([strand])
    except Stopped:
        partial = True
    return {
        "format": FORMAT,
        "kind": COMMAND,
        "partial": partial,
        "planned": planned,
        "study": ready.described(),
        **described(strand.trials, asked.metric),
    }


def described(trials: list[Trial], metric: str) -> dict[str, Any]:
    """The trials by number, and the numbers from the best to the worst."""
    order = sorted(trials, key=lambda trial: rank_of(trial.score, trial.number, metric))
    return {
        "best": next((trial.number for trial in order if trial.score is not None), None),
        "ranking": [trial.number for trial in order],
        "trials": [
            {
                "number": trial.number,
                "params": dict(trial.params),
                "score": trial.score,
                "config_hash": trial.found.config_hash,
                "refused": trial.found.refused,
                "summary": trial.found.summary,
            }
            for trial in trials
        ],
    }
