"""What is tried depends on axes, seed and scores alone."""

import sys

import pytest

from trader247.drivers.study.axes import Axis, Params, combinations, read_axes
from trader247.drivers.study.searches import ROUND, OptunaSearch, grid, random_search
from trader247.errors import ConfigurationInvalid

pytestmark = pytest.mark.req("BT6")

AXES = read_axes(["a=1..20", "b=1..20", "c=x,y"])


def distance(params: Params) -> float:
    return abs(int(params["a"]) - 7) + abs(int(params["b"]) - 13) + (params["c"] == "x")


def asked(trials: int, seed: int = 1, *, broken: str = "") -> list[Params]:
    """Every trial of a search for the point nearest to (7, 13, y)."""
    search = OptunaSearch(AXES, seed, trials, higher=False)
    found: list[Params] = []
    while ask := search.round():
        assert len(ask) <= ROUND
        found += ask
        search.tell([None if params["c"] == broken else distance(params) for params in ask])
    return found


def test_a_grid_is_every_combination_in_one_round() -> None:
    search = grid([Axis("a", ("1", "2")), Axis("b", ("x", "y"))], None)
    assert search.planned == 4
    assert [tuple(each.values()) for each in search.round()] == [("1", "x"), ("1", "y"), ("2", "x"), ("2", "y")]
    search.tell([0.0] * 4)
    assert search.round() == []


def test_a_grid_that_is_too_large_says_what_to_do() -> None:
    with pytest.raises(ConfigurationInvalid, match=r"800 combinations, more than 100; .* --search random"):
        grid(AXES, 100)
    with pytest.raises(ConfigurationInvalid, match="more than 100,000"):
        grid([*AXES, *read_axes(["d=1..1000"])], None)


def test_random_trials_are_those_of_the_seed() -> None:
    trials = random_search(AXES, 5, 30).round()
    assert trials == random_search(AXES, 5, 30).round() != random_search(AXES, 6, 30).round()
    assert random_search(AXES[2:], 5, 30).planned == combinations(AXES[2:])


def test_optuna_asks_the_same_of_the_same_seed_and_scores() -> None:
    assert asked(40) == asked(40)
    assert asked(16) == asked(40)[:16]
    assert asked(16, seed=2) != asked(16)


def test_optuna_learns_where_the_good_ones_are() -> None:
    found = asked(80)
    assert sum(map(distance, found[-24:])) < 0.6 * sum(map(distance, found[:24]))


def test_a_trial_without_a_score_is_not_looked_for_again() -> None:
    found = asked(64, broken="x")
    assert len(found) == 64
    assert sum(each["c"] == "y" for each in found[32:]) > 16


def test_without_optuna_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(ConfigurationInvalid, match=r"install trader247\[optimize\]"):
        OptunaSearch(AXES, 1, 1, higher=True)
