"""Which kind of no a venue's answer is, and which of the three errors says it (requirement FC1). Pure.

The rules, for an answer that is not 200:

====================================  ==================  ====================  =====================================
status                                failure             of a read             of a write
====================================  ==================  ====================  =====================================
400                                   INVALID_ORDER       ``VenueRejected``     ``VenueRejected``
401                                   AUTH                ``VenueUnavailable``  ``VenueUnavailable``: not let in
403, 418, 451                         FORBIDDEN           ``VenueRejected``     ``VenueRejected``
404                                   NOT_FOUND           ``VenueRejected``     ``VenueRejected``
429 that names the venue's own limit  RATE_LIMIT          ``VenueUnavailable``  ``VenueUnavailable``: documented no
429 of anyone else (a page, a proxy)  RATE_LIMIT          ``VenueUnavailable``  ``OutcomeUnknown``
503                                   MAINTENANCE         ``VenueUnavailable``  ``OutcomeUnknown``
500, 502, 504, other 5xx, 408         RETRYABLE           ``VenueUnavailable``  ``OutcomeUnknown``
anything else (redirects included)    UNKNOWN             ``VenueRejected``     ``OutcomeUnknown``: a status is only
                                                                                proof where the venue's rules say so
====================================  ==================  ====================  =====================================

The status decides what happened; a code in the body only says more about a 400, such as that money is missing. One
code is stronger than its status: a client order id that is taken (``ClientIdTaken``), whatever the status. Both hold
for writes only: no word in a body makes a refused question worth repeating.

A 401 on a valid token happens now and then, so it is "not let in", not "refused": the same request may be sent again
under the same identifier.
"""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Final

import msgspec

from trader247.errors import Failure, OutcomeUnknown, VenueError, VenueRejected, VenueUnavailable
from trader247.venues.coinbase.numbers import WireFault, decoded, quoted
from trader247.venues.coinbase.refusals import ClientIdTaken, failure_of_refusal
from trader247.venues.coinbase.wire import ErrorBody

__all__ = ["failure_of_status", "retry_after_s", "status_error"]

_error_body = msgspec.json.Decoder(ErrorBody)

_BY_STATUS: Final = {
    400: Failure.INVALID_ORDER,
    401: Failure.AUTH,
    403: Failure.FORBIDDEN,
    404: Failure.NOT_FOUND,
    408: Failure.RETRYABLE,
    418: Failure.FORBIDDEN,
    429: Failure.RATE_LIMIT,
    451: Failure.FORBIDDEN,
    503: Failure.MAINTENANCE,
}

_TRANSIENT: Final = frozenset({Failure.RETRYABLE, Failure.RATE_LIMIT, Failure.MAINTENANCE, Failure.AUTH})
_BAD_REQUEST: Final = 400
_PROOF: Final = frozenset({400, 403, 404, 418, 451})
_OWN_LIMIT: Final = frozenset({"rate_limit_exceeded", "resource_exhausted"})
_TAKEN: Final = "duplicate_client_order_id"

_RETRY_AFTER_S_MAX: Final = 86_400


def failure_of_status(status: int) -> Failure:
    """The kind of an HTTP status other than 200."""
    return _BY_STATUS.get(status, Failure.RETRYABLE if 500 <= status <= 599 else Failure.UNKNOWN)


def status_error(status: int, headers: Mapping[str, str], body: bytes, *, endpoint: str, writes: bool) -> VenueError:
    """The error that says what an answer other than 200 means; the caller raises it."""
    failure = failure_of_status(status)
    said = _error_of(body)
    codes = _codes(said)
    text = f"{endpoint}: the venue answered {status} ({_words(said, body)})"
    wait_s = retry_after_s(headers)
    if writes:
        if _TAKEN in codes:
            return ClientIdTaken(text)
        if status in _PROOF:
            return VenueRejected(text, failure=_narrowed(failure, codes) if status == _BAD_REQUEST else failure)
        let_in = status != 401 and not (status == 429 and not _OWN_LIMIT.isdisjoint(codes))
        if let_in:
            unknown = OutcomeUnknown(text)
            unknown.retry_after_s = wait_s
            return unknown
        return VenueUnavailable(text, failure=failure, retry_after_s=wait_s)
    if failure in _TRANSIENT:
        return VenueUnavailable(text, failure=failure, retry_after_s=wait_s)
    return VenueRejected(text, failure=failure)


def _error_of(body: bytes) -> ErrorBody | None:
    try:
        return decoded(_error_body, body, "error")
    except WireFault:
        return None  # pages and plain text are common here, and mean nothing more than the status


def _codes(said: ErrorBody | None) -> tuple[str, ...]:
    if said is None:
        return ()
    found = (said.error, said.code, *(item.id for item in said.errors or ()))
    return tuple(code.lower() for code in found if isinstance(code, str) and code)


def _narrowed(failure: Failure, codes: tuple[str, ...]) -> Failure:
    found = (failure_of_refusal(code.upper()) for code in codes)
    return next((kind for kind in found if kind is not Failure.UNKNOWN), failure)


def _words(said: ErrorBody | None, body: bytes) -> str:
    if said is None or not (said.error or said.message or said.errors):
        return quoted(body[:80].decode("utf-8", "replace")) if body else "no body"
    items = [said.error or "", said.message or "", *(item.id for item in (said.errors or ())[:3])]
    return quoted(" ".join(text for text in items if text))


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds the answer asks us to wait, up to a day, or None where it does not say.

    ``Retry-After`` in seconds or as a date, which is held against the answer's own ``Date``, since our clock is
    another; else ``x-ratelimit-reset`` where none of the quota remains.
    """
    text = headers.get("retry-after", "").strip()
    if text and not text.isdigit():
        return _until(text, headers.get("date", ""))
    if not text and headers.get("x-ratelimit-remaining", "").strip() == "0":
        text = headers.get("x-ratelimit-reset", "").strip()
    # a longer number is not a wait but a unix time or nonsense
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(_RETRY_AFTER_S_MAX))):
        return None
    return float(min(int(text), _RETRY_AFTER_S_MAX))


def _until(date: str, said_at: str) -> float | None:
    try:
        wait_s = (parsedate_to_datetime(date) - parsedate_to_datetime(said_at)).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None  # no date, or one of the two without its zone
    return min(wait_s, float(_RETRY_AFTER_S_MAX)) if wait_s >= 0 else None
