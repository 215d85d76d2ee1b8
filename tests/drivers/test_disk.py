"""Everything of a run that is on disk."""

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest
import trio
import trio.testing
from attrs import evolve
from tests.builders import START, at, fill, intent, order, position
from tests.drivers.test_embedded import venue
from tests.postgres_server import PostgresServer
from trio.testing import MockClock

from trader247.drivers.disk import CRASH_LOOP_S, CRASH_LOOP_STARTS, DATABASE_NAME, Disk, once_free, open_disk
from trader247.messages.bans import Ban, BanKind, BanLapsed, BanLifted, InstrumentBanned
from trader247.messages.breakers import BreakerChanged, BreakerLine, BreakerState, OpenedBreaker, SetBreaker
from trader247.messages.control import HaltCleared, HaltTripped, LossAcknowledged, SetTradingState
from trader247.messages.orders import AccountOpened, FillBooked, OrderChanged
from trader247.model.ids import run_epoch
from trader247.model.instant import SECOND, Instant, Moment, Mono
from trader247.model.instrument import Symbol
from trader247.model.mode import TradingState
from trader247.model.money import NO_NOTIONAL, Notional
from trader247.model.order import OrderStatus
from trader247.model.portfolio import AcknowledgedLoss, Balance
from trader247.ports import JournalStore, Recorded
from trader247.runtime.halt import Halted
from trader247.runtime.offload import ThreadOffload
from trader247.store.ballast import Ballast
from trader247.store.faults import ConnectionLost, DatabaseInUse, WrongAccount
from trader247.store.journal import last_records
from trader247.store.server import Server
from trader247.store.verifying import verify

TRIPPED = HaltTripped("looks odd", "operator", Moment(at(1), Mono(1)))


@contextmanager
def disk(
    folder: Path, number: int = 1, *, account: str = "account", second: float = 0, server: Server | None = None
) -> Iterator[Disk]:
    opened = open_disk(
        folder,
        server or folder,
        venue="embedded",
        account_id=account,
        epoch=run_epoch(random.Random(number)),
        config_hash="00112233aabbccdd",
        now=Instant(START + round(second * SECOND)),
    )
    try:
        yield opened
    finally:
        opened.close()


def recorder(opened: Disk) -> JournalStore:
    return opened.open_recorder(pytest.fail)


def told(*facts: object) -> list[Recorded]:
    return [Recorded(fact, at(1), None) for fact in facts]  # type: ignore[arg-type]


def test_the_database_is_made_in_its_folder_and_the_ballast_stands_once_the_journal_is_open(tmp_path: Path) -> None:
    with disk(tmp_path) as opened:
        assert (tmp_path / DATABASE_NAME).exists()
        recorder(opened)
        assert Ballast(tmp_path).standing


@pytest.mark.req("SUP4")
def test_each_incarnation_of_the_journal_opens_it_anew_and_goes_on_where_the_last_one_ended(tmp_path: Path) -> None:
    with disk(tmp_path) as opened:
        assert recorder(opened).record(told(TRIPPED)) == 1
        assert recorder(opened).record(told(TRIPPED)) == 2


def test_a_state_an_operator_ordered_survives_the_process(tmp_path: Path) -> None:
    with disk(tmp_path) as opened:
        assert opened.left_over().state is TradingState.ACTIVE
        recorder(opened).record(told(SetTradingState(TradingState.REDUCING, "operator", "holidays")))
    with disk(tmp_path, 2) as opened:
        assert opened.left_over().state is TradingState.REDUCING
        recorder(opened).record(told(SetTradingState(TradingState.ACTIVE, "operator", "back")))
        assert opened.left_over().state is TradingState.ACTIVE


@pytest.mark.req("CB2")
def test_a_breaker_an_operator_opened_survives_the_process_until_it_is_closed(tmp_path: Path) -> None:
    first, other = (SetBreaker(name, BreakerState.OPEN, "anna", "migration", at(1)) for name in ("orders", "cancels"))
    with disk(tmp_path) as opened:
        assert opened.left_over().held == ()
        recorder(opened).record(told(first, other, evolve(first, reason="still")))
    with disk(tmp_path, 2) as opened:
        assert opened.left_over().held == (other, evolve(first, reason="still"))
        recorder(opened).record(told(evolve(first, state=BreakerState.CLOSED)))
        assert opened.left_over().held == (other,)


