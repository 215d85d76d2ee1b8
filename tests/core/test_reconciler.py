"""Do our books and the venue's say the same? As dialogues."""

from decimal import Decimal

import pytest
from attrs import evolve
from tests.builders import at, balance, intent, moment, order, portfolio

from trader247.core.reconciler import (
    AGAIN_S,
    EVERY_S,
    LOOK_BACK,
    PASS_S_MAX,
    STALE_S,
    Reconciler,
    ReconcilerOut,
    differences,
)
from trader247.messages.base import Tick
from trader247.messages.control import AlertCleared, AlertRaised, GuardVoted, Severity
from trader247.messages.orders import (
    BalancesDiffer,
    BalancesSeen,
    PassFailed,
    ReconcileFinished,
    ReconcileNow,
    ReconcilePass,
)
from trader247.model.ids import AlertKey
from trader247.model.mode import OrderKind
from trader247.model.order import Style
from trader247.model.portfolio import Balance

MISMATCH = AlertKey("reconcile_mismatch")
FAILING = AlertKey("reconcile_failing")


def asked(out: list[ReconcilerOut]) -> int:
    return sum(isinstance(m, ReconcilePass) for m in out)


def vote(reconciler: Reconciler, second: float) -> GuardVoted:
    (cast,) = (m for m in reconciler.handle(Tick(), moment(second)) if isinstance(m, GuardVoted))
    return cast


def seen(*balances: Balance) -> BalancesSeen:
    return BalancesSeen(balances, at())


def begun() -> Reconciler:
    """One whose first pass is under way."""
    reconciler = Reconciler()
    assert asked(reconciler.handle(portfolio(), moment())) == 1
    return reconciler


def one_pass(reconciler: Reconciler, second: float, *balances: Balance) -> list[ReconcilerOut]:
    out = reconciler.handle(seen(*balances), moment(second))
    return [*out, *reconciler.handle(ReconcileFinished(at(second)), moment(second))]


@pytest.mark.req("REC1")
def test_the_first_pass_waits_for_the_books_and_reads_from_before_the_oldest_unsettled_order() -> None:
    reconciler = Reconciler()
    assert reconciler.start(moment()) == []
    assert reconciler.handle(ReconcileNow("connected"), moment()) == []
    assert reconciler.handle(portfolio(loaded=False, ready=False), moment()) == []
    old = order(of=intent(created=-100))
    pass_ = reconciler.handle(portfolio(working=(old, order())), moment())
    assert pass_ == [ReconcilePass(at(-100) - LOOK_BACK)]  # type: ignore[arg-type]


def test_a_clean_pass_makes_it_vote_yes_until_the_pass_is_stale() -> None:
    reconciler = begun()
    assert not vote(reconciler, 0).yes
    assert one_pass(reconciler, 1, balance()) == [AlertCleared(MISMATCH), AlertCleared(FAILING)]
    assert vote(reconciler, 1 + STALE_S).yes
    assert not vote(reconciler, 1.1 + STALE_S).yes


def test_passes_follow_one_another_on_a_slow_timer() -> None:
    reconciler = begun()
    one_pass(reconciler, 1, balance())
    assert asked(reconciler.handle(Tick(), moment(EVERY_S))) == 0
    assert asked(reconciler.handle(Tick(), moment(1 + EVERY_S))) == 1
    assert asked(reconciler.handle(Tick(), moment(2 + EVERY_S))) == 0


@pytest.mark.req("REC1", "D2")
def test_a_pass_that_failed_counts_for_nothing_is_told_and_repeated_soon() -> None:
    reconciler = begun()
    out = reconciler.handle(PassFailed("429"), moment(1))
    assert out == [AlertRaised(FAILING, Severity.WARNING, "the venue could not be read to the end: 429")]
    assert vote(reconciler, 1.5) == GuardVoted(vote(reconciler, 1.5).guard, yes=False, reason="429")
    assert asked(reconciler.handle(Tick(), moment(1 + AGAIN_S))) == 1


