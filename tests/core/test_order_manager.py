"""The order manager as dialogues: what it is told, and what follows."""

from collections.abc import Callable

import pytest
from attrs import evolve
from tests.builders import BTC, ETH, approval, at, intent, moment, order, quantity, trade_proposal
from tests.core.scripted_orders import EPOCH, NO_BOOKS, Script, balances, foreign, only, reported

from trader247.core.order_evidence import doubt_key
from trader247.core.order_manager import ManagerOut, OrderManager
from trader247.errors import Failure
from trader247.messages.bans import Ban, BanKind, InstrumentBanned
from trader247.messages.base import Tick
from trader247.messages.control import AlertCleared, AlertRaised, GuardVoted, PolicyChanged
from trader247.messages.orders import (
    AccountOpened,
    CancelAll,
    CancelFinished,
    CancelOrders,
    Drained,
    DrainOrders,
    InDoubt,
    LoadBooks,
    LookUpOrder,
    NotSent,
    OrderChanged,
    OrderLookedUp,
    OrderWithheld,
    PlaceFinished,
    PlaceOrder,
    PlaceOutcome,
    PortfolioChanged,
    ReconcileFinished,
    Rejected,
    ResumeOrders,
)
from trader247.messages.trading import ProposalRefused
from trader247.model.ids import IntentId, VenueOrderId
from trader247.model.mode import Mode, OrderKind
from trader247.model.order import OrderStatus, Side
from trader247.model.policy import Execution, Policy

FIRST = IntentId(f"{EPOCH}-i1")
V1 = VenueOrderId("v1")


def answer(outcome: PlaceOutcome, number: int = 1) -> PlaceFinished:
    return PlaceFinished(IntentId(f"{EPOCH}-i{number}"), outcome, at())


# -------------------------------------------------------------------------------------------- from start to trading
def test_it_asks_the_journal_first_and_is_ready_when_it_has_answered() -> None:
    script = Script(books=None)
    assert script.manager.start(moment()) == [LoadBooks()]
    readiness = [script.manager.ready]
    script.say(NO_BOOKS)
    readiness.append(script.manager.ready)
    assert readiness == [False, True]
    assert script.say(NO_BOOKS) == []


@pytest.mark.req("REC1")
def test_the_first_balances_of_all_open_the_account_and_a_full_look_confirms_the_books() -> None:
    script = Script(books=None)
    assert script.say(balances()) == []
    script.say(evolve(NO_BOOKS, opening=None))
    assert only(script.say(balances()), AccountOpened) == [AccountOpened(balances().balances)]
    assert script.say(balances(5)) == []
    (confirmed,) = only(script.say(ReconcileFinished(at())), PortfolioChanged)
    assert confirmed.books_ready


@pytest.mark.req("D2")
def test_before_the_books_are_confirmed_nothing_is_bought_and_the_guard_says_no() -> None:
    script = Script(books=None)
    script.say(NO_BOOKS)
    (refused,) = only(script.say(approval()), ProposalRefused)
    assert refused.reason.rule == "not_trading"
    assert [v.yes for v in only(script.say(Tick()), GuardVoted)] == [False]


# --------------------------------------------------------------------------------------------- an entry's way out
@pytest.mark.req("OM3", "X2")
def test_an_approval_becomes_an_intent_and_only_a_durable_one_is_sent() -> None:
    script = Script()
    out = script.say(approval())
    (made,) = only(out, OrderChanged)
    assert (made.order.status, made.await_durable) == (OrderStatus.NEW, True)
    assert not only(out, PlaceOrder)
    sent = script.durable()
    assert [type(m) for m in sent] == [OrderChanged, PlaceOrder, PortfolioChanged]
    assert only(sent, PlaceOrder) == [PlaceOrder(made.order.intent, approval().expires_at)]
    assert script.durable() == []


@pytest.mark.req("M1")
def test_in_a_dry_run_the_order_is_withheld() -> None:
    out = Script(mode=Mode.DRY_RUN).say(approval())
    assert [type(m) for m in out] == [OrderWithheld, PortfolioChanged]


