"""The projections follow from the journal alone: recomputed they are what was kept (requirement PNL1)."""

from contextlib import suppress
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Delete, Update, delete, update
from tests.store import samples
from tests.store.conftest import Blank
from tests.store.places import Place
from tests.store.samples import BTC, CONFIG, EPOCH, after, booked, order, position

from trader247.messages.bans import Ban, BanKind, BanLifted, InstrumentBanned
from trader247.messages.breakers import BreakerChanged, BreakerLine, BreakerState, SetBreaker
from trader247.messages.codec import as_plain, kind_of
from trader247.messages.control import HaltCleared, HaltTripped, LossAcknowledged, SetTradingState
from trader247.messages.orders import AccountOpened, EquityMarked, OrderChanged, StopRaised
from trader247.model.instant import Moment, Mono
from trader247.model.instrument import Symbol
from trader247.model.mode import TradingState
from trader247.model.order import OrderStatus, Side
from trader247.model.portfolio import AcknowledgedLoss, Balance, EquityMarks
from trader247.store import retention
from trader247.store.changes import Change, PositionChanged
from trader247.store.database import Database
from trader247.store.faults import FillAlreadyBooked
from trader247.store.journal import Entry, Journal
from trader247.store.projections import load_books, load_orders
from trader247.store.rebuilding import RebuildImpossible, rebuild
from trader247.store.retention import prune
from trader247.store.tables import meta
from trader247.store.verifying import verify

DRAWN = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def told(journal: Journal, *changes: Change) -> None:
    """As the recorder writes: the message is the row, and is what it changes."""
    journal.append([Entry(kind_of(change), as_plain(change), after(1), changes=(change,)) for change in changes])


def moment(seconds: int) -> Moment:
    return Moment(after(seconds), Mono(seconds))


numbers = st.integers(1, 4)
amounts = st.integers(1, 10**12).map(lambda digits: Decimal(digits).scaleb(-8))
balances = st.lists(st.builds(Balance, st.sampled_from(["USD", "BTC"]), amounts, amounts), max_size=2).map(tuple)
marks = st.builds(EquityMarks, amounts, samples.instants, amounts, samples.instants, amounts)
moments = st.integers(1, 99).map(moment)
changes = st.one_of(
    st.builds(
        lambda number, status, at, filled: OrderChanged(
            order(number, status=status, changed_at=after(at), filled=filled), "drawn"
        ),
        numbers, st.sampled_from(OrderStatus), st.integers(1, 99), amounts,
    ),
    st.builds(
        lambda number, of, side, price, quantity, fee, held: evolve(
            booked(number, order=order(of), side=side, price=price, quantity=quantity, fee=fee),
            position=position(quantity=held),
        ),
        st.integers(1, 20), numbers, st.sampled_from(Side), amounts, amounts, amounts, amounts | st.just(Decimal(0)),
    ),
    st.builds(lambda held: PositionChanged(BTC, position(quantity=held) if held else None), st.none() | amounts),
    st.builds(lambda held, stop: StopRaised(position(quantity=held, stop_price=stop, raised_from=stop), stop),
              amounts, amounts),
    st.builds(HaltTripped, samples.texts, samples.texts, moments),
    st.builds(HaltCleared, samples.texts, samples.texts, moments),
    st.builds(AccountOpened, balances),
    st.builds(EquityMarked, marks),
    st.builds(SetTradingState, st.sampled_from(TradingState), st.just("operator"), st.just("")),
    st.builds(
        lambda symbol, by, reason, at, until: InstrumentBanned(Ban(symbol, BanKind.EXPLOIT, reason, by, at, until)),
        st.sampled_from((BTC, Symbol("ETH-USD"))), samples.texts, samples.texts, samples.instants, samples.instants,
    ),
    st.builds(BanLifted, st.sampled_from((BTC, Symbol("ETH-USD"))), samples.texts, samples.texts, samples.instants),
    st.builds(
        lambda at, mark, lost: LossAcknowledged((AcknowledgedLoss("daily stop", at, mark, lost),), "anna", ""),
        samples.instants, amounts, amounts,
    ),
    st.builds(
        SetBreaker,
        st.sampled_from(("orders", "cancels")), st.sampled_from((BreakerState.OPEN, BreakerState.CLOSED)),
        samples.texts, samples.texts, samples.instants,
    ),
    st.builds(
        lambda name, state, since, until: BreakerChanged(
            BreakerLine(name, state, since, until, 3, 3, 60.0, "3 failures", "", "entries"), BreakerState.CLOSED
        ),
        st.sampled_from(("orders", "cancels")), st.sampled_from(BreakerState), samples.instants,
        st.none() | samples.instants,
    ),
    samples.alerts,
)  # fmt: skip


