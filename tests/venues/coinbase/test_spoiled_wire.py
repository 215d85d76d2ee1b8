"""Whatever the wire brings, only declared errors come out of the whole client, and nothing waits for ever."""

import json
import random
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Any, cast

import httpx
import pytest
import trio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.venues.coinbase.feed_samples import (
    ACK_USER,
    URL,
    Feed,
    Feeds,
    ack,
    heartbeat,
    subscribed,
    ticker,
    user,
    user_row,
)
from tests.venues.coinbase.test_wire import spoiled
from tests.venues.coinbase.wire_samples import (
    BTC,
    SEED,
    START,
    TrioClock,
    account_row,
    fill_row,
    intent,
    key,
    order_row,
    product_row,
    venue,
)
from trio.testing import MockClock

from trader247.errors import VenueError
from trader247.model.ids import VenueOrderId
from trader247.model.instant import HOUR, Instant
from trader247.model.market import Quote
from trader247.model.venue import OrderReport
from trader247.ports import StreamDown, StreamUp
from trader247.venues.coinbase.stream import CoinbaseMarketStream, CoinbaseUserStream
from trader247.venues.coinbase.venue import CoinbaseVenue

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


def virtually(main: Callable[[], Awaitable[None]]) -> None:
    trio.run(main, clock=MockClock(autojump_threshold=0))


# ---------------------------------------------------------------------------------------------------------------- REST
PRICEBOOK = {"product_id": "BTC-USD", "bids": [], "asks": [], "time": "2026-09-27T10:15:30Z"}
ERROR = {"error": "NOT_FOUND", "code": 5, "message": "m", "errors": [{"id": "rate_limit_exceeded"}]}
CREATED = {
    "success": True,
    "success_response": {"order_id": "a", "product_id": "BTC-USD", "side": "BUY", "client_order_id": ""},
    "error_response": {"error": "DUPLICATE_CLIENT_ORDER_ID"},
}
TIER = {"maker_fee_rate": "0.1", "taker_fee_rate": "0.1"}
Ask = Callable[[CoinbaseVenue], Awaitable[Any]]

QUESTIONS: dict[str, tuple[Any, Ask]] = {
    "server_time": ({"iso": "2026-09-27T10:15:30Z", "epochMillis": "1790504130123"}, lambda v: v.server_time()),
    "instruments": ({"products": [product_row()]}, lambda v: v.instruments([BTC])),
    "product_status": (product_row(), lambda v: v.product_status(BTC)),
    "quotes": ({"products": [product_row()], "pricebooks": [PRICEBOOK]}, lambda v: v.quotes([BTC])),
    "candles": ({"candles": []}, lambda v: v.candles(BTC, 60, Instant(START - HOUR), START)),
    "balances": ({"accounts": [account_row("USD", "1")], "has_next": False, "cursor": ""}, lambda v: v.balances()),
    "fees": ({"fee_tier": TIER}, lambda v: v.fee_rates()),
    "open_orders": ({"orders": [order_row()], "has_next": False, "cursor": ""}, lambda v: v.open_orders()),
    "order": ({"order": order_row()}, lambda v: v.order(VenueOrderId("a"))),
    "fills": ({"fills": [fill_row()], "cursor": ""}, lambda v: v.fills_since(START)),
    "place": (CREATED, lambda v: v.place(intent(), lambda: None)),
    "cancel": ({"results": [{"order_id": "a", "success": True}]}, lambda v: v.cancel([VenueOrderId("a")])),
}

ANSWERS = st.tuples(
    st.sampled_from([200, 200, 200, 204, 302, 400, 401, 403, 404, 409, 418, 429, 500, 502, 503, 599]),
    st.fixed_dictionaries(
        {},
        optional={
            "retry-after": st.sampled_from(["0", "3", "99999", "-1", "soon", "Sun, 27 Sep 2026 10:15:42 GMT"]),
            "date": st.sampled_from(["", "Sun, 27 Sep 2026 10:15:30 GMT", "yesterday"]),
            "content-encoding": st.sampled_from(["identity", "gzip", ""]),
            "x-ratelimit-remaining": st.just("0"),
            "x-ratelimit-reset": st.sampled_from(["1", "x", "99999999999"]),
        },
    ),
    st.sampled_from(["sample", "sample", "error", "page"]),
)


