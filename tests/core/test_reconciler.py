"""Do our books and the venue's say the same? As dialogues."""

from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from tests.builders import at, balance, fill, intent, moment, order, portfolio, quantity

from trader247.core.reconciler import (
    AGAIN_S,
    EVERY_S,
    LOOK_BACK,
    PASS_S_MAX,
    REPAIRS_MAX,
    STALE_S,
    Reconciler,
    ReconcilerOut,
)
from trader247.messages.base import Tick
from trader247.messages.control import AlertCleared, AlertRaised, GuardVoted, Severity
from trader247.messages.orders import (
    CancelOrders,
    FetchFills,
    LookUpOrder,
    PassFailed,
    ReconcileNow,
    ReconcilePass,
)
from trader247.messages.reconciling import (
    AcceptBalances,
    AccountCompared,
    AccountSeen,
    BalancesAccepted,
    Difference,
    DifferenceFound,
    DifferenceKind,
    Subject,
    VenueOrder,
)
from trader247.model.ids import AlertKey, VenueOrderId
from trader247.model.order import Fill, Order, OrderStatus
from trader247.model.portfolio import Balance

MISMATCH = AlertKey("reconcile_mismatch")
EXTERNAL = AlertKey("external_activity")
FAILING = AlertKey("reconcile_failing")


def asked(out: list[ReconcilerOut]) -> int:
    return sum(isinstance(m, ReconcilePass) for m in out)


def vote(reconciler: Reconciler, second: float) -> GuardVoted:
    (cast,) = (m for m in reconciler.handle(Tick(), moment(second)) if isinstance(m, GuardVoted))
    return cast


def begun() -> Reconciler:
    """One whose first pass is under way."""
    reconciler = Reconciler()
    assert asked(reconciler.handle(portfolio(), moment())) == 1
    return reconciler


def one_pass(
    reconciler: Reconciler,
    second: float,
    *balances: Balance,
    orders: tuple[VenueOrder, ...] = (),
    fills: tuple[Fill, ...] = (),
) -> list[ReconcilerOut]:
    return reconciler.handle(AccountSeen(orders, fills, balances or (balance(),), at(second)), moment(second))


def twice(reconciler: Reconciler, *balances: Balance, **seen: Any) -> list[ReconcilerOut]:
    """What the second of two passes that show the same says."""
    one_pass(reconciler, 60, *balances, **seen)
    return one_pass(reconciler, 62, *balances, **seen)


def alerts(out: list[ReconcilerOut]) -> list[AlertRaised]:
    return [m for m in out if isinstance(m, AlertRaised)]


def repairs(out: list[ReconcilerOut]) -> list[ReconcilerOut]:
    return [m for m in out if isinstance(m, CancelOrders | FetchFills | LookUpOrder)]


def listed(number: int = 1, status: OrderStatus = OrderStatus.OPEN, **terms: Any) -> VenueOrder:
    of = intent(number)
    order = VenueOrder(
        VenueOrderId(f"v{number}"),
        of.client_order_id,
        of.symbol,
        status,
        quantity(0),
        of.quantity,
        of.limit_price,
    )
    return evolve(order, **terms)


def resting(number: int = 1) -> Order:
    return evolve(order(OrderStatus.OPEN, intent(number)), venue_order_id=VenueOrderId(f"v{number}"))


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
    assert one_pass(reconciler, 1, balance()) == [
        AlertCleared(FAILING),
        AccountCompared((), (), 0),
        AlertCleared(MISMATCH),
        AlertCleared(EXTERNAL),
    ]
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
    differ = Difference(DifferenceKind.SIZE, Subject.BALANCE, "USD", Decimal(10_000), Decimal(9_000))
    first = one_pass(reconciler, 1, short)
    assert AccountCompared((differ,), (), 0) in first
    assert alerts(first) == []
    assert not vote(reconciler, 1.5).yes
    assert asked(reconciler.handle(Tick(), moment(1 + AGAIN_S))) == 1
    second = one_pass(reconciler, 4, short)
    assert DifferenceFound(differ) in second
    assert AccountCompared((), (differ,), 0) in second
    (told,) = alerts(second)
    assert (told.key, told.severity) == (MISMATCH, Severity.CRITICAL)
    assert told.text.startswith("size: USD: ours 10000, venue 9000. No entries.")
    assert vote(reconciler, 4) == GuardVoted(
        vote(reconciler, 4).guard, yes=False, reason="size: USD: ours 10000, venue 9000"
    )
    third = one_pass(reconciler, 40, short)
    assert not any(isinstance(m, DifferenceFound) for m in third)
    assert AlertCleared(MISMATCH) in one_pass(reconciler, 80, balance())
    assert vote(reconciler, 80).yes


def test_what_is_believed_is_looked_at_on_the_slow_timer_again() -> None:
    reconciler = begun()
    for second in (1, 4):
        one_pass(reconciler, second, balance(available=9_000))
    assert asked(reconciler.handle(Tick(), moment(4 + EVERY_S - 1))) == 0
    assert asked(reconciler.handle(Tick(), moment(4 + EVERY_S))) == 1


def test_a_difference_that_moved_between_passes_is_not_believed_yet() -> None:
    reconciler = begun()
    one_pass(reconciler, 1, balance(available=9_000))
    assert alerts(one_pass(reconciler, 4, balance(available=9_500))) == []


def test_a_difference_stays_the_same_one_while_both_sides_move_together() -> None:
    reconciler = begun()
    for second in (1, 4):
        one_pass(reconciler, second, balance(available=9_000))
    reconciler.handle(portfolio(totals=(("USD", Decimal(9_900)),)), moment(5))
    (told,) = alerts(one_pass(reconciler, 6, balance(available=8_900)))
    assert "ours 9900, venue 8900" in told.text


