"""Frames that go wrong, on a whole connection."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import trio
from tests.venues.simulated.faults.plans import desk, on_frame
from tests.venues.simulated.rig import exchange_on, quote
from tests.venues.simulated.test_ws_connection import TRADE, TrioTime, subscription
from trio.testing import MockClock, memory_stream_pair
from websockets.exceptions import ConnectionClosed, InvalidMessage, InvalidStatus
from websockets.trio.client import connect

from trader247.venues.simulated.auth import KeyRing
from trader247.venues.simulated.rate_limits import RateLimits
from trader247.venues.simulated.server import ExchangeServer

Talk = Callable[[Callable[[], Any], ExchangeServer], Awaitable[None]]


def run(talk: Talk, *entries: dict[str, Any], limits: RateLimits | None = None) -> ExchangeServer:
    """Runs ``talk(open, server)`` on a clock that jumps over waits; each ``open()`` is a connection to the server."""
    made: list[ExchangeServer] = []

    async def main() -> None:
        exchange = exchange_on(*(quote(n, "59999", "60001", TRADE) for n in range(100)))
        server = ExchangeServer(exchange, KeyRing(), TrioTime(), faults=desk(*entries), limits=limits)
        made.append(server)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(server.run_market)

            def opened() -> Any:
                client, far = memory_stream_pair()
                nursery.start_soon(server.handle, far)
                return connect("ws://x/ws", stream=client, proxy=None, ping_interval=None)

            await talk(opened, server)
            nursery.cancel_scope.cancel()

    trio.run(main, clock=MockClock(autojump_threshold=0))
    return made[0]


async def numbers(ws: Any, count: int) -> list[int]:
    return [json.loads(await ws.recv())["sequence_num"] for _ in range(count)]


@pytest.mark.fault("WS-03")
def test_a_plan_for_frames_reaches_the_client() -> None:
    async def talk(opened: Callable[[], Any], _: ExchangeServer) -> None:
        async with opened() as ws:
            await ws.send(subscription("ticker"))
            assert await numbers(ws, 6) == [0, 1, 2, 4, 4, 5]

    run(talk, on_frame("drop", "ticker", nth=3), on_frame("duplicate", "ticker", nth=4))


def test_delayed_frames_come_when_their_time_has_come_and_in_order() -> None:
    async def talk(opened: Callable[[], Any], _: ExchangeServer) -> None:
        async with opened() as ws:
            await ws.send(subscription("ticker"))
            assert await numbers(ws, 2) == [0, 1]
            began = trio.current_time()
            assert await numbers(ws, 5) == [2, 3, 4, 5, 6]
            assert trio.current_time() - began >= 3.25

    run(talk, on_frame("latency", "ticker", nth=2, seconds=3.25))


def test_a_connection_is_closed_in_order_or_reset() -> None:
    async def talk(opened: Callable[[], Any], _: ExchangeServer) -> None:
        for expected in (1000, 1006):
            async with opened() as ws:
                await ws.send(subscription("ticker"))
                with pytest.raises(ConnectionClosed) as closed:
                    await numbers(ws, 100)
                assert (closed.value.rcvd.code if closed.value.rcvd else 1006) == expected

    run(talk, on_frame("close", connection=1, nth=3), on_frame("reset", connection=2, nth=3))


@pytest.mark.fault("NW-11")
def test_a_handshake_is_refused_late_or_lost() -> None:
    async def talk(opened: Callable[[], Any], _: ExchangeServer) -> None:
        with pytest.raises(InvalidStatus) as refused:
            async with opened():
                pass
        assert refused.value.response.status_code == 403
        began = trio.current_time()
        async with opened() as ws:
            assert trio.current_time() - began == pytest.approx(4)
            await ws.send(subscription("ticker"))
            assert await numbers(ws, 2) == [0, 1]
        with pytest.raises(InvalidMessage):
            async with opened():
                pass

    handshake = {"on": "connection", "match": "/ws"}
    run(
        talk,
        handshake | {"nth": 1, "kind": "http_status", "code": 403, "body": "html"},
        handshake | {"nth": 2, "kind": "latency", "seconds": 4},
        handshake | {"nth": 3, "kind": "reset"},
    )


def test_only_so_many_connections_are_opened_in_a_second() -> None:
    async def talk(opened: Callable[[], Any], _: ExchangeServer) -> None:
        for _number in range(8):
            async with opened() as ws:
                await ws.send(subscription("ticker"))
        with pytest.raises(InvalidStatus) as refused:
            async with opened():
                pass
        assert refused.value.response.status_code == 429

    run(talk, limits=RateLimits())


def test_what_a_frame_sets_off_is_seen_by_rest() -> None:
    async def talk(opened: Callable[[], Any], _: ExchangeServer) -> None:
        async with opened() as ws:
            await ws.send(subscription("ticker"))
            await numbers(ws, 3)

    server = run(talk, on_frame("maintenance", "ticker", nth=2))
    assert server.switches.maintenance


def test_what_is_addressed_to_the_clock_happens_while_nobody_asks() -> None:
    shown: list[tuple[float, bool]] = []

    async def talk(_opened: Callable[[], Any], server: ExchangeServer) -> None:
        for wait_s in (3.5, 2.0, 6.0):
            await trio.sleep(wait_s)
            shown.append((trio.current_time(), server.switches.maintenance))

    run(talk, {"on": "time", "after_s": 4, "kind": "maintenance", "for_s": 5})
    assert shown == [(3.5, False), (5.5, True), (11.5, False)]
