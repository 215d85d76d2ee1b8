"""Quotes that stand are told again where something else changed."""

import pytest
from tests.builders import BTC
from tests.config.loadable import SHIPPED
from tests.drivers.backtest.worlds import exchange, made

from trader247.config.loading import load
from trader247.core.market_feed import MarketFeed
from trader247.drivers.backtest.line import Line, Queues
from trader247.drivers.backtest.polls import Polls
from trader247.drivers.backtest.timetable import Timetable
from trader247.drivers.backtest.venue import BacktestVenue
from trader247.messages.market import QuoteSeen, StreamChanged
from trader247.model.instant import SECOND

pytestmark = pytest.mark.req("BT4")


class Scene:
    """A feed that is only listened to."""

    def __init__(self) -> None:
        world = exchange([made("BTC-USD", 1, 0.2)], 1.0)
        policy = load(SHIPPED, environ={}).configuration.policy
        self.time, self.line = Timetable(world.market.start), Line()
        self.venue = BacktestVenue(world, [BTC], 1)
        self.venue.advance(self.time.now.utc)
        self.feed = MarketFeed((BTC,), policy.staleness, policy.outliers)
        box = Queues(self.line, ())
        self.heard: list[float] = []
        box.market_feed.take = self.take
        self.polls = Polls(self.venue, self.time, self.feed, box)
        self.begun = self.time.now.utc

    def take(self, message: object) -> None:
        assert isinstance(message, QuoteSeen)
        self.heard.append((self.time.now.utc - self.begun) / SECOND)
        self.feed.handle(message, self.time.now)

    def until(self, seconds: float) -> list[float]:
        while (due := self.time.next_at()) is not None and due <= self.begun + seconds * SECOND:
            self.time.take()()
            self.line.run()
        return self.heard


def test_a_doubted_quote_is_told_again_a_second_later_once() -> None:
    scene = Scene()
    scene.polls.doubted(BTC)
    scene.polls.doubted(BTC)
    assert scene.until(10) == [1.0]


def test_what_is_not_half_stale_is_not_polled() -> None:
    scene = Scene()
    scene.feed.handle(StreamChanged(up=True), scene.time.now)
    scene.polls.due()
    scene.line.run()
    scene.polls.due()
    scene.line.run()
    assert scene.heard == [0.0]


def test_only_those_among_the_named_are_polled() -> None:
    scene = Scene()
    scene.polls.due(frozenset())
    scene.line.run()
    assert scene.heard == []
