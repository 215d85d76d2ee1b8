"""Reading the journal for a story (``core/explain.py``): in pages: whoever writes it waits for one at most.

Nothing is written. The bodies are searched as text, because a journal has no index but its numbers: half a second for
200,000 rows and look, measured with rows of 1 KB.
"""

from typing import Final

from attrs import define, field
from msgspec.json import decode
from sqlalchemy import Connection, and_, false, func, or_, select

from trader247.core.explain import Story, story
from trader247.core.explain_ids import Row
from trader247.core.explain_search import Found, Search, Wanted
from trader247.model.instant import Instant
from trader247.store.database import Database
from trader247.store.tables import journal, starts

__all__ = ["PAGE_ROWS", "Reading", "explained"]

PAGE_ROWS: Final = 5_000
"""Rows looked at in one transaction: tens of milliseconds, which a commit of the journal may have to wait."""

PAGE_FOUND: Final = 500
"""Rows taken out of one page; decoding them costs as much as looking at ten times as many."""

_READ: Final = select(
    journal.c.seq,
    journal.c.at_utc_ns,
    journal.c.kind,
    journal.c.cause,
    journal.c.config_hash,
    journal.c.epoch,
    journal.c.body,
)


@define
class Reading:
    """One story being looked up, a page per ``step``; what is written meanwhile is taken in as far as it is met."""

    _database: Database
    _search: Search
    _next: int = 1
    told: Story | None = field(init=False, default=None)

    def step(self) -> bool:
        """Read one page; whether ``told`` is there now.

        Raises:
            UnknownId, Ambiguous: nothing, or several things, are called so.
            StoreError: the database could not be read.
        """
        wanted = self._search.wanted
        with self._database.transaction() as connection:
            last = connection.execute(select(func.max(journal.c.seq))).scalar() or 0
            self._next = max(self._next, _first(connection))
            asked = wanted.kinds or wanted.seq is not None
            until = min(self._next + PAGE_ROWS - 1, last) if asked else last
            rows = _page(connection, wanted, self._next, until) if asked and until >= self._next else []
            for row in rows:
                self._search.take(row)
            self._next = until + 1 if len(rows) < PAGE_FOUND else rows[-1].seq + 1
            if self._next <= last:
                return False
            found = self._search.turn()
            self._next = 1
            if found is None:
                return False
            self.told = story(found, _versions(connection, found))
        return True


def explained(database: Database, key: str) -> Story:
    """The story of an id, read to its end, of a journal that nobody writes.

    Raises:
        UnknownId, Ambiguous: nothing, or several things, are called so.
        StoreError: the database could not be read.
    """
    reading = Reading(database, Search(key))
    while not reading.step():
        pass
    assert reading.told is not None  # noqa: S101 - what step has just said
    return reading.told


def _first(connection: Connection) -> int:
    return connection.execute(select(func.min(journal.c.seq))).scalar() or 1


def _page(connection: Connection, wanted: Wanted, first: int, until: int) -> list[Row]:
    # SQLite's LIKE knows no case and is three times as slow as a plain search
    find = func.strpos if connection.dialect.name == "postgresql" else func.instr
    holds = [find(journal.c.body, text) > 0 for text in wanted.texts]
    if wanted.near and first <= wanted.near_last and until >= wanted.near_first:
        near = or_(*(find(journal.c.body, text) > 0 for text in wanted.near))
        holds.append(and_(journal.c.seq.between(wanted.near_first, wanted.near_last), near))
    told = and_(journal.c.kind.in_(wanted.kinds), or_(false(), *holds))
    statement = _READ.where(journal.c.seq.between(first, until), or_(told, journal.c.seq == (wanted.seq or 0)))
    return [_row(*found) for found in connection.execute(statement.order_by(journal.c.seq).limit(PAGE_FOUND))]


def _row(  # noqa: PLR0917 - the columns, in the order of ``_READ``
    seq: int, at: Instant, kind: str, cause: int | None, config_hash: str, epoch: str, body: str
) -> Row:
    return Row(seq, at, kind, cause, config_hash, epoch, decode(body))


def _versions(connection: Connection, found: Found) -> dict[str, str]:
    epochs = sorted({row.epoch for row in found.rows})
    statement = select(starts.c.epoch, starts.c.code_version).where(starts.c.epoch.in_(epochs))
    return {row.epoch: row.code_version for row in connection.execute(statement)}
