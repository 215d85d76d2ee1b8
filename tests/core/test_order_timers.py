"""Nothing waits for ever, and nothing is asked too often."""

from typing import Any

import pytest
from attrs import evolve
from tests.builders import Amount, intent, moment, order

from trader247.core.order_books import OrderBooks
from trader247.core.order_timers import (
    ABSENCES,
    ANSWER_S,
    CANCEL_STUCK_S,
    FILLS_S,
    LOOK_UP_S,
    NEW_S,
    POLL_S,
    SETTLE_S,
    Due,
    OrderTimers,
)
from trader247.messages.orders import FetchFills, LookUpOrder
from trader247.model.ids import RunEpoch, VenueOrderId
from trader247.model.instant import HOUR, Instant, Moment
from trader247.model.mode import Mode, OrderKind
from trader247.model.order import Order, OrderIntent, OrderStatus, Style
from trader247.model.policy import Policy

TTL_S = Policy().execution.entry_ttl_s


class Watched:
    """One order under the timers; its watch begins at second 0."""

    def __init__(
        self,
        status: OrderStatus,
        of: OrderIntent | None = None,
        *,
        venue: str | None = "v1",
        filled: Amount = 0,
        booked: Amount = 0,
    ) -> None:
        self.books = OrderBooks(policy=Policy(), mode=Mode.PAPER, epoch=RunEpoch("00c0ffee00"))
        self.timers = OrderTimers(self.books)
        self.order = order(status, of, venue=venue, filled=filled, booked=booked)
        self.books.registry.add(self.order)
        self.first = self.due(0)

    def due(self, second: float) -> Due:
        return self.timers.due(moment(second))

    def now_is(self, **changes: Any) -> Order:
        self.order = self.books.registry.change(self.order, **changes)
        return self.order


@pytest.mark.req("R3", "OM4")
def test_what_protects_rests_without_an_end_and_is_looked_at_now_and_then() -> None:
    resting = evolve(intent(kind=OrderKind.EXIT), style=Style.STOP_LIMIT)
    watched = Watched(OrderStatus.OPEN, resting)
    assert watched.due(POLL_S - 0.1) == Due()
    assert [type(asked) for asked in watched.due(POLL_S).requests] == [LookUpOrder]
    watched.books.draining = True
    assert watched.due(10 * TTL_S).expired == []
    watched.books.halted = True
    assert watched.due(11 * TTL_S).expired == [watched.order]


@pytest.mark.req("R3")
def test_whose_cancel_it_was_is_known_until_the_order_is_forgotten() -> None:
    watched = Watched(OrderStatus.OPEN)
    assert not watched.timers.was_cancelled(watched.order)
    watched.timers.cancel_sent(watched.order, moment(1))
    assert watched.timers.was_cancelled(watched.order)
    watched.timers.forget(watched.order)
    assert not watched.timers.was_cancelled(watched.order)


def test_an_intent_the_journal_never_confirmed_is_given_up() -> None:
    new = Watched(OrderStatus.NEW, venue=None)
    assert new.due(NEW_S - 0.1) == Due()
    assert new.due(NEW_S).never_durable == [new.order]


@pytest.mark.req("OM4")
def test_a_request_without_an_answer_is_stuck() -> None:
    sent = Watched(OrderStatus.SUBMITTED, venue=None)
    assert sent.due(ANSWER_S - 0.1) == Due()
    assert sent.due(ANSWER_S).stuck == [sent.order]


@pytest.mark.req("OM2")
def test_an_order_in_doubt_is_asked_for_at_once_and_then_every_two_seconds() -> None:
    doubt = Watched(OrderStatus.UNKNOWN, venue=None)
    (first,) = doubt.first.requests
    assert isinstance(first, LookUpOrder)
    assert (first.client_order_id, first.venue_order_id) == (doubt.order.intent.client_order_id, None)
    assert doubt.due(LOOK_UP_S - 0.1) == Due()
    assert doubt.due(LOOK_UP_S).requests == [first]


@pytest.mark.req("OM2")
@pytest.mark.fault("OL-11")
def test_absence_needs_enough_listings_and_enough_time() -> None:
    doubt = Watched(OrderStatus.UNKNOWN, venue=None)
    early = [doubt.timers.absence_proven(doubt.order, moment(s)) for s in range(1, int(SETTLE_S), 2)]
    assert not any(early)
    assert doubt.timers.absence_proven(doubt.order, moment(SETTLE_S))

    lazy = Watched(OrderStatus.UNKNOWN, venue=None)
    late = [lazy.timers.absence_proven(lazy.order, moment(SETTLE_S + n)) for n in range(ABSENCES)]
    assert late == [*[False] * (ABSENCES - 1), True]


