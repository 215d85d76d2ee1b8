"""Requests take their way, and no order passes without a permit of the moment."""

from typing import Any

import pytest
from attrs import evolve
from tests.builders import intent
from tests.drivers.backtest.worlds import exchange, made

from trader247.drivers.backtest.line import Line, Queues
from trader247.drivers.backtest.requests import Requests
from trader247.drivers.backtest.timetable import Timetable
from trader247.drivers.backtest.venue import BacktestVenue
from trader247.messages.control import PermitRenewed
from trader247.messages.orders import Accepted, CancelOrders, NotSent, OrderReported, PlaceFinished, PlaceOrder
from trader247.model.ids import VenueOrderId
from trader247.model.instant import MILLISECOND, SECOND, Instant, Moment, Mono
from trader247.model.instrument import Symbol
from trader247.model.mode import TradingState
from trader247.model.order import Style

pytestmark = pytest.mark.req("BT4", "BT5")

BTC = Symbol("BTC-USD")


class Scene:
    """An order manager that is only listened to, 20 ms from the venue."""

    def __init__(self, *, permits: bool = True) -> None:
        self.venue = BacktestVenue(exchange([made("BTC-USD", 1, 0.2)], 1.0), [BTC], 1)
        self.time, self.line = Timetable(self.venue.exchange.market.start), Line()
        self.venue.advance(self.time.now.utc)
        self.box = Queues(self.line, ())
        self.heard: list[tuple[int, Any]] = []
        self.begun, self.permits = self.time.now.utc, permits
        self.box.order_manager.take = lambda message: self.heard.append((self._ms(), message))
        Requests(self.venue, self.time, self.box, latency_ns=20 * MILLISECOND, renew=self.renew, halted=lambda: False)

    def _ms(self) -> int:
        return (self.time.now.utc - self.begun) // MILLISECOND

    def renew(self) -> None:
        until = Mono(self.time.now.mono + 2 * SECOND) if self.permits else None
        self.box.order_gateway.post(PermitRenewed(1, TradingState.ACTIVE, until, until, ()))

    def place(self, style: Style) -> None:
        quote = self.venue.quote(BTC, self.time.now.utc)
        assert quote is not None
        wish = evolve(intent(), style=style, limit_price=quote.bid if style is Style.POST_ONLY else quote.ask)
        later = self.time.now.utc + 9 * SECOND
        self.box.order_gateway.post(PlaceOrder(wish, Moment(Instant(later), Mono(later))))

    def run(self) -> None:
        self.line.run()
        while self.time.next_at() is not None:
            self.time.take()()
            self.line.run()


def test_an_order_is_there_after_one_latency_and_answered_after_two() -> None:
    scene = Scene()
    scene.place(Style.TAKER_IOC)
    scene.run()
    (finished,) = [message for _, message in scene.heard if isinstance(message, PlaceFinished)]
    assert isinstance(finished.outcome, Accepted)
    assert finished.sent_at == scene.begun
    assert {at for at, _ in scene.heard} == {40}
    assert any(isinstance(message, OrderReported) for _, message in scene.heard)


def test_without_a_permit_nothing_is_sent() -> None:
    scene = Scene(permits=False)
    scene.place(Style.POST_ONLY)
    scene.run()
    ((_, finished),) = scene.heard
    assert isinstance(finished.outcome, NotSent)
    assert finished.sent_at is None
    assert scene.venue.exchange.books().open_orders == 0


def test_a_cancel_needs_no_permit_and_says_what_was_refused() -> None:
    scene = Scene(permits=False)
    scene.box.order_gateway.post(CancelOrders((VenueOrderId("nobody"),), "test"))
    scene.run()
    ((at, finished),) = scene.heard
    assert at == 40
    assert finished.refused[0][0] == "nobody"