@pytest.mark.parametrize(
    ("story", "rule"),
    [
        (lambda s: s.say(approval(), approval()), "approval_replayed"),
        (lambda s: s.say(approval(second=-10)), "approval_expired"),
        (lambda s: s.say(CancelAll("halt"), approval()), "not_trading"),
        (lambda s: s.say(DrainOrders(), approval()), "not_trading"),
        (lambda s: s.say(approval(body=trade_proposal(ETH))), "not_tradable"),
        (lambda s: s.say(approval(body=trade_proposal(side=Side.SELL))), "shorting_disallowed"),
        (lambda s: s.say(approval(notional="0.5")), "not_placeable"),
        (lambda s: s.say(approval(notional=20_000)), "not_placeable"),
        (lambda s: s.say(approval(second=6), at_second=6), "stale_quote"),
    ],
)
def test_an_approval_that_cannot_be_acted_on_is_refused_with_its_reason(story: object, rule: str) -> None:
    assert callable(story)
    (refused,) = only(story(Script()), ProposalRefused)
    assert refused.reason.rule == rule
    assert refused.cycle == f"{EPOCH}-c1"


def test_every_approval_is_shown_as_seen_so_that_the_arbiter_stops_counting_it() -> None:
    script = Script()
    (shown,) = only(script.say(approval(7, notional="0.5")), PortfolioChanged)
    assert shown.approvals_seen == 7


@pytest.mark.req("OM2")
@pytest.mark.fault("OL-01", "OL-23")
def test_an_unknown_outcome_is_told_looked_up_and_never_sent_again() -> None:
    script = Script()
    made = script.approve()
    script.durable()
    out = script.say(answer(InDoubt("timed out")))
    assert script.order().status is OrderStatus.UNKNOWN
    assert [a.key for a in only(out, AlertRaised)] == [doubt_key(made)]
    assert [q.intent_id for q in only(out, LookUpOrder)] == [FIRST]
    (shown,) = only(out, PortfolioChanged)
    assert (shown.in_doubt, shown.exposures[0].working) == (1, made.intent.notional_max)
    later = [m for s in range(1, 60) for m in script.say(Tick(), at_second=s)]
    assert not only(later, PlaceOrder)
    assert only(later, LookUpOrder)
    found = script.report(OrderStatus.OPEN)
    assert AlertCleared(doubt_key(made)) in found


@pytest.mark.req("OM2")
@pytest.mark.fault("OL-11", "OL-23")
def test_only_repeated_complete_listings_over_the_settling_time_prove_that_an_order_is_absent() -> None:
    script = Script()
    made = script.approve()
    script.durable()
    script.say(answer(InDoubt("timed out")))
    for second in (1, 5, 9, 15):
        script.say(Tick(), OrderLookedUp(FIRST, absent=True, text="listed"), at_second=second)
        script.say(OrderLookedUp(FIRST, absent=False, text="503"))
    assert script.order().status is OrderStatus.UNKNOWN
    out = script.say(OrderLookedUp(FIRST, absent=True, text="listed"), at_second=22)
    assert script.order().status is OrderStatus.FAILED
    assert AlertCleared(doubt_key(made)) in out


@pytest.mark.fault("OL-23")
def test_a_question_that_failed_is_no_evidence_however_often_it_is_asked() -> None:
    script = Script()
    script.approve()
    script.durable()
    script.say(answer(InDoubt("timed out")))
    for second in range(1, 120):
        script.say(Tick(), OrderLookedUp(FIRST, absent=False, text="503"), at_second=second)
    assert script.order().status is OrderStatus.UNKNOWN


@pytest.mark.req("E2")
def test_an_order_counts_at_its_worst_from_the_approval_on_whatever_is_known_of_it() -> None:
    script = Script()
    steps: tuple[Callable[[], list[ManagerOut]], ...] = (
        lambda: script.say(approval()),
        script.durable,
        lambda: script.say(answer(InDoubt("timed out"))),
        lambda: script.report(OrderStatus.OPEN),
    )
    for step in steps:
        (shown,) = only(step(), PortfolioChanged)
        assert [e.working for e in shown.exposures] == [script.order().intent.notional_max]


def test_a_request_the_gateway_never_answers_ends_in_doubt() -> None:
    script = Script()
    made = script.approve()
    script.durable()
    script.say(Tick())
    assert script.order().status is OrderStatus.SUBMITTED
    out = script.say(Tick(), at_second=20)
    assert script.order().status is OrderStatus.UNKNOWN
    assert [a.key for a in only(out, AlertRaised)] == [doubt_key(made)]


