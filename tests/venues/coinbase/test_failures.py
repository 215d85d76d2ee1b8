"""Every answer of the venue that is not what was asked has one kind and one of three errors."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.venues.coinbase.wire_samples import body, recorded

from trader247.errors import Failure, OutcomeUnknown, VenueError, VenueRejected, VenueUnavailable
from trader247.venues.coinbase.failures import failure_of_status, retry_after_s, status_error
from trader247.venues.coinbase.refusals import failure_of_refusal, refusal
from trader247.venues.coinbase.wire import CreateRefusal

HTML = b"<html><title>Attention Required! | Cloudflare</title></html>"
LIMIT = body({"errors": [{"id": "rate_limit_exceeded", "message": "Too many requests"}]})
EXHAUSTED = body({"error": "RESOURCE_EXHAUSTED", "message": "slow down"})
DENIED = body({"error": "PERMISSION_DENIED", "error_details": "Missing required scopes", "message": "m"})

TABLE: list[tuple[int, bytes, Failure, type[VenueError], type[VenueError]]] = [
    (400, body({"error": "INVALID_ARGUMENT"}), Failure.INVALID_ORDER, VenueRejected, VenueRejected),
    (401, b"Unauthorized\n", Failure.AUTH, VenueUnavailable, VenueUnavailable),
    (403, DENIED, Failure.FORBIDDEN, VenueRejected, VenueRejected),
    (403, HTML, Failure.FORBIDDEN, VenueRejected, VenueRejected),
    (404, body({"error": "NOT_FOUND"}), Failure.NOT_FOUND, VenueRejected, VenueRejected),
    (408, b"", Failure.RETRYABLE, VenueUnavailable, OutcomeUnknown),
    (418, b"", Failure.FORBIDDEN, VenueRejected, VenueRejected),
    (429, LIMIT, Failure.RATE_LIMIT, VenueUnavailable, VenueUnavailable),
    (429, EXHAUSTED, Failure.RATE_LIMIT, VenueUnavailable, VenueUnavailable),
    (429, HTML, Failure.RATE_LIMIT, VenueUnavailable, OutcomeUnknown),
    (500, body({"error": "INTERNAL"}), Failure.RETRYABLE, VenueUnavailable, OutcomeUnknown),
    (502, b"go/sg/0e5b0c1a", Failure.RETRYABLE, VenueUnavailable, OutcomeUnknown),
    (503, HTML, Failure.MAINTENANCE, VenueUnavailable, OutcomeUnknown),
    (504, b"", Failure.RETRYABLE, VenueUnavailable, OutcomeUnknown),
    (302, b"", Failure.UNKNOWN, VenueRejected, OutcomeUnknown),
    (409, b"", Failure.UNKNOWN, VenueRejected, OutcomeUnknown),
]


@pytest.mark.parametrize(("status", "said", "failure", "of_read", "of_write"), TABLE)
@pytest.mark.req("FC1", "OM2")
def test_a_status_means(
    status: int, said: bytes, failure: Failure, of_read: type[VenueError], of_write: type[VenueError]
) -> None:
    read = status_error(status, {}, said, endpoint="orders", writes=False)
    write = status_error(status, {}, said, endpoint="create_order", writes=True)
    assert (type(read), read.failure) == (of_read, failure)
    assert type(write) is of_write
    assert write.failure is (Failure.AMBIGUOUS if of_write is OutcomeUnknown else failure)
    assert str(status) in str(read)


@settings(deadline=None)
@given(st.integers(100, 999), st.binary(max_size=200), st.booleans())
def test_any_status_and_body_give_an_error_that_is_short_and_printable(status: int, said: bytes, writes: bool) -> None:
    found = status_error(status, {}, said, endpoint="orders", writes=writes)
    assert str(found).isprintable()
    assert len(str(found)) < 300


@pytest.mark.parametrize(
    ("reason", "failure"),
    [
        ("INSUFFICIENT_FUND", Failure.INSUFFICIENT_FUNDS),
        ("PREVIEW_INSUFFICIENT_FUND", Failure.INSUFFICIENT_FUNDS),
        ("PREVIEW_INSUFFICIENT_LEDGER_BALANCE", Failure.INSUFFICIENT_FUNDS),
        ("INVALID_LIMIT_PRICE_POST_ONLY", Failure.INVALID_ORDER),
        ("PREVIEW_INVALID_SIZE_PRECISION", Failure.INVALID_ORDER),
        ("PREVIEW_INVALID_BASE_SIZE_TOO_SMALL", Failure.INVALID_ORDER),
        ("UNSUPPORTED_ORDER_CONFIGURATION", Failure.INVALID_ORDER),
        ("PREVIEW_STOP_PRICE_ABOVE_LIMIT_PRICE", Failure.INVALID_ORDER),
        ("PRODUCT_TRADING_HALTED", Failure.MAINTENANCE),
        ("PREVIEW_NOT_ALLOWED_BY_MARKET_STATE", Failure.MAINTENANCE),
        ("GEOFENCING_RESTRICTION", Failure.FORBIDDEN),
        ("RATE_LIMIT_EXCEEDED", Failure.RATE_LIMIT),
        ("COMMANDER_REJECTED_NEW_ORDER", Failure.UNKNOWN),
        ("A_REASON_OF_NEXT_YEAR", Failure.UNKNOWN),
    ],
)
@pytest.mark.req("FC1")
def test_a_refusal_reason_means(reason: str, failure: Failure) -> None:
    assert failure_of_refusal(reason) is failure


@pytest.mark.parametrize("field", ["error", "preview_failure_reason", "new_order_failure_reason"])
def test_any_of_the_three_fields_may_hold_the_reason(field: str) -> None:
    silent = {
        "error": "UNKNOWN_FAILURE_REASON",
        "preview_failure_reason": "UNKNOWN_PREVIEW_FAILURE_REASON",
        "new_order_failure_reason": "UNKNOWN_FAILURE_REASON",
    }
    found = refusal(CreateRefusal(**{**silent, field: "INVALID_PRICE_PRECISION"}))
    assert (type(found), found.failure) == (VenueRejected, Failure.INVALID_ORDER)


def test_a_refusal_without_a_reason_is_still_a_definite_no() -> None:
    for said in (None, CreateRefusal(error="UNKNOWN_FAILURE_REASON")):
        found = refusal(said)
        assert (type(found), found.failure) == (VenueRejected, Failure.UNKNOWN)


@pytest.mark.req("OM2")
def test_a_client_order_id_already_there_is_looked_up_not_taken_for_a_no() -> None:
    assert isinstance(refusal(CreateRefusal(error="DUPLICATE_CLIENT_ORDER_ID")), OutcomeUnknown)


@pytest.mark.parametrize(
    ("text", "wait_s"),
    [("2", 2.0), ("0", 0.0), ("99999", 86400.0), ("", None), ("-1", None), ("1.5", None), ("Wed, 21 Oct", None)],
)
@pytest.mark.req("CB1")
def test_retry_after_is_seconds_or_nothing(text: str, wait_s: float | None) -> None:
    assert retry_after_s({"retry-after": text}) == wait_s
    assert status_error(503, {"retry-after": text}, b"", endpoint="o", writes=True).retry_after_s == wait_s


def test_a_kind_is_known_for_every_status() -> None:
    assert all(isinstance(failure_of_status(status), Failure) for status in range(1000))


def test_the_recorded_error_bodies_are_understood() -> None:
    shapes = recorded("rest_orders/fastmm_reply_shapes.json")
    limited = status_error(429, {}, body(shapes["rate_limited_429"]), endpoint="create_order", writes=True)
    assert (type(limited), limited.failure) == (VenueUnavailable, Failure.RATE_LIMIT)
    missing = status_error(404, {}, body(shapes["product_not_found"]), endpoint="product", writes=False)
    assert missing.failure is Failure.NOT_FOUND
