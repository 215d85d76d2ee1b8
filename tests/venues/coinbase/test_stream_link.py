"""One connection opens within its time, is subscribed channel by channel, and says why it is lost."""

import random

import pytest
import trio
from tests.venues.coinbase.feed_samples import URL, Feed, Feeds, ack, beating, heartbeat, subscribed, ticker, ticker_row
from tests.venues.coinbase.wire_samples import BTC, SEED, TrioClock, key
from trio.testing import MockClock

from trader247.model.market import Quote
from trader247.ports import StreamUp
from trader247.venues.coinbase.auth import Signer
from trader247.venues.coinbase.stream_judge import Channel
from trader247.venues.coinbase.stream_link import Link


def link(counted: list[str] | None = None, channel: Channel = Channel.TICKER) -> Link:
    signer = Signer(key(), random.Random(SEED)) if channel is Channel.USER else None
    heard = counted if counted is not None else []
    return Link(channel, (BTC,), URL, TrioClock(), signer=signer, on_stream=heard.append)


async def test_a_link_subscribes_one_channel_per_message(autojump_clock: MockClock) -> None:
    async def feed_of(feed: Feed) -> None:
        await subscribed(feed, ticker(0), ack(1))

    async with trio.open_nursery() as nursery:
        feeds, made = Feeds(nursery, feed_of), link()
        assert await made.open(feeds.open) is None
        events, lost = await made.heard()
        assert ([type(event) for event in events], lost) == ([StreamUp, Quote], None)
        assert [(one["channel"], one.get("product_ids")) for one in feeds.feeds[0].heard] == [
            ("heartbeats", None),
            ("ticker", ["BTC-USD"]),
        ]
        await made.aclose()
        nursery.cancel_scope.cancel()


@pytest.mark.fault("WS-12")
async def test_a_user_link_signs_its_subscription(autojump_clock: MockClock) -> None:
    async with trio.open_nursery() as nursery:
        feeds, made = Feeds(nursery, subscribed), link(channel=Channel.USER)
        assert await made.open(feeds.open) is None
        await trio.testing.wait_all_tasks_blocked()
        assert "jwt" in feeds.feeds[0].heard[1]
        await made.aclose()
        nursery.cancel_scope.cancel()


@pytest.mark.fault("NW-02")
async def test_a_peer_that_never_shakes_hands_is_given_up_after_five_seconds(autojump_clock: MockClock) -> None:
    async def mute(_feed: Feed) -> None:
        await trio.sleep_forever()

    async with trio.open_nursery() as nursery:
        made = link()
        assert await made.open(Feeds(nursery, mute).open) == "no connection within 5 s"
        assert trio.current_time() == 5
        await made.aclose()
        nursery.cancel_scope.cancel()


@pytest.mark.req("D1")
@pytest.mark.fault("WS-01", "WS-09")
async def test_a_feed_whose_heart_stops_is_lost_after_five_seconds_even_while_tickers_flow(
    autojump_clock: MockClock,
) -> None:
    async def heartless(feed: Feed) -> None:
        await subscribed(feed, ack(0))
        for number in range(1, 1000):
            await trio.sleep(0.1)
            await feed.say(ticker(number))

    async with trio.open_nursery() as nursery:
        made = link()
        assert await made.open(Feeds(nursery, heartless).open) is None
        lost = None
        while lost is None:
            _events, lost = await made.heard()
        assert lost == "no heartbeat for 5 s"
        assert trio.current_time() == pytest.approx(5, abs=0.2)
        await made.aclose()
        nursery.cancel_scope.cancel()


@pytest.mark.fault("WS-11")
async def test_an_absent_consumer_is_not_held_against_the_feed_and_hears_the_newest_quote_only(
    autojump_clock: MockClock,
) -> None:
    counted: list[str] = []

    async def busy(feed: Feed) -> None:
        await subscribed(feed, ack(0))
        for number in range(1, 400, 2):
            await trio.sleep(0.1)
            await feed.say(ticker(number, ticker_row(bid=str(number))), heartbeat(number + 1))

    async with trio.open_nursery() as nursery:
        made = link(counted)
        assert await made.open(Feeds(nursery, busy).open) is None
        assert (await made.heard())[1] is None
        await trio.sleep(12.05)
        events, lost = await made.heard()
        assert lost is None
        assert [str(event.bid) for event in events if isinstance(event, Quote)] == ["239"]
        assert "conflated" in counted
        await made.aclose()
        nursery.cancel_scope.cancel()


async def test_a_steady_feed_is_kept(autojump_clock: MockClock) -> None:
    async def steady(feed: Feed) -> None:
        await subscribed(feed, ack(0))
        await beating(feed, 1)

    async with trio.open_nursery() as nursery:
        made = link()
        assert await made.open(Feeds(nursery, steady).open) is None
        with trio.move_on_after(3600):
            while (await made.heard())[1] is None:
                continue
        assert trio.current_time() >= 3600
        await made.aclose()
        nursery.cancel_scope.cancel()


async def test_a_link_that_was_never_opened_hears_nothing_and_closes(autojump_clock: MockClock) -> None:
    made = link()
    assert await made.heard() == ([], "not open")
    await made.aclose()
    assert await made.open(Feeds(None, OSError("refused")).open) == "cannot connect: OSError"  # type: ignore[arg-type]
