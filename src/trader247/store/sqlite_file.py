"""One SQLite database, one connection, one user at a time, and every committed transaction on the disk.

SQLite runs in WAL with ``synchronous=FULL``: with NORMAL a power loss may roll back commits that were already reported
(https://sqlite.org/pragma.html#pragma_synchronous). The lock is taken for the connection's whole life, so no second
program can read or write beside us; versions 3.7.0 to 3.51.2 can corrupt a WAL database that two connections use at
once, and there is no second connection here on any version.
"""

import os
import sqlite3
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, StaticPool, create_engine, event

from trader247.store.connection import Database
from trader247.store.durable import make_durable
from trader247.store.faults import (
    DatabaseDamaged,
    DatabaseUnreadable,
    DatabaseUnsafe,
    naming_faults,
)
from trader247.store.head_file import head_path

__all__ = ["BUSY_TIMEOUT_MS", "FileDatabase", "open_file"]

BUSY_TIMEOUT_MS: Final = 2_000
"""How long opening waits for another program to let go: longer than a clean exit takes, shorter than patience."""

_WAL_BYTES_MAX: Final = 16 * 1024 * 1024  # what an unusually large transaction may leave behind in the -wal file


class FileDatabase(Database):
    """A database in a file, or in memory; closing folds the ``-wal`` file into it."""

    way_back = (
        "Put back the newest copy of the database, its -wal and its .head file together; or move all three away and"
        " start afresh: the venue's own records are read at the start."
    )

    def __init__(self, raw: sqlite3.Connection, path: Path | None) -> None:
        """Made by ``open_file``, which has set and checked the connection."""
        super().__init__(
            str(path) if path else "the database in memory",
            path,
            head_path(path) if path else None,
        )
        self._raw = raw
        self._inode = _inode(path)
        self._made = _engine_on(raw)

    @property
    def _engine(self) -> Engine:
        return self._made

    def quick_check(self) -> None:
        """Walk the whole file (about 1 s per GB). Raises ``DatabaseDamaged`` with SQLite's first finding."""
        with self.transaction() as connection:
            found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
        if found != "ok":
            finding = " ".join(str(found).split())
            raise DatabaseDamaged(
                f"{self.where} is damaged: {finding}. Restore a backup of the database and its .head file,"
                " or move both away and start afresh: the venue's own records are read at the start."
            )

    def check(self) -> None:
        """Raises ``DatabaseDamaged`` where the file was deleted or replaced under us: writes would go nowhere."""
        if self.path is not None and _inode(self.path) != self._inode:
            raise DatabaseDamaged(
                f"{self.where} was deleted or replaced while in use; what is written now is lost at the next start."
                " Stop, put the file back, and start again."
            )

    def backup(self, to: Path) -> None:
        """A consistent copy at ``to``, durable at return; an older copy there is replaced whole or not at all.

        Raises:
            DatabaseInUse: a transaction is under way; the copying would wait for its end for ever.
        """
        unfinished = to.with_name(f"{to.name}.unfinished")
        unfinished.unlink(missing_ok=True)
        with self._owned(), naming_faults(str(to)):
            unfinished.touch(mode=0o600)
            with closing(sqlite3.connect(unfinished)) as copy:
                self._raw.backup(copy)
        make_durable(unfinished)
        unfinished.rename(to)
        make_durable(to.parent)

    def renew(self) -> None:
        """Nothing: a file is not lost as a connection is."""

    def copy_before_upgrade(self, revision: str) -> Path | None:
        """Beside the file; None for a database in memory."""
        return self.path.with_name(f"{self.path.name}.before-upgrade-from-{revision}") if self.path else None

    def close(self) -> None:
        """Free the connection and its lock. Safe to call twice."""
        self._engine.dispose()
        with naming_faults(self.where):
            self._raw.close()


def open_file(path: Path | None) -> FileDatabase:
    """Open the file (made if missing, for its owner only; None: in memory) and check its settings.

    Raises:
        StoreError: by name: unreadable, not a database, read-only, full, in use.
    """
    where = str(path) if path else "the database in memory"
    if path is not None:
        _make_file(path)
    with naming_faults(where), ExitStack() as undo:
        raw = sqlite3.connect(
            path or ":memory:", timeout=BUSY_TIMEOUT_MS / 1000, isolation_level=None, check_same_thread=False
        )
        undo.callback(raw.close)
        _set_pragmas(raw, where, in_memory=path is None)
        database = FileDatabase(raw, path)
        undo.pop_all()
    return database


def _make_file(path: Path) -> None:
    """Make a missing file readable by its owner only: a journal tells what somebody owns."""
    if path.exists() and not path.is_file():
        raise DatabaseUnreadable(f"{path} is not a regular file. Name a database file.")
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDONLY | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise DatabaseUnreadable(
            f"{path} cannot be opened or made ({error.strerror}). Check that its folder exists and is yours."
        ) from error


def _set_pragmas(raw: sqlite3.Connection, where: str, *, in_memory: bool) -> None:
    """Set, read back and insist: SQLite ignores a pragma it does not like without a word."""
    raw.execute("PRAGMA locking_mode=EXCLUSIVE")
    raw.execute("PRAGMA journal_mode=WAL").fetchone()
    for pragma in ("synchronous=FULL", "foreign_keys=ON", "trusted_schema=OFF", "cell_size_check=ON", "mmap_size=0"):
        raw.execute(f"PRAGMA {pragma}")
    raw.execute(f"PRAGMA journal_size_limit={_WAL_BYTES_MAX}")
    wanted: dict[str, object] = {
        "synchronous": 2,
        "foreign_keys": 1,
        "locking_mode": "exclusive",
        "journal_mode": "memory" if in_memory else "wal",
    }
    for pragma, value in wanted.items():
        found = raw.execute(f"PRAGMA {pragma}").fetchone()[0]
        if found != value:
            raise DatabaseUnsafe(
                f"{where}: SQLite {sqlite3.sqlite_version} answers {pragma}={found}, {value} is needed so that"
                " nothing committed is lost. Put the database on a local file system."
            )
    raw.execute("BEGIN IMMEDIATE")  # takes the lock now, so that a second program is named at the start
    raw.execute("ROLLBACK")


def _engine_on(raw: sqlite3.Connection) -> Engine:
    engine = create_engine("sqlite+pysqlite://", creator=lambda: raw, poolclass=StaticPool)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:  # the driver itself would begin late, and not before DDL
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _inode(path: Path | None) -> tuple[int, int] | None:
    try:
        found = path.stat() if path else None
    except FileNotFoundError:
        return None
    return (found.st_dev, found.st_ino) if found else None
