"""The streams' JSON objects."""

import json
from decimal import Decimal

from tests.venues.simulated.rig import BTC, START, at, exchange_on

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
