"""The venue's word applied to our orders: late, twice, in the wrong order, or wrong."""

from itertools import permutations
from typing import Any

import pytest
from attrs import evolve
from tests.builders import BTC, ETH, fill, intent, moment, order, price, quantity
from tests.core.scripted_orders import NO_BOOKS, Script, only, reported

from trader247.errors import Failure
from trader247.messages.control import AlertRaised, HaltRequested, Severity
from trader247.messages.orders import (
    FetchFills,
    FillBooked,
    FillsFetched,
    InDoubt,
    NotSent,
    OrderChanged,
    PlaceFinished,
    PortfolioChanged,
    Rejected,
)
from trader247.model.ids import FillId, VenueOrderId
from trader247.model.order import OrderStatus, Side


@pytest.fixture
def script() -> Script:
    """One order of a little under ten units rests as ``v1``."""
    resting = Script()
    resting.approve()
    resting.open()
    return resting


@pytest.mark.req("SE1", "PNL1")
@pytest.mark.fault("OL-06")
def test_a_fill_told_twice_is_booked_once(script: Script) -> None:
    first = script.fills(1)
    assert len(only(first, FillBooked)) == 1
    assert script.fills(1) == []
    assert script.say(FillsFetched((fill(1, venue="v1"), fill(1, venue="v1")))) == []
    assert script.order().booked == 1
    assert script.order().fill_ids == (FillId("f1"),)


def test_a_fill_of_somebody_else_is_theirs(script: Script) -> None:
    assert script.say(FillsFetched((fill(1, venue="theirs"),))) == []
    assert script.position() is None


def test_a_report_of_more_than_is_booked_asks_for_the_fills(script: Script) -> None:
    assert only(script.report(OrderStatus.PARTIAL_FILL, 2), FetchFills) == [FetchFills(VenueOrderId("v1"))]
    script.fills(2)
    assert not only(script.report(OrderStatus.PARTIAL_FILL, 2), FetchFills)


@pytest.mark.req("OSM")
@pytest.mark.parametrize("arrival", list(permutations(range(4))))
def test_cumulative_reports_end_the_same_in_whatever_order_they_come(script: Script, arrival: tuple[int, ...]) -> None:
    size = script.order().intent.quantity
    told = [
        reported(OrderStatus.OPEN),
        reported(OrderStatus.PARTIAL_FILL, 2),
        reported(OrderStatus.PENDING_CANCEL, 2),
        reported(OrderStatus.FILLED, size),
    ]
    out = [m for index in arrival for m in script.say(told[index])]
    assert (script.order().status, script.order().filled) == (OrderStatus.FILLED, size)
    assert not only(out, AlertRaised)


@pytest.mark.fault("OL-08")
def test_a_fill_that_is_told_after_the_cancellation_is_booked_all_the_same(script: Script) -> None:
    script.report(OrderStatus.CANCELED)
    out = script.fills(3)
    (booked,) = only(out, FillBooked)
    assert booked.position.quantity == 3
    assert (script.order().status, script.order().settled) == (OrderStatus.CANCELED, True)
    assert script.order().filled == script.order().booked == 3


@pytest.mark.fault("OL-05")
def test_a_partial_fill_and_a_cancel_leave_the_part_as_a_position(script: Script) -> None:
    script.report(OrderStatus.CANCELED, "0.00001")
    assert not script.order().settled
    script.fills("0.00001")
    assert script.order().settled
    held = script.position()
    assert held is not None
    assert held.quantity == quantity("0.00001")


@pytest.mark.fault("OL-07")
def test_a_fill_over_the_size_of_the_order_is_booked_as_the_truth_and_halts(script: Script) -> None:
    size = script.order().intent.quantity
    out = script.fills(size + 1)
    assert len(only(out, FillBooked)) == 1
    assert [(a.key, a.severity) for a in only(out, AlertRaised)] == [("overfilled", Severity.CRITICAL)]
    assert [h.by for h in only(out, HaltRequested)] == ["ledger"]


