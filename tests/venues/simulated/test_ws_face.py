"""Stream sessions without sockets."""

import itertools
import json
from decimal import Decimal
from typing import Any

import pytest
from attrs import define, field
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.venues.simulated.rig import KEY_TEXT, START, Desk, at, exchange_on, limit, quote, token

from trader247.model.instant import Instant
from trader247.venues.simulated.auth import KeyRing
from trader247.venues.simulated.book import Side
from trader247.venues.simulated.exchange import SimulatedExchange
from trader247.venues.simulated.market import TapeTrade
from trader247.venues.simulated.ws_face import Payloads, Session

BUY = TapeTrade(6_000_100, 10**8, Side.BUY)


@define
class Stream:
    """A session and everything it was sent, decoded."""

    exchange: SimulatedExchange = field(
        factory=lambda: exchange_on(*[quote(n, "59999", "60001", BUY) for n in range(9)])
    )
    session: Session = field(init=False)
    frames: list[Any] = field(factory=list)

    def __attrs_post_init__(self) -> None:
        keys = KeyRing()
        keys.add_file(KEY_TEXT, self.exchange.portfolio_id)
        self.session = Session(self.exchange, keys, Payloads(self.exchange), START)

    def _take(self, frames: list[str]) -> list[Any]:
        decoded = [json.loads(frame) for frame in frames]
        self.frames += decoded
        return decoded

    def say(self, content: object, now: Instant = START) -> list[Any]:
        return self._take(self.session.on_text(content if isinstance(content, str) else json.dumps(content), now))

    def subscribe(self, channel: str, *product_ids: str, jwt: str | None = None) -> list[Any]:
        message = {"type": "subscribe", "channel": channel, "product_ids": list(product_ids)}
        return self.say(message | ({"jwt": jwt} if jwt else {}))

    def advance(self, seconds: float) -> list[Any]:
        now = at(seconds)
        return [
            frame for event in self.exchange.advance(now) for frame in self._take(self.session.on_event(event, now))
        ]

    def tick(self, seconds: float) -> list[Any]:
        return self._take(self.session.on_tick(at(seconds)))

    def place(self, side: str, configuration: dict[str, Any], number: int = 1) -> list[Any]:
        who = self.exchange.portfolio_id
        _, events = self.exchange.place(who, str(number), "BTC-USD", side, configuration, now=START)
        return [frame for event in events for frame in self._take(self.session.on_event(event, START))]


def test_every_frame_carries_the_envelope_and_one_sequence_counts_them_all() -> None:
    stream = Stream()
    stream.subscribe("heartbeats")
    stream.subscribe("ticker", "BTC-USD")
    stream.subscribe("market_trades", "BTC-USD")
    stream.subscribe("candles", "BTC-USD")
    stream.subscribe("user", jwt=token(START))
    stream.advance(3)
    stream.tick(4)
    assert [frame["sequence_num"] for frame in stream.frames] == list(range(len(stream.frames)))
    assert all(set(frame) == {"channel", "client_id", "timestamp", "sequence_num", "events"} for frame in stream.frames)
    assert {frame["client_id"] for frame in stream.frames} == {""}
    assert {frame["channel"] for frame in stream.frames} >= {"heartbeats", "ticker", "market_trades", "candles", "user"}


def test_the_snapshot_comes_before_the_acknowledgement_that_lists_everything() -> None:
    stream = Stream()
    stream.subscribe("heartbeats")
    snapshot, ack = stream.subscribe("ticker", "BTC-USD", "NOPE-USD")
    assert (snapshot["channel"], snapshot["events"][0]["type"]) == ("ticker", "snapshot")
    assert ack["events"] == [{"subscriptions": {"heartbeats": ["heartbeats"], "ticker": ["BTC-USD"]}}]
    (ack,) = stream.say({"type": "unsubscribe", "channel": "ticker", "product_ids": ["BTC-USD"]})
    assert ack["events"] == [{"subscriptions": {"heartbeats": ["heartbeats"]}}]
    (ack,) = stream.say({"type": "unsubscribe", "channel": "heartbeats"})
    assert ack["events"] == [{"subscriptions": {}}]


def test_the_ticker_speaks_when_something_trades_and_only_then() -> None:
    still = quote(2, "59990", "59992")
    stream = Stream(exchange_on(quote(0, "59999", "60001"), quote(1, "59999", "60001", BUY), still))
    stream.subscribe("ticker", "BTC-USD")
    (update,) = stream.advance(1)
    ticker = update["events"][0]["tickers"][0]
    assert (update["events"][0]["type"], ticker["price"], ticker["best_ask"]) == ("update", "60001", "60001")
    assert stream.advance(2) == []


def test_an_order_is_told_to_its_owner_as_it_changes() -> None:
    stream = Stream()
    snapshot, ack = stream.subscribe("user", jwt=token(START))
    assert snapshot["events"][0]["orders"] == []
    assert ack["events"][0]["subscriptions"] == {"user": [stream.exchange.portfolio_id]}
    (opened,) = stream.place("BUY", limit("1.5", "60001"))
    order = opened["events"][0]["orders"][0]
    assert (order["status"], order["cumulative_quantity"], order["leaves_quantity"]) == ("OPEN", "1", "0.5")
    updates = [frame["events"][0]["orders"][0] for frame in stream.advance(8)]
    assert all(
        Decimal(a["cumulative_quantity"]) < Decimal(b["cumulative_quantity"]) for a, b in itertools.pairwise(updates)
    )


