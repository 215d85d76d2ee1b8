"""What is too old goes (requirement RET1); what still matters, and the proof of the chain, stay."""

from contextlib import closing

import pytest
from tests.store.places import Place
from tests.store.samples import BTC, CONFIG, EPOCH, after, booked, entry, order, position

from trader247.messages.control import AlertChanged, AlertState, HaltCleared, HaltTripped, Severity
from trader247.messages.orders import OrderChanged
from trader247.model.ids import AlertKey
from trader247.model.instant import DAY, Instant, Moment, Mono
from trader247.model.order import OrderStatus
from trader247.store.changes import PositionChanged
from trader247.store.database import Database
from trader247.store.journal import Journal
from trader247.store.projections import load_alerts, load_books, load_fills, load_halts, load_orders
from trader247.store.retention import before_of, prune
from trader247.store.verifying import verify

LATER = after(1000)


def ten_rows(journal: Journal) -> None:
    journal.append([entry(number) for number in range(1, 11)])


@pytest.mark.req("RET1")
def test_old_rows_go_and_the_rest_verifies_also_after_another_start(place: Place) -> None:
    with place.open() as database, closing(Journal(database, epoch=EPOCH, config_hash=CONFIG)) as journal:
        ten_rows(journal)
        assert prune(database, journal, before=after(7), at=LATER, by="retention") == 6
        assert [row.seq for row in journal.read(1, 100)] == [7, 8, 9, 10, 11]
        assert verify(database).intact
        assert prune(database, journal, before=after(9), at=LATER, by="retention") == 2
    with place.open() as database, closing(Journal(database, epoch=EPOCH, config_hash=CONFIG)) as journal:
        journal.append([entry()])
        verdict = verify(database)
        assert (verdict.first_seq, verdict.rows, verdict.intact) == (9, 5, True)


@pytest.mark.req("RET1")
def test_everything_may_go_but_the_word_that_it_went(database: Database, journal: Journal) -> None:
    ten_rows(journal)
    assert prune(database, journal, before=LATER, at=LATER, by="ann") == 10
    (row,) = journal.read(1, 100)
    assert row.kind == "journal.pruned"
    assert row.content["by"] == "ann"
    assert verify(database).intact


def test_nothing_old_enough_writes_nothing(database: Database, journal: Journal) -> None:
    assert prune(database, journal, before=LATER, at=LATER, by="ann") == 0
    ten_rows(journal)
    assert prune(database, journal, before=after(1), at=LATER, by="ann") == 0
    assert journal.head().seq == 10


@pytest.mark.req("RET1")
@pytest.mark.fault("DB-14")
def test_rows_since_the_oldest_living_order_or_position_stay(database: Database, journal: Journal) -> None:
    ten_rows(journal)
    journal.append([entry(changes=(OrderChanged(order(5, status=OrderStatus.OPEN), "x"),))])
    assert prune(database, journal, before=LATER, at=LATER, by="ann") == 4
    held = position(opened_at=after(5))
    done = order(5, status=OrderStatus.CANCELED)
    journal.append([entry(changes=(PositionChanged(BTC, held), OrderChanged(done, "x")))])
    assert prune(database, journal, before=LATER, at=LATER, by="ann") == 0
    assert load_books(database, epoch=EPOCH, now=LATER).positions == (held,)


@pytest.mark.req("RET1")
def test_settled_orders_with_all_their_fills_go_and_the_sums_stay(database: Database, journal: Journal) -> None:
    gone = order(1, status=OrderStatus.CANCELED)
    kept = order(2, status=OrderStatus.CANCELED)
    flat = PositionChanged(BTC, None)
    journal.append([entry(changes=(booked(1, order=gone), booked(2, order=kept), booked(900, order=kept), flat))])
    flows = load_books(database, epoch=EPOCH, now=LATER).flows
    prune(database, journal, before=after(500), at=LATER, by="ann")
    assert load_orders(database, unsettled_only=False) == (kept,)
    assert [fill.fill_id for fill in load_fills(database, Instant(0))] == ["fill-2", "fill-900"]
    assert load_books(database, epoch=EPOCH, now=LATER).flows == flows


@pytest.mark.req("RET1")
def test_closed_alerts_and_halts_go_and_standing_ones_stay(database: Database, journal: Journal) -> None:
    def alert(key: str, state: AlertState) -> AlertChanged:
        return AlertChanged(AlertKey(key), Severity.WARNING, "text", state, 1, after(1), after(1))

    def moment(seconds: int) -> Moment:
        return Moment(after(seconds), Mono(0))

    closed, standing = alert("closed", AlertState.RESOLVED), alert("standing", AlertState.RAISED)
    first = (HaltTripped("one", "x", moment(1)), HaltCleared("ok", "ann", moment(2)))
    journal.append([entry(changes=(closed, standing, *first, HaltTripped("two", "x", moment(3))))])
    prune(database, journal, before=after(500), at=LATER, by="ann")
    assert load_alerts(database, 10) == (standing,)
    assert [halt.reason for halt in load_halts(database, 10)] == ["two"]


@pytest.mark.req("AUD1")
def test_a_cut_that_borrows_an_older_pruning_is_found(place: Place) -> None:
    with place.open() as database, closing(Journal(database, epoch=EPOCH, config_hash=CONFIG)) as journal:
        ten_rows(journal)
        prune(database, journal, before=after(4), at=LATER, by="ann")
    place.do("UPDATE meta SET value = '5' WHERE key = 'pruned_upto'", "DELETE FROM journal WHERE seq < 6")
    with place.open() as database:
        (fault,) = verify(database).faults
    assert (fault.seq, fault.what) == (6, "rows 1 to 5 are missing and no pruning announces that")


def test_ninety_days_are_the_default() -> None:
    assert before_of(Instant(100 * DAY)) == 10 * DAY
    assert before_of(Instant(100 * DAY), days=1) == 99 * DAY
