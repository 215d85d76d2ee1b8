"""Stream sessions without sockets."""

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.venues.simulated.rig import BTC, START, ScriptedMarket, at, exchange_on, limit, quote, token
from tests.venues.simulated.stream_rig import BUY, Stream, names, two_products

from trader247.model.instant import Instant
from trader247.venues.simulated.auth import make_key
from trader247.venues.simulated.exchange import SimulatedExchange
from trader247.venues.simulated.products import product_named
from trader247.venues.simulated.ws_limits import Meter

EVERY_CHANNEL = [
    "heartbeats",
    "status",
    "ticker",
    "ticker_batch",
    "candles",
    "level2",
    "market_trades",
    "user",
    "futures_balance_summary",
]
UNAUTHENTICATED = {"type": "error", "message": "authentication failure"}


def test_every_frame_carries_the_envelope_and_one_sequence_counts_them_all() -> None:
    stream = Stream()
    for channel in EVERY_CHANNEL:
        stream.subscribe(channel, "BTC-USD", jwt=token(START))
    stream.advance(3)
    stream.flush(3)
    stream.tick(6)
    stream.place("BUY", limit("0.001", "50000"))
    assert [frame["sequence_num"] for frame in stream.frames] == list(range(len(stream.frames)))
    assert all(set(frame) == {"channel", "client_id", "timestamp", "sequence_num", "events"} for frame in stream.frames)
    assert {frame["client_id"] for frame in stream.frames} == {""}
    said = set(names(stream.frames))
    assert said == {"subscriptions", "l2_data", *EVERY_CHANNEL} - {"level2", "futures_balance_summary"}


def test_the_snapshot_comes_before_the_acknowledgement_that_lists_everything() -> None:
    stream = Stream()
    stream.subscribe("heartbeats")
    snapshot, ack = stream.subscribe("ticker", "BTC-USD", "NOPE-USD")
    assert (snapshot["channel"], snapshot["events"][0]["type"]) == ("ticker", "snapshot")
    assert ack["events"] == [{"subscriptions": {"heartbeats": ["heartbeats"], "ticker": ["BTC-USD"]}}]
    (ack,) = stream.unsubscribe("ticker", "BTC-USD")
    assert ack["events"] == [{"subscriptions": {"heartbeats": ["heartbeats"]}}]
    (ack,) = stream.unsubscribe("heartbeats")
    assert ack["events"] == [{"subscriptions": {}}]


def test_an_acknowledgement_says_level2_while_the_frames_say_l2_data() -> None:
    snapshot, ack = Stream().subscribe("level2", "BTC-USD")
    assert snapshot["channel"] == "l2_data"
    assert ack["events"] == [{"subscriptions": {"level2": ["BTC-USD"]}}]


@pytest.mark.parametrize("channel", [each for each in EVERY_CHANNEL if each not in {"heartbeats", "user"}])
def test_to_subscribe_again_gives_a_new_snapshot_and_no_second_copy_of_updates(channel: str) -> None:
    once, twice = Stream(), Stream()
    first = once.subscribe(channel, "BTC-USD", jwt=token(START))
    twice.subscribe(channel, "BTC-USD", jwt=token(START))
    again = twice.subscribe(channel, "BTC-USD", jwt=token(START))
    assert names(first) == names(again)
    updates = [names([*each.advance(3), *each.flush(3), *each.tick(6)]) for each in (once, twice)]
    assert updates[0] == updates[1]


def test_to_unsubscribe_without_products_drops_the_channel_and_nothing_else() -> None:
    exchange = two_products(quote(0, "59999", "60001"), quote(1, "59999", "60001", BUY))
    stream = Stream(exchange)
    stream.subscribe("ticker", "BTC-USD", "ETH-USD")
    stream.subscribe("ticker_batch", "ETH-USD")
    (ack,) = stream.unsubscribe("ticker")
    assert ack["events"] == [{"subscriptions": {"ticker_batch": ["ETH-USD"]}}]
    assert stream.advance(1) == []


