"""Faults joined to an exchange."""

from typing import Any

import pytest
from attrs import define, field
from tests.venues.simulated.faults.plans import desk, on_frame, on_request
from tests.venues.simulated.rig import START, at, exchange_on

from trader247.errors import ConfigurationInvalid
from trader247.model.instant import SECOND
from trader247.venues.simulated.exchange import SimulatedExchange
from trader247.venues.simulated.faults.injector import FaultInjector
from trader247.venues.simulated.faults.request_fate import UNTOUCHED
from trader247.venues.simulated.http_shapes import API_PREFIX, Request
from trader247.venues.simulated.switches import Switches

ORDER = Request("POST", API_PREFIX + "/orders?x=1")


@define
class NotedHooks:
    """An order engine that only remembers what it was told."""

    told: list[object] = field(factory=list)

    def accept_late(self, seconds: float) -> None:
        self.told.append(seconds)

    def lose_cancel_race(self) -> None:
        self.told.append("race")


@pytest.fixture
def exchange() -> SimulatedExchange:
    return exchange_on()


def injector(exchange: SimulatedExchange, *entries: dict[str, Any], hooks: NotedHooks | None = None) -> FaultInjector:
    return FaultInjector(desk(*entries), exchange, Switches(exchange), hooks)


def test_a_request_is_named_by_method_and_path_below_the_prefix(exchange: SimulatedExchange) -> None:
    made = injector(exchange, on_request("duplicate", "POST /orders", nth=2))
    assert made.request_fate(ORDER, START) is UNTOUCHED
    assert made.request_fate(Request("GET", "/v2/time"), START) is UNTOUCHED
    assert made.request_fate(ORDER, START).times == 2


@pytest.mark.fault("RA-02")
def test_a_handshake_can_be_refused(exchange: SimulatedExchange) -> None:
    made = injector(exchange, {"on": "connection", "match": "/ws", "nth": 2, "kind": "http_status", "code": 403})
    assert made.connection_fate("/ws", START) is UNTOUCHED
    refused = made.connection_fate("/ws", START).forged
    assert refused is not None
    assert refused.status == 403


def test_the_clock_switches_a_product_and_lets_it_go(exchange: SimulatedExchange) -> None:
    entry = {"on": "time", "after_s": 5, "kind": "product_mode", "product": "BTC-USD", "mode": "limit_only", "for_s": 5}
    made = injector(exchange, entry)
    shown = []
    for seconds in (4, 5, 9, 10):
        made.advance(at(seconds))
        shown.append(exchange.engine.flags["BTC-USD"].limit_only)
    assert shown == [False, True, True, False]


def test_a_flap_goes_and_comes_in_halves_of_its_period(exchange: SimulatedExchange) -> None:
    made = injector(exchange, on_request("status_flap", times=2, period_s=4, mode="post_only"))
    made.request_fate(ORDER, START)
    shown = []
    for seconds in (0, 1, 2, 3, 4, 5, 6, 7):
        made.advance(at(seconds))
        shown.append(exchange.engine.flags["BTC-USD"].post_only)
    assert shown == [True, True, False, False, True, True, False, False]


def test_a_frame_can_set_off_what_concerns_the_whole_exchange(exchange: SimulatedExchange) -> None:
    switches = Switches(exchange)
    made = FaultInjector(desk(on_frame("clock_skew", "user", seconds=-4)), exchange, switches)
    line = made.new_line()
    line.pass_on(['{"channel":"user","sequence_num":0}'], START)
    made.follow_up(line, START)
    assert switches.skew == -4 * SECOND


def test_lines_are_numbered_from_one(exchange: SimulatedExchange) -> None:
    made = injector(exchange)
    assert [made.new_line().number for _ in range(2)] == [1, 2]


def test_the_order_engine_is_told_right_before_the_request(exchange: SimulatedExchange) -> None:
    hooks = NotedHooks()
    made = injector(exchange, on_request("late_accept", seconds=3), on_request("cancel_lost_race"), hooks=hooks)
    fate = made.request_fate(ORDER, START)
    assert hooks.told == []
    made.arm(fate)
    assert hooks.told == [3.0, "race"]


def test_what_an_exchange_cannot_do_is_refused_at_the_start(exchange: SimulatedExchange) -> None:
    with pytest.raises(ConfigurationInvalid, match="late_accept"):
        injector(exchange, on_request("late_accept", seconds=3))
    with pytest.raises(ConfigurationInvalid, match="NOPE-USD, not traded here"):
        injector(exchange, on_request("product_mode", product="NOPE-USD", mode="offline"))
