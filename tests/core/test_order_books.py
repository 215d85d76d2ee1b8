"""The order manager's memory and the portfolio it shows."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from tests.builders import BTC, ETH, at, balance, fill, intent, marks, moment, order, position, quote, usd
from tests.builders import instrument as listing

from trader247.core.order_books import OrderBooks
from trader247.messages.orders import BooksLoaded, EquityMarked
from trader247.messages.reconciling import BalancesAccepted, Difference, DifferenceKind, Subject
from trader247.model.ids import RunEpoch
from trader247.model.instant import DAY, Instant
from trader247.model.mode import Mode
from trader247.model.order import Order, OrderStatus
from trader247.model.policy import Policy
from trader247.model.portfolio import Balance, EquityMarks, Position


def loaded(
    *,
    orders: tuple[Order, ...] = (),
    positions: tuple[Position, ...] = (),
    opening: tuple[Balance, ...] | None = (balance(),),
    flows: tuple[tuple[str, Decimal], ...] = (),
    realised: int = 0,
    equity: EquityMarks | None = None,
    intents_made: int = 0,
) -> BooksLoaded:
    return BooksLoaded(
        orders=orders,
        positions=positions,
        fill_ids=frozenset({"f1"}),
        opening=opening,
        flows=flows,
        realised_today=usd(realised),
        entries_24h=((BTC, at(-DAY / 1e9 - 1)), (ETH, at(-60))),
        stop_outs_24h=((ETH, at(-30)),),
        marks=equity,
        intents_made=intents_made,
    )


@pytest.fixture
def books() -> OrderBooks:
    return OrderBooks(policy=Policy(), mode=Mode.PAPER, epoch=RunEpoch("00c0ffee00"))


def test_the_books_are_ready_when_read_opened_and_confirmed(books: OrderBooks) -> None:
    assert not books.ready
    books.load(loaded(opening=None), moment())
    assert (books.loaded, books.opened, books.ready) == (True, False, False)
    books.opened = True
    assert not books.ready
    books.confirmed = True
    assert books.portfolio(moment()).books_ready


@pytest.mark.req("SE1")
@pytest.mark.fault("PR-03")
def test_a_fill_that_was_booked_before_the_restart_is_known_after_it(books: OrderBooks) -> None:
    books.load(loaded(), moment())
    assert books.ledger.knows(fill(1))
    assert not books.ledger.knows(fill(2))


@pytest.mark.req("X1")
def test_intent_ids_go_on_after_the_last_of_this_run(books: OrderBooks) -> None:
    books.load(loaded(intents_made=41), moment())
    assert books.next_intent_id() == "00c0ffee00-i42"
    assert books.next_intent_id() == "00c0ffee00-i43"


def test_the_portfolio_is_marked_to_the_newest_quotes_and_shows_the_last_day_only(books: OrderBooks) -> None:
    held = position(BTC, size=2, entry=100, fees=1)
    books.load(loaded(positions=(held,), flows=(("BTC", Decimal(2)), ("USD", Decimal(-201)))), moment())
    before = books.portfolio(moment())
    assert [before.cash, before.nlv, before.unrealised] == [Decimal(9_799), usd(9_999), usd(-1)]
    books.quotes[BTC] = quote(BTC, bid=110, ask=110)
    after = books.portfolio(moment())
    assert [after.nlv, after.unrealised] == [usd(10_019), usd(19)]
    assert after.totals == (("BTC", Decimal(2)), ("USD", Decimal(9_799)))
    assert after.entries_24h == ((ETH, at(-60)),)
    assert after.stop_outs_24h == ((ETH, at(-30)),)


def test_unsettled_orders_and_doubts_are_shown(books: OrderBooks) -> None:
    doubt = order(OrderStatus.UNKNOWN, intent(1), venue=None)
    books.load(loaded(orders=(doubt,)), moment())
    shown = books.portfolio(moment())
    assert (shown.working, shown.in_doubt) == ((doubt,), 1)
    assert shown.exposures[0].working == doubt.intent.notional_max


def test_the_profit_of_the_day_survives_a_restart_and_ends_with_the_day(books: OrderBooks) -> None:
    books.load(loaded(realised=50), moment())
    books.realise(usd(7), at(1))
    assert books.portfolio(moment(2)).realised_today == 57
    assert books.portfolio(moment(86_400)).realised_today == 0


def test_a_fill_of_yesterday_that_is_told_late_is_not_of_today(books: OrderBooks) -> None:
    books.load(loaded(realised=50), moment())
    books.realise(usd(-1_000), Instant(at() - DAY))
    books.realise(usd(1), at(1))
    assert books.portfolio(moment(2)).realised_today == 51


def test_marks_are_written_when_a_period_turns_or_the_high_is_a_thousandth_above_the_last(books: OrderBooks) -> None:
    books.load(loaded(equity=marks(10_000)), moment())
    books.confirmed = True

    def after(cash: str) -> list[EquityMarked]:
        books.ledger.accept("USD", books.cash, Decimal(cash))
        books.portfolio(moment())
        return books.marks_to_write()

    assert after("10009.99") == []
    assert [m.marks.high_water for m in after("10010")] == [10_010]
    assert after("9000") == []
    books.portfolio(moment(86_400))
    assert [m.marks.day_open for m in books.marks_to_write()] == [9_000]
    assert books.marks_to_write() == []


def test_marks_do_not_move_before_the_venue_has_confirmed_the_books(books: OrderBooks) -> None:
    books.load(loaded(equity=marks(10)), moment())
    assert books.portfolio(moment()).marks == marks(10)
    assert books.marks_to_write() == []


def test_an_instrument_is_tradable_once_it_is_listed_and_quoted(books: OrderBooks) -> None:
    assert books.tradable(BTC) is None
    books.instruments[BTC] = listing(BTC)
    assert books.tradable(BTC) is None
    books.quotes[BTC] = quote(BTC)
    assert books.tradable(BTC) == (listing(BTC), quote(BTC))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda b: None, None),
        (lambda b: setattr(b, "draining", True), "draining"),
        (lambda b: setattr(b, "halted", True), "halted"),
    ],
)
def test_a_halt_or_a_drain_stops_new_orders(
    books: OrderBooks, change: Callable[[OrderBooks], None], why: str | None
) -> None:
    change(books)
    assert books.stopped == why


@pytest.mark.req("REC1", "DD1")
def test_money_that_a_person_took_out_is_no_loss_and_the_lower_marks_are_written(books: OrderBooks) -> None:
    books.load(loaded(equity=marks(10_000)), moment())
    books.confirmed = True
    gone = Difference(DifferenceKind.SIZE, Subject.BALANCE, "USD", books.cash, books.cash - 4_000)
    (written,) = books.accept(BalancesAccepted((gone,), "a withdrawal", "ops"), moment())
    assert {written.marks.high_water, written.marks.day_open, written.marks.week_open} == {usd(6_000)}
    after = books.portfolio(moment())
    assert after.marks == written.marks
    assert after.nlv == 6_000
    assert books.marks_to_write() == []
