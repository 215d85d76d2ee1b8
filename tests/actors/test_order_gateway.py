"""The gateway's shell before a scripted venue: what leaves, what does not, and that each request has one answer."""

from __future__ import annotations

from typing import Any

import pytest
import trio
from tests.actors.scripted import CLOCK, Heard, ScriptedVenue, running, staged, switchboard
from tests.builders import intent

from trader247.actors.order_gateway import IN_FLIGHT_MAX, OrderGatewayActor
from trader247.core.order_gateway import OrderGate
from trader247.drivers.mailboxes import Mailboxes
from trader247.errors import Failure, OutcomeUnknown, VenueRejected, VenueUnavailable
from trader247.messages.control import PermitRenewed
from trader247.messages.orders import (
    Accepted,
    CancelFinished,
    CancelOrders,
    InDoubt,
    NotSent,
    PlaceFinished,
    PlaceOrder,
    PlaceOutcome,
    Rejected,
)
from trader247.model.ids import VenueOrderId
from trader247.model.instant import SECOND, Instant, Moment, Mono
from trader247.model.mode import Mode, TradingState
from trader247.model.venue import CancelAnswer, PlaceAnswer
from trader247.runtime.halt import Halt

V1, V2 = VenueOrderId("v1"), VenueOrderId("v2")
TAKEN = PlaceAnswer(V1, intent().client_order_id)
ENDED = "the gateway ended before the venue answered"


def permit(serial: int = 1, until_s: float = 1_000.0) -> PermitRenewed:
    until = Mono(round(until_s * SECOND))
    return PermitRenewed(serial, TradingState.ACTIVE, until, until, ())


def place(number: int = 1, expires_s: float = 1_000.0) -> PlaceOrder:
    expires = round(expires_s * SECOND)
    return PlaceOrder(intent(number), Moment(Instant(expires), Mono(expires)))


class Desk:
    """A gateway with its own mailbox, a venue and a manager that listens."""

    def __init__(self, mode: Mode = Mode.PAPER, **script: Any) -> None:
        self.inbox = Mailboxes(switchboard(), ()).order_gateway
        self.venue = ScriptedVenue(**{"place": TAKEN, "cancel": (CancelAnswer(V1, accepted=True),), **script})
        self.manager: Heard[PlaceFinished | CancelFinished] = Heard()
        self.halt = Halt(CLOCK)
        self.actor = OrderGatewayActor(
            self.inbox, OrderGate(mode), self.venue, manager=self.manager, halt=self.halt, clock=CLOCK
        )

    @property
    def outcomes(self) -> list[PlaceOutcome]:
        return [told.outcome for told in self.manager.messages if isinstance(told, PlaceFinished)]


@staged
async def test_a_place_that_the_permit_allows_is_sent_and_answered_with_the_time_it_left() -> None:
    desk = Desk(connects_s=2.0, takes_s=1.0)
    desk.inbox.post(permit())
    async with running(desk.actor):
        desk.inbox.post(place())
        await trio.sleep(5)
    assert desk.venue.sent == [intent()]
    assert desk.manager.messages == [PlaceFinished(intent().intent_id, Accepted(V1), Instant(2 * SECOND))]
    assert desk.manager.causes == [desk.inbox.accepted]


@pytest.mark.parametrize(
    ("answer", "outcome", "left"),
    [
        (TAKEN, Accepted(V1), True),
        (
            VenueRejected("too small", failure=Failure.INVALID_ORDER),
            Rejected(Failure.INVALID_ORDER, "too small"),
            True,
        ),
        (OutcomeUnknown("reset"), InDoubt("reset"), True),
        (VenueUnavailable("no route", failure=Failure.RETRYABLE), NotSent("no route"), False),
    ],
)
@pytest.mark.req("OM2")
@staged
async def test_each_outcome_at_the_venue_is_exactly_one_answer(
    answer: object, outcome: PlaceOutcome, left: bool
) -> None:
    desk = Desk(place=answer)
    desk.inbox.post(permit())
    async with running(desk.actor):
        desk.inbox.post(place())
        await trio.sleep(5)
    assert desk.manager.messages == [PlaceFinished(intent().intent_id, outcome, Instant(0) if left else None)]


@staged
async def test_without_a_permit_nothing_reaches_the_venue() -> None:
    desk = Desk()
    async with running(desk.actor):
        desk.inbox.post(place())
        await trio.sleep(1)
    assert desk.outcomes == [NotSent("no permit was ever granted")]
    assert desk.venue.sent == []


@pytest.mark.fault("AR-09")
@pytest.mark.req("K1")
@staged
async def test_a_halt_tripped_between_taking_and_sending_stops_the_order_in_the_step_of_the_send() -> None:
    desk = Desk(connects_s=2.0)
    desk.inbox.post(permit())
    async with running(desk.actor):
        desk.inbox.post(place())
        await trio.sleep(1.999)
        desk.halt.trip("looks odd", "operator")
        await trio.sleep(5)
    assert desk.venue.sent == []
    assert desk.manager.messages == [PlaceFinished(intent().intent_id, NotSent("halted"), None)]


@staged
async def test_a_permit_or_an_intent_that_runs_out_while_the_client_connects_stops_the_order() -> None:
    desk = Desk(connects_s=2.0)
    desk.inbox.post(permit(until_s=1.5))
    async with running(desk.actor):
        desk.inbox.post(place(1))
        await trio.sleep(1)
        desk.inbox.post(permit(2))
        desk.inbox.post(place(2, expires_s=2.5))
        await trio.sleep(0.7)
        desk.inbox.post(permit(3, until_s=1.8))
        await trio.sleep(5)
    assert desk.outcomes == [NotSent("the entry permit ran out 0.20 s ago"), NotSent("expired 0.50 s ago")]
    assert desk.venue.sent == []


