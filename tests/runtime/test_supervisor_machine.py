"""Drawn scenarios against the table-top model of OTP: what differs is shrunk to the shortest story that shows it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.machines import bounded
from tests.runtime.scripted import virtually
from tests.runtime.test_reference import KINDS, NAMES, Scenario, Theatre, expected

from trader247.runtime.specs import Restart, Strategy

CHILDREN = st.integers(1, 4).flatmap(
    lambda count: st.tuples(
        *(st.tuples(st.just(name), st.sampled_from(list(map(str, Restart)))) for name in NAMES[:count])
    )
)
VERBS = st.sampled_from(["exits", "exits", "exits", "terminate", "restart", "delete", "start"])
SCENARIOS = st.builds(
    Scenario,
    strategy=st.sampled_from(list(map(str, Strategy))),
    intensity=st.integers(0, 6),
    children=CHILDREN,
    failing=st.frozensets(st.tuples(st.sampled_from(NAMES), st.integers(1, 6)), max_size=4),
    actions=st.lists(
        st.tuples(VERBS, st.sampled_from(NAMES), st.sampled_from([*KINDS, *map(str, Restart)])), max_size=15
    ).map(tuple),
)


@pytest.mark.req("SUP2")
@bounded(100)
@given(scenario=SCENARIOS, seed=st.integers(0, 999))
def test_any_story_goes_as_in_otp_under_any_schedule(scenario: Scenario, seed: int) -> None:
    assert virtually(Theatre(scenario).play, seed=seed, limit_s=1000.0) == expected(scenario)