@pytest.mark.req("R1")
def test_a_sale_the_books_do_not_bear_halts_and_hides_no_other_fill() -> None:
    script = Script()
    held = script.hold()
    script.quote(94, at_second=1)
    script.open(2)
    out = script.say(
        FillsFetched(
            (
                fill(8, venue="v2", side=Side.SELL, size=held.quantity + 1),
                fill(9, venue="v2", side=Side.SELL, size=1),
            )
        )
    )
    assert [a.key for a in only(out, AlertRaised)] == ["oversold"]
    assert only(out, HaltRequested)
    assert [b.fill.fill_id for b in only(out, FillBooked)] == ["f9"]
    left = script.position()
    assert left is not None
    assert left.quantity == held.quantity - 1


def test_a_status_nobody_knows_moves_nothing_but_its_identity_and_amount_are_kept() -> None:
    script = Script()
    script.approve()
    script.durable()
    script.say(PlaceFinished(script.order().intent.intent_id, InDoubt("reset"), None))
    out = script.report(OrderStatus.UNKNOWN, 2)
    assert script.order().status is OrderStatus.UNKNOWN
    assert [script.order().venue_order_id, script.order().filled] == [VenueOrderId("v1"), quantity(2)]
    assert "order_status_unknown" in [a.key for a in only(out, AlertRaised)]
    assert only(out, FetchFills)
    assert len(only(script.fills(2), FillBooked)) == 1


@pytest.mark.parametrize("thought", ["REJECTED", "FAILED"])
def test_an_order_that_lives_after_all_is_taken_up_again_counted_and_told(thought: str) -> None:
    script = Script()
    script.approve()
    script.durable()
    outcome = Rejected(Failure.UNKNOWN, "?") if thought == "REJECTED" else NotSent("?")
    script.manager._entries.give_up(script.order())
    script.say(PlaceFinished(script.order().intent.intent_id, outcome, None))
    assert script.order().status is OrderStatus[thought]
    out = script.report(OrderStatus.OPEN)
    assert script.order().status is OrderStatus.OPEN
    assert [(a.key, a.severity) for a in only(out, AlertRaised)] == [
        (f"order_back:{script.order().intent.intent_id}", Severity.CRITICAL)
    ]
    (shown,) = only(out, PortfolioChanged)
    assert shown.exposures[0].working == script.order().intent.notional_max
    assert len(only(script.fills(1), FillBooked)) == 1


def test_late_news_with_nothing_new_is_not_told_again(script: Script) -> None:
    script.report(OrderStatus.PARTIAL_FILL, 2)
    script.fills(2)
    assert script.report(OrderStatus.OPEN, 1) == []
    assert script.report(OrderStatus.PARTIAL_FILL, 2) == []


def test_an_entry_and_a_stop_are_noted_once_for_the_cooldowns() -> None:
    script = Script()
    held = script.hold()
    script.quote(94, at_second=1)
    script.open(2)
    script.fills(1, 2, price=94, name="a")
    half = script.fills(1, 2, price=94, name="b")
    assert only(half, PortfolioChanged)[0].stop_outs_24h == ()
    out = script.fills(held.quantity - 2, 2, price=94, name="c")
    (shown,) = only(out, PortfolioChanged)
    assert [symbol for symbol, _ in shown.entries_24h] == [BTC]
    assert [symbol for symbol, _ in shown.stop_outs_24h] == [BTC]


@pytest.mark.req("CD1")
def test_an_entry_counts_from_its_last_fill_as_it_does_after_a_restart() -> None:
    script = Script()
    script.approve()
    script.open()
    script.fills(1, name="a")
    script.second = 40
    (shown,) = only(script.fills(1, name="b"), PortfolioChanged)
    assert shown.entries_24h == ((BTC, moment(40).utc),)
    script.second = 20
    (shown,) = only(script.fills(1, name="told late"), PortfolioChanged)
    assert shown.entries_24h == ((BTC, moment(40).utc),)


