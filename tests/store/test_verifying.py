"""Any edit, cut, insertion or move is found (requirement AUD1), and the finding names the row."""

# ruff: noqa: S608 - the names of columns are our own

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.store.samples import CONFIG, EPOCH, entry

from trader247.store.chain import Record
from trader247.store.database import Database, open_database
from trader247.store.head_file import head_path
from trader247.store.journal import Journal
from trader247.store.verifying import FAULTS_MAX, Verdict, verify

ROWS = 12
_COLUMNS = ("at_utc_ns", "kind", "cause", "config_hash", "epoch", "body", "prev_hash", "hash")

Edit = Callable[[sqlite3.Connection], object]


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("honest") / "trader247.db"
    with open_database(path) as database, closing(Journal(database, epoch=EPOCH, config_hash=CONFIG)) as journal:
        journal.append([entry(number) for number in range(1, 6)])
        journal.append([entry(number, cause=number) for number in range(6, ROWS + 1)])
    return path


def verdict_after(honest: Path, edit: Edit) -> Verdict:
    """The verdict on a copy that somebody has edited who knows how to take the guards off."""
    folder = honest.parent / "copy"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    path = folder / honest.name
    shutil.copy(honest, path)
    shutil.copy(head_path(honest), head_path(path))
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        raw.execute("DROP TRIGGER journal_is_never_edited")
        raw.execute("DROP TRIGGER journal_is_only_pruned")
        edit(raw)
    with open_database(path) as database:
        return verify(database)


def told(verdict: Verdict) -> list[tuple[int, str]]:
    return [(fault.seq, fault.what) for fault in verdict.faults]


def rechained(raw: sqlite3.Connection, from_seq: int) -> None:
    """What a forger does who knows the formula: hash everything again from the edited row on."""
    rows = [Record(*row) for row in raw.execute("SELECT * FROM journal WHERE seq >= ? ORDER BY seq", (from_seq - 1,))]
    last = rows[0].hash if rows[0].seq == from_seq - 1 else "0" * 64
    for row in rows[1:] if rows[0].seq == from_seq - 1 else rows:
        moved = row._replace(prev_hash=last)
        last = moved.own_hash()
        raw.execute("UPDATE journal SET prev_hash = ?, hash = ? WHERE seq = ?", (moved.prev_hash, last, row.seq))


@pytest.mark.req("AUD1")
def test_an_untouched_journal_is_intact(honest: Path) -> None:
    verdict = verdict_after(honest, lambda raw: None)
    assert verdict == Verdict(first_seq=1, last_seq=ROWS, rows=ROWS, faults=(), unwitnessed=0)
    assert verdict.intact


values = st.integers(-(2**62), 2**62) | st.text(st.characters(exclude_categories=["Cs"]), max_size=70)


@pytest.mark.req("AUD1")
@settings(max_examples=200)
@given(seq=st.integers(1, ROWS), column=st.sampled_from(_COLUMNS), value=values)
def test_any_edited_field_is_found_at_its_row(honest: Path, seq: int, column: str, value: object) -> None:
    changed = False

    def edit(raw: sqlite3.Connection) -> None:
        nonlocal changed
        before = raw.execute(f"SELECT {column} FROM journal WHERE seq = ?", (seq,)).fetchone()
        try:
            raw.execute(f"UPDATE journal SET {column} = ? WHERE seq = ?", (value, seq))
        except sqlite3.IntegrityError:  # a text where a number belongs: the table refuses by itself
            return
        changed = raw.execute(f"SELECT {column} FROM journal WHERE seq = ?", (seq,)).fetchone() != before

    verdict = verdict_after(honest, edit)
    assert verdict.intact == (not changed)
    assert not changed or verdict.faults[0].seq == seq


@pytest.mark.req("AUD1")
@settings(max_examples=60)
@given(gone=st.sets(st.integers(1, ROWS), min_size=1))
def test_any_deleted_rows_are_found(honest: Path, gone: set[int]) -> None:
    marks = ",".join("?" * len(gone))
    verdict = verdict_after(honest, lambda raw: raw.execute(f"DELETE FROM journal WHERE seq IN ({marks})", [*gone]))
    assert not verdict.intact
    whole = " ".join(fault.what for fault in verdict.faults)
    assert "missing" in whole


@pytest.mark.req("AUD1")
@settings(max_examples=60)
@given(order=st.permutations(range(1, ROWS + 1)))
def test_any_other_order_is_found(honest: Path, order: list[int]) -> None:
    def edit(raw: sqlite3.Connection) -> None:
        for old, new in enumerate(order, start=1):
            raw.execute("UPDATE journal SET seq = ? WHERE seq = ?", (-new, old))
        raw.execute("UPDATE journal SET seq = -seq")

    assert verdict_after(honest, edit).intact == (order == sorted(order))


