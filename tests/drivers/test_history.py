"""The past of a journal that is being written."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar, TypeVarTuple

import pytest
import trio
from tests.story_samples import WISH, write

from trader247.core.explain_search import UnknownId
from trader247.drivers.history import History
from trader247.runtime.offload import ThreadOffload
from trader247.store import explaining
from trader247.store.database import Database, open_database

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.setattr(explaining, "PAGE_ROWS", 2)
    with open_database(tmp_path / "trader247.db") as opened:
        write(opened)
        yield opened


class Counted:
    """Counts the work that waits for the one thread, or is on it, at any time."""

    def __init__(self) -> None:
        self._thread = ThreadOffload(1)
        self.waiting = self.most = 0

    async def run(self, work: Callable[[*Ts], T], *args: *Ts) -> T:
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        try:
            return await self._thread.run(work, *args)
        finally:
            self.waiting -= 1


@pytest.mark.req("X2")
async def test_however_many_ask_a_writer_waits_for_one_page_at_most(database: Database) -> None:
    offload = Counted()
    history, told = History(database, offload), []

    async def asked() -> None:
        told.append(await history.explain(WISH))

    async with trio.open_nursery() as nursery:
        for _ in range(4):
            nursery.start_soon(asked)
    assert len(told) == 4
    assert all(view == told[0] for view in told)
    assert offload.most == 1


@pytest.mark.req("X2")
async def test_the_journal_can_be_written_while_it_is_read(database: Database) -> None:
    offload = ThreadOffload(1)
    history, written = History(database, offload), 0

    def commit() -> None:
        with database.transaction():
            pass

    async with trio.open_nursery() as nursery:
        nursery.start_soon(history.explain, WISH)
        for _ in range(20):
            await offload.run(commit)
            written += 1
    assert written == 20


async def test_what_is_unknown_is_the_askers_affair_and_the_next_one_is_answered(database: Database) -> None:
    history = History(database, ThreadOffload(1))
    with pytest.raises(UnknownId):
        await history.explain("nobody")
    assert (await history.explain(WISH))["subject"]["id"] == WISH