def test_a_word_of_the_venue_voids_earlier_absences() -> None:
    doubt = Watched(OrderStatus.UNKNOWN, venue=None)
    for second in (1, 10, 19):
        doubt.timers.absence_proven(doubt.order, moment(second))
    doubt.timers.heard_of(doubt.order, moment(19.5))
    assert not doubt.timers.absence_proven(doubt.order, moment(SETTLE_S))


@pytest.mark.req("OM1")
@pytest.mark.fault("OL-18")
def test_a_resting_entry_is_cancelled_after_its_time_to_live() -> None:
    resting = Watched(OrderStatus.OPEN)
    assert resting.due(TTL_S - 0.1).expired == []
    assert resting.due(TTL_S).expired == [resting.order]


def test_a_partial_fill_does_not_give_an_entry_a_new_life() -> None:
    resting = Watched(OrderStatus.OPEN)
    resting.now_is(status=OrderStatus.PARTIAL_FILL)
    resting.due(TTL_S - 1)
    assert resting.due(TTL_S).expired == [resting.order]


@pytest.mark.fault("HC-01")
@pytest.mark.parametrize("step", [-HOUR, HOUR])
def test_a_wall_clock_that_steps_neither_ends_an_entry_nor_keeps_it(step: int) -> None:
    resting = Watched(OrderStatus.OPEN)

    def due(second: float) -> Due:
        true = moment(second)
        return resting.timers.due(Moment(Instant(true.utc + step), true.mono))

    assert due(TTL_S - 0.1).expired == []
    assert due(TTL_S).expired == [resting.order]


def test_under_a_halt_whatever_rests_is_cancelled_at_once() -> None:
    resting = Watched(OrderStatus.OPEN, intent(kind=OrderKind.EXIT))
    resting.books.halted = True
    assert resting.due(0.1).expired == [resting.order]


def test_an_order_that_should_not_rest_is_looked_at_soon() -> None:
    exit_ = Watched(OrderStatus.OPEN, intent(kind=OrderKind.EXIT))
    assert exit_.due(LOOK_UP_S - 0.1) == Due()
    assert len(exit_.due(LOOK_UP_S).requests) == 1
    assert exit_.due(LOOK_UP_S + 0.1) == Due()
    assert exit_.due(TTL_S).expired == []


def test_a_resting_order_nobody_spoke_of_is_looked_at_every_minute() -> None:
    patient = evolve(Policy(), execution=evolve(Policy().execution, entry_ttl_s=3600.0))
    resting = Watched(OrderStatus.OPEN)
    resting.books.policy = patient
    assert resting.due(POLL_S - 0.1) == Due()
    assert len(resting.due(POLL_S).requests) == 1
    assert resting.due(POLL_S + 1) == Due()
    resting.timers.heard_of(resting.order, moment(POLL_S + 50))
    assert resting.due(2 * POLL_S) == Due()


@pytest.mark.req("OM4")
@pytest.mark.fault("OL-10")
def test_a_cancel_is_sent_again_ever_less_often_and_told_once_when_it_sticks() -> None:
    pending = Watched(OrderStatus.OPEN)
    pending.now_is(status=OrderStatus.PENDING_CANCEL)
    pending.timers.cancel_sent(pending.order, moment(0))
    again: list[float] = []
    stuck: list[float] = []
    for tick in range(1, 400):
        second = tick / 20
        due = pending.due(second)
        if due.cancel_again:
            again.append(second)
            pending.timers.cancel_sent(pending.order, moment(second))
        stuck += [second] * len(due.cancel_stuck)
    assert again[:6] == [0.25, 0.75, 1.75, 3.75, 5.75, 7.75]
    assert stuck == [CANCEL_STUCK_S]
    assert pending.timers.forget(pending.order)
    assert not pending.timers.forget(pending.order)


def test_missing_fills_are_asked_for_until_they_are_booked() -> None:
    over = Watched(OrderStatus.FILLED, filled=1)
    assert over.first.requests == [FetchFills(VenueOrderId("v1"))]
    assert over.due(FILLS_S / 2) == Due()
    assert over.due(FILLS_S).requests == [FetchFills(VenueOrderId("v1"))]
    over.now_is(booked=over.order.filled)
    assert over.due(2 * FILLS_S) == Due()


def test_fills_of_an_order_without_a_venue_id_cannot_be_asked_for() -> None:
    watched = Watched(OrderStatus.UNKNOWN, venue=None)
    with pytest.raises(ValueError, match="no venue order id"):
        watched.timers.fetch(watched.order, moment())
