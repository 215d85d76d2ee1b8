"""Every commit on the disk, one program at a time, and a clear word when the file cannot be used."""

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from tests.store.samples import CONFIG, EPOCH, entry

from trader247.store import sqlite_file as subject
from trader247.store.database import Database, open_database
from trader247.store.faults import (
    DatabaseDamaged,
    DatabaseInUse,
    DatabaseReadOnly,
    DatabaseUnreadable,
    DatabaseUnsafe,
    NotADatabase,
    StorageFull,
)
from trader247.store.journal import Journal
from trader247.store.sqlite_file import FileDatabase
from trader247.store.tables import meta


def keep(database: Database, key: str, value: str = "x") -> None:
    with database.transaction() as connection:
        connection.execute(meta.insert(), {"key": key, "value": value})


def pragma(database: Database, name: str) -> object:
    with database.transaction() as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


def test_every_commit_is_flushed_and_the_lock_is_held_for_good(file_database: FileDatabase) -> None:
    assert pragma(file_database, "synchronous") == 2
    assert pragma(file_database, "journal_mode") == "wal"
    assert pragma(file_database, "locking_mode") == "exclusive"
    assert pragma(file_database, "foreign_keys") == 1


@pytest.mark.fault("DB-02", "DB-05")
def test_a_second_program_is_refused_while_the_first_has_it(
    file_database: FileDatabase, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "BUSY_TIMEOUT_MS", 10)
    with pytest.raises(DatabaseInUse, match=r"trader247\.db is held by another connection.*trader247 status"):
        open_database(path)
    with closing(sqlite3.connect(path, timeout=0.01)) as raw, pytest.raises(sqlite3.OperationalError, match="locked"):
        raw.execute("SELECT * FROM journal")


def test_the_file_is_its_owners_alone(file_database: FileDatabase, path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnreadable, match=r"nowhere/x\.db cannot be opened or made.*folder exists"):
        open_database(tmp_path / "nowhere" / "x.db")


def test_a_folder_is_not_a_database(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnreadable, match="not a regular file"):
        open_database(tmp_path)


def test_a_file_of_something_else_is_refused_untouched(path: Path) -> None:
    path.write_bytes(b"a letter to my aunt, of some length " * 40)
    with pytest.raises(NotADatabase, match=r"is not an SQLite database.*move this one away"):
        open_database(path)
    assert path.read_bytes().startswith(b"a letter to my aunt")


def test_a_damaged_file_is_told_by_the_quick_check(path: Path) -> None:
    with open_database(path) as database:
        Journal(database, epoch=EPOCH, config_hash=CONFIG).append([entry(number) for number in range(2000)])
    content = bytearray(path.read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 64] = b"\xff" * 64
    path.write_bytes(content)
    with open_database(path) as database, pytest.raises(DatabaseDamaged, match=r"damaged.*\.head file"):
        database.quick_check()


@pytest.mark.fault("DB-13")
def test_a_database_that_turns_read_only_is_named(file_database: FileDatabase) -> None:
    file_database._raw.execute("PRAGMA query_only=ON")
    with pytest.raises(DatabaseReadOnly, match="write permission"):
        keep(file_database, "x")


@pytest.mark.fault("DB-01")
def test_a_full_database_is_named_and_goes_on_when_there_is_room(file_database: FileDatabase) -> None:
    file_database._raw.execute("PRAGMA max_page_count=1")  # SQLite takes the present size instead
    with pytest.raises(StorageFull, match=r"no space left.*nothing was written"):
        keep(file_database, "big", "x" * 1_000_000)
    file_database._raw.execute("PRAGMA max_page_count=1000000")
    keep(file_database, "big", "x" * 1_000_000)


@pytest.mark.fault("DB-07")
def test_a_file_that_was_removed_or_replaced_is_noticed(file_database: FileDatabase, path: Path) -> None:
    file_database.check()
    path.rename(path.with_name("moved"))
    with pytest.raises(DatabaseDamaged, match="deleted or replaced"):
        file_database.check()
    path.write_bytes(b"")
    with pytest.raises(DatabaseDamaged, match="deleted or replaced"):
        file_database.check()


def test_a_setting_that_sqlite_does_not_take_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stubborn(sqlite3.Connection):
        def execute(self, sql: str, *rest: object) -> sqlite3.Cursor:
            return super().execute("PRAGMA synchronous=NORMAL" if sql == "PRAGMA synchronous=FULL" else sql)

    monkeypatch.setattr(sqlite3, "connect", Stubborn)
    with pytest.raises(DatabaseUnsafe, match=r"answers synchronous=1, 2 is needed.*local file system"):
        open_database(path)
