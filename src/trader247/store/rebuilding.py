"""Recomputing the projections from the journal alone (requirement PNL1), and saying where those kept differ.

A row of the journal is the message that made it, whole; what it changed then it changes again. Tables that no row
explains are left alone: the schema's revision, the starts, and to which account the journal belongs.
"""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any, Final, get_args

import msgspec
from attrs import frozen
from sqlalchemy import Connection, delete, select

from trader247.messages.codec import kind_of_type
from trader247.model.instant import Instant, Moment
from trader247.store.changes import Change, RowsPruned, apply
from trader247.store.checkpoint import KEPT_SUMS, PROJECTIONS, digest, load_checkpoint, restore
from trader247.store.database import Database
from trader247.store.faults import StoreError
from trader247.store.tables import journal, meta
from trader247.store.verifying import PRUNED

__all__ = ["Difference", "RebuildImpossible", "Rebuilt", "change_of", "rebuild"]

_PAGE_ROWS: Final = 2_000
"""Held in memory at once, beside the projections themselves, of which both versions are."""


class RebuildImpossible(StoreError):
    """The journal does not hold what the projections would have to be recomputed from; nothing was changed."""


@frozen
class Difference:
    """A row of a projection that is not what the journal says; None where there is none."""

    table: str
    key: str
    kept: str | None
    recomputed: str | None


@frozen
class Rebuilt:
    """``rows`` of the journal were read; ``differences`` is empty where what was kept was right."""

    rows: int
    differences: tuple[Difference, ...]


def rebuild(database: Database, *, only_look: bool = False) -> Rebuilt:
    """Recompute every projection in one transaction; with ``only_look`` compare and leave all as it is.

    Raises:
        RebuildImpossible: rows were pruned without a checkpoint, or a row was written by a version whose
            messages had other fields.
        StoreError: the database failed; nothing was changed.
    """
    with database.transaction() as connection:
        look = connection.begin_nested()
        found = _rebuilt(connection, database.where)
        if only_look:
            look.rollback()
        else:
            look.commit()
    return found


def _rebuilt(connection: Connection, where: str) -> Rebuilt:
    kept = _state(connection)
    for table in PROJECTIONS:
        connection.execute(delete(table))
    connection.execute(delete(meta).where(meta.c.key.in_(KEPT_SUMS)))
    rows = 0
    for row in _rows(connection, where):
        rows += 1
        change = change_of(row.kind, row.body, row.seq, where)
        if change is not None:
            apply(connection, (change,))
    recomputed = _state(connection)
    differing = sorted(key for key in kept.keys() | recomputed.keys() if kept.get(key) != recomputed.get(key))
    return Rebuilt(rows, tuple(Difference(*key, _told(kept, key), _told(recomputed, key)) for key in differing))


def _rows(connection: Connection, where: str) -> Iterator[Any]:
    after = 0
    while True:
        statement = select(journal.c.seq, journal.c.kind, journal.c.body).where(journal.c.seq > after)
        page = connection.execute(statement.order_by(journal.c.seq).limit(_PAGE_ROWS)).all()
        if not page:
            return
        if after == 0 and page[0].seq != 1:
            _begin_at(connection, page[0].seq, where)
        yield from page
        after = page[-1].seq


def _begin_at(connection: Connection, first: int, where: str) -> None:
    """Put back what the rows before ``first`` had made, which were pruned: the chain vouches for the checkpoint."""
    text = load_checkpoint(connection)
    newest = select(journal.c.body).where(journal.c.kind == PRUNED).order_by(journal.c.seq.desc()).limit(1)
    told = json.loads(connection.execute(newest).scalar() or "{}")
    if text is None or told.get("upto") != first - 1 or told.get("checkpoint") != digest(text):
        raise RebuildImpossible(
            f"{where}: rows 1 to {first - 1} are not there any more, and there is no checkpoint of what they made that"
            " the journal vouches for. Nothing was changed; restore a backup from before the pruning to look further"
            " back."
        )
    restore(connection, text)


@cache
def _kinds() -> dict[str, type[Any]]:
    return {kind_of_type(kind): kind for kind in get_args(Change) if kind is not RowsPruned}


def change_of(kind: str, body: str, seq: int, where: str) -> Change | None:
    """What the row changed; None where it is only told."""
    if kind == PRUNED:
        told = json.loads(body)
        return RowsPruned(told["upto"], Instant(told["before"]))
    wanted = _kinds().get(kind)
    if wanted is None:
        return None
    try:
        change: Change = msgspec.convert(json.loads(body, object_hook=_named_tuples), wanted)
    except msgspec.ValidationError as error:
        raise RebuildImpossible(
            f"{where}: row {seq} ({kind}) cannot be read by this version ({error}); nothing was changed. Use the"
            " version that wrote it, or run `trader247 audit verify`."
        ) from error
    return change


def _named_tuples(spelled: dict[str, Any]) -> Any:
    """A moment is spelled by its names, and read by its order."""
    return [spelled[name] for name in Moment._fields] if spelled.keys() == set(Moment._fields) else spelled


def _state(connection: Connection) -> dict[tuple[str, str], dict[str, Any]]:
    """Every row of every projection by table and key, money by value."""
    state = {}
    for table in PROJECTIONS:
        keys = [column.name for column in table.primary_key.columns]
        for row in connection.execute(select(table)).mappings():
            state[table.name, " ".join(str(row[key]) for key in keys)] = dict(row)
    for row in connection.execute(select(meta).where(meta.c.key.in_(KEPT_SUMS))).mappings():
        state["meta", row["key"]] = dict(row)
    return state


def _told(state: dict[tuple[str, str], dict[str, Any]], key: tuple[str, str]) -> str | None:
    row = state.get(key)
    return None if row is None else ", ".join(f"{name}={value}" for name, value in row.items())