@staged
async def test_cancels_overtake_places_and_a_place_meets_the_newest_permit() -> None:
    desk = Desk()
    desk.inbox.post(place(1))
    desk.inbox.post(place(2))
    desk.inbox.post(CancelOrders((V1,), "stop"))
    desk.inbox.post(permit())
    async with running(desk.actor):
        await trio.sleep(1)
    assert desk.venue.steps[0] == "cancel v1"
    assert len(desk.venue.sent) == 2


@staged
async def test_a_cancel_needs_no_permit_and_is_answered_order_by_order() -> None:
    desk = Desk(cancel=(CancelAnswer(V1, accepted=True), CancelAnswer(V2, accepted=False, reason="FILLED")))
    desk.halt.trip("looks odd", "operator")
    async with running(desk.actor):
        desk.inbox.post(CancelOrders((V1, V2), "stop"))
        await trio.sleep(1)
    assert desk.manager.messages == [CancelFinished((V1,), ((V2, "FILLED"),))]


@pytest.mark.parametrize("error", [OutcomeUnknown("reset"), VenueUnavailable("down", failure=Failure.RETRYABLE)])
@staged
async def test_a_cancel_that_failed_is_answered_with_what_may_still_be_live(error: Exception) -> None:
    desk = Desk(cancel=error)
    async with running(desk.actor):
        desk.inbox.post(CancelOrders((V1, V2), "stop"))
        await trio.sleep(1)
    assert desk.manager.messages == [CancelFinished((), (), failed=(V1, V2), text=str(error))]


@pytest.mark.req("M1")
@staged
async def test_in_dry_run_nothing_leaves_neither_place_nor_cancel() -> None:
    desk = Desk(Mode.DRY_RUN)
    desk.inbox.post(permit())
    async with running(desk.actor):
        desk.inbox.post(place())
        desk.inbox.post(CancelOrders((V1,), "stop"))
        await trio.sleep(1)
    text = "mode is DRY_RUN: nothing is sent"
    assert desk.venue.steps == []
    assert set(desk.manager.messages) == {
        PlaceFinished(intent().intent_id, NotSent(text), None),
        CancelFinished((), (), failed=(V1,), text=text),
    }


@pytest.mark.fault("AR-05")
@pytest.mark.parametrize("told_at_s", [0.0, 0.5, 1.0, 1.5])
@staged
async def test_told_to_stop_at_any_moment_a_place_still_ends_in_exactly_one_true_answer(told_at_s: float) -> None:
    desk = Desk(connects_s=1.0, takes_s=1.0)
    desk.inbox.post(permit())
    desk.inbox.post(place())
    async with trio.open_nursery() as nursery:
        nursery.start_soon(desk.actor.run, lambda: None)
        while desk.inbox.depth:
            await trio.lowlevel.checkpoint()
        await trio.sleep(told_at_s)
        nursery.cancel_scope.cancel()
    assert len(desk.outcomes) == 1
    assert bool(desk.venue.sent) == (desk.outcomes[0] == Accepted(V1))


@pytest.mark.fault("AR-05")
@staged
async def test_requests_that_had_not_begun_when_the_gateway_ended_are_answered_as_not_sent() -> None:
    desk = Desk(connects_s=5.0)
    desk.inbox.post(permit())
    for number in range(IN_FLIGHT_MAX + 3):
        desk.inbox.post(place(number))
    async with running(desk.actor):
        await trio.sleep(1)
    assert len(desk.venue.sent) == IN_FLIGHT_MAX
    assert len(desk.outcomes) == IN_FLIGHT_MAX + 3
    assert desk.outcomes.count(NotSent(ENDED)) == 3


@staged
async def test_a_cancel_that_had_not_begun_when_the_gateway_ended_is_answered_as_failed() -> None:
    desk = Desk()
    async with trio.open_nursery() as nursery:
        nursery.cancel_scope.cancel()
        nursery.start_soon(desk.actor._cancel, CancelOrders((V1,), "stop"), 7)
    assert [type(told) for told in desk.manager.messages] == [CancelFinished]
    assert desk.manager.causes == [7]


@pytest.mark.parametrize("connects_s", [0.0, 1.0])
def test_a_client_that_breaks_its_word_ends_the_gateway_and_the_order_is_in_doubt(connects_s: float) -> None:
    desk = Desk(place=ZeroDivisionError("a fault of ours"), connects_s=connects_s)

    @staged
    async def main() -> None:
        desk.inbox.post(permit())
        desk.inbox.post(place())
        async with running(desk.actor):
            await trio.sleep(5)

    with pytest.raises(ZeroDivisionError):
        main()
    assert desk.outcomes == [InDoubt(ENDED)]


@staged
async def test_at_most_so_many_places_are_under_way_at_once() -> None:
    desk = Desk(takes_s=1.0)
    desk.inbox.post(permit())
    for number in range(IN_FLIGHT_MAX + 1):
        desk.inbox.post(place(number))
    async with running(desk.actor):
        await trio.sleep(0.5)
        assert len(desk.venue.sent) == IN_FLIGHT_MAX
        await trio.sleep(5)
    assert len(desk.outcomes) == IN_FLIGHT_MAX + 1