@pytest.mark.fault("OL-12")
def test_more_than_the_books_say_is_told_and_stops_nothing() -> None:
    reconciler = begun()
    out = twice(reconciler, balance(available=12_000))
    (told,) = alerts(out)
    assert (told.key, told.severity) == (EXTERNAL, Severity.WARNING)
    assert vote(reconciler, 62).yes


@pytest.mark.fault("OL-12")
def test_orders_of_others_are_counted_told_and_left_alone() -> None:
    reconciler = begun()
    strangers = (listed(7), listed(8), listed(9, OrderStatus.CANCELED))
    out = twice(reconciler, orders=strangers)
    compared = next(m for m in out if isinstance(m, AccountCompared))
    assert compared.external_orders == 2
    assert [(a.key, a.severity) for a in alerts(out)] == [(EXTERNAL, Severity.INFO)]
    assert repairs(out) == []
    assert vote(reconciler, 62).yes


def test_while_a_fill_may_be_on_its_way_balances_cannot_be_told_apart() -> None:
    reconciler = begun()
    reconciler.handle(portfolio(working=(order(),)), moment(0.5))
    for second in (1, 4):
        assert alerts(one_pass(reconciler, second, balance(available=1))) == []


def test_balances_are_told_apart_while_orders_only_rest() -> None:
    reconciler = begun()
    reconciler.handle(portfolio(working=(resting(),)), moment(0.5))
    out = twice(reconciler, balance(available=1), orders=(listed(1),))
    assert [a.key for a in alerts(out)] == [MISMATCH]


@pytest.mark.fault("WS-07")
def test_a_working_order_that_no_list_has_is_asked_for_by_its_id_and_no_more_than_three_times() -> None:
    reconciler = begun()
    reconciler.handle(portfolio(working=(resting(),)), moment(0.5))
    made = intent(1)
    wanted = LookUpOrder(made.intent_id, made.client_order_id, VenueOrderId("v1"), made.created_at)
    tried = [repairs(one_pass(reconciler, 60.0 * turn)) for turn in range(1, 6)]
    assert tried == [[wanted]] * REPAIRS_MAX + [[], []]
    assert not vote(reconciler, 301).yes


def test_a_repair_that_helped_may_be_tried_as_often_the_next_time() -> None:
    reconciler = begun()
    reconciler.handle(portfolio(working=(resting(),)), moment(0.5))
    for turn in range(1, 5):
        one_pass(reconciler, 60.0 * turn)
    one_pass(reconciler, 300, orders=(listed(1),))
    assert repairs(one_pass(reconciler, 360)) != []


def test_a_fill_that_was_missed_is_fetched() -> None:
    reconciler = begun()
    reconciler.handle(portfolio(working=(resting(),)), moment(0.5))
    out = one_pass(reconciler, 60, orders=(listed(1),), fills=(fill(1),))
    assert repairs(out) == [FetchFills(VenueOrderId("v1"))]
    assert alerts(out) == []


@pytest.mark.fault("NW-04")
def test_an_order_that_is_over_for_us_and_works_at_the_venue_is_cancelled_once_it_is_believed() -> None:
    reconciler = begun()
    reconciler.handle(portfolio(working=(resting(),)), moment(0.5))
    reconciler.handle(portfolio(), moment(0.6))
    assert repairs(one_pass(reconciler, 60, orders=(listed(1),))) == []
    tried = [repairs(one_pass(reconciler, 60.0 + turn, orders=(listed(1),))) for turn in range(1, 6)]
    wanted = CancelOrders((VenueOrderId("v1"),), "over in our books, working at the venue")
    assert tried == [[wanted]] * REPAIRS_MAX + [[], []]


def test_an_operator_who_accepts_takes_what_is_believed_and_nothing_else() -> None:
    reconciler = begun()
    accept = AcceptBalances("my withdrawal", "ops")
    short = balance(available=9_000)
    assert reconciler.handle(accept, moment(0.5)) == []
    one_pass(reconciler, 1, short)
    assert reconciler.handle(accept, moment(1.5)) == []
    one_pass(reconciler, 4, short)
    differ = Difference(DifferenceKind.SIZE, Subject.BALANCE, "USD", Decimal(10_000), Decimal(9_000))
    out = reconciler.handle(accept, moment(5))
    assert out[0] == BalancesAccepted((differ,), "my withdrawal", "ops")
    assert AlertCleared(MISMATCH) in out
    assert asked(out) == 1


def test_what_was_filled_since_the_last_pass_moves_both_numbers_of_what_is_accepted() -> None:
    reconciler = begun()
    twice(reconciler, balance(available=9_000))
    reconciler.handle(portfolio(totals=(("USD", Decimal(9_900)),)), moment(6))
    accepted, *_ = reconciler.handle(AcceptBalances("my withdrawal", "ops"), moment(7))
    assert isinstance(accepted, BalancesAccepted)
    assert [(d.ours, d.theirs) for d in accepted.differences] == [(Decimal(9_900), Decimal(8_900))]


def test_an_alert_spells_out_the_first_five_and_counts_the_rest() -> None:
    reconciler = begun()
    reconciler.handle(portfolio(working=tuple(resting(n) for n in range(1, 9))), moment(0.5))
    edited = tuple(listed(n, quantity=quantity(99)) for n in range(1, 9))
    out = twice(reconciler, orders=edited)
    (told,) = alerts(out)
    assert told.text.count("size: order") == 5
    assert "and 3 more" in told.text
