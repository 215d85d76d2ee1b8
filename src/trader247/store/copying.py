"""Copying every row of one database into another, whichever kind either is, exactly, in one transaction of each."""

from pathlib import Path
from typing import Any, Final

from sqlalchemy import Column, Connection, MetaData, Numeric, Table, func, inspect, select
from sqlalchemy.types import NullType, TypeEngine

from trader247.store.durable import make_durable
from trader247.store.faults import ForeignDatabase
from trader247.store.migrating import VERSION_TABLE, Upgrade, bring_up_to_date, migrations_folder, revision_of
from trader247.store.sqlite_file import open_file
from trader247.store.tables import Money

__all__ = ["copy_rows", "copy_to_file"]

_PAGE_ROWS: Final = 2_000
"""Held in memory at once; a row is a few hundred bytes."""


def copy_rows(source: Connection, target: Connection, where: str) -> int:
    """Every row of every table; answers how many of the journal. ``where`` names the target in errors.

    Raises:
        ForeignDatabase: the target is not empty, or has another schema than the source.
    """
    names = sorted(set(inspect(source).get_table_names()) - {VERSION_TABLE})
    if revision_of(source, "the source") != revision_of(target, where):
        raise ForeignDatabase(f"{where} has another schema than what is copied into it. Open both with this version.")
    rows = 0
    for name in names:
        table = _table(name, source, target)
        if target.execute(select(func.count()).select_from(table)).scalar_one():
            raise ForeignDatabase(f"{where} is not empty: its table {name} has rows. Name an empty database.")
        found = source.execute(select(table), execution_options={"yield_per": _PAGE_ROWS})
        for page in found.mappings().partitions():
            target.execute(table.insert(), [dict(row) for row in page])
            rows += len(page) if name == "journal" else 0
    return rows


def copy_to_file(source: Connection, to: Path, where: str) -> None:
    """The whole database as an SQLite file of the same schema revision, durable at return.

    ``where`` names the source in errors. An older file at ``to`` is replaced whole or not at all.
    """
    unfinished = to.with_name(f"{to.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    revision = revision_of(source, where)
    with open_file(unfinished) as copy, copy.transaction() as target:
        if revision is not None:
            bring_up_to_date(target, Upgrade(None, migrations_folder()), to=revision)
            copy_rows(source, target, str(to))
    make_durable(unfinished)
    unfinished.rename(to)
    make_durable(to.parent)


def _table(name: str, source: Connection, target: Connection) -> Table:
    """The table as both have it: what is a number of any length to one of them is money to both."""
    kinds: dict[str, list[Any]] = {}
    for connection in (source, target):
        for column in inspect(connection).get_columns(name):
            kinds.setdefault(column["name"], []).append(column["type"])
    return Table(name, MetaData(), *(Column(column, _kind(found)) for column, found in kinds.items()))


def _kind(found: list[Any]) -> TypeEngine[Any]:
    return Money() if any(isinstance(kind, Numeric) for kind in found) else NullType()
