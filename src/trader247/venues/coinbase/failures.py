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

A 401 on a valid token happens now and then, so it is "not let in", not "refused": the same request may be sent again
under the same identifier.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from trader247.errors import Failure, OutcomeUnknown, VenueError, VenueRejected, VenueUnavailable
from trader247.venues.coinbase.numbers import WireFault, decoded, quoted
from trader247.venues.coinbase.wire import CreateRefusal, ErrorBody

__all__ = ["failure_of_refusal", "failure_of_status", "refusal", "retry_after_s", "status_error"]

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
_PROOF: Final = frozenset({400, 403, 404, 418, 451})
_OWN_LIMIT: Final = frozenset({"rate_limit_exceeded", "resource_exhausted"})

_RETRY_AFTER_S_MAX: Final = 86_400


def failure_of_status(status: int) -> Failure:
    """The kind of an HTTP status other than 200."""
    return _BY_STATUS.get(status, Failure.RETRYABLE if 500 <= status <= 599 else Failure.UNKNOWN)


def status_error(status: int, headers: Mapping[str, str], body: bytes, *, endpoint: str, writes: bool) -> VenueError:
    """The error that says what an answer other than 200 means; the caller raises it."""
    failure = failure_of_status(status)
    said = _error_of(body)
    text = f"{endpoint}: the venue answered {status} ({_words(said, body)})"
    wait_s = retry_after_s(headers)
    if writes:
        if status in _PROOF:
            return VenueRejected(text, failure=failure)
        let_in = status != 401 and not (status == 429 and _OWN_LIMIT & _codes(said))
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


def _codes(said: ErrorBody | None) -> frozenset[str]:
    if said is None:
        return frozenset()
    return frozenset(code.lower() for code in (said.error or "", *(item.id for item in said.errors or ())))


def _words(said: ErrorBody | None, body: bytes) -> str:
    if said is None or not (said.error or said.message or said.errors):
        return quoted(body[:80].decode("utf-8", "replace")) if body else "no body"
    items = [said.error or "", said.message or "", *(item.id for item in (said.errors or ())[:3])]
    return quoted(" ".join(text for text in items if text))


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds a ``Retry-After`` asks for, up to a day; None where absent or given as a date."""
    text = headers.get("retry-after", "").strip()
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(_RETRY_AFTER_S_MAX))):
        return None
    return float(min(int(text), _RETRY_AFTER_S_MAX))


# --------------------------------------------------------------------------------------------- refusals with status 200
_FUNDS: Final = frozenset(
    {"INSUFFICIENT_FUND", "INSUFFICIENT_FUNDS", "INVALID_LEDGER_BALANCE", "INSUFFICIENT_LEDGER_BALANCE"}
)
_MARKET_STATE: Final = frozenset(
    {
        "ORDER_ENTRY_DISABLED",
        "PRODUCT_TRADING_HALTED",
        "TRADING_DISABLED",
        "UNTRADABLE_PRODUCT",
        "NOT_ALLOWED_BY_MARKET_STATE",
        "MISSING_PRODUCT_PRICE_BOOK",
    }
)
_NOT_ALLOWED: Final = frozenset(
    {
        "GEOFENCING_RESTRICTION",
        "INELIGIBLE_PAIR",
        "BREACHED_RISK_LIMIT",
        "COMPLIANCE_PURCHASE_LIMIT_EXCEEDED",
    }
)
_TERMS: Final = frozenset(
    {
        "UNSUPPORTED_ORDER_CONFIGURATION",
        "FOK_DISABLED",
        "POST_ONLY_NOT_ALLOWED_WITH_FOK",
        "END_TIME_TOO_FAR_IN_FUTURE",
        "END_TIME_IS_IN_THE_PAST",
        "GTD_ORDERS_MUST_HAVE_END_TIME",
        "LIMIT_PRICE_TOO_FAR_FROM_MARKET",
        "LIMIT_ORDER_PRICE_EXCEEDS_PRICE_BAND_ON_BUY",
        "LIMIT_ORDER_PRICE_EXCEEDS_PRICE_BAND_ON_SELL",
        "STOP_ALREADY_TRIGGERED",
        "BREACHED_PRICE_LIMIT",
        "NON_NUMERIC_ORDER_SIZE",
    }
)
_ALREADY_THERE: Final = "DUPLICATE_CLIENT_ORDER_ID"
_SILENT: Final = frozenset({"", "UNKNOWN_FAILURE_REASON", "UNKNOWN_PREVIEW_FAILURE_REASON"})


def failure_of_refusal(reason: str) -> Failure:
    """The kind of a refusal reason, ``PREVIEW_`` or not; a reason nobody knows is UNKNOWN and is not retried."""
    bare = reason.removeprefix("PREVIEW_")
    if bare in _FUNDS:
        return Failure.INSUFFICIENT_FUNDS
    if bare in _MARKET_STATE:
        return Failure.MAINTENANCE
    if bare in _NOT_ALLOWED:
        return Failure.FORBIDDEN
    if bare == "RATE_LIMIT_EXCEEDED":
        return Failure.RATE_LIMIT
    if bare in _TERMS or bare.startswith(("INVALID_", "STOP_PRICE_")):
        return Failure.INVALID_ORDER
    return Failure.UNKNOWN


def refusal(said: CreateRefusal | None) -> VenueError:
    """The error of a create answered ``success: false``. Any of three fields may hold the reason.

    A client order id that the venue already has is no refusal: an order may be live under it, so the outcome is unknown
    until it is looked up.
    """
    said = said or CreateRefusal()
    reasons = [said.new_order_failure_reason or "", said.preview_failure_reason or "", said.error or ""]
    spoken = [reason for reason in reasons if reason not in _SILENT]
    if any(reason.removeprefix("PREVIEW_") == _ALREADY_THERE for reason in spoken):
        return OutcomeUnknown("create_order: the venue already has an order of this client order id; look it up")
    reason = spoken[0] if spoken else "no reason given"
    text = f"create_order: refused: {quoted(reason)} {quoted(said.message or said.error_details or '')}"
    return VenueRejected(text, failure=failure_of_refusal(reason))
