"""The official SDK listens: every channel it knows, parsed by its own types."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from tests.conformance.rig import PRODUCTS, Foreign, ForeignClients, ForeignError, Frames, RunningExchange
from tests.conformance.trading import SIZE, placed, price, withdrawn

MARKET_CHANNELS = {
    "ticker": "ticker",
    "ticker_batch": "ticker_batch",
    "candles": "candles",
    "level2": "l2_data",
    "market_trades": "market_trades",
    "status": "status",
}
QUIET = {"status", "ticker_batch"}
"""Channels whose next update may take longer than a test should."""


def subscribed(frame: Any) -> Any:
    """What an acknowledgement lists, or None for any other frame."""
    return frame["events"][0]["subscriptions"] if frame.get("channel") == "subscriptions" else None


@pytest.mark.parametrize("channel", MARKET_CHANNELS)
def test_a_channel_sends_its_snapshot_its_acknowledgement_and_its_updates(
    stream: Foreign, frames: Frames, channel: str
) -> None:
    getattr(stream, channel)(list(PRODUCTS))
    *before, ack = frames.until(lambda frame: subscribed(frame) is not None)
    assert subscribed(ack) == {channel: list(PRODUCTS)}
    assert {frame["channel"] for frame in before} == {MARKET_CHANNELS[channel]}
    assert {event["type"] for event in before[0]["events"]} == {"snapshot"}
    if channel not in QUIET:
        assert frames.of(MARKET_CHANNELS[channel])["events"][0]["type"] == "update"
    getattr(stream, f"{channel}_unsubscribe")(list(PRODUCTS))
    frames.until(lambda frame: subscribed(frame) == {})


def test_heartbeats_count_up_by_one(stream: Foreign, frames: Frames) -> None:
    stream.heartbeats()
    counters = [frames.of("heartbeats")["events"][0]["heartbeat_counter"] for _ in range(3)]
    assert counters == sorted(set(counters))
    stream.heartbeats_unsubscribe()
    frames.until(lambda frame: subscribed(frame) == {})


def test_several_channels_are_subscribed_and_dropped_at_once(stream: Foreign, frames: Frames) -> None:
    channels = ["ticker", "heartbeats", "market_trades"]
    stream.subscribe(["BTC-USD"], channels)
    full = {"ticker": ["BTC-USD"], "heartbeats": ["heartbeats"], "market_trades": ["BTC-USD"]}
    frames.until(lambda frame: subscribed(frame) == full)
    stream.unsubscribe(["BTC-USD"], ["ticker"])
    frames.until(lambda frame: subscribed(frame) == {key: full[key] for key in full if key != "ticker"})
    stream.unsubscribe_all()
    frames.until(lambda frame: subscribed(frame) == {})


def test_a_book_rebuilt_from_level2_stays_whole(stream: Foreign, frames: Frames) -> None:
    stream.level2(["BTC-USD"])
    book: dict[str, dict[Decimal, Decimal]] = {"bid": {}, "offer": {}}
    for _ in range(20):
        (event,) = frames.of("l2_data")["events"]
        for row in event["updates"]:
            side, level, size = book[row["side"]], Decimal(row["price_level"]), Decimal(row["new_quantity"])
            side[level] = size
            if size == 0:
                del side[level]
        assert max(book["bid"]) < min(book["offer"])
        assert (len(book["bid"]), len(book["offer"])) >= (15, 15)


def test_the_user_channel_tells_an_order_from_its_opening_to_its_end(
    stream: Foreign, frames: Frames, sdk: Foreign, new_id: Callable[[], str], running: RunningExchange
) -> None:
    stream.user([])
    *before, ack = frames.until(lambda frame: subscribed(frame) is not None)
    assert subscribed(ack) == {"user": [running.exchange.portfolio_id]}
    assert before[-1]["events"][0]["type"] == "snapshot"
    order_id = placed(sdk.limit_order_gtc_buy(new_id(), "BTC-USD", SIZE, price(sdk, "0.95")))

    def in_state(state: str) -> Callable[[Any], bool]:
        return lambda frame: any(
            (order["order_id"], order["status"]) == (order_id, state)
            for event in frame["events"]
            for order in event.get("orders", ())
        )

    opened = frames.until(in_state("OPEN"))[-1]["events"][0]["orders"][0]
    assert (opened["order_side"], opened["leaves_quantity"], opened["post_only"]) == ("BUY", SIZE, "false")
    withdrawn(sdk, order_id)
    ended = frames.until(in_state("CANCELLED"))[-1]["events"][0]["orders"][0]
    assert ended["outstanding_hold_amount"] == "0"
    stream.user_unsubscribe([])
    frames.until(lambda frame: subscribed(frame) == {})


def test_the_futures_channel_is_answered(stream: Foreign, frames: Frames) -> None:
    stream.futures_balance_summary()
    frames.until(lambda frame: "futures_balance_summary" in (subscribed(frame) or ()))
    stream.futures_balance_summary_unsubscribe()
    frames.until(lambda frame: subscribed(frame) == {})


def test_without_a_key_the_market_is_open_and_the_account_is_not(clients: ForeignClients) -> None:
    anonymous = clients.on("stream:anonymous")
    anonymous.open()
    frames = Frames(anonymous)
    anonymous.ticker(["BTC-USD"])
    assert subscribed(frames.until(lambda frame: subscribed(frame) is not None)[-1]) == {"ticker": ["BTC-USD"]}
    with pytest.raises(ForeignError, match="Unauthenticated request to private channel"):
        anonymous.user([])
    anonymous.close()
