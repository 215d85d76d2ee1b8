"""Fewer faults, the same failure."""

from tests.drivers.simulation.histories import event, fault

from trader247.drivers.simulation.plan import Plan
from trader247.drivers.simulation.shrinking import RUNS_MAX, shrunk
from trader247.drivers.simulation.swarm import drawn

CULPRITS = (
    fault("process", "crash", event("time", after_s=1.0)),
    fault("operator", "halt", event("time", after_s=2.0)),
)


def test_what_is_left_are_the_faults_that_matter_together() -> None:
    noise = drawn(1, 1.0).faults[:30]
    plan = Plan((*noise[:11], CULPRITS[0], *noise[11:25], CULPRITS[1], *noise[25:]))
    tries: list[tuple[int, int]] = []
    found = shrunk(plan, lambda tried: all(each in tried.faults for each in CULPRITS), lambda *told: tries.append(told))
    assert tuple(found.faults) == CULPRITS
    assert len(tries) < 60


def test_a_failure_without_any_fault_shrinks_to_none() -> None:
    assert shrunk(drawn(2, 1.0), lambda _plan: True).faults == ()


def test_a_failure_that_does_not_come_again_leaves_the_plan_and_ends() -> None:
    tries: list[int] = []
    plan = drawn(3, 3.0)
    assert shrunk(plan, lambda _plan: False, lambda number, _left: tries.append(number)) == Plan(tuple(plan.faults))
    assert len(tries) <= RUNS_MAX
