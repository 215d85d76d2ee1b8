"""A simulated life trades, drains with equal books, and is the same life again from the same seed."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest
import trio
from attrs import evolve
from tests.crashes import life
from tests.crashes.truth import violations
from tests.runtime.scripted import virtually

from trader247.drivers.memory_venue import Stage
from trader247.messages.control import Severity
from trader247.venues.simulated.http_shapes import Request

pytestmark = pytest.mark.req("X3")


async def lived(folder: Path, seconds: float) -> list[str]:
    world = life.exchange(1)
    reached = life.venue(world, life.START, 1)
    async with trio.open_nursery() as outside:
        await outside.start(reached.run)
        async with trio.open_nursery() as inside:
            daemon = life.daemon(reached, folder, 1)
            await inside.start(daemon.run)
            await trio.sleep(seconds)
            await daemon.drain()
        outside.cancel_scope.cancel()
    assert world.books().fill_count > 5
    return violations(world, folder)


def journal(folder: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / "trader247.db")) as books:
        return books.execute("SELECT seq, at_utc_ns, kind, cause, body, hash FROM journal ORDER BY seq").fetchall()


def test_the_same_seed_writes_the_same_journal_to_the_last_hash(tmp_path: Path) -> None:
    """Each life in a process of its own, with another seed of Python's hashes: nothing that ran before has a say."""
    script = (
        "import sys; from pathlib import Path; from tests.drivers.test_simulate import lived;"
        "from tests.runtime.scripted import virtually;"
        "assert virtually(lambda: lived(Path(sys.argv[1]), 150.0), seed=5) == []"
    )
    for name, hashes in (("one", "1"), ("again", "2")):
        place = os.environ | {"PYTHONHASHSEED": hashes, "PYTHONPATH": os.pathsep.join(sys.path)}
        subprocess.run([sys.executable, "-c", script, str(tmp_path / name)], check=True, env=place, timeout=120)
    assert journal(tmp_path / "one") == journal(tmp_path / "again")


def test_another_schedule_is_another_life_with_equal_books(tmp_path: Path) -> None:
    assert virtually(lambda: lived(tmp_path / "other", 150.0), seed=6) == []


@pytest.mark.req("X1", "REC1", "OM3")
@pytest.mark.fault("RA-10")
def test_an_order_that_has_our_id_and_other_terms_is_found_after_a_restart_and_halts_with_nothing_booked(
    tmp_path: Path,
) -> None:
    taken: list[str] = []
    died = trio.Event()

    async def main() -> None:
        world = life.exchange(1)
        reached = life.venue(world, life.START, 1)

        def meddle(stage: Stage, asked: Request) -> None:
            """Somebody's order takes the id of the first order, half as large; then the daemon dies."""
            if (asked.method, asked.target) != ("POST", "/api/v3/brokerage/orders"):
                return
            if stage is Stage.AFTER:
                died.set()
            if taken:
                return
            wish = json.loads(asked.body)
            (terms,) = wish["order_configuration"].values()
            terms["base_size"] = str((Decimal(terms["base_size"]) / 2).quantize(Decimal("1e-4")))
            answer = reached.server.respond(evolve(asked, body=json.dumps(wish).encode()))
            assert json.loads(answer.body)["success"]
            taken.append(wish["client_order_id"])

        reached.on_call = meddle
        async with trio.open_nursery() as outside:
            await outside.start(reached.run)
            async with trio.open_nursery() as inside:
                await inside.start(life.daemon(reached, tmp_path, 1).run)
                await died.wait()
                inside.cancel_scope.cancel()
            async with trio.open_nursery() as inside:
                daemon = life.daemon(reached, tmp_path, 2)
                await inside.start(daemon.run)
                await trio.sleep(60)
                assert daemon.halt.tripped is not None
                assert f"client order id {taken[0]} belongs to another order" in daemon.halt.tripped.reason
                told = [alert for alert in daemon.heard.alerts if alert.key.startswith("reconcile_mismatch:")]
                assert told[0].severity is Severity.CRITICAL
                inside.cancel_scope.cancel()
            outside.cancel_scope.cancel()
        with closing(sqlite3.connect(tmp_path / "trader247.db")) as books:
            assert books.execute("SELECT count(*) FROM fills").fetchone() == (0,)

    virtually(main, seed=5)
