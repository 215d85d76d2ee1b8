"""Every answer of the venue that is not what was asked has one kind and one of three errors."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.venues.coinbase.wire_samples import body, recorded

from trader247.errors import Failure, OutcomeUnknown, VenueError, VenueRejected, VenueUnavailable
from trader247.venues.coinbase.failures import failure_of_status, retry_after_s, status_error
from trader247.venues.coinbase.refusals import ClientIdTaken

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
    ("said", "failure"),
    [
        ({"error": "INSUFFICIENT_FUND"}, Failure.INSUFFICIENT_FUNDS),
        ({"error": "unknown", "code": "PREVIEW_INSUFFICIENT_FUND"}, Failure.INSUFFICIENT_FUNDS),
        ({"code": 3, "message": "m", "details": []}, Failure.INVALID_ORDER),
        ({"errors": [{"id": "TRADING_DISABLED"}]}, Failure.MAINTENANCE),
        ({"error": "A_WORD_OF_NEXT_YEAR"}, Failure.INVALID_ORDER),
    ],
)
@pytest.mark.req("FC1")
def test_a_code_in_the_body_says_more_about_a_400_and_never_makes_a_question_worth_repeating(
    said: dict[str, object], failure: Failure
) -> None:
    write = status_error(400, {}, body(said), endpoint="create_order", writes=True)
    read = status_error(400, {}, body(said), endpoint="orders", writes=False)
    assert (type(write), write.failure) == (VenueRejected, failure)
    assert (type(read), read.failure) == (VenueRejected, Failure.INVALID_ORDER)


@pytest.mark.parametrize("status", [400, 409, 500])
@pytest.mark.req("OM2")
def test_an_identifier_that_is_taken_is_told_as_such_whatever_the_status(status: int) -> None:
    said = body({"error": "DUPLICATE_CLIENT_ORDER_ID"})
    assert type(status_error(status, {}, said, endpoint="create_order", writes=True)) is ClientIdTaken
    assert not isinstance(status_error(status, {}, said, endpoint="orders", writes=False), OutcomeUnknown)


@pytest.mark.parametrize(
    ("text", "wait_s"),
    [("2", 2.0), ("0", 0.0), ("99999", 86400.0), ("", None), ("-1", None), ("1.5", None), ("Wed, 21 Oct", None)],
)
@pytest.mark.req("CB1")
def test_retry_after_is_seconds_or_nothing(text: str, wait_s: float | None) -> None:
    assert retry_after_s({"retry-after": text}) == wait_s
    assert status_error(503, {"retry-after": text}, b"", endpoint="o", writes=True).retry_after_s == wait_s


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({"retry-after": "Sun, 27 Sep 2026 10:15:42 GMT", "date": "Sun, 27 Sep 2026 10:15:30 GMT"}, 12.0),
        ({"retry-after": "Sun, 27 Sep 2026 10:15:42 GMT"}, None),
        ({"retry-after": "Sun, 27 Sep 2026 10:15:29 GMT", "date": "Sun, 27 Sep 2026 10:15:30 GMT"}, None),
        ({"retry-after": "Sun, 27 Sep 9999 10:15:29 GMT", "date": "Sun, 27 Sep 2026 10:15:30 GMT"}, 86400.0),
        ({"x-ratelimit-reset": "3", "x-ratelimit-remaining": "0"}, 3.0),
        ({"x-ratelimit-reset": "3", "x-ratelimit-remaining": "7"}, None),
        ({"x-ratelimit-reset": "1790504130", "x-ratelimit-remaining": "0"}, None),
        ({"retry-after": "2", "x-ratelimit-reset": "3", "x-ratelimit-remaining": "0"}, 2.0),
    ],
)
@pytest.mark.req("CB1")
def test_a_wait_may_be_asked_for_as_a_date_of_the_venues_own_clock_or_as_the_reset_of_its_quota(
    headers: dict[str, str], wait_s: float | None
) -> None:
    assert retry_after_s(headers) == wait_s


@settings(deadline=None)
@given(st.text(max_size=40), st.text(max_size=40))
def test_any_words_in_the_headers_ask_for_a_wait_within_a_day_or_for_none(asked: str, date: str) -> None:
    found = retry_after_s({"retry-after": asked, "date": date})
    assert found is None or 0 <= found <= 86_400


def test_a_kind_is_known_for_every_status() -> None:
    assert all(isinstance(failure_of_status(status), Failure) for status in range(1000))


def test_the_recorded_error_bodies_are_understood() -> None:
    shapes = recorded("rest_orders/fastmm_reply_shapes.json")
    limited = status_error(429, {}, body(shapes["rate_limited_429"]), endpoint="create_order", writes=True)
    assert (type(limited), limited.failure) == (VenueUnavailable, Failure.RATE_LIMIT)
    missing = status_error(404, {}, body(shapes["product_not_found"]), endpoint="product", writes=False)
    assert missing.failure is Failure.NOT_FOUND