@pytest.mark.req("PNL1")
@DRAWN
@given(history=st.lists(changes, max_size=12))
def test_whatever_happened_the_recomputed_projections_are_the_kept_ones(blank: Blank, history: list[Change]) -> None:
    with blank() as (database, journal):
        written = 0
        for change in history:
            try:
                told(journal, change)
                written += 1
            except FillAlreadyBooked:
                pass
        books = load_books(database, epoch=EPOCH, now=after(100))
        found = rebuild(database)
        assert (found.rows, found.differences) == (written, ())
        assert load_books(database, epoch=EPOCH, now=after(100)) == books
        assert verify(database).intact


def lived_in(database: Database) -> None:
    journal = Journal(database, epoch=EPOCH, config_hash=CONFIG)
    told(journal, OrderChanged(order(1), "made"), booked(1), HaltTripped("odd", "ann", moment(3)))
    journal.close()


@pytest.mark.req("PNL1")
def test_projections_that_were_edited_are_named_and_put_right(place: Place) -> None:
    with place.open() as database:
        lived_in(database)
        honest = load_books(database, epoch=EPOCH, now=after(9))
    place.do("UPDATE flows SET amount = '1' WHERE currency = 'USD'", "DELETE FROM halts")
    place.do("UPDATE positions SET quantity = '7'")
    with place.open() as database:
        looked = rebuild(database, only_look=True)
        assert [(found.table, found.key) for found in looked.differences] == [
            ("flows", "USD"),
            ("halts", str(after(3))),
            ("positions", "BTC-USD"),
        ]
        assert looked.differences[0].kept == "currency=USD, amount=1"
        assert looked.differences[1].kept is None
        assert rebuild(database, only_look=True) == looked  # looking changes nothing
        assert rebuild(database) == looked
        assert rebuild(database).differences == ()
        assert load_books(database, epoch=EPOCH, now=after(9)) == honest


def test_what_no_row_explains_is_left_alone(place: Place) -> None:
    with place.open() as database:
        lived_in(database)
    place.do("INSERT INTO meta VALUES ('venue', 'embedded')")
    with place.open() as database:
        assert rebuild(database).differences == ()
    assert place.ask("SELECT value FROM meta WHERE key = 'venue'") == [("embedded",)]


@pytest.mark.req("RET1")
@DRAWN
@given(history=st.lists(changes | st.integers(1, 30), max_size=20), step=st.integers(1, 5))
def test_whatever_was_pruned_and_when_the_rest_recomputes_to_the_kept_projections(
    blank: Blank, history: list[Change | int], step: int
) -> None:
    with pytest.MonkeyPatch.context() as patch, blank() as (database, journal):
        patch.setattr(retention, "STEP_ROWS", step)
        for number, each in enumerate(history, start=1):
            if isinstance(each, int):
                prune(database, journal, before=after(each), at=after(number), by="drawn")
                continue
            with suppress(FillAlreadyBooked):
                journal.append([Entry(kind_of(each), as_plain(each), after(number), changes=(each,))])
        assert rebuild(database).differences == ()
        assert verify(database).intact


@pytest.mark.req("RET1")
@pytest.mark.parametrize(
    "harm",
    [delete(meta).where(meta.c.key == "checkpoint"), update(meta).where(meta.c.key == "checkpoint").values(value="{}")],
    ids=["gone", "edited"],
)
def test_a_pruned_journal_without_the_checkpoint_it_vouches_for_is_refused_and_left_as_it_is(
    database: Database, journal: Journal, harm: Delete | Update
) -> None:
    told(journal, OrderChanged(order(1, status=OrderStatus.OPEN), "x"))
    journal.append([samples.entry()])
    told(journal, OrderChanged(order(1, status=OrderStatus.CANCELED), "x"))
    prune(database, journal, before=after(500), at=after(1000), by="ann")
    kept = load_orders(database, unsettled_only=False)
    assert rebuild(database, only_look=True).differences == ()
    with database.transaction() as connection:
        connection.execute(harm)
    with pytest.raises(RebuildImpossible, match="rows 1 to 3 are not there any more"):
        rebuild(database)
    assert load_orders(database, unsettled_only=False) == kept


def test_a_row_of_another_version_is_refused_by_its_number(database: Database, journal: Journal) -> None:
    told(journal, OrderChanged(order(1), "made"))
    journal.append([Entry("order_changed", {"order": "as it once was"}, after(2))])
    with pytest.raises(RebuildImpossible, match=r"row 2 \(order_changed\) cannot be read by this version"):
        rebuild(database)
    assert load_orders(database, unsettled_only=False) == (order(1),)
