"""The streams' JSON objects."""

import json
from decimal import Decimal
from typing import Any

import pytest
from tests.venues.simulated.rig import BTC, START, at, exchange_on, limit, recorded, token
from tests.venues.simulated.stream_rig import Stream

from trader247.venues.simulated.book import Side
from trader247.venues.simulated.products import TradingFlags
from trader247.venues.simulated.wire import ticker_object
from trader247.venues.simulated.ws_wire import (
    batched_ticker_object,
    error_text,
    frame_text,
    heartbeat_object,
    level_changes,
    status_object,
)


def test_the_envelope_has_its_five_keys_in_the_recorded_order() -> None:
    frame = json.loads(frame_text("ticker", "2026-09-27T10:00:00.000000000Z", 7, '{"type":"update"}'))
    assert list(frame) == ["channel", "client_id", "timestamp", "sequence_num", "events"]
    assert (frame["sequence_num"], frame["events"]) == (7, [{"type": "update"}])


def test_an_error_has_a_type_and_a_message_only() -> None:
    assert json.loads(error_text("authentication failure")) == {"type": "error", "message": "authentication failure"}


def test_a_heartbeat_counts_seconds_and_prints_the_time_as_go_does() -> None:
    beat = heartbeat_object(START, at(4))
    assert beat == {
        "current_time": "2026-09-27 10:00:04.000000000 +0000 UTC m=+4.000000001",
        "heartbeat_counter": 4,
    }


def test_a_batched_ticker_is_a_ticker_without_quotes() -> None:
    exchange = exchange_on()
    ticker, batched = (make(exchange, BTC, START) for make in (ticker_object, batched_ticker_object))
    assert ticker.keys() - batched.keys() == {"best_bid", "best_bid_quantity", "best_ask", "best_ask_quantity"}
    assert batched.items() <= ticker.items()


def test_an_ask_is_called_offer_and_a_level_that_is_gone_has_quantity_zero() -> None:
    rows = level_changes(
        [(Side.BUY, Decimal("59999.10"), Decimal("1.50")), (Side.SELL, Decimal(60001), Decimal(0))], START
    )
    assert [(row["side"], row["price_level"], row["new_quantity"]) for row in rows] == [
        ("bid", "59999.1", "1.5"),
        ("offer", "60001", "0"),
    ]
    assert {row["event_time"] for row in rows} == {"2026-09-27T10:00:00.000000Z"}


def test_a_status_row_tells_the_state_of_its_product() -> None:
    row = status_object(BTC, TradingFlags(status="offline"))
    assert (row["id"], row["status"], row["product_type"], row["min_market_funds"]) == (
        "BTC-USD",
        "offline",
        "SPOT",
        "1",
    )


RECORDED = {
    "heartbeats": "ws_heartbeats/nautilus_ws_heartbeats.json",
    "ticker": "ws_ticker/nautilus_ws_ticker.json",
    "candles": "ws_candles/nautilus_ws_candles.json",
    "level2": "ws_level2/nautilus_ws_l2_data_update.json",
    "market_trades": "ws_market_trades/nautilus_ws_market_trades.json",
    "user": "ws_user/nautilus_ws_user.json",
}


def _shape(value: Any) -> Any:
    """The keys of an object, of its lists' first elements too."""
    if isinstance(value, dict):
        return {key: _shape(each) for key, each in value.items()}
    return [_shape(each) for each in value[:1]] if isinstance(value, list) else ""


def _within(recorded: Any, ours: Any, where: str) -> None:
    """Every key recorded is one of ours."""
    if isinstance(recorded, dict):
        assert recorded.keys() <= ours.keys(), where
        for key, each in recorded.items():
            _within(each, ours[key], f"{where}.{key}")
    elif recorded and ours:
        _within(recorded[0], ours[0], where)


@pytest.mark.parametrize("channel", RECORDED)
def test_a_frame_has_every_field_of_a_recorded_one(channel: str) -> None:
    path = recorded("wire") / RECORDED[channel]
    stream = Stream()
    stream.subscribe(channel, "BTC-USD", jwt=token(START))
    stream.place("BUY", limit("0.001", "50000"))
    frames = [*stream.frames, *stream.advance(3), *stream.flush(3), *stream.tick(4)]
    pushed_as = stream.feed.channels[channel].frame_name
    ours = [frame for frame in frames if frame["channel"] == pushed_as][-1]
    _within(_shape(json.loads(path.read_text())), _shape(ours), channel)
