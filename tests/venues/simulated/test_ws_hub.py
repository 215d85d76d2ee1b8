"""All streams of one exchange on a clock that jumps over waits."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import trio
from tests.venues.simulated.rig import KEY_TEXT, START, at, exchange_on, limit, quote, token
from tests.venues.simulated.stream_rig import BUY, ClientBook, book_of, set_levels
from tests.venues.simulated.test_ws_connection import TrioTime, subscription
from trio.testing import MockClock, memory_stream_pair
from websockets.trio.client import connect

from trader247.venues.simulated.auth import KeyRing
from trader247.venues.simulated.exchange import SimulatedExchange
from trader247.venues.simulated.market import MarketStep
from trader247.venues.simulated.ws_hub import StreamHub

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