@pytest.mark.req("CB2")
def test_a_breaker_that_opened_by_itself_survives_the_process_until_it_is_closed_or_held(tmp_path: Path) -> None:
    was, closed, half = BreakerState.CLOSED, BreakerState.CLOSED, BreakerState.HALF_OPEN
    line = BreakerLine("orders", BreakerState.OPEN, at(1), at(31), 3, 3, 60.0, "3 failures", "", "entries")
    other = evolve(line, breaker="strategy:rules")
    left = OpenedBreaker("orders", at(1), at(31), "3 failures")
    with disk(tmp_path) as opened:
        assert opened.left_over().opened == ()
        recorder(opened).record(told(BreakerChanged(line, was), BreakerChanged(other, was)))
        recorder(opened).record(told(BreakerChanged(evolve(line, state=half, until=None), BreakerState.OPEN)))
    with disk(tmp_path, 2) as opened:
        assert opened.left_over().opened == (left, evolve(left, breaker="strategy:rules"))
        recorder(opened).record(told(BreakerChanged(evolve(other, until=None, by="anna"), half)))
        recorder(opened).record(told(BreakerChanged(evolve(line, state=closed, until=None), half)))
        assert opened.left_over().opened == ()


@pytest.mark.req("U4")
def test_a_ban_survives_the_process_until_it_is_lifted_or_has_lapsed(tmp_path: Path) -> None:
    bans = tuple(
        Ban(Symbol(symbol), BanKind.EXPLOIT, "drained", "anna", at(1), at(9)) for symbol in ("BTC-USD", "ETH-USD")
    )
    with disk(tmp_path) as opened:
        recorder(opened).record(told(*map(InstrumentBanned, bans), InstrumentBanned(evolve(bans[0], until=at(20)))))
    with disk(tmp_path, 2) as opened:
        assert opened.left_over().bans == (bans[1], evolve(bans[0], until=at(20)))
        recorder(opened).record(told(BanLifted(Symbol("BTC-USD"), "ben", "over", at(3)), BanLapsed(bans[1])))
        assert opened.left_over().bans == ()


@pytest.mark.req("DD1")
def test_the_losses_somebody_resumed_over_survive_the_process(tmp_path: Path) -> None:
    loss = AcknowledgedLoss("daily stop", at(0), Notional(Decimal("100.5")), Decimal("3.5"))
    with disk(tmp_path) as opened:
        assert opened.left_over().acknowledged == ()
        recorder(opened).record(told(LossAcknowledged((loss,), "anna", "seen")))
    with disk(tmp_path, 2) as opened:
        assert opened.left_over().acknowledged == (loss,)


@pytest.mark.req("K1")
def test_a_halt_survives_the_process_until_it_is_resumed(tmp_path: Path) -> None:
    with disk(tmp_path) as opened:
        assert opened.halted(at(1)) is None
        recorder(opened).record(told(TRIPPED))
    with disk(tmp_path, 2) as opened:
        halted = opened.halted(at(2))
        assert halted is not None
        assert (halted.reason, halted.by, halted.at.utc) == ("looks odd", "operator", at(1))
        recorder(opened).record(told(HaltCleared("fine", "operator", Moment(at(2), Mono(2)))))
        opened.record_clean_stop(at(2))
    with disk(tmp_path, 3) as opened:
        assert opened.halted(at(3)) is None


@pytest.mark.req("K1")
@pytest.mark.parametrize("journalled", [True, False])
def test_a_note_of_a_halt_is_over_once_the_journal_has_it_and_halts_nobody_after_a_resume(
    tmp_path: Path, *, journalled: bool
) -> None:
    with disk(tmp_path) as opened:
        if journalled:
            recorder(opened).record(told(TRIPPED))
        opened.note_halt(Halted(TRIPPED.reason, TRIPPED.by, TRIPPED.at))
        opened.record_clean_stop(at(1))
    with disk(tmp_path, 2) as opened:
        halted = opened.halted(at(2))
        assert halted is not None
        assert (halted.reason, halted.by) == ("looks odd", "operator")
        # the kill switch says the halt it begins with again, as a start does
        recorder(opened).record(told(TRIPPED, HaltCleared("fine", "operator", Moment(at(2), Mono(2)))))
        opened.record_clean_stop(at(2))
    with disk(tmp_path, 3) as opened:
        assert opened.halted(at(3)) is None