@pytest.mark.req("AUD1")
@settings(max_examples=40)
@given(at=st.integers(1, ROWS + 1), of=st.integers(1, ROWS))
def test_any_inserted_row_is_found(honest: Path, at: int, of: int) -> None:
    def edit(raw: sqlite3.Connection) -> None:
        raw.execute("UPDATE journal SET seq = -seq - 1 WHERE seq >= ?", (at,))
        raw.execute("UPDATE journal SET seq = -seq WHERE seq < 0")
        source = of if of < at else of + 1
        columns = ", ".join(_COLUMNS)
        raw.execute(f"INSERT INTO journal SELECT ?, {columns} FROM journal WHERE seq = ?", (at, source))

    assert not verdict_after(honest, edit).intact


@pytest.mark.req("AUD1")
@pytest.mark.parametrize("from_seq", range(1, ROWS + 1))
def test_a_forger_who_chains_everything_again_is_betrayed_by_the_head_file(honest: Path, from_seq: int) -> None:
    def edit(raw: sqlite3.Connection) -> None:
        raw.execute("UPDATE journal SET body = '{}' WHERE seq = ?", (from_seq,))
        rechained(raw, from_seq)

    assert told(verdict_after(honest, edit)) == [
        (ROWS, f"row {ROWS} is not the row that was written there: the chain was rewritten")
    ]


def test_a_well_made_row_beyond_the_head_is_counted_as_unwitnessed(honest: Path) -> None:
    def edit(raw: sqlite3.Connection) -> None:
        raw.execute(f"INSERT INTO journal SELECT {ROWS + 1}, {', '.join(_COLUMNS)} FROM journal WHERE seq = 3")
        rechained(raw, ROWS + 1)

    verdict = verdict_after(honest, edit)
    assert verdict.intact
    assert verdict.unwitnessed == 1


def test_findings_say_what_was_done(honest: Path) -> None:
    edited = verdict_after(honest, lambda raw: raw.execute("UPDATE journal SET body = '{}' WHERE seq = 4"))
    assert told(edited) == [(4, "its content does not match its hash: it was edited")]
    cut = verdict_after(honest, lambda raw: raw.execute("DELETE FROM journal WHERE seq > 9"))
    assert told(cut) == [(9, "rows 10 to 12 are missing at the end (an old copy, or a cut)")]
    holed = verdict_after(honest, lambda raw: raw.execute("DELETE FROM journal WHERE seq IN (4, 5)"))
    assert told(holed) == [(6, "rows 4 to 5 are missing")]
    beheaded = verdict_after(honest, lambda raw: raw.execute("DELETE FROM journal WHERE seq < 4"))
    assert told(beheaded) == [(4, "rows 1 to 3 are missing and no pruning announces that")]
    emptied = verdict_after(honest, lambda raw: raw.execute("DELETE FROM journal"))
    assert told(emptied) == [(0, "rows 1 to 12 are missing at the end (an old copy, or a cut)")]


def test_many_faults_are_told_up_to_a_limit(database: Database, journal: Journal) -> None:
    journal.append([entry(number) for number in range(1, 40)])
    with database.transaction() as connection:
        connection.exec_driver_sql("DROP TRIGGER journal_is_never_edited")
        connection.exec_driver_sql("UPDATE journal SET body = '{}'")
    assert len(verify(database).faults) == FAULTS_MAX


def test_a_removed_head_file_is_a_finding(database: Database, journal: Journal, path: Path) -> None:
    assert verify(database).rows == 0
    journal.append([entry()])
    head_path(path).unlink()
    verdict = verify(database)
    assert told(verdict) == [(1, "the head file is missing, so nobody can tell whether row 1 is the last")]
    assert verdict.unwitnessed == 1


def test_an_empty_journal_without_head_file_is_intact(database: Database) -> None:
    assert verify(database) == Verdict(first_seq=1, last_seq=0, rows=0, faults=(), unwitnessed=0)


def test_progress_is_told_per_page_and_ends_at_the_total(
    database: Database, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trader247.store.verifying._PAGE_ROWS", 4)
    journal.append([entry(number) for number in range(1, 11)])
    seen: list[tuple[int, int]] = []
    verify(database, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(4, 10), (8, 10), (10, 10)]


def test_a_part_can_be_checked_alone(honest: Path) -> None:
    with open_database(honest) as database:
        part = verify(database, from_seq=5, upto_seq=8)
        assert (part.first_seq, part.last_seq, part.rows, part.intact) == (5, 8, 4, True)
        assert verify(database, from_seq=5).last_seq == ROWS
        assert verify(database, from_seq=ROWS + 5).rows == 0