def test_an_order_of_another_owner_is_not_told() -> None:
    exchange = exchange_on()
    exchange.open_portfolio("other", {"USD": Decimal(1000)})
    stream = Stream(exchange)
    stream.subscribe("user", jwt=token(START))
    _, events = exchange.place("other", "1", "BTC-USD", "BUY", limit("0.001", "50000"), now=START)
    assert [stream.session.on_event(event, START) for event in events] == [[]]


@pytest.mark.parametrize(("orders", "batches"), [(0, [0]), (49, [49]), (50, [50, 0]), (120, [50, 50, 20])])
def test_open_orders_come_in_batches_of_fifty_until_a_smaller_one(orders: int, batches: list[int]) -> None:
    stream = Stream()
    desk = Desk(stream.exchange)
    for _ in range(orders):
        desk.order("BUY", limit("0.001", "50000"))
    frames = stream.subscribe("user", jwt=token(START))
    assert [len(frame["events"][0]["orders"]) for frame in frames[:-1]] == batches
    assert frames[-1]["channel"] == "subscriptions"


@pytest.mark.parametrize("jwt", [None, "x", token(Instant(START - 10**12))])
def test_the_user_channel_needs_a_good_token(jwt: str | None) -> None:
    stream = Stream()
    assert stream.subscribe("user", jwt=jwt) == [{"type": "error", "message": "authentication failure"}]
    assert stream.place("BUY", limit("0.001", "50000")) == []


def test_an_unknown_channel_and_a_malformed_message_have_the_recorded_errors() -> None:
    stream = Stream()
    assert stream.subscribe("level9", "BTC-USD") == [{"type": "error", "message": "authentication failure"}]
    for text in (
        "",
        "[]",
        "{}",
        '{"type":"hello"}',
        '{"type":"subscribe"}',
        '{"type":"subscribe","channel":"ticker","product_ids":7}',
    ):
        assert stream.say(text) == [{"type": "error", "message": "subscribe or unsubscribe required"}]


def test_heartbeats_beat_once_a_second_and_count() -> None:
    stream = Stream()
    stream.subscribe("heartbeats")
    counters = [stream.tick(seconds)[0]["events"][0]["heartbeat_counter"] for seconds in (1, 2, 3)]
    assert counters == [1, 2, 3]
    assert stream.tick(4)[0]["events"][0]["current_time"].startswith("2026-09-27 10:00:04.000000000 +0000 UTC m=+")


@pytest.mark.req("D3")
def test_candles_of_five_minutes_follow_the_tape() -> None:
    stream = Stream()
    stream.subscribe("candles", "BTC-USD")
    assert stream.tick(0.5) == [], "nothing moved since the snapshot"
    stream.advance(3)
    (update,) = stream.tick(4)
    (candle,) = update["events"][0]["candles"]
    assert (candle["start"], candle["volume"], candle["product_id"]) == (str(START // 10**9), "4", "BTC-USD")
    assert stream.tick(5) == []


def test_market_trades_come_newest_first() -> None:
    several = quote(1, "59999", "60001", BUY, TapeTrade(5_999_900, 10**8, Side.SELL))
    stream = Stream(exchange_on(quote(0, "59999", "60001"), several))
    stream.subscribe("market_trades", "BTC-USD")
    (update,) = stream.advance(1)
    assert [trade["side"] for trade in update["events"][0]["trades"]] == ["BUY", "SELL"]


def test_the_status_channel_tells_the_products() -> None:
    snapshot, _ = Stream().subscribe("status")
    assert snapshot["events"][0]["products"][0]["status"] == "online"


@pytest.mark.parametrize(("channel", "closed_at"), [(None, 5), ("ticker", 90), ("heartbeats", None)])
def test_who_never_subscribes_is_closed_after_five_seconds_and_an_idle_one_after_ninety(
    channel: str | None, closed_at: int | None
) -> None:
    stream = Stream()
    if channel is not None:
        stream.subscribe(channel, "BTC-USD")
    reasons = []
    for seconds in range(200):
        stream.tick(seconds)
        reasons.append(stream.session.close_reason)
    first = next((seconds for seconds, reason in enumerate(reasons) if reason is not None), None)
    assert first == closed_at


@given(
    st.text(max_size=20)
    | st.dictionaries(
        st.sampled_from(["type", "channel", "product_ids", "jwt"]),
        st.none()
        | st.integers()
        | st.sampled_from(["subscribe", "unsubscribe", "ticker", "user", "candles", "é"])
        | st.lists(st.just("BTC-USD") | st.integers(), max_size=3),
    ).map(json.dumps)
)
@settings(deadline=None)
def test_no_message_whatever_breaks_a_session(text: str) -> None:
    stream = Stream()
    stream.say(text)
    stream.advance(8)
