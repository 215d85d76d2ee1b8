"""One WebSocket connection over memory streams, on a clock that jumps over waits."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import trio
from tests.venues.simulated.rig import KEY_TEXT, START, at, exchange_on, quote
from trio.testing import MockClock, memory_stream_pair
from websockets.exceptions import ConnectionClosed
from websockets.trio.client import connect

from trader247.model.instant import SECOND, Instant, Moment, Mono
from trader247.venues.simulated.auth import KeyRing
from trader247.venues.simulated.book import Side
from trader247.venues.simulated.market import TapeTrade
from trader247.venues.simulated.server import ExchangeServer

TRADE = TapeTrade(6_000_100, 10**8, Side.BUY)


class TrioTime:
    """Trio's clock as the market's."""

    def now(self) -> Moment:
        elapsed = round(trio.current_time() * SECOND)
        return Moment(Instant(START + elapsed), Mono(elapsed))


def run(client_side: Callable[[Any, ExchangeServer], Awaitable[None]], *, steps: int = 100, seconds: int = 1) -> None:
    async def main() -> None:
        exchange = exchange_on(*(quote(n * seconds, "59999", "60001", TRADE) for n in range(steps)))
        keys = KeyRing()
        keys.add_file(KEY_TEXT, exchange.portfolio_id)
        server = ExchangeServer(exchange, keys, TrioTime())
        client, far = memory_stream_pair()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(server.run_market)
            nursery.start_soon(server.handle, far)
            await client_side(client, server)
            nursery.cancel_scope.cancel()

    trio.run(main, clock=MockClock(autojump_threshold=0))


def subscription(channel: str) -> str:
    return json.dumps({"type": "subscribe", "channel": channel, "product_ids": ["BTC-USD"]})


def test_a_subscriber_gets_every_step_in_sequence_for_an_hour() -> None:
    async def client(stream: Any, server: ExchangeServer) -> None:
        async with connect("ws://x/ws", stream=stream, proxy=None, ping_interval=None) as ws:
            await ws.send(subscription("heartbeats"))
            await ws.send(subscription("ticker"))
            frames = [json.loads(await ws.recv()) for _ in range(7_000)]
        assert [frame["sequence_num"] for frame in frames] == list(range(7_000))
        assert {frame["channel"] for frame in frames} == {"heartbeats", "ticker", "subscriptions"}

    run(client, steps=3_600)


def test_a_client_that_does_not_read_is_cut_off() -> None:
    async def client(stream: Any, server: ExchangeServer) -> None:
        async with connect("ws://x/ws", stream=stream, proxy=None, ping_interval=None) as ws:
            await ws.send(subscription("ticker"))
            await ws.recv()
            (connection,) = server._connections
            for _ in range(1_100):
                connection.offer(["x" * 10])
            await trio.sleep(0.1)
            assert not server._connections

    run(client)


def test_pings_are_answered_and_a_close_is_returned() -> None:
    async def client(stream: Any, server: ExchangeServer) -> None:
        async with connect("ws://x/ws", stream=stream, proxy=None, ping_interval=None) as ws:
            await ws.send(subscription("heartbeats"))
            answered = await ws.ping()
            with trio.fail_after(1):
                await answered.wait()
        assert ws.close_code == 1000
        await trio.sleep(0.1)
        assert not server._connections

    run(client)


def test_who_never_subscribes_is_closed_after_five_seconds() -> None:
    async def client(stream: Any, server: ExchangeServer) -> None:
        async with connect("ws://x/ws", stream=stream, proxy=None, ping_interval=None) as ws:
            with pytest.raises(ConnectionClosed):
                await ws.recv()
        assert 5 <= trio.current_time() - began[0] <= 7

    began = [0.0]

    async def timed(stream: Any, server: ExchangeServer) -> None:
        began[0] = trio.current_time()
        await client(stream, server)

    run(timed)


@pytest.mark.parametrize("sent", [b"\xff" * 50, b"\x81\x05hello", b"\x81\xfe\xff\xff" + b"\0" * 70_000])
def test_bytes_that_are_no_frames_end_their_connection_and_nothing_else(sent: bytes) -> None:
    async def client(stream: Any, server: ExchangeServer) -> None:
        async with connect("ws://x/ws", stream=stream, proxy=None, ping_interval=None) as ws:
            await ws.send(b"\xff\xfe")
            assert "subscribe or unsubscribe required" in str(await ws.recv())
            await stream.send_all(sent)
            await trio.sleep(1)
            assert not server._connections

    run(client)


def test_an_upgrade_that_is_no_handshake_is_refused() -> None:
    async def client(stream: Any, server: ExchangeServer) -> None:
        await stream.send_all(b"GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
        assert b"HTTP/1.1 400" in await stream.receive_some(4096)

    run(client)
    assert at(0) == START
