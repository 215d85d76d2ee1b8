"""The guard in the name of this run."""

from pathlib import Path

import pytest
import trio
from tests.face_samples import SetClock

from trader247.drivers.once_desk import OnceDesk
from trader247.model.ids import RunEpoch
from trader247.model.once import Claim, Done, Fresh, InProgress
from trader247.runtime.offload import ThreadOffload
from trader247.store.database import open_database
from trader247.store.once import SqlOnceGuard

RUN = RunEpoch("0123456789")


@pytest.mark.req("SE1")
async def test_of_all_who_claim_at_once_one_is_first_and_the_others_hear_of_it(tmp_path: Path) -> None:
    heard: list[Claim] = []
    with open_database(tmp_path / "trader247.db") as database:
        desk = OnceDesk(SqlOnceGuard(database), RUN, SetClock(), ThreadOffload(1))

        async def one() -> None:
            heard.append(await desk.claim("key"))

        async with trio.open_nursery() as nursery:
            for _ in range(5):
                nursery.start_soon(one)
        assert (heard.count(Fresh()), heard.count(InProgress(desk.epoch))) == (1, 4)
        await desk.finish("key", "done")
        assert await desk.claim("key") == Done("done")
        assert await desk.claim("other") == Fresh()
        await desk.release("other")
        assert await desk.claim("other") == Fresh()


@pytest.mark.req("SE1")
async def test_what_another_run_left_open_is_taken_over_in_the_name_of_this_one(tmp_path: Path) -> None:
    with open_database(tmp_path / "trader247.db") as database:
        guard = SqlOnceGuard(database)
        before = OnceDesk(guard, RunEpoch("before"), SetClock(), ThreadOffload(1))
        desk = OnceDesk(guard, RUN, SetClock(), ThreadOffload(1))
        await before.claim("key")
        assert await desk.claim("key") == InProgress(before.epoch)
        assert await desk.take_over("key", before.epoch)
        await desk.finish("key", "delivered")
        assert await before.claim("key") == Done("delivered")