@pytest.mark.parametrize("question", QUESTIONS)
@settings(max_examples=30, deadline=None, suppress_health_check=SLOW)
@given(data=st.data())
@pytest.mark.req("D2", "FC1")
def test_a_spoiled_answer_ends_every_question_in_an_answer_or_a_declared_error(
    question: str, data: st.DataObject
) -> None:
    sample, ask = QUESTIONS[question]
    answers = data.draw(st.lists(ANSWERS, min_size=1, max_size=4))
    bodies = {
        "sample": data.draw(spoiled(sample)),
        "error": data.draw(spoiled(ERROR)),
        "page": b"<html>" + data.draw(st.binary(max_size=50)),
    }
    told = iter(answers)

    def handler(_request: httpx.Request) -> httpx.Response:
        status, headers, kind = next(told, answers[-1])
        return httpx.Response(status, headers=headers, content=bodies[kind])

    async def main() -> None:
        asked = venue(handler)
        try:
            await ask(asked)
        except VenueError as error:
            shown = str(error)
            assert shown.isprintable()
            assert len(shown) < 500
        assert trio.current_time() < 200

    virtually(main)


# ------------------------------------------------------------------------------------------------------------- streams
TICKERS = [json.loads(text) for text in (ack(0), ticker(1), heartbeat(2), ticker(3), ticker(4))]
USERS = [
    json.loads(text)
    for text in (ack(0, ACK_USER), user(1, user_row(), kind="snapshot"), heartbeat(2), user(3, user_row()))
]


@pytest.mark.parametrize("mine", ["market", "user"])
@settings(max_examples=50, deadline=None, suppress_health_check=SLOW)
@given(data=st.data())
@pytest.mark.req("D1")
def test_spoiled_frames_and_bytes_bring_out_events_of_the_port_only_and_a_lost_stream_says_so(
    mine: str, data: st.DataObject
) -> None:
    samples = TICKERS if mine == "market" else USERS
    spoil_at = data.draw(st.sets(st.integers(0, len(samples) - 1), max_size=3))
    frames = [data.draw(spoiled(one)) if at in spoil_at else json.dumps(one).encode() for at, one in enumerate(samples)]
    junk = data.draw(st.binary(max_size=30))

    async def script(feed: Feed) -> None:
        await subscribed(feed)
        for one in frames:
            try:
                await feed.say(one)
            except UnicodeDecodeError:
                continue
        if junk:
            await feed.stream.send_all(junk)
        await trio.sleep(1)

    async def main() -> None:
        seen: list[Any] = []
        async with trio.open_nursery() as nursery:
            feeds, rng, clock = Feeds(nursery, script), random.Random(SEED), TrioClock()
            if mine == "market":
                events: Any = CoinbaseMarketStream(URL, clock, rng, open_stream=feeds.open).events([BTC])
            else:
                events = CoinbaseUserStream(URL, key(), clock, rng, open_stream=feeds.open).events()
            with trio.move_on_after(60):
                async with aclosing(cast("Any", events)) as closing:
                    async for event in closing:
                        seen.append(event)  # noqa: PERF401  (a cut comprehension would forget what it saw)
            nursery.cancel_scope.cancel()
        # the script falls silent each time, so within a minute the stream was lost at least once, and said so
        assert any(isinstance(event, StreamDown) for event in seen)
        assert all(isinstance(event, Quote | OrderReport | StreamUp | StreamDown) for event in seen)

    virtually(main)


@pytest.mark.req("D1")
def test_order_reports_wait_for_a_consumer_that_was_away_and_none_is_dropped() -> None:
    count = 400

    async def script(feed: Feed) -> None:
        await subscribed(feed, ack(0, ACK_USER))
        for number in range(1, 2 * count, 2):
            await trio.sleep(0.1)
            await feed.say(user(number, user_row(order_id=str(number))), heartbeat(number + 1))

    async def main() -> None:
        seen: list[str] = []
        async with trio.open_nursery() as nursery:
            feeds = Feeds(nursery, script)
            stream = CoinbaseUserStream(URL, key(), TrioClock(), random.Random(SEED), open_stream=feeds.open)
            async with aclosing(cast("Any", stream.events())) as closing:
                async for event in closing:
                    assert not isinstance(event, StreamDown)
                    if isinstance(event, StreamUp):
                        await trio.sleep(30)  # away while most of it is said
                        continue
                    seen.append(event.venue_order_id)
                    if len(seen) == count:
                        break
            nursery.cancel_scope.cancel()
        assert seen == [str(number) for number in range(1, 2 * count, 2)]

    virtually(main)
