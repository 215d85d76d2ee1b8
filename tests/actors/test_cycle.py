"""The cycle's shell: when cycles are due."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
import trio
from tests.actors.scripted import Notebook, running, staged, switchboard

from trader247.actors.cycle import CycleActor, CycleCount
from trader247.core.cycle import CycleIn
from trader247.messages.trading import CycleDue
from trader247.model.policy_signals import CycleTerms
from trader247.runtime.channels import Mailbox

pytestmark = pytest.mark.req("SCH1")

INTERVAL_S = 60.0


class Desk:
    def __init__(self, *, jitter_pct: float = 10.0, seed: int = 1) -> None:
        self.inbox: Mailbox[CycleIn] = Mailbox("cycle", switchboard())
        self.decider = Notebook(self.inbox)
        self.terms = CycleTerms(interval_s=INTERVAL_S, jitter_pct=jitter_pct)
        self.count = CycleCount()
        self.rng = random.Random(seed)

    def actor(self) -> CycleActor:
        return CycleActor(self.decider.run, self.inbox, terms=self.terms, count=self.count, rng=self.rng)

    @property
    def due(self) -> list[CycleDue]:
        return [seen for seen in self.decider.seen if isinstance(seen, CycleDue)]


@pytest.mark.fault("AR-13")
@pytest.mark.parametrize("seed", range(5))
@staged
async def test_each_cycle_is_late_by_chance_by_up_to_a_tenth_and_says_so_and_the_timetable_does_not_drift(
    seed: int,
) -> None:
    desk = Desk(seed=seed)
    async with running(desk.actor()):
        await trio.sleep(200 * INTERVAL_S - 1)
    jitters = [due.jitter_s for due in desk.due]
    assert [due.number for due in desk.due] == list(range(1, 201))
    for number, (at_s, jitter_s) in enumerate(zip(desk.decider.at_s, jitters, strict=True)):
        assert at_s == pytest.approx(number * INTERVAL_S + jitter_s, abs=1e-5)
    assert jitters[0] == 0
    assert all(0 <= jitter_s <= 0.1 * INTERVAL_S for jitter_s in jitters)
    assert max(jitters) > 0.09 * INTERVAL_S
    assert len(set(jitters)) == 200


@staged
async def test_without_jitter_cycles_come_on_the_interval() -> None:
    desk = Desk(jitter_pct=0)
    async with running(desk.actor()):
        await trio.sleep(3 * INTERVAL_S)
    assert {later - earlier for earlier, later in pairwise(desk.decider.at_s)} == {INTERVAL_S}


@pytest.mark.req("SUP4")
@staged
async def test_a_restart_uses_no_number_twice() -> None:
    desk = Desk()
    for _ in range(3):
        async with running(desk.actor()):
            await trio.sleep(1.5 * INTERVAL_S)
    assert [due.number for due in desk.due] == [1, 2, 3, 4, 5, 6]


@staged
async def test_cycles_that_were_slept_through_are_skipped_and_not_caught_up_at_once() -> None:
    desk = Desk(jitter_pct=0)
    clock = trio.lowlevel.current_clock()
    assert isinstance(clock, trio.testing.MockClock)
    async with running(desk.actor()):
        await trio.sleep(1)
        clock.jump(10.5 * INTERVAL_S)
        await trio.sleep(INTERVAL_S)
    assert [due.number for due in desk.due] == [1, 2, 3]
