"""The transition table, pair by pair."""

from itertools import product

import pytest

from trader247.core.order_state import ABSORBED, SEEN, TRANSITIONS, IllegalTransition, OrderEvent, next_status
from trader247.model.order import OrderStatus

PAIRS = tuple(product(OrderStatus, OrderEvent))
TERMINAL = {s for s in OrderStatus if s.terminal}


@pytest.mark.req("OSM")
@pytest.mark.fault("OL-24")
@pytest.mark.parametrize(("status", "event"), PAIRS, ids=lambda v: v.value)
def test_every_pair_of_status_and_event_is_a_row_or_late_news_or_illegal(
    status: OrderStatus, event: OrderEvent
) -> None:
    row = event in TRANSITIONS[status]
    late = event in ABSORBED[status]
    assert not (row and late)
    if row:
        assert next_status(status, event) is TRANSITIONS[status][event]
    elif late:
        assert next_status(status, event) is status
    else:
        with pytest.raises(IllegalTransition, match=f"{event.value} cannot happen to an order that is {status.value}"):
            next_status(status, event)


def test_every_status_has_its_row_in_both_tables() -> None:
    assert set(TRANSITIONS) == set(ABSORBED) == set(OrderStatus)


def reachable(start: OrderStatus) -> set[OrderStatus]:
    found: set[OrderStatus] = set()
    new = {start}
    while new:
        found |= new
        new = {following for status in new for following in TRANSITIONS[status].values()} - found
    return found


def test_every_status_can_be_reached_from_new() -> None:
    assert reachable(OrderStatus.NEW) == set(OrderStatus)


@pytest.mark.parametrize("status", [s for s in OrderStatus if not s.terminal], ids=lambda s: s.value)
def test_from_every_status_that_is_not_terminal_an_end_can_be_reached(status: OrderStatus) -> None:
    assert reachable(status) & TERMINAL


@pytest.mark.parametrize("status", [s for s in OrderStatus if s.working], ids=lambda s: s.value)
def test_whatever_end_the_venue_reports_ends_a_working_order_that_way(status: OrderStatus) -> None:
    ends = {
        OrderEvent.SEEN_FILLED: OrderStatus.FILLED,
        OrderEvent.SEEN_CANCELED: OrderStatus.CANCELED,
        OrderEvent.SEEN_EXPIRED: OrderStatus.EXPIRED,
        OrderEvent.SEEN_FAILED: OrderStatus.FAILED,
    }
    assert {event: next_status(status, event) for event in ends} == ends


def test_only_a_new_order_can_be_sent_and_being_sent_is_told_once() -> None:
    senders = {status for status in OrderStatus if OrderEvent.SENT in TRANSITIONS[status]}
    assert senders == {OrderStatus.NEW}


def test_only_an_order_in_doubt_can_be_proven_absent() -> None:
    assert {s for s in OrderStatus if OrderEvent.PROVEN_ABSENT in TRANSITIONS[s]} == {OrderStatus.UNKNOWN}


def test_a_filled_order_stays_filled_whatever_comes() -> None:
    assert TRANSITIONS[OrderStatus.FILLED] == {}


@pytest.mark.fault("OL-08")
@pytest.mark.parametrize("ended", [OrderStatus.CANCELED, OrderStatus.EXPIRED])
def test_a_full_fill_told_after_the_end_makes_the_order_filled(ended: OrderStatus) -> None:
    assert next_status(ended, OrderEvent.SEEN_FILLED) is OrderStatus.FILLED
    assert next_status(ended, OrderEvent.SEEN_PARTIAL) is ended


@pytest.mark.parametrize("thought", [OrderStatus.FAILED, OrderStatus.REJECTED])
@pytest.mark.parametrize("seen", ["SEEN_OPEN", "SEEN_PARTIAL", "SEEN_PENDING_CANCEL", "SEEN_FILLED", "ACCEPTED"])
def test_an_order_we_thought_never_lived_comes_back_when_the_venue_shows_it(thought: OrderStatus, seen: str) -> None:
    back = next_status(thought, OrderEvent[seen])
    assert back.working or back is OrderStatus.FILLED


@pytest.mark.req("OM2")
@pytest.mark.parametrize(
    ("answer", "status"),
    [("ACCEPTED", "OPEN"), ("REJECTED", "REJECTED"), ("NOT_SENT", "FAILED")],
)
def test_an_answer_that_comes_after_we_stopped_waiting_is_as_good_as_ever(answer: str, status: str) -> None:
    assert next_status(OrderStatus.UNKNOWN, OrderEvent[answer]) is OrderStatus[status]


def test_a_cancel_under_way_never_goes_back_to_resting() -> None:
    following = set(TRANSITIONS[OrderStatus.PENDING_CANCEL].values())
    assert following <= TERMINAL | {OrderStatus.PENDING_CANCEL}


def test_every_status_the_venue_can_name_is_an_event_and_unknown_is_none() -> None:
    ours_alone = {OrderStatus.NEW, OrderStatus.SUBMITTED, OrderStatus.UNKNOWN}
    assert set(SEEN) == set(OrderStatus) - ours_alone
