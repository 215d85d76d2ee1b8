"""All streams of one exchange on a clock that jumps over waits."""

import json
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
import trio
from tests.venues.simulated.rig import KEY_TEXT, START, at, exchange_on, limit, quote, token
from tests.venues.simulated.stream_rig import BUY, ClientBook, book_of, set_levels
from tests.venues.simulated.test_ws_connection import TrioTime, subscription
from trio.testing import MockClock, lockstep_stream_pair, memory_stream_pair, wait_all_tasks_blocked
from websockets.trio.client import connect

from trader247.model.instant import Instant
from trader247.venues.simulated.auth import KeyRing
from trader247.venues.simulated.exchange import SimulatedExchange
from trader247.venues.simulated.market import MarketStep
from trader247.venues.simulated.ws_face import Session
from trader247.venues.simulated.ws_hub import StreamHub
from trader247.venues.simulated.ws_level2 import Level2Channel

HANDSHAKE = (
    b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


def signed(channel: str) -> str:
    """A subscription that no meter counts."""
    return json.dumps(json.loads(subscription(channel)) | {"jwt": token(START)})


def masked(text: str) -> bytes:
    """A frame as a client sends it, masked with nothing."""
    content = text.encode()
    return b"\x81\xfe" + len(content).to_bytes(2, "big") + bytes(4) + content


Talk = Callable[[SimulatedExchange, StreamHub, Callable[[], Any]], Awaitable[None]]


def run(talk: Talk, *steps: MarketStep) -> None:
    """A hub, its exchange, and a way for clients to connect without sockets."""

    async def main() -> None:
        exchange, keys = exchange_on(*steps), KeyRing()
        keys.add_file(KEY_TEXT, exchange.portfolio_id)
        hub = StreamHub(exchange, keys, TrioTime())

        async def answer(far: trio.abc.Stream) -> None:
            async with far:
                await hub.converse(hub.connect(far), bytes(await far.receive_some(4096)))

        async with trio.open_nursery() as nursery:

            def dial() -> Any:
                near, far = memory_stream_pair()
                nursery.start_soon(answer, far)
                return connect("ws://x/ws", stream=near, proxy=None, ping_interval=None)

            nursery.start_soon(hub.run)
            await talk(exchange, hub, dial)
            nursery.cancel_scope.cancel()

    trio.run(main, clock=MockClock(autojump_threshold=0))


def test_a_batch_of_trades_goes_out_a_quarter_of_a_second_after_its_first_one() -> None:
    async def talk(exchange: SimulatedExchange, hub: StreamHub, dial: Callable[[], Any]) -> None:
        async with dial() as ws:
            await ws.send(subscription("market_trades"))
            await ws.recv()
            await ws.recv()
            began = trio.current_time()
            for seconds in (1, 2):
                hub.publish(exchange.advance(at(seconds)), at(seconds))
            frame = json.loads(await ws.recv())
            assert trio.current_time() - began == 0.25
            assert len(frame["events"][0]["trades"]) == 2

    run(talk, quote(0, "59999", "60001"), quote(1, "59999", "60001", BUY), quote(2, "59999", "60001", BUY))


def test_every_client_is_told_what_the_first_one_is_told() -> None:
    async def talk(exchange: SimulatedExchange, hub: StreamHub, dial: Callable[[], Any]) -> None:
        books: list[ClientBook] = [{}, {}]
        async with dial() as first, dial() as second:
            for client, book in zip((first, second), books, strict=True):
                await client.send(subscription("level2"))
                set_levels(book, [json.loads(await client.recv())])
                await client.recv()
            for seconds in range(1, 9):
                hub.publish(exchange.advance(at(seconds)), at(seconds))
                for client, book in zip((first, second), books, strict=True):
                    set_levels(book, [json.loads(await client.recv())])
                assert books[0] == books[1] == book_of(exchange)

    run(talk, *(quote(n, f"{59_990 + n}", "60001", BUY) for n in range(9)))


def test_who_is_gone_is_told_nothing_and_keeps_nothing_watched() -> None:
    async def talk(exchange: SimulatedExchange, hub: StreamHub, dial: Callable[[], Any]) -> None:
        async with dial() as ws:
            await ws.send(subscription("level2"))
            await ws.recv()
            assert exchange.engine.books["BTC-USD"].touched is not None
        await trio.sleep(0.1)
        assert not hub.connections
        assert exchange.engine.books["BTC-USD"].touched is None

    run(talk)


def test_a_user_hears_of_an_order_in_the_breath_in_which_it_was_placed() -> None:
    async def talk(exchange: SimulatedExchange, hub: StreamHub, dial: Callable[[], Any]) -> None:
        async with dial() as ws:
            await ws.send(json.dumps({"type": "subscribe", "channel": "user", "jwt": token(START)}))
            await ws.recv()
            await ws.recv()
            before = trio.current_time()
            _, events = exchange.place(exchange.portfolio_id, "1", "BTC-USD", "BUY", limit("0.1", "50000"), now=START)
            hub.publish(events, START)
            assert json.loads(await ws.recv())["events"][0]["orders"][0]["status"] == "OPEN"
            assert trio.current_time() == before

    run(talk)


def test_between_two_looks_at_the_other_tasks_one_message_is_answered_however_many_clients_send() -> None:
    clients, messages = 20, 40
    answered: list[int] = []
    most = [0]
    ask = Session.on_text

    def counted(self: Session, text: str | bytes, now: Instant) -> list[str]:
        answered.append(1)
        return ask(self, text, now)

    async def look() -> None:
        while True:
            before = len(answered)
            await trio.lowlevel.checkpoint()
            most[0] = max(most[0], len(answered) - before)

    async def talk(exchange: SimulatedExchange, hub: StreamHub, dial: Callable[[], Any]) -> None:
        async with trio.open_nursery() as nursery:
            ends = [memory_stream_pair() for _ in range(clients)]
            for _, far in ends:
                nursery.start_soon(hub.converse, hub.connect(far), HANDSHAKE)
            await wait_all_tasks_blocked()
            nursery.start_soon(look)
            for near, _ in ends:
                nursery.start_soon(near.send_all, masked(signed("level2")) * messages)
            for _ in range(clients * messages * 5):
                await trio.lowlevel.checkpoint()
            nursery.cancel_scope.cancel()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Session, "on_text", counted)
        run(talk)
    assert len(answered) == clients * messages
    assert most[0] <= 2  # of two rounds of tasks, one before the look and one after it