def test_a_trade_that_ends_is_told_with_what_it_made() -> None:
    script = Script()
    held = script.hold()
    script.quote(94, at_second=1)
    script.open(2)
    half = script.fills(1, 2, price=94, name="a")
    (trade,) = only(half, PortfolioChanged)[0].trades
    assert (trade.symbol, trade.closed) == (BTC, False)
    rest = script.fills(held.quantity - 1, 2, price=94, name="b")
    (trade,) = only(rest, PortfolioChanged)[0].trades
    assert trade.closed
    assert trade.realised == sum(booked.realised for booked in only([*half, *rest], FillBooked))


def test_what_is_told_of_a_fill_is_the_whole_consequence(script: Script) -> None:
    (booked,) = only(script.fills(1, price=99), FillBooked)
    assert booked.cash == 10_000 - 99
    assert booked.realised == 0
    assert booked.order == script.order()
    assert only(script.report(OrderStatus.PARTIAL_FILL, 1), OrderChanged)[0].event == "seen_partial"


# ------------------------------------------------------------------------------- another order under an id of ours
OTHERS = [{"side": Side.SELL}, {"symbol": ETH}, {"quantity": quantity(3)}, {"limit_price": price(99)}]


@pytest.mark.req("X1", "REC1")
@pytest.mark.fault("RA-10")
@pytest.mark.parametrize("other", OTHERS, ids="".join)
def test_after_a_restart_an_order_under_our_id_that_is_not_our_intent_halts_and_books_nothing(
    other: dict[str, Any],
) -> None:
    left = evolve(order(OrderStatus.UNKNOWN, intent(1)), venue_order_id=None)
    script = Script(evolve(NO_BOOKS, orders=(left,)))
    out = script.say(reported(OrderStatus.FILLED, 3, **other))
    (alert,) = [a for a in only(out, AlertRaised) if a.severity is Severity.CRITICAL]
    assert alert.key == f"reconcile_mismatch:{left.intent.intent_id}"
    assert "belongs to another order" in alert.text
    assert only(out, HaltRequested) == [HaltRequested(alert.text, "reconcile")]
    assert not only(out, FetchFills)
    assert not only(script.fills(3), FillBooked)
    assert script.position() is None
    ours = script.order()
    assert ours.status is OrderStatus.FAILED
    assert ours.filled == 0
    assert ours.venue_order_id is None


@pytest.mark.req("X1", "E2")
@pytest.mark.fault("RA-10")
def test_while_the_other_order_works_ours_stays_in_doubt_at_its_worst_and_is_told_of_once() -> None:
    script = Script(evolve(NO_BOOKS, orders=(order(OrderStatus.UNKNOWN, intent(1)),)))
    first = script.say(reported(OrderStatus.OPEN, quantity=quantity(3)))
    assert len(only(first, HaltRequested)) == 1
    assert script.say(reported(OrderStatus.PARTIAL_FILL, 1, quantity=quantity(3))) == []
    assert script.order().status is OrderStatus.UNKNOWN


@pytest.mark.fault("RA-10")
def test_fills_of_an_order_that_was_taken_for_ours_are_not_booked_once_its_terms_are_known(script: Script) -> None:
    out = script.say(reported(OrderStatus.FILLED, 3, quantity=quantity(3)))
    assert len(only(out, HaltRequested)) == 1
    assert script.fills(3) == []
    assert script.order().booked == 0


def test_terms_that_were_not_told_or_are_those_of_the_intent_are_ours(script: Script) -> None:
    sent = script.order().intent
    told: dict[str, Any] = {"side": sent.side, "quantity": sent.quantity, "limit_price": sent.limit_price}
    assert script.say(reported(OrderStatus.OPEN, **told)) == script.say(reported(OrderStatus.OPEN)) == []