def test_to_unsubscribe_one_product_leaves_the_others() -> None:
    exchange = two_products(quote(0, "59999", "60001"), quote(1, "59999", "60001", BUY))
    stream = Stream(exchange)
    stream.subscribe("ticker", "BTC-USD", "ETH-USD")
    (ack,) = stream.unsubscribe("ticker", "ETH-USD", "NOPE-USD")
    assert ack["events"] == [{"subscriptions": {"ticker": ["BTC-USD"]}}]
    assert names(stream.advance(1)) == ["ticker"]


def test_to_unsubscribe_what_was_never_subscribed_is_acknowledged_all_the_same() -> None:
    (ack,) = Stream().unsubscribe("candles", "BTC-USD")
    assert ack["events"] == [{"subscriptions": {}}]


def test_unknown_products_are_passed_over() -> None:
    assert names(Stream().subscribe("level2", "NOPE-USD")) == ["subscriptions"]


def test_a_market_channel_without_products_is_acknowledged_with_none() -> None:
    stream = Stream()
    assert stream.subscribe("ticker")[-1]["events"] == [{"subscriptions": {"ticker": []}}]
    assert stream.advance(8) == []
    assert stream.unsubscribe("ticker")[-1]["events"] == [{"subscriptions": {}}]


def test_a_usdc_name_means_the_usd_book_on_the_market_channels() -> None:
    _, ack = Stream().subscribe("level2", "BTC-USDC")
    assert ack["events"] == [{"subscriptions": {"level2": ["BTC-USD"]}}]


@pytest.mark.parametrize("jwt", [None, "x", token(Instant(START - 10**12))])
@pytest.mark.parametrize("channel", ["user", "futures_balance_summary"])
def test_the_channels_of_an_account_need_a_good_token_with_each_message(channel: str, jwt: str | None) -> None:
    stream = Stream()
    assert stream.subscribe(channel, jwt=jwt) == [UNAUTHENTICATED]
    assert stream.place("BUY", limit("0.001", "50000")) == []
    stream.subscribe(channel, jwt=token(START))
    assert stream.unsubscribe(channel, jwt=jwt) == [UNAUTHENTICATED]
    assert stream.unsubscribe(channel, jwt=token(START))[0]["events"] == [{"subscriptions": {}}]


def test_a_subscription_outlives_its_token() -> None:
    stream = Stream()
    stream.subscribe("user", jwt=token(START))
    later = Instant(START + 600 * 10**9)
    _, events = stream.exchange.place(
        stream.exchange.portfolio_id, "1", "BTC-USD", "BUY", limit("0.001", "50000"), now=later
    )
    assert names(stream.told(events, later)) == ["user"]


def test_a_bad_token_on_a_public_channel_is_ignored() -> None:
    assert names(Stream().subscribe("ticker", "BTC-USD", jwt="x")) == ["ticker", "subscriptions"]


def test_a_key_of_another_portfolio_ends_what_the_first_one_subscribed() -> None:
    other = make_key(random.Random(2))
    stream = Stream()
    stream.session = stream.another((other, "other"))
    stream.subscribe("user", jwt=token(START))
    *_, ack = stream.subscribe("user", jwt=token(START, None, other))
    assert ack["events"] == [{"subscriptions": {"user": ["other"]}}]
    assert stream.place("BUY", limit("0.001", "50000")) == []


def test_the_futures_channel_is_acknowledged_and_silent() -> None:
    stream = Stream()
    (ack,) = stream.subscribe("futures_balance_summary", jwt=token(START))
    assert ack["events"] == [{"subscriptions": {"futures_balance_summary": [stream.exchange.portfolio_id]}}]
    assert stream.advance(8) == []


def test_an_unknown_channel_and_a_malformed_message_have_the_recorded_errors() -> None:
    stream = Stream()
    assert stream.subscribe("level9", "BTC-USD") == [UNAUTHENTICATED]
    for text in (
        "",
        "[]",
        "{}",
        '{"type":"hello"}',
        '{"type":"subscribe"}',
        '{"type":"subscribe","channel":"ticker","product_ids":7}',
        '{"type":["subscribe"],"channel":"ticker"}',
    ):
        assert stream.say(text) == [{"type": "error", "message": "subscribe or unsubscribe required"}]
    assert stream.session.close_reason is None


def test_errors_take_no_sequence_number() -> None:
    stream = Stream()
    stream.say("{}")
    (ack,) = stream.subscribe("heartbeats")
    assert ack["sequence_num"] == 0


