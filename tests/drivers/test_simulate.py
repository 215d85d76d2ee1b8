"""A simulated life trades, drains with equal books, and is the same life again from the same seed."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import trio
from tests.crashes import life
from tests.crashes.truth import violations
from tests.runtime.scripted import virtually

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
    for name in ("one", "again"):
        assert virtually(lambda name=name: lived(tmp_path / name, 150.0), seed=5) == []  # type: ignore[misc]
    assert journal(tmp_path / "one") == journal(tmp_path / "again")


def test_another_schedule_is_another_life_with_equal_books(tmp_path: Path) -> None:
    assert virtually(lambda: lived(tmp_path / "other", 150.0), seed=6) == []