def test_clients_that_do_not_read_hold_no_more_together_than_the_bound_of_all() -> None:
    async def talk(exchange: SimulatedExchange, hub: StreamHub, dial: Callable[[], Any]) -> None:
        async def answer(far: trio.abc.Stream) -> None:
            await hub.converse(hub.connect(far), HANDSHAKE)

        async with trio.open_nursery() as nursery:
            for _ in range(10):
                near, far = lockstep_stream_pair()
                nursery.start_soon(answer, far)
                assert b" 101 " in await near.receive_some(4096)
            await trio.sleep(0.1)
            connections = list(hub.connections)
            for count in range(7):
                for connection in connections:
                    connection.offer(["x" * 1024 * 1024])
                await trio.sleep(0.01)  # what a writer holds in its hands counts, too
                assert len(hub.connections) == (10 if count < 6 else 9)
            nursery.cancel_scope.cancel()
        assert not hub.connections

    run(talk)


def test_a_book_nobody_moved_is_encoded_once_for_all_who_subscribe() -> None:
    async def talk(exchange: SimulatedExchange, hub: StreamHub, dial: Callable[[], Any]) -> None:
        made: list[str] = []
        event = Level2Channel._event

        def counted(kind: str, key: str, rows: list[dict[str, object]]) -> str:
            made.append(kind)
            return event(kind, key, rows)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Level2Channel, "_event", staticmethod(counted))
            async with AsyncExitStack() as stack:
                for seconds in (1, 2):
                    for _ in range(5):
                        ws = await stack.enter_async_context(dial())
                        book: ClientBook = {}
                        await ws.send(signed("level2"))
                        set_levels(book, [json.loads(await ws.recv())])
                        assert book == book_of(exchange)
                    hub.publish(exchange.advance(at(seconds)), at(seconds))
        assert made == ["snapshot", "update"] * 2

    run(talk, quote(0, "59999", "60001"), quote(1, "59990", "60001"), quote(2, "59991", "60001"))
