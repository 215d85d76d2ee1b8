"""One connection, every commit on the disk, and a clear word when the file cannot be used."""

import sqlite3
import stat
import threading
from contextlib import closing
from pathlib import Path

import pytest
from tests.store.samples import CONFIG, EPOCH, entry

from trader247.errors import ConfigurationInvalid
from trader247.store import database as subject
from trader247.store.database import IN_MEMORY, Database, open_database
from trader247.store.faults import (
    ChangeRefused,
    DatabaseDamaged,
    DatabaseInUse,
    DatabaseReadOnly,
    DatabaseUnreadable,
    DatabaseUnsafe,
    NotADatabase,
    StorageFull,
)
from trader247.store.journal import Journal
from trader247.store.tables import meta


def keep(database: Database, key: str, value: str = "x") -> None:
    with database.transaction() as connection:
        connection.execute(meta.insert(), {"key": key, "value": value})


def pragma(database: Database, name: str) -> object:
    with database.transaction() as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


def test_every_commit_is_flushed_and_the_lock_is_held_for_good(database: Database) -> None:
    assert pragma(database, "synchronous") == 2
    assert pragma(database, "journal_mode") == "wal"
    assert pragma(database, "locking_mode") == "exclusive"
    assert pragma(database, "foreign_keys") == 1


def test_a_block_that_ends_commits_and_one_that_raises_rolls_back(path: Path) -> None:
    with open_database(path) as database:
        keep(database, "kept")
        keep(database, "taken")
        with pytest.raises(ChangeRefused), database.transaction() as connection:
            connection.execute(meta.insert(), [{"key": "lost", "value": "x"}, {"key": "taken", "value": "x"}])
    with closing(sqlite3.connect(path)) as raw:
        assert [row[0] for row in raw.execute("SELECT key FROM meta ORDER BY key")] == ["kept", "taken"]


def test_a_second_transaction_at_once_is_refused_from_the_same_and_from_another_thread(database: Database) -> None:
    refused: list[str] = []

    def try_it() -> None:
        try:
            keep(database, "second")
        except DatabaseInUse as error:
            refused.append(str(error))

    with database.transaction():
        try_it()
        other = threading.Thread(target=try_it)
        other.start()
        other.join()
    assert len(refused) == 2
    assert "one owner" in refused[0]
    keep(database, "afterwards")


def test_the_connection_may_move_from_thread_to_thread(database: Database) -> None:
    worker = threading.Thread(target=keep, args=(database, "from another thread"))
    worker.start()
    worker.join()
    keep(database, "from this thread")


def test_a_second_program_is_refused_while_the_first_has_it(
    database: Database, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "BUSY_TIMEOUT_MS", 10)
    with pytest.raises(DatabaseInUse, match=r"trader247\.db is held by another connection.*trader247 status"):
        open_database(path)
    with closing(sqlite3.connect(path, timeout=0.01)) as raw, pytest.raises(sqlite3.OperationalError, match="locked"):
        raw.execute("SELECT * FROM journal")


def test_the_file_is_its_owners_alone(database: Database, path: Path) -> None:
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


def test_a_sound_file_passes_the_quick_check(database: Database) -> None:
    database.quick_check()


@pytest.mark.fault("DB-13")
def test_a_database_that_turns_read_only_is_named(database: Database) -> None:
    database._raw.execute("PRAGMA query_only=ON")
    with pytest.raises(DatabaseReadOnly, match="write permission"):
        keep(database, "x")


@pytest.mark.fault("DB-01")
def test_a_full_database_is_named_and_goes_on_when_there_is_room(database: Database) -> None:
    database._raw.execute("PRAGMA max_page_count=1")  # SQLite takes the present size instead
    with pytest.raises(StorageFull, match=r"no space left.*nothing was written"):
        keep(database, "big", "x" * 1_000_000)
    database._raw.execute("PRAGMA max_page_count=1000000")
    keep(database, "big", "x" * 1_000_000)


@pytest.mark.fault("DB-07")
def test_a_file_that_was_removed_or_replaced_is_noticed(database: Database, path: Path) -> None:
    database.check_file()
    path.rename(path.with_name("moved"))
    with pytest.raises(DatabaseDamaged, match="deleted or replaced"):
        database.check_file()
    path.write_bytes(b"")
    with pytest.raises(DatabaseDamaged, match="deleted or replaced"):
        database.check_file()


def test_a_setting_that_sqlite_does_not_take_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stubborn(sqlite3.Connection):
        def execute(self, sql: str, *rest: object) -> sqlite3.Cursor:
            return super().execute("PRAGMA synchronous=NORMAL" if sql == "PRAGMA synchronous=FULL" else sql)

    monkeypatch.setattr(sqlite3, "connect", Stubborn)
    with pytest.raises(DatabaseUnsafe, match=r"answers synchronous=1, 2 is needed.*local file system"):
        open_database(path)


def test_a_database_in_memory_needs_no_file() -> None:
    with open_database(IN_MEMORY) as database:
        keep(database, "x")
        database.check_file()
        assert database.path is None


@pytest.mark.parametrize("form", ["{}", "sqlite:///{}"])
def test_a_path_may_be_written_as_text_or_url(path: Path, form: str) -> None:
    with open_database(form.format(path)) as database:
        assert database.path == path


def test_other_database_systems_are_refused_without_showing_the_password() -> None:
    with pytest.raises(ConfigurationInvalid, match=r"postgresql://\.\.\. is not supported") as refused:
        open_database("postgresql://me:hunter2@db/x")
    assert "hunter2" not in str(refused.value)


@pytest.mark.fault("DB-08")
def test_a_backup_is_whole_private_and_replaces_an_older_one(database: Database, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    copy.write_text("an older one")
    keep(database, "kept")
    database.backup(copy)
    with closing(sqlite3.connect(copy)) as raw:
        assert raw.execute("SELECT value FROM meta").fetchall() == [("x",)]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert not list(tmp_path.glob("*unfinished*"))


def test_a_backup_inside_a_transaction_is_refused_at_once(database: Database, tmp_path: Path) -> None:
    with database.transaction(), pytest.raises(DatabaseInUse):
        database.backup(tmp_path / "copy.db")


def test_closing_twice_is_harmless(database: Database) -> None:
    database.close()
    database.close()
