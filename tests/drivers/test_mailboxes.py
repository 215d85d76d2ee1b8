"""Every mailbox of the daemon: bounded, and each with its own answer to being full."""

from itertools import pairwise
from typing import Any

import pytest
from tests.actors.scripted import switchboard
from tests.actors.test_order_gateway import permit, place
from tests.builders import BTC, ETH, at, moment, portfolio, quote
from tests.core.breaker_samples import ended

from trader247.core.permit import HaltSeen
from trader247.drivers.mailboxes import Mailboxes
from trader247.messages.base import Tick
from trader247.messages.breakers import BreakerState, SetBreaker
from trader247.messages.control import FlattenOrdered, GroupsChanged, Guard, GuardVoted, HaltRequested, SetTradingState
from trader247.messages.market import QuoteAccepted, QuoteSeen, StreamChanged
from trader247.messages.orders import (
    BooksLoaded,
    CancelAll,
    CancelOrders,
    DrainOrders,
    LoadBooks,
    ReconcileNow,
    ResumeOrders,
)
from trader247.messages.trading import CycleDue
from trader247.model.ids import StrategyName, VenueOrderId
from trader247.model.mode import TradingState
from trader247.model.money import NO_NOTIONAL
from trader247.runtime.channels import Mailbox, MailboxFull, Switchboard
from trader247.runtime.clock import Clock
from trader247.runtime.lanes import Overflow

pytestmark = pytest.mark.req("SUP1")

BOOKS = BooksLoaded((), (), frozenset(), None, (), NO_NOTIONAL, (), (), None, 0)
COUNTED = {"ended"}
"""Lanes of what is only counted; who counts no more has no vote either."""
LOOKED_AT = {"alerter", "alerter.due", "clock_guard", "web_face"}


class Still:
    """A clock that stands, so that no loop is needed."""

    def now(self) -> object:
        return moment()


def boxes(*strategies: str, board: Switchboard | None = None) -> Mailboxes:
    clock: Clock = Still()  # type: ignore[assignment]
    return Mailboxes(board or Switchboard(clock), tuple(map(StrategyName, strategies)))


def order_taken(box: Mailbox[Any]) -> list[object]:
    """What waits, in the order in which a consumer would get it."""
    return [envelope.body for store in box._stores for envelope in store]


def test_every_mailbox_is_listed_once_under_a_name_of_its_own() -> None:
    made = boxes("a", "b")
    names = [box.name for box in made.all()]
    assert len(names) == len(set(names)) == 19
    assert names[-2:] == ["strategy:a", "strategy:b"]
    assert boxes("a", "b").all()[0].name == names[0] == "journal"


@pytest.mark.fault("AR-04")
@pytest.mark.parametrize("box", boxes("a").all(), ids=lambda box: box.name)
def test_each_lane_is_bounded_and_only_what_is_looked_at_may_drop_what_nobody_replaced(box: Mailbox[Any]) -> None:
    for lane in box.lanes:
        assert 1 <= lane.capacity <= 16_384
        if lane.overflow is not Overflow.LATEST:
            assert (lane.overflow is Overflow.DROP_OLDEST) == (box.name in LOOKED_AT or lane.name in COUNTED)
        assert lane.overflow is not Overflow.WAIT


@pytest.mark.req("SUP4")
def test_money_that_finds_no_room_is_refused_to_the_sender_and_told_to_the_host() -> None:
    told: list[tuple[str, str]] = []
    clock: Clock = Still()  # type: ignore[assignment]
    made = boxes(board=Switchboard(clock, on_overflow=lambda box, lane: told.append((box, lane))))
    for _ in range(256):
        made.kill_switch.post(HaltRequested("odd", "test"))
    with pytest.raises(MailboxFull, match="mailbox kill_switch, lane orders: 256 of 256"):
        made.kill_switch.post(HaltRequested("odd", "test"))
    assert told == [("kill_switch", "orders")]


