"""Stories of orders as exchanges really tell them: too early, not at all, or as if it had only just happened."""

import pytest
from attrs import evolve
from tests.builders import BTC
from tests.core.scripted_orders import NO_BOOKS, Script, only, reported

from trader247.messages.orders import (
    FetchFills,
    FillBooked,
    InDoubt,
    OrderChanged,
    PlaceFinished,
    PortfolioChanged,
    ReconcileFinished,
)
from trader247.model.ids import VenueOrderId
from trader247.model.order import OrderStatus


def sent() -> Script:
    """An order whose request is on its way; nobody has said anything of it."""
    script = Script()
    script.approve()
    script.durable()
    return script


@pytest.mark.fault("WS-06")
def test_a_fill_that_is_told_before_the_answer_to_its_order_is_known_by_the_client_id_and_booked_once() -> None:
    script = sent()
    early = script.report(OrderStatus.PARTIAL_FILL, 2)
    assert only(early, FetchFills) == [FetchFills(VenueOrderId("v1"))]
    assert len(only(script.fills(2), FillBooked)) == 1
    script.accepted()
    assert script.fills(2) == []
    held = script.position()
    assert held is not None
    assert held.quantity == script.order().booked == 2
    assert script.order().status is OrderStatus.PARTIAL_FILL


@pytest.mark.fault("WS-06")
def test_a_fill_row_of_an_order_whose_venue_id_nobody_knows_yet_is_asked_for_again_once_it_is_known() -> None:
    script = sent()
    assert script.fills(2) == [], "nobody can say yet whose it is"
    script.accepted()
    assert only(script.report(OrderStatus.PARTIAL_FILL, 2), FetchFills)
    assert len(only(script.fills(2), FillBooked)) == 1


@pytest.mark.fault("OL-26", "WS-10")
def test_a_report_moves_no_money_whatever_it_says_was_filled() -> None:
    script = Script()
    script.approve()
    size = script.open().intent.quantity
    assert not only(script.report(OrderStatus.FILLED, size), FillBooked)
    assert script.position() is None
    assert script.order().filled == size
    assert script.order().booked == 0
    assert len(only(script.fills(size), FillBooked)) == 1
    assert script.order().booked == size


@pytest.mark.fault("WS-10")
def test_what_a_reconnected_stream_lists_again_is_nothing_new() -> None:
    script = Script()
    script.approve()
    script.open()
    script.report(OrderStatus.PARTIAL_FILL, 2)
    script.fills(2)
    held = script.position()
    assert script.report(OrderStatus.PARTIAL_FILL, 2) == []
    again = Script(evolve(NO_BOOKS, orders=(script.order(),), positions=(held,), fill_ids=frozenset({"f1"})))  # type: ignore[arg-type]
    listed = again.say(reported(OrderStatus.PARTIAL_FILL, 2))
    assert not only(listed, FillBooked, FetchFills)
    assert again.fills(2) == []
    assert again.position() == held


@pytest.mark.fault("RA-14")
def test_an_order_that_no_list_of_open_orders_shows_is_not_over_before_somebody_says_how_it_ended() -> None:
    script = sent()
    script.accepted()
    for _ in range(3):
        script.say(ReconcileFinished(reported(OrderStatus.OPEN).at))
    assert script.order().status is OrderStatus.OPEN
    doubtful = sent()
    doubtful.say(PlaceFinished(doubtful.order().intent.intent_id, InDoubt("reset"), None))
    for _ in range(3):
        doubtful.say(ReconcileFinished(reported(OrderStatus.OPEN).at))
    assert doubtful.order().status is OrderStatus.UNKNOWN
    size = doubtful.order().intent.quantity
    assert only(doubtful.report(OrderStatus.FILLED, size), FetchFills)
    assert len(only(doubtful.fills(size), FillBooked)) == 1


@pytest.mark.fault("OL-27")
def test_a_stop_that_filled_while_the_daemon_was_dead_begins_its_cooldown_when_the_next_life_books_it() -> None:
    before = Script()
    held = before.hold()
    before.quote(94, at_second=1)
    leaving = before.open(2)
    again = Script(evolve(NO_BOOKS, positions=(held,), orders=(leaving,)))
    out = again.say(reported(OrderStatus.FILLED, held.quantity, number=2))
    assert not only(out, PortfolioChanged) or only(out, PortfolioChanged)[-1].stop_outs_24h == ()
    (shown,) = only(again.fills(held.quantity, 2, price=94), PortfolioChanged)
    assert [symbol for symbol, _ in shown.stop_outs_24h] == [BTC]
    assert shown.positions == ()


@pytest.mark.fault("OL-22", "OL-02")
def test_three_restarts_give_an_order_in_flight_no_new_id_and_make_no_second_one_of_it() -> None:
    script = sent()
    known = script.order()
    for _ in range(3):
        script = Script(evolve(NO_BOOKS, orders=(known,), intents_made=0))
        made = [m.order.intent for m in only(script.say(reported(OrderStatus.UNKNOWN)), OrderChanged)]
        assert {intent.client_order_id for intent in made} <= {known.intent.client_order_id}
        assert script.order().intent == known.intent
        known = script.order()
