"""A cancel is a request: asked once for all, and the order stays what it is."""

import pytest
from attrs import evolve
from tests.builders import intent, moment, order, price

from trader247.core.cancel_desk import CancelDesk, over, stuck
from trader247.core.order_books import OrderBooks
from trader247.core.order_evidence import OrderEvidence
from trader247.core.order_timers import OrderTimers
from trader247.messages.control import Severity
from trader247.messages.orders import CancelFinished, CancelOrders, LookUpOrder, OrderChanged
from trader247.model.ids import RunEpoch, VenueOrderId
from trader247.model.mode import Mode, OrderKind
from trader247.model.order import Order, OrderStatus, Style
from trader247.model.policy import Policy

NOW = moment()
RESTING = evolve(intent(2, kind=OrderKind.EXIT), style=Style.STOP_LIMIT, stop_price=price(95))


class Desk:
    """A cancel desk and the books it shares."""

    def __init__(self, *orders: Order) -> None:
        self.books = OrderBooks(policy=Policy(), mode=Mode.PAPER, epoch=RunEpoch("00c0ffee00"))
        timers = OrderTimers(self.books)
        self.desk = CancelDesk(self.books, timers, OrderEvidence(self.books, timers))
        for each in orders:
            self.books.registry.add(each)


def test_all_that_have_a_venue_id_are_asked_in_one_request_and_those_known_to_work_are_pending() -> None:
    working, doubted = order(of=intent(1), venue="v1"), order(OrderStatus.UNKNOWN, intent(2), venue="v2")
    nameless = order(OrderStatus.SUBMITTED, intent(3), venue=None)
    request, *told = Desk(working, doubted, nameless).desk.ask([working, doubted, nameless], "test", NOW)
    assert request == CancelOrders((VenueOrderId("v1"), VenueOrderId("v2")), "test")
    assert [(m.order.intent.intent_id, m.order.status) for m in told if isinstance(m, OrderChanged)] == [
        (working.intent.intent_id, OrderStatus.PENDING_CANCEL)
    ]


def test_where_no_order_has_a_venue_id_nothing_is_asked() -> None:
    nameless = order(OrderStatus.SUBMITTED, venue=None)
    assert Desk(nameless).desk.ask([nameless], "test", NOW) == []


def test_an_order_that_was_asked_already_is_not_asked_again_by_those_who_ask_what_works() -> None:
    pending = order(OrderStatus.PENDING_CANCEL)
    assert Desk(pending).desk.ask_working([pending], "test", NOW) == []


@pytest.mark.req("K1", "SUP6")
@pytest.mark.parametrize(
    ("halted", "draining", "ended"), [(False, False, ""), (False, True, "1"), (True, False, "12"), (True, True, "12")]
)
def test_a_halt_ends_every_order_and_a_drain_all_but_what_protects(*, halted: bool, draining: bool, ended: str) -> None:
    entry, resting = order(of=intent(1), venue="v1"), order(of=RESTING, venue="v2")
    desk = Desk(entry, resting)
    desk.books.halted, desk.books.draining = halted, draining
    asked = [m for each in (entry, resting) for m in desk.desk.end_where_due(each, NOW) if isinstance(m, CancelOrders)]
    assert "".join(name[1:] for m in asked for name in m.orders) == ended


def test_a_refused_cancel_is_a_question_about_the_order_and_an_order_that_is_over_asks_none() -> None:
    working, done = order(of=intent(1), venue="v1"), order(OrderStatus.FILLED, intent(2), venue="v2", filled=1)
    refused = tuple((VenueOrderId(name), "UNKNOWN_CANCEL_ORDER") for name in ("v1", "v2", "theirs"))
    (question,) = Desk(working, done).desk.answered(CancelFinished((), refused), NOW)
    assert isinstance(question, LookUpOrder)
    assert question.intent_id == working.intent.intent_id


def test_a_cancel_that_does_not_come_through_is_told_and_untold_under_one_name() -> None:
    alert = stuck(order())
    assert alert.severity is Severity.CRITICAL
    assert over(order()).key == alert.key
