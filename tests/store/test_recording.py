"""The journal as the actors know it, on a real database."""

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.builders import at, order
from tests.store.samples import CONFIG, EPOCH, booked

from trader247.errors import FactRefused, Trader247Error
from trader247.messages.codec import as_plain
from trader247.messages.control import DaemonStarted, HaltTripped
from trader247.messages.orders import OrderChanged
from trader247.model.instant import EPOCH as FIRST
from trader247.model.instant import Moment, Mono
from trader247.model.mode import Mode
from trader247.ports import Recorded
from trader247.store.ballast import Ballast
from trader247.store.database import Database
from trader247.store.faults import ConnectionLost, StorageFull
from trader247.store.journal import Journal
from trader247.store.projections import load_fills, load_halt, load_orders
from trader247.store.recording import Recorder
from trader247.store.sqlite_file import FileDatabase
from trader247.store.verifying import verify

STARTED = DaemonStarted("00c0ffee00", "0.1.0", Mode.PAPER, "embedded", "account", "00112233aabbccdd")
TRIPPED = HaltTripped("the disk is full", "journal", Moment(at(1), Mono(1)))


class Book:
    """A recorder with its ballast, and what it said about a full disk."""

    def __init__(self, folder: Path, database: Database, journal: Journal) -> None:
        self.told: list[tuple[str, bool]] = []
        self.ballast = Ballast(folder)
        self.ballast.take()
        self.database = database
        self.journal = journal
        self.recorder = Recorder(
            database, journal, self.ballast, EPOCH, lambda why: self.told.append((why, self.ballast.standing))
        )


@pytest.fixture
def book(tmp_path: Path, database: Database, journal: Journal) -> Book:
    return Book(tmp_path, database, journal)


def told(fact: object, second: float = 0, cause: int | None = None) -> Recorded:
    return Recorded(fact, at(second), cause)  # type: ignore[arg-type]


@pytest.mark.req("AUD1", "X2")
def test_a_fact_is_a_row_under_its_own_name_whole_with_its_time_and_its_cause(book: Book) -> None:
    assert book.recorder.record([told(STARTED, 1), told(OrderChanged(order(), "made"), 2, cause=77)]) == 2
    first, second = book.journal.read(1, 10)
    assert (first.kind, first.at, first.cause) == ("daemon_started", at(1), None)
    assert (second.kind, second.at, second.cause) == ("order_changed", at(2), 77)
    assert json.loads(first.body) == as_plain(STARTED)
    assert verify(book.database).intact


@pytest.mark.req("OM3")
def test_what_a_fact_changes_is_in_the_projections_when_record_returns_and_in_the_books(book: Book) -> None:
    made = order()
    book.recorder.record([told(OrderChanged(made, "made")), told(TRIPPED)])
    assert load_orders(book.database, unsettled_only=True) == (made,)
    assert book.recorder.books(at(3)).orders == (made,)
    halt = load_halt(book.database)
    assert halt is not None
    assert halt.reason == "the disk is full"


@pytest.mark.fault("OL-06")
def test_a_fill_booked_twice_is_a_refused_fact_and_nothing_of_its_group_is_written(book: Book) -> None:
    book.recorder.record([told(booked(1))])
    with pytest.raises(FactRefused, match="is booked already"):
        book.recorder.record([told(STARTED), told(booked(1))])
    assert book.journal.head().seq == 1
    assert len(load_fills(book.database, FIRST)) == 1
    assert book.recorder.record([told(STARTED)]) == 2


def test_a_fact_without_a_spelling_is_refused_and_the_journal_goes_on(book: Book) -> None:
    class Odd:
        pass

    with pytest.raises(FactRefused, match="Odd has no plain spelling"):
        book.recorder.record([told(Odd())])
    assert book.recorder.record([told(STARTED)]) == 1


def test_nothing_to_write_is_answered_with_the_last_row(book: Book) -> None:
    assert book.recorder.record([]) == 0
    book.recorder.record([told(STARTED)])
    assert book.recorder.record([]) == 1


@pytest.mark.fault("DB-01")
def test_a_full_disk_is_told_before_the_ballast_is_given_back_and_then_the_facts_are_written(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = book.journal.append

    def full_while_the_ballast_stands(entries: object) -> object:
        if book.ballast.standing:
            raise StorageFull("no space left on the device")
        return honest(entries)  # type: ignore[arg-type]

    monkeypatch.setattr(book.journal, "append", full_while_the_ballast_stands)
    assert book.recorder.record([told(STARTED)]) == 1
    assert book.told == [("no space left on the device", True)]
    assert not book.ballast.standing


@pytest.mark.fault("DB-01")
def test_a_full_disk_with_no_ballast_left_is_an_error_that_is_no_refused_fact(
    tmp_path: Path, file_database: FileDatabase
) -> None:
    with closing(Journal(file_database, epoch=EPOCH, config_hash=CONFIG)) as journal:
        _fill_up(Book(tmp_path, file_database, journal), file_database)


def _fill_up(book: Book, database: FileDatabase) -> None:
    book.ballast.release()
    database._raw.execute("PRAGMA max_page_count=1")
    group = [told(OrderChanged(order(), "x" * 2_000), second) for second in range(200)]
    with pytest.raises(Trader247Error) as caught:
        book.recorder.record(group)
    assert not isinstance(caught.value, FactRefused)
    assert [standing for _, standing in book.told] == [False]
    assert book.journal.head().seq == 0


@pytest.mark.fault("DB-15")
@pytest.mark.parametrize("happened", [True, False], ids=["written", "not written"])
def test_facts_whose_commit_is_in_doubt_are_written_once_whatever_became_of_it(
    book: Book, happened: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = [told(STARTED), told(booked(1))]
    book.recorder.record([told(OrderChanged(order(), "made"))])
    _lose_the_answer(book, monkeypatch, happened=happened)
    with pytest.raises(ConnectionLost):
        book.recorder.record(facts)
    book.journal.close()
    with closing(Journal(book.database, epoch=EPOCH, config_hash=CONFIG)) as journal:
        again = Recorder(book.database, journal, book.ballast, EPOCH, pytest.fail)
        again.follow(book.recorder)
        last = Recorder(book.database, journal, book.ballast, EPOCH, pytest.fail)
        last.follow(again)  # an incarnation that wrote nothing forgets nothing
        assert last.record([*facts, told(TRIPPED)]) == 4
        assert last.record([told(booked(2))]) == 5
        kinds = [row.kind for row in journal.read(1, 10)]
    assert kinds == ["order_changed", "daemon_started", "fill_booked", "halt_tripped", "fill_booked"]
    assert verify(book.database).intact


def test_facts_in_doubt_are_known_again_one_by_one(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = [told(STARTED), told(TRIPPED)]
    _lose_the_answer(book, monkeypatch, happened=True)
    with pytest.raises(ConnectionLost):
        book.recorder.record(facts)
    book.journal.close()
    with closing(Journal(book.database, epoch=EPOCH, config_hash=CONFIG)) as journal:
        again = Recorder(book.database, journal, book.ballast, EPOCH, pytest.fail)
        again.follow(book.recorder)
        assert [again.record([fact]) for fact in (*facts, told(STARTED))] == [2, 2, 3]


def _lose_the_answer(book: Book, monkeypatch: pytest.MonkeyPatch, *, happened: bool) -> None:
    """The next commit happens or not, and the line breaks before anybody says so."""
    honest = book.journal._write

    def write(rows: Any, entries: Any) -> None:
        if happened:
            honest(rows, entries)
        raise ConnectionLost("the line broke at COMMIT")

    monkeypatch.setattr(book.journal, "_write", write)
