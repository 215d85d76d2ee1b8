"""What faults do to the world, and that healing undoes it."""

import random
from pathlib import Path

import pytest
import trio
from tests.drivers.simulation.histories import busy, event, fault

from trader247.drivers.simulation.history import START, History
from trader247.drivers.simulation.plan import Fault, Plan, Point, Stage
from trader247.drivers.simulation.scene import Scene
from trader247.drivers.simulation.staging import Terms
from trader247.drivers.simulation.virtual_time import VirtualClock, run_seeded
from trader247.model.instant import SECOND


def scene(folder: Path, *faults: Fault) -> Scene:
    terms = Terms(busy(), busy)
    return History(1, 0.1, Plan(faults), terms, folder)._stage(VirtualClock(), random.Random(1))


def test_an_event_gives_the_exchange_its_hits_and_does_the_rest_itself(tmp_path: Path) -> None:
    at = event("call", after_s=0.0)
    made = scene(tmp_path, fault("rest", "garbage", at), fault("database", "failed", at, for_s=9.0))
    hits = made.reached(Point.CALL, "GET /time", Stage.BEFORE)
    assert [hit.kind.value for hit in hits] == ["garble"]
    assert [struck.fault.kind for struck in made.witness.struck] == ["garbage", "failed"]
    with pytest.raises(Exception, match="I/O"), made.disk.around(lambda: open(tmp_path / "x", "w")):  # noqa: PTH123
        pass


def test_what_comes_later_is_done_later_unless_the_plan_is_healed(tmp_path: Path) -> None:
    at = event("call", after_s=0.0, delta_s=5.0)
    made = scene(
        tmp_path,
        fault("network", "partition", at),
        fault("network", "partition", event("call", nth=2, after_s=0.0, delta_s=50.0)),
    )

    async def main() -> list[bool]:
        seen = []
        async with trio.open_nursery() as nursery:
            made.nursery = nursery
            made.reached(Point.CALL, "GET /time", Stage.BEFORE)
            made.reached(Point.CALL, "GET /time", Stage.BEFORE)
            for wait_s in (4.0, 2.0, 20.0):
                await trio.sleep(wait_s)
                seen.append(made.line.is_cut)
            made.points.heal()
            await trio.sleep(60.0)
            seen.append(made.line.is_cut)
        return seen

    assert run_seeded(main, made.loop, 1) == [False, True, False, False]


@pytest.mark.fault("PR-12")
def test_a_pause_lets_the_market_go_on(tmp_path: Path) -> None:
    made = scene(tmp_path)
    before = made.exchange.next_step_at()
    made.pause(60.0)
    after = made.exchange.next_step_at()
    assert before is not None
    assert after is not None
    assert after - before >= 58 * SECOND
    assert made.pulse.health().loop_lag_s == 60.0


def test_healing_ends_every_standing_trouble_and_every_breach(tmp_path: Path) -> None:
    made = scene(tmp_path)
    made.host.step(SECOND)
    made.line.cut(1000.0)
    made.disk.fail("failed", 1000.0)
    made.kill_file(1000.0, "x")
    made.heal()
    assert made.host.now() == made.true.now()
    assert not made.line.is_cut
    assert not (tmp_path / "KILL_SWITCH").exists()
    assert [breach.until for breach in made.witness.breaches] == [START]
