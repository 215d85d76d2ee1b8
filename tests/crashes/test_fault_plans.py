"""Plans of trouble as values: drawn, played in virtual time against whole lives, shrunk to the least that breaks one.

A trouble is addressed by the request to the exchange at which it strikes, not by a time: what is shrunk or repeated
then strikes in the same place.
"""

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest
import trio
from attrs import Factory, define, frozen
from hypothesis import given, note
from hypothesis import strategies as st
from tests.crashes import life
from tests.crashes.truth import violations
from tests.machines import bounded
from tests.runtime.scripted import virtually
from trio.testing import MockClock

from trader247.drivers.memory_venue import Stage
from trader247.drivers.simulate import SimulatedDaemon
from trader247.venues.simulated.http_shapes import Request

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]

TROUBLED_S = 40.0
HEALED_S = 40.0
"""Longer than an order in doubt takes to be proven absent."""

DRAIN_S_MAX = 300.0
ACTORS = (
    *("journal", "alerter", "permit_desk", "breakers", "order_gateway", "order_manager", "user_feed", "reconciler"),
    *("kill_switch", "clock_guard", "market_feed", "cycle", "risk_arbiter"),
)


@frozen
class Trouble:
    """At request number ``at``: it is ``lost`` on its way, its ``answer`` is, all ``freeze``, or an actor crashes."""

    at: int
    what: str


TROUBLES = st.builds(
    Trouble,
    at=st.integers(20, 90),
    what=st.sampled_from(["lost", "answer", "answer", "freeze", *ACTORS]),
)


@define
class Played:
    """One life under a plan."""

    plan: list[Trouble]
    folder: Path
    seed: int
    requests: int = 0
    struck: list[Trouble] = Factory(list)
    daemon: SimulatedDaemon | None = None

    async def main(self) -> list[str]:
        world = life.exchange(self.seed)
        reached = life.venue(world, life.START, self.seed, self._on_call)
        async with trio.open_nursery() as outside:
            await outside.start(reached.run)
            async with trio.open_nursery() as inside:
                config = life.busy("signals.cycle.interval_s=5")
                self.daemon = SimulatedDaemon(config, self.folder, reached, self.seed, disk_s=life.DISK_S)
                await inside.start(self.daemon.run)
                await trio.sleep(TROUBLED_S)
                self.plan = []
                await trio.sleep(HEALED_S)
                with trio.fail_after(DRAIN_S_MAX):
                    await self.daemon.drain()
            outside.cancel_scope.cancel()
        return violations(world, self.folder)

    def _on_call(self, stage: Stage, request: Request) -> None:
        self.requests += stage is Stage.BEFORE
        for trouble in [each for each in self.plan if each.at == self.requests]:
            if (trouble.what == "answer") != (stage is Stage.AFTER):
                continue
            self.struck.append(trouble)
            match trouble.what:
                case "lost" | "answer":
                    raise httpx.ReadError(f"{trouble}, {request.method} {request.path}")
                case "freeze":
                    clock = trio.lowlevel.current_clock()
                    assert isinstance(clock, MockClock)
                    clock.jump(10.0)
                case actor:
                    assert self.daemon is not None
                    self.daemon.running.inject_crash(actor, RuntimeError(str(trouble)))


@pytest.mark.req("X1", "OM3", "REC1", "SUP2")
@pytest.mark.fault("PR-12", "NW-03", "AR-01", "OL-01")
@bounded(8)
@given(plan=st.lists(TROUBLES, max_size=4), seed=st.integers(1, 5))
def test_no_plan_of_losses_freezes_and_crashes_leaves_the_books_wrong(plan: list[Trouble], seed: int) -> None:
    with TemporaryDirectory() as folder:
        played = Played(plan, Path(folder) / "life", seed)
        found = virtually(partial(played.main), seed=seed)
    note(f"struck: {played.struck}")
    assert found == []
