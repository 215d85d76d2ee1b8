"""What the beginning of a journal that was pruned had made of the projections, so that the rest can be replayed.

A checkpoint is the projections as they were after the last row that went. It is made by replaying: the checkpoint of
before and the rows that go now, through ``changes.apply``, in a database in memory. So it cannot drift from what a
rebuild does, and a step of pruning costs its own rows and not the whole journal. Its text is kept in ``meta``, its hash
in the entry that announces the pruning, which the chain holds.
"""

import json
from collections.abc import Iterable, Mapping
from contextlib import closing
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Connection, StaticPool, Table, create_engine, insert, select

from trader247.model.money import decimal_of, plain
from trader247.store.changes import (
    ACKNOWLEDGED,
    BANS,
    HELD_BREAKERS,
    MARKS,
    OPENED_BREAKERS,
    OPENING,
    TRADING_STATE,
    Change,
    apply,
)
from trader247.store.tables import Money, alerts, fills, flows, halts, meta, metadata, orders, positions

__all__ = ["CHECKPOINT", "KEPT_SUMS", "PROJECTIONS", "digest", "load_checkpoint", "next_checkpoint", "restore"]

CHECKPOINT: Final = "checkpoint"
PROJECTIONS: Final = (fills, orders, positions, flows, halts, alerts)
KEPT_SUMS: Final = (OPENING, MARKS, TRADING_STATE, HELD_BREAKERS, OPENED_BREAKERS, BANS, ACKNOWLEDGED)
_PRUNED_TABLES: Final = (fills, orders, halts, alerts)
"""Of these a pruning deletes rows; what it deleted the next checkpoint leaves out."""


def digest(text: str) -> str:
    """64 hex digits."""
    return sha256(text.encode()).hexdigest()


def load_checkpoint(connection: Connection) -> str | None:
    """The text of the checkpoint, or None where none was made."""
    found: str | None = connection.execute(select(meta.c.value).where(meta.c.key == CHECKPOINT)).scalar()
    return found


def next_checkpoint(connection: Connection, before: str | None, gone: Iterable[Change]) -> str:
    """The checkpoint after these changes too; ``before`` is None where the journal still begins with its first row."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    with closing(engine.raw_connection()), engine.begin() as scratch:
        metadata.create_all(scratch)
        if before is not None:
            restore(scratch, before, alive=_keys(connection))
        apply(scratch, gone)
        text = _spelled(scratch)
    engine.dispose()
    return text


def restore(connection: Connection, text: str, alive: Mapping[str, set[tuple[Any, ...]]] | None = None) -> None:
    """Put a checkpoint's rows into empty projections; with ``alive`` only those whose keys are in it."""
    told = json.loads(text)
    for table in (*PROJECTIONS, meta):
        rows = [_row(table, values) for values in told[table.name]]
        if alive is not None and table.name in alive:
            rows = [row for row in rows if _key(table, row) in alive[table.name]]
        if rows:
            connection.execute(insert(table), rows)


def _keys(connection: Connection) -> dict[str, set[tuple[Any, ...]]]:
    return {
        table.name: {tuple(row) for row in connection.execute(select(*table.primary_key.columns))}
        for table in _PRUNED_TABLES
    }


def _key(table: Table, row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[column.name] for column in table.primary_key.columns)


def _row(table: Table, values: list[Any]) -> dict[str, Any]:
    return {
        column.name: decimal_of(value) if isinstance(column.type, Money) and value is not None else value
        for column, value in zip(table.columns, values, strict=True)
    }


def _spelled(connection: Connection) -> str:
    found: dict[str, list[list[Any]]] = {}
    for table in PROJECTIONS:
        rows = connection.execute(select(table).order_by(*table.primary_key.columns))
        found[table.name] = [[plain(v) if isinstance(v, Decimal) else v for v in row] for row in rows]
    sums = select(meta).where(meta.c.key.in_(KEPT_SUMS)).order_by(meta.c.key)
    found[meta.name] = [list(row) for row in connection.execute(sums)]
    return json.dumps(found, separators=(",", ":"), ensure_ascii=False)