@pytest.mark.fault("AR-02")
def test_a_crash_loop_starts_halted_and_starts_that_ended_in_order_do_not_count(tmp_path: Path) -> None:
    for number in range(1, CRASH_LOOP_STARTS + 1):
        with disk(tmp_path, number, second=number) as opened:
            assert opened.halted(at(number)) is None
            if number == 1:
                opened.record_clean_stop(at(number))
    with disk(tmp_path, 10, second=10) as opened:
        assert opened.halted(at(10)) is None
    with disk(tmp_path, 11, second=11) as opened:
        halted = opened.halted(at(11))
        assert halted is not None
        assert halted.reason == f"{CRASH_LOOP_STARTS} starts within {CRASH_LOOP_S} s did not end in order"
        assert opened.halted(at(CRASH_LOOP_S + 20)) is None


@pytest.mark.fault("AR-02")
@pytest.mark.req("K1")
def test_who_resumes_ends_the_count_of_crashes_and_a_new_loop_counts_from_there(tmp_path: Path) -> None:
    for number in range(1, CRASH_LOOP_STARTS + 1):
        with disk(tmp_path, number, second=number):
            pass
    with disk(tmp_path, 10, second=10) as opened:
        halted = opened.halted(at(10))
        assert halted is not None
        recorder(opened).record(told(HaltTripped(halted.reason, halted.by, halted.at)))
        recorder(opened).record(told(HaltCleared("looked at it", "anna", Moment(at(11), Mono(0)))))
        opened.record_clean_stop(at(12))
    for number in range(20, 20 + CRASH_LOOP_STARTS):
        with disk(tmp_path, number, second=number) as opened:
            assert opened.halted(at(number)) is None
    with disk(tmp_path, 30, second=30) as opened:
        halted = opened.halted(at(30))
        assert halted is not None
        assert halted.by == "crash_loop"


@pytest.mark.fault("AR-02", "HC-02")
@pytest.mark.req("K1")
def test_a_resume_while_the_clock_was_ahead_hides_no_crash_that_comes_after_it(tmp_path: Path) -> None:
    with disk(tmp_path, 1, second=1) as opened:
        recorder(opened).record(told(HaltTripped("somebody said so", "operator", Moment(at(900), Mono(0)))))
        recorder(opened).record(told(HaltCleared("looked at it", "anna", Moment(at(901), Mono(0)))))
        opened.record_clean_stop(at(902))
    for number in range(10, 10 + CRASH_LOOP_STARTS):
        with disk(tmp_path, number, second=number):
            pass
    with disk(tmp_path, 30, second=30) as opened:
        halted = opened.halted(at(30))
    assert halted is not None
    assert halted.by == "crash_loop"


def test_the_newest_orders_are_left_for_those_who_look_oldest_first(tmp_path: Path) -> None:
    with disk(tmp_path) as opened:
        assert opened.left_over().orders == ()
        first = order(of=intent(1), changed=1)
        second = order(of=intent(2), changed=9)
        recorder(opened).record(told(OrderChanged(second, "made"), OrderChanged(first, "made")))
    with disk(tmp_path, 2) as opened:
        assert opened.left_over().orders == (first, second)


@pytest.mark.req("OM3")
def test_orders_that_are_not_over_are_known_to_the_next_start(tmp_path: Path) -> None:
    with disk(tmp_path) as opened:
        ended = order(status=OrderStatus.CANCELED)
        recorder(opened).record(told(OrderChanged(order(), "made", await_durable=True)))
        assert opened.unsettled() == (order(),)
        recorder(opened).record(told(OrderChanged(ended, "cancelled")))
        assert opened.unsettled() == ()


