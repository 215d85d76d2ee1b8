"""Every message and error the venue documents has its sample here, and what the client makes of it beside it."""

import json
from typing import Any

import pytest
from tests.venues.coinbase.feed_samples import ACK_USER, ack, frame, heartbeat, ticker, user, user_row
from tests.venues.coinbase.test_stream_judge import Counted, at, judge
from tests.venues.coinbase.wire_samples import body

from trader247.errors import Failure, OutcomeUnknown, VenueError, VenueRejected, VenueUnavailable
from trader247.venues.coinbase.failures import status_error
from trader247.venues.coinbase.frames import acknowledged, envelope
from trader247.venues.coinbase.stream_judge import Channel

# --------------------------------------------------------------------------------------------------- WebSocket messages
CANDLE = {"start": "1790504100", "high": "2", "low": "1", "open": "1", "close": "2", "volume": "3"}
TRADE = {"trade_id": "8123", "product_id": "BTC-USD", "price": "1", "size": "2", "side": "SELL", "time": "..."}
STATUS = {"product_type": "SPOT", "id": "BTC-USD", "status": "online", "status_message": "", "min_market_funds": "1"}
LEVEL = {"side": "offer", "event_time": "1970-01-01T00:00:00Z", "price_level": "1", "new_quantity": "0"}
BATCHED = {"type": "ticker", "product_id": "BTC-USD", "price": "68923.67", "volume_24_h": "1"}

FOREIGN: dict[str, list[Any]] = {
    "ticker_batch": [{"type": "snapshot", "tickers": [BATCHED]}],
    "l2_data": [{"type": "update", "product_id": "BTC-USD", "updates": [LEVEL]}],
    "market_trades": [{"type": "snapshot", "trades": [TRADE]}],
    "candles": [{"type": "update", "candles": [CANDLE]}],
    "status": [{"type": "snapshot", "products": [STATUS]}],
    "futures_balance_summary": [{"type": "snapshot", "fcm_balance_summary": {}}],
    "a_channel_of_next_year": [{"anything": [1, 2, {"at": "all"}]}],
}


@pytest.mark.parametrize("channel", FOREIGN)
@pytest.mark.parametrize("mine", Channel)
def test_a_channel_nobody_asked_for_is_counted_and_keeps_its_number(channel: str, mine: Channel) -> None:
    counted = Counted()
    watched = judge(mine, counted=counted)
    watched.frame(ack(0, ACK_USER if mine is Channel.USER else None), at())
    assert watched.frame(frame(channel, 1, FOREIGN[channel]), at()).events == ()
    assert watched.frame(heartbeat(2), at()).lost is None
    assert counted[-1:] == ["foreign"]


@pytest.mark.parametrize(
    ("subscriptions", "said"),
    [
        ({}, {}),
        ({"user": ["3e625b74-1c4e-5967-ad38-4d26f30d4439"]}, {"user": ("3e625b74-1c4e-5967-ad38-4d26f30d4439",)}),
        ({"heartbeats": ["heartbeats"], "status": None}, {"heartbeats": ("heartbeats",), "status": ()}),
    ],
)
def test_an_acknowledgement_lists_everything_that_is_subscribed_now(
    subscriptions: dict[str, Any], said: dict[str, tuple[str, ...]]
) -> None:
    assert acknowledged(envelope(ack(1, subscriptions))) == said


@pytest.mark.parametrize(
    "message", ["authentication failure", "subscribe or unsubscribe required", "rate limit exceeded", ""]
)
@pytest.mark.parametrize("mine", Channel)
def test_an_error_message_has_no_number_and_ends_the_connection_in_its_own_words(message: str, mine: Channel) -> None:
    lost = judge(mine).frame(json.dumps({"type": "error", "message": message}), at()).lost
    assert lost == f"the venue says {message!r}"


@pytest.mark.parametrize("name", ["client_id", "events"])
def test_a_message_without_the_fields_that_come_and_go_is_still_heard(name: str) -> None:
    said = {key: value for key, value in json.loads(heartbeat(0)).items() if key != name}
    assert judge().frame(json.dumps(said), at()).lost is None


@pytest.mark.parametrize("counter", [66987, "66987", None])
def test_a_heartbeat_beats_whatever_form_its_counter_has(counter: Any) -> None:
    watched = judge()
    watched.frame(ack(0), at())
    beat = {"current_time": "2026-09-27 10:15:30.82 +0000 UTC m=+66987.62", "heartbeat_counter": counter}
    watched.frame(frame("heartbeats", 1, [beat]), at(4))
    assert watched.deadline() == at(9).mono


