"""Changes land in the projections with the entry that made them, or not at all."""

from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from tests.store import samples
from tests.store.conftest import Blank
from tests.store.samples import BTC, after, booked, entry, fill, order, position

from trader247.messages.control import AlertChanged, HaltCleared, HaltTripped
from trader247.messages.orders import AccountOpened, EquityMarked, OrderChanged
from trader247.model.ids import FillId
from trader247.model.instant import Instant, Moment, Mono
from trader247.model.instrument import Symbol
from trader247.model.money import Notional, Price, Quantity
from trader247.model.order import Fill, Order, OrderStatus, Side
from trader247.model.portfolio import Balance, EquityMarks, Position
from trader247.store.changes import Change, PositionChanged
from trader247.store.database import Database
from trader247.store.faults import ChangeRefused, FillAlreadyBooked
from trader247.store.journal import Journal
from trader247.store.projections import (
    load_alerts,
    load_books,
    load_fills,
    load_halt,
    load_halts,
    load_open_alerts,
    load_orders,
    load_positions,
)
from trader247.store.tables import fills

# the fixture empties the database for each example; how long that takes is the machine's affair
DRAWN = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def write(journal: Journal, *changes: Change) -> None:
    journal.append([entry(changes=changes)])


def moment(seconds: int) -> Moment:
    return Moment(after(seconds), Mono(0))


def books_of(database: Database) -> dict[str, Decimal]:
    return dict(load_books(database, epoch=samples.EPOCH, now=samples.NOON).flows)


def test_an_order_is_replaced_by_its_next_state(database: Database, journal: Journal) -> None:
    write(journal, OrderChanged(order(), "made"))
    later = order(status=OrderStatus.OPEN, changed_at=after(9))
    write(journal, OrderChanged(later, "opened"))
    assert load_orders(database, unsettled_only=False) == (later,)


@pytest.mark.req("PNL1")
def test_a_fill_moves_its_order_its_position_and_both_currencies_at_once(database: Database, journal: Journal) -> None:
    partly = order(status=OrderStatus.PARTIAL_FILL, fill_ids=(FillId("fill-1"),))
    write(journal, booked(order=partly))
    assert load_fills(database, Instant(0)) == (fill(),)
    assert load_orders(database, unsettled_only=True) == (partly,)
    assert load_positions(database) == (position(),)
    cost = Decimal("60000.01") * Decimal("0.25")
    assert books_of(database) == {"BTC": Decimal("0.25"), "USD": -cost - Decimal("60.00001")}
    sale = booked(2, side=Side.SELL, price=Price(Decimal(61000)), position=position(quantity=Quantity(Decimal(0))))
    write(journal, sale)
    assert books_of(database) == {
        "BTC": Decimal(0),
        "USD": Decimal(61000) * Decimal("0.25") - cost - 2 * Decimal("60.00001"),
    }
    assert load_positions(database) == ()


@pytest.mark.fault("PR-03")
def test_a_fill_is_booked_once_and_a_second_time_rolls_everything_back(database: Database, journal: Journal) -> None:
    write(journal, booked())
    head, before = journal.head(), books_of(database)
    with pytest.raises(FillAlreadyBooked, match="fill fill-1 is booked already") as refused:
        journal.append([entry(2, changes=(OrderChanged(order(2), "made"),)), entry(3, changes=(booked(),))])
    assert refused.value.fill_id == "fill-1"
    assert journal.head() == head
    assert books_of(database) == before
    assert len(load_orders(database, unsettled_only=False)) == 1
    write(journal, booked(2))


def test_a_fill_may_come_before_its_order_within_a_batch_but_not_without_it(
    database: Database, journal: Journal
) -> None:
    with pytest.raises(ChangeRefused, match=r"(?i)foreign key"), database.transaction() as connection:
        connection.exec_driver_sql(
            "INSERT INTO fills VALUES ('f', 'nobody', 'v', 'BTC-USD', 'BUY', '1', '1', '0', 'MAKER', 1, '0')"
        )
    assert load_fills(database, Instant(0)) == ()


def test_two_orders_of_one_intent_are_refused(journal: Journal) -> None:
    write(journal, OrderChanged(order(1), "made"))
    with pytest.raises(ChangeRefused, match=r"orders.intent_id"):
        write(journal, OrderChanged(order(2, intent_id=order(1).intent.intent_id), "made"))