@pytest.mark.parametrize(
    ("late", "status"),
    [
        (Rejected(Failure.INVALID_ORDER, "no"), OrderStatus.REJECTED),
        (NotSent("the gate was closed"), OrderStatus.FAILED),
    ],
)
def test_an_answer_that_comes_late_ends_the_doubt_and_its_alert(late: PlaceOutcome, status: OrderStatus) -> None:
    script = Script()
    made = script.approve()
    script.durable()
    script.say(Tick())
    script.say(Tick(), at_second=20)
    out = script.say(answer(late))
    assert script.order().status is status
    assert AlertCleared(doubt_key(made)) in out


@pytest.mark.fault("OL-10")
def test_a_cancel_that_is_never_confirmed_is_asked_again_and_a_person_is_told_once() -> None:
    script = Script()
    script.approve()
    script.open()
    first = script.say(CancelAll("halt"))
    assert only(first, CancelOrders) == [CancelOrders((V1,), "halt")]
    assert first[0] == CancelOrders((V1,), "halt"), "the market does not wait for the journal"
    out = [m for n in range(1, 200) for m in script.say(Tick(), at_second=n / 10)]
    assert 5 < len(only(out, CancelOrders)) < 20
    (alert,) = only(out, AlertRaised)
    assert alert.key == f"cancel_stuck:{FIRST}"
    assert AlertCleared(alert.key) in script.report(OrderStatus.CANCELED)


@pytest.mark.fault("OL-04")
def test_a_refused_cancel_asks_what_became_of_the_order_and_orders_nothing() -> None:
    script = Script()
    script.approve()
    script.open()
    script.say(Tick())
    script.say(Tick(), at_second=15)
    assert script.order().status is OrderStatus.PENDING_CANCEL
    out = script.say(CancelFinished((), ((V1, "UNKNOWN_CANCEL_ORDER"),)))
    assert [type(m) for m in out] == [LookUpOrder]
    script.report(OrderStatus.FILLED, script.order().intent.quantity)
    assert script.order().status is OrderStatus.FILLED
    assert script.say(CancelFinished((), ((V1, "again"),))) == []


# ---------------------------------------------------------------------------------------------- halt, drain, restart
@pytest.mark.req("K1")
def test_a_halt_lets_no_waiting_intent_out_and_cancels_what_turns_up_later() -> None:
    script = Script()
    script.approve(1)
    script.approve(2)
    script.durable(1)
    script.say(CancelAll("halt"))
    assert script.order(2).status is OrderStatus.FAILED
    assert not only(script.durable(2), PlaceOrder)
    assert only(script.accepted(1), CancelOrders) == [CancelOrders((V1,), "halted")]
    script.say(ResumeOrders())
    assert script.approve(3).status is OrderStatus.NEW


@pytest.mark.req("K1")
def test_under_a_halt_an_order_the_stream_shows_before_the_answer_is_cancelled_at_once() -> None:
    script = Script()
    script.approve()
    script.durable()
    script.say(CancelAll("halt"))
    assert only(script.report(OrderStatus.OPEN), CancelOrders) == [CancelOrders((V1,), "halted")]


@pytest.mark.req("SUP6")
def test_draining_ends_when_nothing_of_ours_is_unsettled_and_says_so_once() -> None:
    script = Script()
    script.approve()
    script.open()
    assert not only(script.say(DrainOrders()), Drained)
    size = script.order().intent.quantity / 2
    assert not only(script.report(OrderStatus.CANCELED, size), Drained), "half of it filled and is not booked yet"
    assert only(script.fills(size), Drained) == [Drained(())]
    assert not only(script.say(Tick()), Drained)


def test_a_drain_is_not_over_before_the_books_are_read() -> None:
    script = Script(books=None)
    assert not only(script.say(DrainOrders(), Tick()), Drained)
    assert only(script.say(NO_BOOKS, Tick()), Drained)


@pytest.mark.req("OM3")
@pytest.mark.fault("PR-01", "PR-02")
@pytest.mark.parametrize("status", ["NEW", "SUBMITTED", "UNKNOWN"])
def test_after_a_restart_an_order_of_unknown_fate_is_in_doubt_told_and_looked_up_but_never_sent(status: str) -> None:
    left = order(OrderStatus[status], intent(1), venue=None)
    script = Script(books=None)
    out = script.say(evolve(NO_BOOKS, orders=(left,)))
    assert script.order().status is OrderStatus.UNKNOWN
    assert [a.key for a in only(out, AlertRaised)] == [doubt_key(left)]
    assert not only(script.durable(), PlaceOrder)
    assert only(script.say(Tick()), LookUpOrder)