@pytest.mark.parametrize(
    "changes",
    [
        {"order_type": "LIMIT"},
        {"order_type": "Stop Limit", "stop_price": "61000"},
        {"limit_price": "", "order_type": "Market"},
        {"post_only": "false"},
        {"status": "CANCEL_QUEUED"},
        {"status": "PENDING"},
        {"creation_time": "0001-01-01T00:00:00Z"},
        {"start_time": "0001-01-01T00:00:00Z", "risk_managed_by": "UNKNOWN_RISK_MANAGEMENT_TYPE"},
    ],
)
def test_every_documented_form_of_a_user_order_is_reported(changes: dict[str, Any]) -> None:
    watched = judge(Channel.USER)
    watched.frame(ack(0, ACK_USER), at())
    verdict = watched.frame(user(1, user_row(**changes)), at())
    assert (len(verdict.events), verdict.lost) == (1, None)


def test_a_ticker_frame_of_several_events_and_products_is_read_whole() -> None:
    watched = judge()
    watched.frame(ack(0), at())
    said = json.loads(ticker(1))
    said["events"] *= 3
    assert len(watched.frame(json.dumps(said), at()).events) == 3


# ---------------------------------------------------------------------------------------------------------- REST errors
def gist(error: str, text: str) -> dict[str, str]:
    return {"error": error, "error_details": text, "message": text}


HTML = b"<!DOCTYPE html><html><head><title>Just a moment...</title></head></html>"
NO, LATER, DOUBT = VenueRejected, VenueUnavailable, OutcomeUnknown

ERRORS: list[tuple[int, bytes, Failure, type[VenueError], type[VenueError]]] = [
    (400, body(gist("INVALID_ARGUMENT", "Too many orderIDs entered, limit is 100")), Failure.INVALID_ORDER, NO, NO),
    (400, body(gist("INVALID_ARGUMENT", "granularity argument is invalid")), Failure.INVALID_ORDER, NO, NO),
    (400, body(gist("unknown", "account is not available")), Failure.INVALID_ORDER, NO, NO),
    (400, body(gist("unknown", "target is not enabled for trading")), Failure.INVALID_ORDER, NO, NO),
    (400, b"Bad Request\n", Failure.INVALID_ORDER, NO, NO),
    (401, b"Unauthorized\n", Failure.AUTH, LATER, LATER),
    (401, body({"error": "UNAUTHORIZED", "code": 16, "message": "Unauthorized"}), Failure.AUTH, LATER, LATER),
    (403, body(gist("PERMISSION_DENIED", "Missing required scopes")), Failure.FORBIDDEN, NO, NO),
    (403, body(gist("unknown", "Missing required scopes")), Failure.FORBIDDEN, NO, NO),
    (403, HTML, Failure.FORBIDDEN, NO, NO),
    (404, body(gist("NOT_FOUND", "order with this orderID was not found")), Failure.NOT_FOUND, NO, NO),
    (404, body(gist("NOT_FOUND", "Product NOPE-USD not supported")), Failure.NOT_FOUND, NO, NO),
    (404, body(gist("unknown", "Not Found")), Failure.NOT_FOUND, NO, NO),
    (404, body({"message": "valid product_id is required"}), Failure.NOT_FOUND, NO, NO),
    (429, body({"errors": [{"id": "rate_limit_exceeded", "message": "m"}]}), Failure.RATE_LIMIT, LATER, LATER),
    (429, body({"error": "RATE_LIMIT_EXCEEDED", "code": 8, "message": "m"}), Failure.RATE_LIMIT, LATER, LATER),
    (429, body({"code": "resource_exhausted", "message": "m"}), Failure.RATE_LIMIT, LATER, LATER),
    (429, HTML, Failure.RATE_LIMIT, LATER, DOUBT),
    (500, body(gist("INTERNAL", "internal")), Failure.RETRYABLE, LATER, DOUBT),
    (500, b"internal error", Failure.RETRYABLE, LATER, DOUBT),
    (502, b"go/sg/0e5b0c1a-1111-4222-8333-444455556666", Failure.RETRYABLE, LATER, DOUBT),
    (503, HTML, Failure.MAINTENANCE, LATER, DOUBT),
    (504, HTML, Failure.RETRYABLE, LATER, DOUBT),
    (200 + 4, b"", Failure.UNKNOWN, NO, DOUBT),
    (301, HTML, Failure.UNKNOWN, NO, DOUBT),
]


@pytest.mark.parametrize(("status", "said", "failure", "of_read", "of_write"), ERRORS)
@pytest.mark.req("FC1", "OM2")
def test_a_documented_error_is_classified(
    status: int, said: bytes, failure: Failure, of_read: type[VenueError], of_write: type[VenueError]
) -> None:
    read = status_error(status, {}, said, endpoint="order", writes=False)
    write = status_error(status, {}, said, endpoint="create_order", writes=True)
    assert (type(read), read.failure) == (of_read, failure)
    assert (type(write), write.failure) == (of_write, Failure.AMBIGUOUS if of_write is DOUBT else failure)
