"""What was appended is on the disk in its order, whatever happens to the process, and nothing else is."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import event
from tests.store.places import Place
from tests.store.samples import CONFIG, EPOCH, entry, order

from trader247.messages.orders import OrderChanged
from trader247.store import journal as subject
from trader247.store.chain import GENESIS_HASH
from trader247.store.database import IN_MEMORY, Database, open_database
from trader247.store.faults import EntryRefused, JournalDamaged, JournalStopped, StorageFailed, StorageFull
from trader247.store.head_file import HeadFile, head_path
from trader247.store.journal import Entry, Journal, accept_end
from trader247.store.projections import load_orders
from trader247.store.server import Server
from trader247.store.sqlite_file import FileDatabase
from trader247.store.verifying import verify


def fresh(database: Database) -> Journal:
    return Journal(database, epoch=EPOCH, config_hash=CONFIG)


def filled(place: Place, rows: int) -> None:
    with place.open() as database, closing(fresh(database)) as journal:
        journal.append([entry(number) for number in range(1, rows + 1)])


def fails_with(database: Database, code: str, at: str) -> None:
    """From now on the driver fails as SQLite does, at the first statement that starts with ``at``."""

    @event.listens_for(database._engine, "before_cursor_execute")
    def _fail(connection: object, cursor: object, statement: str, *rest: object) -> None:
        if statement.startswith(at):
            error = sqlite3.OperationalError("injected")
            error.sqlite_errorname = code
            raise error


@pytest.mark.req("AUD1", "C2")
def test_rows_are_numbered_without_a_gap_linked_and_stamped(journal: Journal) -> None:
    first = journal.append([entry(1), entry(2, cause=77)])
    second = journal.append([entry(3)])
    rows = journal.read(1, 10)
    assert [row.seq for row in rows] == [1, 2, 3] == [written.seq for written in first + second]
    assert [row.prev_hash for row in rows] == [GENESIS_HASH, rows[0].hash, rows[1].hash]
    assert {(row.epoch, row.config_hash) for row in rows} == {(EPOCH, CONFIG)}
    assert [row.cause for row in rows] == [None, 77, None]
    assert rows[1].content == {"number": 2, "text": "the 2th"}
    assert journal.head().hash == rows[2].hash == rows[2].own_hash()


def test_reading_is_paged_and_the_tail_is_the_end(journal: Journal) -> None:
    journal.append([entry(number) for number in range(1, 8)])
    assert [row.seq for row in journal.read(3, 2)] == [3, 4]
    assert [row.seq for row in journal.read(7, 5)] == [7]
    assert journal.read(8, 5) == []
    assert [row.seq for row in journal.tail(3)] == [5, 6, 7]
    assert [row.seq for row in journal.tail(100)] == [1, 2, 3, 4, 5, 6, 7]
    assert journal.tail(0) == []


def test_nothing_to_write_writes_nothing(journal: Journal) -> None:
    assert journal.append([]) == []
    assert journal.head().seq == 0


def test_a_batch_over_the_limit_is_refused(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "BATCH_ENTRIES_MAX", 2)
    journal.append([entry(), entry()])
    with pytest.raises(EntryRefused, match="a batch of 3 entries, 2 at most"):
        journal.append([entry(), entry(), entry()])


def test_an_entry_that_cannot_be_written_leaves_the_journal_as_it_was(journal: Journal) -> None:
    with pytest.raises(EntryRefused):
        journal.append([entry(), Entry("bad", {"x": object()}, entry().at)])
    assert journal.append([entry()])[0].seq == 1


def test_the_chain_goes_on_over_starts(place: Place) -> None:
    for start in range(3):
        with place.open() as database, closing(fresh(database)) as journal:
            assert journal.head().seq == start
            assert journal.adopted == 0
            journal.append([entry()])
    with place.open() as database:
        assert verify(database).rows == 3
        assert verify(database).intact


def test_the_table_itself_refuses_to_be_edited_or_cut(database: Database, journal: Journal) -> None:
    journal.append([entry(), entry()])
    for statement in ("UPDATE journal SET kind = 'x'", "DELETE FROM journal WHERE seq = 2", "DELETE FROM journal"):
        with pytest.raises(Exception, match="append-only"), database.transaction() as connection:
            connection.exec_driver_sql(statement)
    assert verify(database).intact


@pytest.mark.fault("DB-01")
def test_a_full_disk_writes_nothing_and_the_journal_goes_on(path: Path) -> None:
    with open_database(path) as database, closing(fresh(database)) as journal:
        _fill_up(database, journal)


def _fill_up(database: Database, journal: Journal) -> None:
    assert isinstance(database, FileDatabase)
    journal.append([entry()])
    database._raw.execute("PRAGMA max_page_count=1")
    big = Entry("big", {"x": "y" * 200_000}, entry().at, changes=(OrderChanged(order(), "made"),))
    with pytest.raises(StorageFull):
        journal.append([big])
    assert journal.head().seq == 1
    assert load_orders(database, unsettled_only=False) == ()
    database._raw.execute("PRAGMA max_page_count=100000")
    assert journal.append([big])[0].seq == 2
    assert verify(database).intact


@pytest.mark.fault("DB-03")
@pytest.mark.parametrize("at", ["INSERT INTO journal", "INSERT INTO orders"])
def test_after_a_failing_disk_the_journal_takes_no_more_until_it_is_opened_again(place: Place, at: str) -> None:
    with place.open() as database, closing(fresh(database)) as journal:
        journal.append([entry()])
        fails_with(database, "SQLITE_IOERR_FSYNC", at)
        with pytest.raises(StorageFailed, match="SQLITE_IOERR_FSYNC"):
            journal.append([entry(2, changes=(OrderChanged(order(), "made"),))])
        with pytest.raises(JournalStopped, match=r"has stopped after: .*SQLITE_IOERR_FSYNC"):
            journal.append([entry(3)])
    with place.open() as database, closing(fresh(database)) as journal:
        assert journal.append([entry(4)])[0].seq == 2


def test_a_crash_between_the_commit_and_the_head_is_taken_over_and_told(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(self: HeadFile, head: object) -> None:
        raise StorageFailed("the power went")

    with place.open() as database, closing(fresh(database)) as journal:
        journal.append([entry(1)])
        with monkeypatch.context() as patched:
            patched.setattr(HeadFile, "write", dies)
            with pytest.raises(StorageFailed):
                journal.append([entry(2), entry(3)])
        assert verify(database).unwitnessed == 2
        assert verify(database).intact
    with place.open() as database, closing(fresh(database)) as journal:
        assert journal.adopted == 2
        assert journal.head().seq == 3
        assert verify(database).unwitnessed == 0


@pytest.mark.req("AUD1")
@pytest.mark.fault("DB-08", "DB-09")
def test_an_old_copy_of_the_database_is_noticed_at_the_start(place: Place) -> None:
    filled(place, 3)
    place.keep_copy()
    with place.open() as database, closing(fresh(database)) as journal:
        journal.append([entry(4), entry(5)])
    place.put_back()
    with (
        place.open() as database,
        pytest.raises(JournalDamaged, match=r"rows 4 to 5 are missing at the end \(an old copy, or a cut\).*venue"),
    ):
        fresh(database)


def test_another_journals_head_file_is_noticed_at_the_start(place: Place, tmp_path: Path) -> None:
    filled(place, 3)
    other = tmp_path / "other.db"
    with open_database(other) as database, closing(fresh(database)) as journal:
        journal.append([entry(9)])
    place.head.write_bytes(head_path(other).read_bytes())
    with place.open() as database, pytest.raises(JournalDamaged, match="row 1 is not the row that was written"):
        fresh(database)


def test_a_missing_head_file_is_noticed_at_the_start(place: Place) -> None:
    filled(place, 3)
    place.head.unlink()
    with place.open() as database, pytest.raises(JournalDamaged, match="head file is missing"):
        fresh(database)


def test_a_forged_row_beyond_the_head_is_noticed_at_the_start(place: Place) -> None:
    filled(place, 3)
    place.do("INSERT INTO journal VALUES (4, 5, 'k', NULL, 'c', 'e', '{}', 'x', 'y')")
    with place.open() as database, pytest.raises(JournalDamaged, match="row 4: it does not follow"):
        fresh(database)


def test_a_person_may_accept_a_lost_end_and_the_journal_says_so_for_ever(place: Place) -> None:
    filled(place, 3)
    place.keep_copy()
    with place.open() as database, closing(fresh(database)) as journal:
        journal.append([entry(4)])
    place.put_back()
    word = Entry("journal.end_accepted", {"by": "ann", "reason": "restored a backup"}, entry().at)
    with place.open() as database:
        with closing(accept_end(database, word, epoch=EPOCH, config_hash=CONFIG)) as journal:
            (row,) = journal.tail(1)
            assert row.content == {
                "by": "ann",
                "reason": "restored a backup",
                "found": {"last_seq": 3, "head_seq": 4},
            }
        assert verify(database).intact
    with place.open() as database:
        fresh(database).close()


def test_a_journal_in_memory_needs_no_head_file() -> None:
    with open_database(IN_MEMORY) as database, closing(fresh(database)) as journal:
        journal.append([entry(number) for number in range(1, 4)])
        assert verify(database).intact
        again = accept_end(database, entry(4), epoch=EPOCH, config_hash=CONFIG)
        assert again.head().seq == 4


_WRITER = """
import sys
from pathlib import Path
from trader247.store.database import open_database
from trader247.store.journal import Entry, Journal
from trader247.store.server import Server
url, folder, password = sys.argv[1:]
target = Server(url, Path(folder), password) if "://" in url else Path(url)
journal = Journal(open_database(target), epoch="e", config_hash="c")
while True:
    written = journal.append([Entry("k", {"n": n}, n) for n in range(3)])
    print(written[-1].seq, flush=True)
"""


@pytest.mark.req("OM3")
@pytest.mark.fault("PR-01", "DB-04")
@pytest.mark.parametrize("lines", [1, 20, 45])
def test_what_was_acknowledged_survives_a_kill(place: Place, lines: int) -> None:
    address = place.target
    told = (
        [address.url, str(address.folder), str(address.password)] if isinstance(address, Server) else [address, "", ""]
    )
    writer = subprocess.Popen(
        [sys.executable, "-c", _WRITER, *told],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(subject.__file__).parents[2])},
    )
    with writer:
        assert writer.stdout is not None
        acknowledged = [int(writer.stdout.readline()) for _ in range(lines)][-1]
        writer.send_signal(signal.SIGKILL)
    with place.open() as database, closing(fresh(database)) as journal:
        assert journal.head().seq >= acknowledged
        assert journal.head().seq % 3 == 0  # no half batch
        assert journal.adopted in {0, 3}
        assert verify(database).intact


def test_the_stored_body_is_the_canonical_text(journal: Journal) -> None:
    journal.append([Entry("k", {"b": 1, "a": [1, 2]}, entry().at)])
    (row,) = journal.read(1, 1)
    assert row.body == '{"a":[1,2],"b":1}'
    assert json.loads(row.body) == row.content
