"""One connection, every commit on the disk, and a clear word when the file cannot be used."""

import sqlite3
import stat
import threading
from contextlib import closing
from pathlib import Path

import pytest
from tests.store.places import Place

from trader247.errors import ConfigurationInvalid
from trader247.store.database import IN_MEMORY, Database, open_database
from trader247.store.faults import (
    ChangeRefused,
    DatabaseInUse,
)
from trader247.store.tables import meta


def keep(database: Database, key: str, value: str = "x") -> None:
    with database.transaction() as connection:
        connection.execute(meta.insert(), {"key": key, "value": value})


def test_a_block_that_ends_commits_and_one_that_raises_rolls_back(place: Place) -> None:
    with place.open() as database:
        keep(database, "kept")
        keep(database, "taken")
        with pytest.raises(ChangeRefused), database.transaction() as connection:
            connection.execute(meta.insert(), [{"key": "lost", "value": "x"}, {"key": "taken", "value": "x"}])
    assert place.ask("SELECT key FROM meta ORDER BY key") == [("kept",), ("taken",)]


@pytest.mark.fault("DB-05")
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


def test_a_sound_file_passes_the_quick_check(database: Database) -> None:
    database.quick_check()


def test_a_database_in_memory_needs_no_file() -> None:
    with open_database(IN_MEMORY) as database:
        keep(database, "x")
        database.check()
        assert database.path is None


@pytest.mark.parametrize("form", ["{}", "sqlite:///{}"])
def test_a_path_may_be_written_as_text_or_url(path: Path, form: str) -> None:
    with open_database(form.format(path)) as database:
        assert database.path == path


def test_other_database_systems_are_refused_without_showing_the_password() -> None:
    with pytest.raises(ConfigurationInvalid, match=r"postgresql://\.\.\. is no database file") as refused:
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