def test_the_gateway_meets_cancels_then_the_newest_permit_then_places() -> None:
    box = boxes().order_gateway
    cancel = CancelOrders((VenueOrderId("v1"),), "stop")
    for message in (place(1), permit(1), place(2), permit(2), cancel):
        box.post(message)
    assert order_taken(box) == [cancel, permit(2), place(1), place(2)]


@pytest.mark.req("K1")
def test_the_order_manager_meets_what_stops_it_before_work_and_the_market_last() -> None:
    box = boxes().order_manager
    newest = QuoteAccepted(quote(BTC, second=2))
    told: list[Any] = [GroupsChanged(()), FlattenOrdered("operator", "x")]
    control: list[Any] = [CancelAll("stop"), ResumeOrders(), DrainOrders(), BOOKS, *told]
    for message in (QuoteAccepted(quote(BTC)), QuoteAccepted(quote(ETH)), newest, Tick(), *control):
        box.post(message)
    assert order_taken(box) == [*control, Tick(), newest, QuoteAccepted(quote(ETH))]


@pytest.mark.req("CB2")
def test_an_operator_s_breaker_is_met_before_what_ended_meanwhile() -> None:
    box = boxes().breakers
    held = SetBreaker("orders", BreakerState.OPEN, "anna", "x", at(0))
    for message in (ended("orders"), StreamChanged(up=True), held):
        box.post(message)
    assert order_taken(box) == [held, ended("orders"), StreamChanged(up=True)]


def test_the_permit_desk_meets_orders_before_votes_and_one_vote_per_guard() -> None:
    box = boxes().permit_desk
    no = GuardVoted(Guard.CLOCK, yes=False)
    reduce = SetTradingState(TradingState.REDUCING, "operator", "x")
    for message in (GuardVoted(Guard.CLOCK, yes=True), GuardVoted(Guard.FEED, yes=True), no, reduce, HaltSeen(True)):
        box.post(message)
    assert order_taken(box) == [reduce, HaltSeen(True), no, GuardVoted(Guard.FEED, yes=True)]


def test_a_cycle_meets_the_newest_permit_and_portfolio_before_its_work_and_quotes() -> None:
    box = boxes().cycle
    for message in (
        QuoteAccepted(quote(BTC)),
        CycleDue(1, 0.0),
        portfolio(),
        permit(1),
        portfolio(cash=9_000),
        permit(2),
    ):
        box.post(message)
    assert order_taken(box) == [permit(2), portfolio(cash=9_000), CycleDue(1, 0.0), QuoteAccepted(quote(BTC))]


def test_feed_reconciler_and_arbiter_keep_the_newest_of_what_only_counts_when_new() -> None:
    made = boxes()
    for message in (QuoteSeen(quote(BTC)), StreamChanged(up=True), QuoteSeen(quote(BTC, second=1))):
        made.market_feed.post(message)
    assert order_taken(made.market_feed) == [StreamChanged(up=True), QuoteSeen(quote(BTC, second=1))]
    for update in (ReconcileNow("x"), portfolio(), portfolio(cash=1)):
        made.reconciler.post(update)
    assert order_taken(made.reconciler) == [portfolio(cash=1), ReconcileNow("x")]
    made.risk_arbiter.post(portfolio())
    made.risk_arbiter.post(portfolio(cash=1))
    assert order_taken(made.risk_arbiter) == [portfolio(cash=1)]


def test_the_journal_keeps_everything_in_order() -> None:
    box = boxes().journal
    asked: list[Any] = [LoadBooks(), SetTradingState(TradingState.ACTIVE, "operator", "x"), LoadBooks()]
    for message in asked:
        box.post(message)
    assert order_taken(box) == asked
    assert all(earlier.seq < later.seq for earlier, later in pairwise(box._stores[0]))


def test_mailboxes_of_one_topology_count_together() -> None:
    board = switchboard()
    assert {box._switchboard for box in boxes("a", board=board).all()} == {board}
