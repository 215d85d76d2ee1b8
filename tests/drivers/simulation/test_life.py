"""A life, and that nothing of a dead one gets through."""

import pytest
import trio

from trader247.drivers.simulation.history import START
from trader247.drivers.simulation.life import Life, TroubledOffload
from trader247.drivers.simulation.virtual_time import VirtualClock, run_seeded
from trader247.drivers.simulation.witness import Lived
from trader247.store.faults import StorageFailed

pytestmark = pytest.mark.fault("PR-01")


def test_it_dies_once_and_of_the_first_cause() -> None:
    life = Life(Lived("e", START, ready=START))
    assert life.is_up
    life.check()
    life.die("crashed")
    life.die("again")
    assert (life.lived.how, life.is_up, life.scope.cancel_called) == ("crashed", False, True)
    with pytest.raises(StorageFailed):
        life.check()


def test_work_that_waits_for_its_disk_when_the_life_ends_is_never_done() -> None:
    loop = VirtualClock()
    done: list[str] = []
    life = Life(Lived("e", START))
    offload = TroubledOffload(life, lambda: 3.0)

    async def work() -> None:
        with pytest.raises(StorageFailed):
            await offload.run(done.append, "too late")

    async def main() -> None:
        await offload.run(done.append, "in time")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(work)
            await trio.sleep(1.0)
            life.die("crashed")

    run_seeded(main, loop, 1)
    assert (done, loop.now_s) == (["in time"], 6.0)
