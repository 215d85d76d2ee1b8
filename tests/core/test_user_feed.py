"""The user feed as a dialogue."""

from tests.builders import BTC, client_id, moment, quantity

from trader247.core.user_feed import UserFeed
from trader247.messages.base import Tick
from trader247.messages.control import AlertCleared, AlertRaised, Guard, GuardVoted, Severity
from trader247.messages.market import StreamChanged
from trader247.messages.orders import OrderReported, ReconcileNow
from trader247.model.ids import AlertKey, VenueOrderId
from trader247.model.order import OrderStatus

KEY = AlertKey("user_stream_down")


def test_it_votes_no_until_the_stream_is_up() -> None:
    feed = UserFeed()
    assert feed.start(moment()) == []
    assert feed.handle(Tick(), moment()) == [GuardVoted(Guard.USER_FEED, yes=False, reason="not connected yet")]


def test_every_connect_asks_for_a_full_look_because_events_may_be_missing() -> None:
    feed = UserFeed()
    up = [
        AlertCleared(KEY),
        ReconcileNow("the user stream connected"),
        GuardVoted(Guard.USER_FEED, yes=True, reason="connected"),
    ]
    assert feed.handle(StreamChanged(up=True), moment(1)) == up
    assert feed.handle(StreamChanged(up=True), moment(2)) == up
    assert feed.handle(Tick(), moment(3)) == [GuardVoted(Guard.USER_FEED, yes=True, reason="connected")]


def test_while_the_stream_is_down_entries_wait_and_a_person_is_told() -> None:
    feed = UserFeed()
    feed.handle(StreamChanged(up=True), moment(1))
    assert feed.handle(StreamChanged(up=False, why="reset"), moment(2)) == [
        AlertRaised(KEY, Severity.WARNING, "user stream is down (reset); no entries until it is back"),
        GuardVoted(Guard.USER_FEED, yes=False, reason="reset"),
    ]
    assert feed.handle(Tick(), moment(3)) == [GuardVoted(Guard.USER_FEED, yes=False, reason="reset")]


def test_a_report_is_passed_on_as_it_came_even_while_the_stream_is_down() -> None:
    report = OrderReported(VenueOrderId("v1"), client_id(), BTC, OrderStatus.OPEN, filled=quantity(0), at=moment().utc)
    assert UserFeed().handle(report, moment()) == [report]