def test_a_pass_that_never_ends_is_asked_for_anew() -> None:
    reconciler = begun()
    assert asked(reconciler.handle(Tick(), moment(PASS_S_MAX))) == 0
    assert asked(reconciler.handle(Tick(), moment(PASS_S_MAX + 0.1))) == 1
    assert asked(reconciler.handle(Tick(), moment(PASS_S_MAX + 0.2))) == 0
    assert asked(reconciler.handle(Tick(), moment(2 * PASS_S_MAX + 0.3))) == 1


def test_a_reason_to_look_while_a_pass_runs_brings_the_next_one_forward() -> None:
    reconciler = begun()
    assert reconciler.handle(ReconcileNow("connected"), moment(0.5)) == []
    one_pass(reconciler, 1, balance())
    assert asked(reconciler.handle(Tick(), moment(1 + AGAIN_S))) == 1


def test_without_a_pass_under_way_a_reason_to_look_begins_one_at_once() -> None:
    reconciler = begun()
    one_pass(reconciler, 1, balance())
    assert asked(reconciler.handle(ReconcileNow("an order in doubt"), moment(2))) == 1


@pytest.mark.req("REC1")
def test_a_difference_is_believed_when_two_passes_show_it_and_over_when_one_does_not() -> None:
    reconciler = begun()
    short = balance(available=9_000)
    assert one_pass(reconciler, 1, short) == [AlertCleared(FAILING)]
    assert not vote(reconciler, 1.5).yes
    assert asked(reconciler.handle(Tick(), moment(1 + AGAIN_S))) == 1
    differ = BalancesDiffer("USD", Decimal(10_000), Decimal(9_000))
    alert = AlertRaised(MISMATCH, Severity.CRITICAL, "balances differ: USD: ours 10000, venue 9000")
    assert one_pass(reconciler, 4, short) == [differ, alert, AlertCleared(FAILING)]
    assert vote(reconciler, 4) == GuardVoted(vote(reconciler, 4).guard, yes=False, reason="balances differ: USD")
    assert one_pass(reconciler, 6, balance())[0] == AlertCleared(MISMATCH)
    assert vote(reconciler, 6).yes


def test_a_difference_that_moved_between_passes_is_not_believed_yet() -> None:
    reconciler = begun()
    one_pass(reconciler, 1, balance(available=9_000))
    assert one_pass(reconciler, 4, balance(available=9_500)) == [AlertCleared(FAILING)]


def test_while_an_order_is_not_settled_balances_cannot_be_told_apart() -> None:
    reconciler = begun()
    reconciler.handle(portfolio(working=(order(),)), moment(0.5))
    assert one_pass(reconciler, 1, balance(available=1)) == [AlertCleared(FAILING)]
    assert one_pass(reconciler, 4, balance(available=1)) == [AlertCleared(FAILING)]


@pytest.mark.req("R3", "REC1")
def test_an_order_that_rests_for_days_to_protect_a_position_hides_no_difference() -> None:
    reconciler = begun()
    resting = order(of=evolve(intent(kind=OrderKind.EXIT), style=Style.STOP_LIMIT))
    reconciler.handle(portfolio(working=(resting,)), moment(0.5))
    one_pass(reconciler, 1, balance(available=1))
    assert any(isinstance(out, AlertRaised) for out in one_pass(reconciler, 4, balance(available=1)))


@pytest.mark.parametrize(
    ("ours", "theirs", "named"),
    [
        ({"USD": 1}, {"USD": 1}, []),
        ({"USD": 1}, {"USD": 2}, ["USD"]),
        ({"USD": 1, "BTC": 1}, {"USD": 1}, ["BTC"]),
        ({}, {"ETH": 1, "BTC": 2}, ["BTC", "ETH"]),
        ({"BTC": 0}, {}, []),
    ],
)
def test_a_currency_only_one_side_knows_counts_as_zero_on_the_other(
    ours: dict[str, int], theirs: dict[str, int], named: list[str]
) -> None:
    expected = tuple((name, Decimal(total)) for name, total in ours.items())
    held = tuple(balance(name, total) for name, total in theirs.items())
    assert [d.currency for d in differences(expected, held)] == named


def test_what_is_held_by_orders_counts_to_the_total() -> None:
    assert differences((("USD", Decimal(10)),), (balance("USD", 7, 3),)) == ()
