"""Which combinations a study tries: all of them, some at random, or what Optuna asks for after what it has seen.

A search gives its trials in rounds and hears the scores of a whole round in the order of its numbers. So what it
asks next depends on nothing but axes, seed and scores, however many work on a round and whoever is done first.
"""

import logging
import warnings
from collections.abc import Sequence
from typing import Any, Final, Protocol

from trader247.drivers.study.axes import Axis, Params, combination, combinations, drawn
from trader247.errors import ConfigurationInvalid

__all__ = ["ROUND", "TRIALS_MAX", "ListedSearch", "OptunaSearch", "Search", "grid", "random_search"]

TRIALS_MAX: Final = 100_000
"""Of a study: a day of one-second trials."""
ROUND: Final = 8
"""Trials that Optuna asks for at once. More keep more cores busy and know less. Fixed, since results depend on it."""


class Search(Protocol):
    """One search. ``planned`` is how many trials it will have asked for in the end, at most."""

    planned: int

    def round(self) -> list[Params]:
        """The next trials; none where it is over. Asked again only after ``tell``."""

    def tell(self, scores: Sequence[float | None]) -> None:
        """The scores of the last round in its order; None of a trial that has none."""


class ListedSearch:
    """A list that is known from the beginning, in one round."""

    def __init__(self, trials: Sequence[Params]) -> None:
        """These and no others."""
        self.planned = len(trials)
        self._trials = list(trials)

    def round(self) -> list[Params]:
        """All of them, once."""
        trials, self._trials = self._trials, []
        return trials

    def tell(self, scores: Sequence[float | None]) -> None:
        """Nothing depends on them."""


def grid(axes: Sequence[Axis], most: int | None) -> ListedSearch:
    """Every combination in order.

    Raises:
        ConfigurationInvalid: there are more than ``most``, or than any study may have.
    """
    total, bound = combinations(axes), TRIALS_MAX if most is None else most
    if total > bound:
        text = f"the grid has {total:,} combinations, more than {bound:,}"
        raise ConfigurationInvalid(f"{text}; give fewer values, or --search random or optuna with --trials")
    return ListedSearch([combination(axes, index) for index in range(total)])


def random_search(axes: Sequence[Axis], seed: int, trials: int) -> ListedSearch:
    """Different combinations, drawn up front."""
    return ListedSearch(drawn(axes, seed, trials))


class OptunaSearch:
    """Optuna's tree-structured Parzen estimator, asked and told in rounds."""

    def __init__(self, axes: Sequence[Axis], seed: int, trials: int, *, higher: bool) -> None:
        """``higher``: whether a higher score is better.

        Raises:
            ConfigurationInvalid: Optuna is not installed.
        """
        try:
            import optuna  # noqa: PLC0415 - an extra
        except ImportError as missing:
            raise ConfigurationInvalid(
                "--search optuna: Optuna is not installed: install trader247[optimize], or search grid or random"
            ) from missing
        optuna.logging.set_verbosity(logging.ERROR)
        self.planned = trials
        self._axes, self._left = axes, trials
        self._pruned = optuna.trial.TrialState.PRUNED  # counts as worse than any score
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            sampler = optuna.samplers.TPESampler(seed=seed, multivariate=len(axes) > 1, constant_liar=True)
        self._study = optuna.create_study(sampler=sampler, direction="maximize" if higher else "minimize")
        self._asked: list[Any] = []

    def round(self) -> list[Params]:
        """The next few."""
        count = min(ROUND, self._left)
        self._left -= count
        self._asked = [self._study.ask() for _ in range(count)]
        return [{axis.key: self._chosen(trial, axis) for axis in self._axes} for trial in self._asked]

    @staticmethod
    def _chosen(trial: Any, axis: Axis) -> str:
        if axis.ordered and len(axis.values) > 1:
            return axis.values[int(trial.suggest_int(axis.key, 0, len(axis.values) - 1))]
        return str(trial.suggest_categorical(axis.key, axis.values))

    def tell(self, scores: Sequence[float | None]) -> None:
        """In the order in which they were asked."""
        for trial, score in zip(self._asked, scores, strict=True):
            if score is None:
                self._study.tell(trial, state=self._pruned)
            else:
                self._study.tell(trial, score)
