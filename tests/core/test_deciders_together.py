"""Random histories of the deciders put together (``tests/decider_world.py``): whatever is wanted, late, lost, stale,
closed, banned or in doubt, no acceptance passes a cap, nothing is entered that must not be, nothing is sold short, and
each wish gets one verdict whose numbers are true.
"""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.decider_world import DeciderWorld, Trouble
from tests.order_world import Act

STEPS = (
    *Act,
    *Trouble,
    *(Act.BUY,) * 24,
    *(Act.SMOOTH, Trouble.SLEEP, Trouble.FRESH, Trouble.OPEN) * 4,
    *(Act.JOURNAL, Act.GATEWAY, Act.FILL, Act.FLOW, Act.RESUME, Act.PASS, Trouble.LIFT) * 3,
)
"""Cycles are frequent, and the troubles that end others a little more frequent than those that begin them."""
TWISTS = (Act.SELL, Act.FILL, Act.KILL, Trouble.REGIME, Trouble.BAN, Trouble.STATUS, Trouble.ARBITER)
History = list[tuple[Act | Trouble, int]]


def histories(length: int) -> st.SearchStrategy[History]:
    step = st.tuples(st.sampled_from(STEPS), st.integers(0, 10_000))
    return st.lists(step, min_size=length // 2, max_size=length)


def lived(steps: History, world: DeciderWorld) -> DeciderWorld:
    for act, number in steps:
        if isinstance(act, Act):
            world.go(act, number)
        else:
            world.stir(act, number)
    return world


@pytest.mark.req("E1", "E2", "U1", "U2", "U3", "U4", "R1", "R2", "ST1", "EX1", "O1", "CD1", "CB2", "MKT1", "X3", "STR3")
@settings(max_examples=200, suppress_health_check=list(HealthCheck), print_blob=True)
@given(histories(90))
def test_whatever_happens_no_acceptance_passes_a_cap_and_nothing_is_entered_that_must_not_be(steps: History) -> None:
    lived(steps, DeciderWorld())


@pytest.mark.req("STR4")
@settings(max_examples=60, suppress_health_check=list(HealthCheck), print_blob=True)
@given(histories(50))
def test_in_which_order_strategies_answer_decides_no_verdict_and_no_order(steps: History) -> None:
    assert lived(steps, DeciderWorld(backwards=True)).log == lived(steps, DeciderWorld()).log


@pytest.mark.req("E1", "X3")
@settings(max_examples=60, suppress_health_check=list(HealthCheck), print_blob=True)
@given(histories(50), st.sampled_from([Decimal("0.01"), Decimal("0.1"), Decimal(10), Decimal(100)]))
def test_a_world_whose_money_is_worth_less_gives_the_same_verdicts_and_the_same_quantities(
    steps: History, scale: Decimal
) -> None:
    assert lived(steps, DeciderWorld(scale=scale)).log == lived(steps, DeciderWorld()).log


@pytest.mark.req("E1")
def test_the_histories_come_to_entries_exits_and_every_kind_of_cap() -> None:
    """What is proved of a world in which nothing is bought is nothing."""
    log: list[Any] = []
    for seed in range(30):
        world = DeciderWorld()
        for number in range(seed * 1_000, seed * 1_000 + 84, 7):
            rest: History = [(Trouble.OPEN, number), (Trouble.LIFT, number), (Act.BUY, number)]
            rest += [(Act.JOURNAL, 3), (Act.FLOW, 0), (Act.GATEWAY, number), (Act.BUY, number + 1), (Act.SMOOTH, 2)]
            rest += [(Act.FILL, number), (Act.SMOOTH, 3), (Act.PASS, 0), (Act.SMOOTH, 1)]
            lived([*rest, (TWISTS[number % len(TWISTS)], number)] if number % 3 == 0 else rest, world)
        log += world.log
    rules = {entry[3] for entry in log if entry[0] == "refused"}
    assert {"approved", "refused", "order", "exit"} <= {entry[0] for entry in log}
    assert {"total_cap", "asset_cap", "theme_cap", "tier_cap", "position_cap", "strategy_cap"} <= rules
    assert "order_in_doubt" in rules
    assert {"shorting_disallowed", "banned", "product_disabled", "cooldown", "regime", "pacing"} <= rules
