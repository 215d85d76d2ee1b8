"""The projections answer what the daemon and its faces ask, exactly."""

from decimal import Decimal

import pytest
from attrs import evolve
from tests.store.samples import BTC, EPOCH, after, booked, entry, fill, order, position

from trader247.messages.orders import OrderChanged
from trader247.model.ids import RunEpoch
from trader247.model.instant import DAY, HOUR, Instant, instant
from trader247.model.instrument import Symbol
from trader247.model.mode import OrderKind
from trader247.model.money import Notional
from trader247.model.order import OrderStatus
from trader247.store import projections
from trader247.store.changes import Change
from trader247.store.database import Database
from trader247.store.journal import Journal
from trader247.store.projections import (
    DayResult,
    load_books,
    load_fills,
    load_halt,
    load_orders,
    load_realised_by_day,
    load_recent_orders,
)

NOW = instant("2026-10-02T06:00:00Z")
ETH = Symbol("ETH-USD")


def write(journal: Journal, *changes: Change) -> None:
    journal.append([entry(changes=changes)])


def test_a_new_journal_has_empty_books(database: Database) -> None:
    books = load_books(database, epoch=EPOCH, now=NOW)
    assert (books.orders, books.positions, books.fill_ids, books.flows) == ((), (), frozenset(), ())
    assert books.opening is None
    assert books.marks is None
    assert books.intents_made == books.realised_today == 0
    assert (books.entries_24h, books.stop_outs_24h) == ((), ())
    assert load_halt(database) is None


@pytest.mark.req("OM3")
def test_the_books_give_back_what_is_not_settled_and_the_newest_that_is_oldest_first(
    database: Database, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = order(1, status=OrderStatus.CANCELED)
    newer, older = order(3, status=OrderStatus.UNKNOWN), order(2)
    write(journal, *(OrderChanged(each, "x") for each in (done, newer, older)))
    assert load_orders(database, unsettled_only=True) == (older, newer)
    assert load_orders(database, unsettled_only=False) == (done, older, newer)
    assert load_books(database, epoch=EPOCH, now=NOW).orders == (done, older, newer)
    monkeypatch.setattr(projections, "SETTLED_KEPT", 0)
    assert load_books(database, epoch=EPOCH, now=NOW).orders == (older, newer)


def test_recent_orders_are_those_that_changed_last(database: Database, journal: Journal) -> None:
    write(journal, *(OrderChanged(order(n, changed_at=after(10 - n)), "x") for n in range(1, 5)))
    assert load_recent_orders(database, 2) == (order(1, changed_at=after(9)), order(2, changed_at=after(8)))


def test_fills_since_an_instant_include_that_instant(database: Database, journal: Journal) -> None:
    write(journal, booked(1), booked(2), booked(3))
    assert load_fills(database, after(2)) == (fill(2), fill(3))


@pytest.mark.req("PNL1")
def test_profit_is_summed_per_utc_day_to_the_last_digit(database: Database, journal: Journal) -> None:
    midnight = instant("2026-10-02T00:00:00Z")
    tiny = Notional(Decimal("0.000000000000000001"))
    million = Notional(Decimal(1_000_000))
    write(
        journal,
        booked(1, at=Instant(midnight - 1), realised=Notional(Decimal("-3.30"))),
        booked(2, at=midnight, realised=million),
        booked(3, at=NOW, realised=tiny),
    )
    fee = fill().fee
    today = DayResult(midnight, Notional(million + tiny), Notional(2 * fee), 2)
    yesterday = DayResult(Instant(midnight - DAY), Notional(Decimal("-3.30")), fee, 1)
    assert load_realised_by_day(database, Instant(0)) == (yesterday, today)
    assert load_realised_by_day(database, midnight) == (today,)
    assert load_books(database, epoch=EPOCH, now=NOW).realised_today == million + tiny


@pytest.mark.fault("OL-27")
@pytest.mark.req("CD1")
def test_entries_and_stop_outs_of_the_last_day_are_told_once_per_order(database: Database, journal: Journal) -> None:
    bought = order(1)
    stopped = order(2, kind=OrderKind.EXIT, reason="stop: bid 1 is at or under the stop 2", symbol=ETH)
    reached = order(3, kind=OrderKind.EXIT, reason="target: bid 3 is at or over the target 2")
    old = order(4)
    write(
        journal,
        booked(1, order=bought, at=Instant(NOW - 2 * HOUR)),
        booked(2, order=bought, at=Instant(NOW - HOUR)),
        booked(3, order=stopped, at=Instant(NOW - HOUR), symbol=ETH),
        booked(4, order=reached, at=Instant(NOW - HOUR)),
        booked(5, order=old, at=Instant(NOW - 25 * HOUR)),
    )
    books = load_books(database, epoch=EPOCH, now=NOW)
    assert books.entries_24h == ((BTC, Instant(NOW - HOUR)),)
    assert books.stop_outs_24h == ((ETH, Instant(NOW - HOUR)),)
    assert books.fill_ids == {f"fill-{number}" for number in range(1, 6)}
    assert books.positions == (position(), position(symbol=ETH))


@pytest.mark.req("R3", "CD1")
def test_a_trailing_stop_that_paid_is_no_stop_out_and_one_that_lost_is(database: Database, journal: Journal) -> None:
    paid = order(2, kind=OrderKind.EXIT, reason="trailing_stop: bid 9 is at or under the stop 9, raised from 5")
    lost = order(3, kind=OrderKind.EXIT, reason="trailing_stop: bid 6 is at or under the stop 6, raised from 5")
    write(
        journal,
        evolve(booked(1, order=paid, at=Instant(NOW - HOUR)), realised=Notional(Decimal("0.01"))),
        evolve(booked(2, order=lost, at=Instant(NOW - HOUR), symbol=ETH), realised=Notional(Decimal("-0.01"))),
    )
    assert load_books(database, epoch=EPOCH, now=NOW).stop_outs_24h == ((ETH, Instant(NOW - HOUR)),)


@pytest.mark.req("X1")
def test_the_highest_intent_number_of_this_run_is_known_and_others_do_not_count(
    database: Database, journal: Journal
) -> None:
    write(journal, *(OrderChanged(order(number), "x") for number in (2, 9, 10)))
    write(journal, OrderChanged(order(99, intent_id=f"{'f' * 10}-i99"), "x"))
    assert load_books(database, epoch=EPOCH, now=NOW).intents_made == 10
    assert load_books(database, epoch=RunEpoch("f" * 10), now=NOW).intents_made == 99
    assert load_books(database, epoch=RunEpoch("a" * 10), now=NOW).intents_made == 0