def test_a_manager_that_starts_under_a_halt_cancels_what_the_journal_gives_back() -> None:
    script = Script(books=None, halted=True)
    out = script.say(evolve(NO_BOOKS, orders=(order(OrderStatus.OPEN, intent(1)),)))
    assert only(out, CancelOrders) == [CancelOrders((V1,), "halted")]


@pytest.mark.fault("OL-12")
def test_an_order_of_somebody_else_is_left_alone() -> None:
    script = Script()
    assert script.say(foreign(), foreign()) == []
    assert not only(script.say(CancelAll("halt")), CancelOrders)
    assert script.say(foreign(OrderStatus.CANCELED)) == []


@pytest.mark.fault("NW-04")
def test_an_order_given_up_in_an_earlier_run_is_adopted_when_the_venue_shows_it() -> None:
    script = Script(books=None)
    script.say(evolve(NO_BOOKS, orders=(order(OrderStatus.FAILED, intent(1)),)))
    out = script.say(reported(OrderStatus.OPEN))
    assert [m.order.status for m in only(out, OrderChanged)] == [OrderStatus.OPEN]
    assert [a.key for a in only(out, AlertRaised)] == [f"order_back:{intent(1).intent_id}"]


@pytest.mark.fault("OL-24")
def test_what_cannot_happen_changes_nothing_and_is_told() -> None:
    script = Script()
    script.approve()
    script.open()
    out = script.say(answer(Rejected(Failure.UNKNOWN, "?")))
    assert script.order().status is OrderStatus.OPEN
    assert f"illegal_transition:{FIRST}" in [a.key for a in only(out, AlertRaised)]


# ------------------------------------------------------------------------------------------------ exits and entries
@pytest.mark.fault("OL-19")
@pytest.mark.req("R3")
def test_when_a_position_is_left_its_entry_is_cancelled_and_not_quoted_again() -> None:
    script = Script()
    script.approve()
    script.open()
    half = quantity("4.97")
    script.report(OrderStatus.PARTIAL_FILL, half)
    script.fills(half)
    out = script.quote(94, at_second=1)
    assert only(out, CancelOrders) == [CancelOrders((V1,), "the position is being left")]
    out = script.report(OrderStatus.CANCELED, half)
    assert not only(out, OrderChanged)[1:], "the plan of the entry is over"
    (sale,) = only(script.quote(94, at_second=2), OrderChanged)
    assert (sale.order.intent.kind, sale.order.intent.quantity) == (OrderKind.EXIT, half)


@pytest.mark.req("R3")
def test_an_entry_that_waits_for_the_journal_is_given_up_when_the_position_is_left() -> None:
    script = Script()
    script.hold()
    script.approve(2)
    script.quote(94, at_second=1)
    assert script.order(2).status is OrderStatus.FAILED
    (sale,) = only(script.quote(94, at_second=2), OrderChanged)
    assert sale.order.intent.side is Side.SELL


@pytest.mark.req("R3")
def test_an_entry_in_doubt_does_not_hold_up_the_stop_of_what_is_held() -> None:
    script = Script()
    held = script.hold()
    script.approve(2)
    script.durable(2)
    script.say(answer(InDoubt("timed out"), 2))
    (sale,) = only(script.quote(94, at_second=1), OrderChanged)
    assert (sale.order.intent.side, sale.order.intent.quantity) == (Side.SELL, held.quantity)


def test_a_strategy_may_sell_what_is_held_once() -> None:
    script = Script()
    held = script.hold()
    (made,) = only(script.say(approval(2, trade_proposal(side=Side.SELL))), OrderChanged)
    assert made.order.intent.quantity == held.quantity
    (refused,) = only(script.say(approval(3, trade_proposal(side=Side.SELL))), ProposalRefused)
    assert refused.reason.rule == "exit_not_possible"


