"""Opening a database, whichever of the two it is, and bringing its schema up to date."""

from contextlib import ExitStack
from pathlib import Path
from typing import Final

from trader247.errors import ConfigurationInvalid
from trader247.store.connection import Database
from trader247.store.migrating import bring_up_to_date, upgrade_due
from trader247.store.server import Server
from trader247.store.sqlite_file import open_file

__all__ = ["IN_MEMORY", "Database", "open_database"]

IN_MEMORY: Final = ":memory:"
"""Names a database that dies with its connection: for simulations, where durability is not the question."""


def open_database(target: Path | str | Server, *, migrate: bool = True, migrations: Path | None = None) -> Database:
    """Open the database (a file is made if missing), check its settings, bring its schema up to date.

    ``target``: a path, ``sqlite:///path``, ``:memory:``, or a database on a server. ``migrations``: another folder of
    migrations, for tests.

    Raises:
        ConfigurationInvalid: a URL of another database system.
        StoreError: by name: unreadable, not a database, another program's, newer schema, read-only, full, in use.
    """
    if isinstance(target, Server):
        from trader247.store.postgresql import open_server  # noqa: PLC0415 - its driver is an extra

        database: Database = open_server(target)
    else:
        database = open_file(_path_of(target))
    with ExitStack() as undo:
        undo.callback(database.close)
        if migrate:
            _migrate(database, migrations)
        undo.pop_all()
    return database


def _path_of(target: Path | str) -> Path | None:
    if isinstance(target, Path):
        return target
    if target == IN_MEMORY:
        return None
    scheme, found, rest = target.partition("://")
    if not found:
        return Path(target)
    if scheme != "sqlite" or not rest.startswith("/"):
        raise ConfigurationInvalid(
            f"{scheme}://... is no database file; use a file path or sqlite:///PATH, and app.database.url for a server"
        )
    return Path(rest[1:])


def _migrate(database: Database, folder: Path | None) -> None:
    """In one transaction of its own, after a copy was laid beside a database that has something to lose."""
    with database.transaction() as connection:
        upgrade = upgrade_due(connection, database.where, folder=folder)
    if upgrade is None:
        return
    if upgrade.found is not None:
        copy = database.copy_before_upgrade(upgrade.found)
        if copy is not None:
            database.backup(copy)
    with database.transaction() as connection:
        bring_up_to_date(connection, upgrade)
