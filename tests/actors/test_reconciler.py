"""The reconciler's shell before a scripted venue: what is told is complete, and what failed proves nothing."""

from __future__ import annotations

from typing import Any

import pytest
import trio
from attrs import evolve
from tests.actors.scripted import CLOCK, Heard, Notebook, ScriptedVenue, running, staged, switchboard
from tests.builders import BTC, at, balance, client_id, fill, intent, price, quantity, usd

from trader247.actors.reconciler import Evidence, ReconcilerActor
from trader247.core.reconciler import Questions, ReconcilerIn
from trader247.errors import Failure, VenueRejected, VenueUnavailable
from trader247.messages.orders import (
    BalancesSeen,
    FetchFills,
    FillsFetched,
    LookUpOrder,
    OrderLookedUp,
    OrderReported,
    PassFailed,
    ReconcileFinished,
    ReconcilePass,
)
from trader247.messages.reconciling import AccountSeen, VenueOrder
from trader247.model.ids import VenueOrderId
from trader247.model.instant import MINUTE, Instant
from trader247.model.order import OrderStatus, Side
from trader247.model.venue import Absent, Found, OrderReport, OrderReports, Undecided
from trader247.runtime.channels import Mailbox

V1 = VenueOrderId("v1")
DOWN = VenueUnavailable("no route", failure=Failure.RETRYABLE)


def report(number: int = 1, status: OrderStatus = OrderStatus.OPEN) -> OrderReport:
    return OrderReport(
        venue_order_id=VenueOrderId(f"v{number}"),
        client_order_id=client_id(number),
        symbol=BTC,
        side=Side.BUY,
        status=status,
        filled=quantity(0),
        filled_notional=usd(0),
        fees=usd(0),
        fill_count=0,
        at=at(0),
        quantity=quantity(2),
        limit_price=price(100),
    )


def listed(number: int) -> VenueOrder:
    return VenueOrder(
        VenueOrderId(f"v{number}"), client_id(number), BTC, OrderStatus.OPEN, quantity(0), quantity(2), price(100)
    )


def listing(*reports: OrderReport) -> OrderReports:
    return OrderReports(reports, None)


class Desk:
    """A reconciler, what its decider takes in, and what the order manager is told."""

    def __init__(self, **script: Any) -> None:
        board = switchboard()
        self.inbox: Mailbox[ReconcilerIn] = Mailbox("reconciler", board)
        self.questions: Mailbox[Questions] = Mailbox("reconciler.questions", board)
        self.decider = Notebook(self.inbox)
        self.manager: Heard[Evidence] = Heard()
        script = {
            "orders_since": listing(report(1), report(2)),
            "open_orders": listing(report(2)),
            "fills_since": (fill(1),),
            "balances": (balance(),),
            "fills_of": (fill(1), fill(2)),
            **script,
        }
        self.venue = ScriptedVenue(takes_s=1.0, **script)
        self.actor = ReconcilerActor(
            self.decider.run, self.inbox, self.questions, manager=self.manager, venue=self.venue, clock=CLOCK
        )

    async def asked(self, *questions: Questions, for_s: float = 60.0) -> None:
        async with running(self.actor):
            for question in questions:
                self.questions.post(question)
            await trio.sleep(for_s)


@pytest.mark.req("REC1")
@staged
async def test_a_pass_tells_every_order_once_then_fills_then_balances_then_that_it_is_over() -> None:
    desk = Desk()
    await desk.asked(ReconcilePass(at(0)))
    told = [type(message) for message in desk.manager.messages]
    assert told == [OrderReported, OrderReported, FillsFetched, BalancesSeen, ReconcileFinished]
    assert desk.decider.seen == [AccountSeen((listed(1), listed(2)), (fill(1),), (balance(),), Instant(0))]
    assert desk.manager.messages[-1] == ReconcileFinished(Instant(0))
    assert desk.venue.questions("orders_since") == desk.venue.questions("fills_since") == [(at(0),)]


@pytest.mark.req("REC1")
@staged
async def test_what_is_told_carries_the_instant_from_before_the_first_question() -> None:
    desk = Desk()
    async with running(desk.actor):
        await trio.sleep(7)
        desk.questions.post(ReconcilePass(at(0)))
        await trio.sleep(60)
    assert desk.manager.messages[-2:] == [
        BalancesSeen((balance(),), Instant(7_000_000_000)),
        ReconcileFinished(Instant(7_000_000_000)),
    ]


