"""Plans from seeds."""

from collections import Counter

import pytest

from trader247.drivers.simulation.layers import RULES
from trader247.drivers.simulation.plan import Layer, Point
from trader247.drivers.simulation.swarm import PROFILES, drawn


def test_a_seed_is_its_plan_and_another_seed_another() -> None:
    assert drawn(1, 2.0) == drawn(1, 2.0)
    assert len({str(drawn(seed, 2.0)) for seed in range(20)}) == 20


def test_a_swarm_hears_of_some_layers_only_and_of_all_over_many_seeds() -> None:
    heard = [{fault.layer for fault in drawn(seed, 2.0).faults} for seed in range(60)]
    assert min(map(len, heard)) <= 2
    assert set.union(*heard) == set(Layer)


def test_every_kind_is_drawn_by_some_seed_and_an_hour_has_twenty_faults_at_least() -> None:
    counts: Counter[str] = Counter()
    for seed in range(300):
        plan = drawn(seed, 1.0)
        assert len(plan.faults) >= 20
        counts.update(f"{fault.layer}.{fault.kind}" for fault in plan.faults)
    assert counts.keys() == {f"{layer}.{kind}" for layer in Layer for kind in RULES[layer]}


def test_faults_are_addressed_to_events_as_well_as_to_times() -> None:
    points = Counter(fault.at.point for seed in range(50) for fault in drawn(seed, 1.0).faults)
    assert points[Point.TIME] > 100
    assert sum(points.values()) - points[Point.TIME] > 500


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_draws_from_its_layers_alone(profile: str) -> None:
    assert {fault.layer for seed in range(5) for fault in drawn(seed, 1.0, profile).faults} <= set(PROFILES[profile])