def test_another_accounts_database_is_refused(tmp_path: Path) -> None:
    with disk(tmp_path):
        pass
    with pytest.raises(WrongAccount), disk(tmp_path, 2, account="somebody else's"):
        pass


def test_an_epoch_that_was_used_is_refused(tmp_path: Path) -> None:
    with disk(tmp_path):
        pass
    with pytest.raises(Exception, match="was used by an earlier start"), disk(tmp_path):
        pass


@pytest.mark.req("PNL1")
def test_our_books_are_compared_with_the_exchanges_currency_by_currency(tmp_path: Path) -> None:
    embedded = venue(tmp_path)
    with disk(tmp_path) as opened:
        book = recorder(opened)
        book.record(told(AccountOpened((Balance("USD", Decimal(100_000), Decimal(0)),))))
        assert opened.compare(embedded).equal
        book.record(told(FillBooked(fill(1, fee="0.6"), order(), position(), NO_NOTIONAL, Decimal(0))))
        compared = opened.compare(embedded)
    embedded.books.close()
    rows = {row.name: (row.ours, row.theirs) for row in compared.rows}
    assert rows == {
        "BTC": (Decimal(1), Decimal(0)),
        "USD": (Decimal("99899.4"), Decimal(100_000)),
        "fills": (Decimal(1), Decimal(0)),
        "fees": (Decimal("0.6"), Decimal(0)),
    }
    assert not compared.equal


@pytest.mark.req("C2", "AUD1", "SUP6")
def test_rows_carry_the_fingerprint_of_their_time_and_the_chain_holds_across_a_reload(tmp_path: Path) -> None:
    with disk(tmp_path) as opened:
        store = recorder(opened)
        store.record(told(TRIPPED))
        store.restamp("ffeeddccbbaa9988")
        store.record(told(TRIPPED))
        store.check()
        assert recorder(opened).record(told(TRIPPED)) == 3  # the next incarnation goes on with the new one
        rows = last_records(opened.database, 10)
        assert [row.config_hash for row in rows] == ["00112233aabbccdd", "ffeeddccbbaa9988", "ffeeddccbbaa9988"]
        assert verify(opened.database).intact


@pytest.mark.req("SUP4")
@pytest.mark.fault("SS-02")
def test_a_journal_on_a_server_is_connected_anew_by_its_next_incarnation(
    tmp_path: Path, on_server: Server, postgres_server: PostgresServer
) -> None:
    with disk(tmp_path, server=on_server) as opened:
        first = recorder(opened)
        assert first.record(told(TRIPPED)) == 1
        postgres_server.terminate()
        with pytest.raises(ConnectionLost):
            first.record(told(TRIPPED))
        assert recorder(opened).record(told(TRIPPED)) == 2
        opened.record_clean_stop(at(2))
    assert not (tmp_path / DATABASE_NAME).exists()


@pytest.mark.req("SUP6")
@pytest.mark.fault("DB-10")
async def test_a_question_that_outlives_the_tree_keeps_no_run_from_writing_down_that_it_ended_in_order(
    tmp_path: Path,
) -> None:
    thread, begun, go_on = ThreadOffload(1), trio.Event(), threading.Event()
    loop = trio.lowlevel.current_trio_token()

    def slow(opened: Disk) -> None:
        with opened.database.transaction():
            loop.run_sync_soon(begun.set)
            go_on.wait(10)

    with disk(tmp_path) as opened:
        async with trio.open_nursery() as outliving:
            outliving.start_soon(thread.run, slow, opened)
            await begun.wait()
            with pytest.raises(DatabaseInUse):
                opened.record_clean_stop(at(1))
            outliving.start_soon(once_free, thread, lambda: opened.record_clean_stop(at(1)))
            await trio.testing.wait_all_tasks_blocked()
            go_on.set()


async def test_a_disk_that_never_gets_free_is_not_waited_for_for_ever(autojump_clock: MockClock) -> None:
    thread = ThreadOffload(1)
    thread._limiter.acquire_on_behalf_of_nowait("somebody who never ends")
    with pytest.raises(DatabaseInUse, match="still busy"):
        await once_free(thread, lambda: None)