@staged
async def test_the_later_of_two_lists_has_the_last_word_on_an_order() -> None:
    desk = Desk(open_orders=listing(report(2, OrderStatus.PARTIAL_FILL)))
    await desk.asked(ReconcilePass(at(0)))
    statuses = {m.venue_order_id: m.status for m in desk.manager.messages if isinstance(m, OrderReported)}
    assert statuses == {"v1": OrderStatus.OPEN, "v2": OrderStatus.PARTIAL_FILL}


@pytest.mark.parametrize("failing", ["orders_since", "open_orders", "fills_since", "balances"])
@pytest.mark.parametrize("error", [DOWN, VenueRejected("429", failure=Failure.RATE_LIMIT)])
@pytest.mark.req("REC1", "D2")
@pytest.mark.fault("OL-21", "OL-23")
@staged
async def test_a_pass_that_fails_in_any_list_tells_the_order_manager_nothing_of_it(
    failing: str, error: Exception
) -> None:
    desk = Desk(**{failing: error})
    await desk.asked(ReconcilePass(at(0)))
    assert desk.manager.messages == []
    assert desk.decider.seen == [PassFailed(str(error))]


LOOK_UP = LookUpOrder(intent().intent_id, client_id(1), None, at(120))


@pytest.mark.fault("RA-14")
@pytest.mark.req("OM2")
@staged
async def test_an_order_without_a_venue_id_is_found_by_its_client_id_in_a_listing_from_before_the_intent() -> None:
    desk = Desk()
    await desk.asked(LOOK_UP)
    assert [message.venue_order_id for message in desk.manager.messages if isinstance(message, OrderReported)] == [V1]
    assert desk.venue.questions("orders_since") == [(Instant(at(120) - MINUTE),)]


@pytest.mark.req("OM2")
@pytest.mark.fault("OL-11", "OL-23")
@staged
async def test_absence_is_told_only_after_a_complete_listing() -> None:
    desk = Desk(orders_since=[DOWN, listing(report(2))])
    await desk.asked(LOOK_UP, LOOK_UP)
    assert desk.manager.messages == [
        OrderLookedUp(LOOK_UP.intent_id, absent=False, text="no route"),
        OrderLookedUp(LOOK_UP.intent_id, absent=True, text="not among 1 orders made since the intent"),
    ]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (Undecided("404"), OrderLookedUp(LOOK_UP.intent_id, absent=False, text="404")),
        (Absent("an older listing"), OrderLookedUp(LOOK_UP.intent_id, absent=True, text="an older listing")),
        (DOWN, OrderLookedUp(LOOK_UP.intent_id, absent=False, text="no route")),
        (
            VenueRejected("401", failure=Failure.AUTH),
            OrderLookedUp(LOOK_UP.intent_id, absent=False, text="401"),
        ),
    ],
)
@pytest.mark.req("OM2")
@staged
async def test_a_question_about_a_venue_order_that_was_not_found_is_answered_and_the_reader_goes_on(
    answer: object, told: OrderLookedUp
) -> None:
    desk = Desk(order=[answer, Found(report(1))])
    question = evolve(LOOK_UP, venue_order_id=V1)
    await desk.asked(question, question)
    assert desk.manager.messages[0] == told
    assert isinstance(desk.manager.messages[1], OrderReported)


@staged
async def test_fills_of_an_order_are_told_and_a_failed_question_is_left_to_the_orders_own_timer() -> None:
    desk = Desk(fills_of=[DOWN, (fill(1), fill(2))])
    await desk.asked(FetchFills(V1), FetchFills(V1))
    assert desk.manager.messages == [FillsFetched((fill(1), fill(2)))]


@staged
async def test_questions_are_answered_in_the_order_they_came_and_name_their_question_as_the_cause() -> None:
    desk = Desk()
    await desk.asked(FetchFills(V1), ReconcilePass(at(0)), LOOK_UP)
    assert [name for name, _ in desk.venue.asked] == [
        "fills_of",
        "orders_since",
        "open_orders",
        "fills_since",
        "balances",
        "orders_since",
    ]
    assert sorted(cause for cause in desk.manager.causes if cause is not None) == desk.manager.causes
    assert len(set(desk.manager.causes)) == 3