def test_a_story_leaves_nothing_behind() -> None:
    """Plans, deadlines and watches go with the order they belong to, however it ends."""
    script = Script()
    ends: tuple[PlaceOutcome, ...] = (NotSent("no"), Rejected(Failure.AUTH, "no"), NotSent("no"))
    for serial, end in enumerate(ends, start=1):
        script.say(approval(serial, second=script.second))
        for number in range(1, 10):
            found = script.manager._books.registry.get(IntentId(f"{EPOCH}-i{number}"))
            if found is not None and found.status is OrderStatus.NEW:
                script.durable(number)
                script.say(Tick(), answer(end, number))
    manager = script.manager
    assert list(manager._books.registry.unsettled()) == []
    assert (manager._entries._plans, manager._entries._expiry, manager._timers._watches) == ({}, {}, {})


def test_a_tick_after_a_quote_shows_the_portfolio_at_its_new_worth() -> None:
    script = Script()
    script.hold()
    script.say(Tick())
    script.quote(105)
    (shown,) = only(script.say(Tick()), PortfolioChanged)
    assert shown.nlv > 10_000
    assert not only(script.say(Tick()), PortfolioChanged)
    assert [p.symbol for p in shown.positions] == [BTC]


@pytest.mark.req("SUP6")
def test_another_policy_acts_on_the_orders_that_work_already_and_loses_none_of_them() -> None:
    script = Script()
    script.approve()
    script.open()
    script.say(Tick())
    longer = evolve(Policy(), execution=Execution(entry_ttl_s=60.0))
    assert script.say(PolicyChanged(longer)) == []
    assert only(script.say(Tick(), at_second=20), CancelOrders) == []
    assert len(only(script.say(Tick(), at_second=61), CancelOrders)) == 1


# -------------------------------------------------------------------------------------------------------------- bans
def banned(until: float = 3_600) -> InstrumentBanned:
    return InstrumentBanned(Ban(BTC, BanKind.EXPLOIT, "drained", "kim", at(), at(until)))


@pytest.mark.req("U4")
def test_a_ban_ends_the_entry_that_rests_already_and_no_step_follows_it() -> None:
    script = Script()
    script.approve()
    script.open()
    (cancel,) = only(script.say(banned()), CancelOrders)
    assert (cancel.orders, cancel.reason) == ((V1,), "BTC-USD is banned")
    after = script.report(OrderStatus.CANCELED)
    assert only(after, PlaceOrder) == []
    assert [order.status for order in script.manager._books.registry.unsettled()] == []


@pytest.mark.req("U4")
def test_a_ban_while_the_entry_is_in_flight_ends_it_as_soon_as_it_works() -> None:
    script = Script()
    script.approve()
    script.durable()
    assert only(script.say(banned()), CancelOrders) == []
    assert [cancel.orders for cancel in only(script.accepted(), CancelOrders)] == [(V1,)]


@pytest.mark.req("U4")
def test_an_entry_that_is_not_on_the_disk_yet_when_its_instrument_is_banned_never_leaves() -> None:
    script = Script()
    script.approve()
    script.say(banned())
    assert script.order().status is OrderStatus.FAILED
    assert only(script.durable(), PlaceOrder) == []


@pytest.mark.req("U4")
def test_what_was_approved_before_a_ban_and_arrives_after_it_is_refused_until_the_ban_is_over() -> None:
    script = Script()
    script.say(banned(until=60))
    (refusal,) = only(script.say(approval(1)), ProposalRefused)
    assert (refusal.reason.rule, refusal.reason.text) == ("banned", "BTC-USD is banned: exploit: drained")
    script.say(Tick(), at_second=60)
    script.quote(100, at_second=60)
    assert only(script.say(approval(2, second=60)), ProposalRefused) == []


@pytest.mark.req("U4")
def test_a_ban_touches_no_sale() -> None:
    script = Script()
    script.hold()
    script.say(banned())
    assert [order.order.intent.side for order in only(script.quote(1), OrderChanged)] == [Side.SELL]


@pytest.mark.req("U4")
def test_an_entry_of_an_earlier_life_does_not_rest_on_under_a_ban_of_then() -> None:
    resting = order(of=intent(), status=OrderStatus.OPEN)
    for bans, cancelled in (((banned().ban,), True), ((), False)):
        manager = OrderManager(Policy(), Mode.PAPER, EPOCH, bans=bans)
        manager.start(moment())
        manager.handle(evolve(NO_BOOKS, orders=(resting,)), moment())
        assert bool(only(manager.handle(Tick(), moment(1)), CancelOrders)) is cancelled