def test_more_books_than_one_connection_may_have_are_refused_and_those_it_has_stay() -> None:
    many = [product_named(f"A{number}-USD") for number in range(40)]
    stream = Stream(SimulatedExchange(ScriptedMarket((quote(0, "59999", "60001"),), products=(BTC, *many))))
    everything = [product.product_id for product in many]
    assert names(stream.subscribe("level2", *everything[:30]))[-1] == "subscriptions"
    refused = {"type": "error", "message": "too many L2 streams requested in a single session"}
    assert stream.subscribe("level2", everything[30]) == [refused]
    assert names(stream.subscribe("level2", everything[0])) == ["l2_data", "subscriptions"], "it has this one already"


def test_the_ninth_message_without_a_token_in_a_second_is_refused_and_one_with_a_token_never() -> None:
    stream = Stream(meter=Meter())
    for _ in range(8):
        assert names(stream.subscribe("heartbeats")) == ["subscriptions"]
    refused = [{"type": "error", "message": "rate limit exceeded"}]
    assert stream.subscribe("heartbeats", now=at(0.999)) == refused
    assert names(stream.subscribe("heartbeats", jwt=token(START))) == ["subscriptions"]
    assert names(stream.subscribe("heartbeats", now=at(1))) == ["subscriptions"]


@pytest.mark.parametrize(("channel", "closed_at"), [(None, 5), ("ticker", 90), ("heartbeats", None)])
def test_who_never_subscribes_is_closed_after_five_seconds_and_an_idle_one_after_ninety(
    channel: str | None, closed_at: int | None
) -> None:
    stream = Stream(exchange_on())
    if channel is not None:
        stream.subscribe(channel, "BTC-USD")
    else:
        stream.unsubscribe("ticker")
    reasons = []
    for seconds in range(200):
        stream.tick(seconds)
        reasons.append(stream.session.close_reason)
    first = next((seconds for seconds, reason in enumerate(reasons) if reason is not None), None)
    assert first == closed_at


def test_pings_keep_an_idle_connection() -> None:
    stream = Stream(exchange_on())
    stream.subscribe("ticker", "BTC-USD")
    for seconds in range(0, 400, 30):
        stream.session.on_ping(at(seconds))
        stream.tick(seconds)
    assert stream.session.close_reason is None


def test_who_leaves_is_listened_for_no_longer() -> None:
    stream = Stream()
    for channel in EVERY_CHANNEL:
        stream.subscribe(channel, "BTC-USD", jwt=token(START))
    stream.session.leave()
    now = at(9)
    assert stream.feed.on_events(stream.exchange.advance(now), now) == []
    assert stream.feed.on_tick(now) == []
    assert stream.exchange.engine.books["BTC-USD"].touched is None


@given(
    st.text(max_size=20)
    | st.dictionaries(
        st.sampled_from(["type", "channel", "product_ids", "jwt"]),
        st.none()
        | st.integers()
        | st.sampled_from(["subscribe", "unsubscribe", "é", *EVERY_CHANNEL])
        | st.lists(st.sampled_from(["BTC-USD", "BTC-USDC", "NOPE-USD", ""]) | st.integers(), max_size=3),
    ).map(json.dumps)
)
@settings(deadline=None)
def test_no_message_whatever_breaks_a_session(text: str) -> None:
    stream = Stream()
    stream.say(text)
    stream.advance(8)
    stream.tick(8)
    stream.session.leave()


SUBSCRIBING = st.tuples(
    st.sampled_from(["subscribe", "unsubscribe"]),
    st.sampled_from(EVERY_CHANNEL),
    st.lists(st.sampled_from(["BTC-USD", "ETH-USD", "NOPE-USD"]), max_size=3),
)


@given(st.lists(SUBSCRIBING, max_size=25))
@settings(deadline=None)
def test_whatever_was_subscribed_and_unsubscribed_nobody_is_listened_for_in_the_end(
    asked: list[tuple[str, str, list[str]]],
) -> None:
    stream = Stream(two_products(quote(0, "59999", "60001")))
    for kind, channel, product_ids in asked:
        stream.say({"type": kind, "channel": channel, "product_ids": product_ids, "jwt": token(START)})
    stream.session.leave()
    assert all(not channel._listeners for channel in stream.feed.channels.values())
