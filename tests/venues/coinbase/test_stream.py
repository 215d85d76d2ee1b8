"""The streams come back by themselves, for ever, without storming, and say in between what can be trusted."""

import random
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any, cast

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.venues.coinbase.feed_samples import (
    ACK_USER,
    URL,
    Feed,
    Feeds,
    ack,
    beating,
    heartbeat,
    subscribed,
    ticker,
    user,
    user_row,
)
from tests.venues.coinbase.wire_samples import BTC, SEED, TrioClock, key
from trio.testing import MockClock
from websockets.trio.server import ServerConnection
from websockets.trio.server import serve as serve_websockets

from trader247.errors import ConfigurationInvalid
from trader247.model.market import Quote
from trader247.model.venue import OrderReport
from trader247.ports import MarketStream, StreamDown, StreamUp, UserStream
from trader247.venues.coinbase.stream import CoinbaseMarketStream, CoinbaseUserStream, reconnect_pause_s


def market(feeds: Feeds, on_stream: Callable[[str], None] = lambda _event: None) -> CoinbaseMarketStream:
    return CoinbaseMarketStream(URL, TrioClock(), random.Random(SEED), on_stream=on_stream, open_stream=feeds.open)


def account(feeds: Feeds) -> CoinbaseUserStream:
    return CoinbaseUserStream(URL, key(), TrioClock(), random.Random(SEED), open_stream=feeds.open)


async def first(count: int, events: AsyncIterator[Any]) -> list[Any]:
    found: list[Any] = []
    async with aclosing(cast("Any", events)) as closing:
        async for event in closing:
            found.append(event)
            if len(found) == count:
                break
    return found


def names(events: list[Any]) -> list[str]:
    return [type(event).__name__ for event in events]


def ports_are_kept(feeds: Feeds) -> tuple[MarketStream, UserStream]:
    return market(feeds), account(feeds)


@settings(deadline=None)
@given(st.integers(1, 5000), st.integers())
@pytest.mark.req("D1")
def test_pauses_between_connections_are_jittered_and_bounded(failures: int, seed: int) -> None:
    assert 0.25 <= reconnect_pause_s(failures, random.Random(seed)) <= 30.0


def test_pauses_grow() -> None:
    longest = [max(reconnect_pause_s(n, random.Random(seed)) for seed in range(200)) for n in (1, 3, 5)]
    assert longest == sorted(longest)
    assert longest[0] <= 1.0
    assert longest[-1] > 10.0


@pytest.mark.req("D1")
@pytest.mark.fault("WS-03")
async def test_a_gap_takes_the_stream_down_and_a_new_connection_up_again(autojump_clock: MockClock) -> None:
    async def gappy(feed: Feed) -> None:
        await subscribed(feed, ack(0), ticker(1), ticker(3))

    async def sound(feed: Feed) -> None:
        await subscribed(feed, ticker(0), ack(1))
        await beating(feed, 2)

    async with trio.open_nursery() as nursery:
        found = await first(5, market(Feeds(nursery, gappy, sound)).events([BTC, BTC]))
        assert names(found) == ["StreamUp", "Quote", "StreamDown", "StreamUp", "Quote"]
        assert found[2] == StreamDown("1 frames missing before 3")
        nursery.cancel_scope.cancel()


@pytest.mark.req("D1")
@pytest.mark.fault("WS-07", "WS-17")
async def test_after_each_reconnect_the_open_orders_come_first_and_none_is_dropped(autojump_clock: MockClock) -> None:
    rows = [user_row(order_id=str(number)) for number in range(120)]

    async def snapshot(feed: Feed) -> None:
        await subscribed(
            feed,
            user(0, *rows[:50], kind="snapshot"),
            user(1, *rows[50:100], kind="snapshot"),
            ack(2, ACK_USER),
            user(3, *rows[100:], kind="snapshot"),
        )
        feed.protocol.send_close(1001)
        await feed.flush()

    async with trio.open_nursery() as nursery:
        found = await first(244, account(Feeds(nursery, snapshot)).events())
        assert names(found) == (["StreamUp"] + ["OrderReport"] * 120 + ["StreamDown"]) * 2
        reports = [event.venue_order_id for event in found if isinstance(event, OrderReport)]
        assert reports == [str(number) for number in range(120)] * 2
        nursery.cancel_scope.cancel()