def test_a_closed_position_is_gone(database: Database, journal: Journal) -> None:
    write(journal, PositionChanged(BTC, position()))
    assert load_positions(database) == (position(),)
    write(journal, PositionChanged(BTC, None))
    assert load_positions(database) == ()


def test_a_position_of_another_instrument_is_refused(journal: Journal) -> None:
    with pytest.raises(ChangeRefused, match="ETH-USD is said to be one of BTC-USD"):
        write(journal, PositionChanged(Symbol("ETH-USD"), position()))


@pytest.mark.req("K1")
def test_the_first_reason_of_a_halt_stands_until_it_is_cleared(database: Database, journal: Journal) -> None:
    write(journal, HaltTripped("kill file", "kill_switch", moment(1)), HaltTripped("drawdown", "risk", moment(2)))
    standing = load_halt(database)
    assert standing is not None
    assert (standing.reason, standing.by, standing.at) == ("kill file", "kill_switch", after(1))
    write(journal, HaltCleared("looked at it", "ann", moment(3)))
    assert load_halt(database) is None
    write(journal, HaltTripped("drawdown", "risk", moment(4)))
    newest, oldest = load_halts(database, 10)
    assert (newest.reason, newest.cleared_at) == ("drawdown", None)
    assert (oldest.reason, oldest.cleared_by, oldest.cleared_reason) == ("kill file", "ann", "looked at it")


def test_clearing_where_nothing_stands_changes_nothing(database: Database, journal: Journal) -> None:
    write(journal, HaltCleared("by mistake", "ann", moment(3)))
    assert load_halts(database, 10) == ()


def test_the_first_opening_balances_stay(database: Database, journal: Journal) -> None:
    first = (Balance("USD", Decimal("100.10"), Decimal(0)),)
    write(journal, AccountOpened(first))
    write(journal, AccountOpened(()))
    assert load_books(database, epoch=samples.EPOCH, now=samples.NOON).opening == first


def test_the_newest_marks_are_kept(database: Database, journal: Journal) -> None:
    def marks(high_water: int) -> EquityMarks:
        return EquityMarks(
            Notional(Decimal(high_water)), after(0), Notional(Decimal(1)), after(0), Notional(Decimal(2))
        )

    write(journal, EquityMarked(marks(10)))
    write(journal, EquityMarked(marks(11)))
    assert load_books(database, epoch=samples.EPOCH, now=samples.NOON).marks == marks(11)


@given(
    orders=st.lists(
        samples.orders,
        max_size=4,
        unique_by=(lambda drawn: drawn.intent.client_order_id, lambda drawn: drawn.intent.intent_id),
    ),
    positions=st.lists(samples.positions, max_size=4, unique_by=lambda drawn: drawn.symbol),
    alerts=st.lists(samples.alerts, max_size=4, unique_by=lambda drawn: (drawn.key, drawn.raised_at)),
)
@DRAWN
def test_whatever_is_written_is_loaded_equal(
    blank: Blank, orders: list[Order], positions: list[Position], alerts: list[AlertChanged]
) -> None:
    with blank() as (database, journal):
        made: list[Change] = [OrderChanged(drawn, "drawn") for drawn in orders]
        made += [PositionChanged(drawn.symbol, drawn) for drawn in positions]
        write(journal, *made, *alerts)
        assert sorted(load_orders(database, unsettled_only=False), key=repr) == sorted(orders, key=repr)
        unsettled = load_orders(database, unsettled_only=True)
        assert sorted(unsettled, key=repr) == sorted((o for o in orders if not o.settled), key=repr)
        assert sorted(load_positions(database), key=repr) == sorted(positions, key=repr)
        assert sorted(load_alerts(database, 10), key=repr) == sorted(alerts, key=repr)
        still_open = [alert for alert in alerts if alert.state != "resolved"]
        assert sorted(load_open_alerts(database), key=repr) == sorted(still_open, key=repr)


@DRAWN
@given(drawn=samples.fills)
def test_a_drawn_fill_is_loaded_equal(blank: Blank, drawn: Fill) -> None:
    with blank() as (database, journal):
        made = booked(order=order(), position=position(symbol=drawn.symbol))
        write(journal, evolve(made, fill=drawn, realised=drawn.fee))
        assert load_fills(database, Instant(0)) == (drawn,)
        with database.transaction() as connection:
            assert connection.execute(select(fills.c.realised_pnl)).scalar() == drawn.fee