@pytest.mark.fault("NW-11")
async def test_a_venue_that_is_away_is_asked_ever_more_rarely_and_the_reason_is_told_once(
    autojump_clock: MockClock,
) -> None:
    async with trio.open_nursery() as nursery:
        feeds = Feeds(nursery, OSError("refused"))
        found: list[Any] = []
        with trio.move_on_after(3600):
            await trio.lowlevel.checkpoint()
            found = await first(1, market(feeds).events([BTC]))
            assert found == [StreamDown("cannot connect: OSError")]
            await first(2, market(feeds).events([BTC]))
        assert trio.current_time() == pytest.approx(3600)
        assert 120 < len(feeds.opened_at) < 600
        gaps = [b - a for a, b in zip(feeds.opened_at[1:], feeds.opened_at[2:], strict=False)]
        assert min(gaps) >= 0.25
        assert max(gaps) <= 30


async def test_a_refused_token_is_told_in_the_venues_words(autojump_clock: MockClock) -> None:
    async def refusing(feed: Feed) -> None:
        await subscribed(feed, '{"type":"error","message":"authentication failure"}')

    async with trio.open_nursery() as nursery:
        found = await first(1, account(Feeds(nursery, refusing)).events())
        assert found == [StreamDown("the venue says 'authentication failure'")]
        nursery.cancel_scope.cancel()


async def test_what_happens_is_counted_in_a_closed_set_of_words(autojump_clock: MockClock) -> None:
    counted: list[str] = []

    async def short(feed: Feed) -> None:
        await subscribed(feed, ack(0), "{", ack(0), heartbeat(2))
        await feed.stream.aclose()

    async with trio.open_nursery() as nursery:
        await first(3, market(Feeds(nursery, short), counted.append).events([BTC]))
        assert set(counted) == {"connected", "malformed", "repeated", "lost"}
        nursery.cancel_scope.cancel()


async def test_cancelling_the_consumer_closes_the_socket(autojump_clock: MockClock) -> None:
    ended = trio.Event()

    async def watch(feed: Feed) -> None:
        await subscribed(feed, ack(0))
        while await feed.stream.receive_some(1000):
            continue
        ended.set()

    async with trio.open_nursery() as nursery:
        stream = market(Feeds(nursery, watch))
        with trio.move_on_after(2):
            await first(99, stream.events([BTC]))
        await ended.wait()
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize("url", ["ws://feed.example", "https://127.0.0.1", "wss://"])
def test_an_address_that_is_not_encrypted_or_no_stream_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationInvalid):
        CoinbaseMarketStream(url, TrioClock(), random.Random(SEED))


async def test_the_stream_speaks_with_a_real_websocket_server() -> None:
    async def handler(connection: ServerConnection) -> None:
        for _ in range(2):
            await connection.recv()
        for text in (ticker(0), ack(1), ticker(2)):
            await connection.send(text)
        await connection.recv()

    async with trio.open_nursery() as nursery:
        server = await nursery.start(
            lambda task_status: serve_websockets(handler, 0, host="127.0.0.1", task_status=task_status)
        )
        port = server.listeners[0].socket.getsockname()[1]
        stream = CoinbaseMarketStream(f"ws://127.0.0.1:{port}/ws", TrioClock(), random.Random(SEED))
        found = await first(3, stream.events([BTC]))
        assert [type(event) for event in found] in ([StreamUp, Quote, Quote], [StreamUp, Quote, StreamDown])
        nursery.cancel_scope.cancel()
