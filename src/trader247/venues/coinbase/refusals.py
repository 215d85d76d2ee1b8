"""Which kind of no a refusal reason is (requirement FC1): one row for every reason the venue documents. Pure.

A reason without a row is ``UNKNOWN``: a definite no that is never retried. Reasons come with ``PREVIEW_`` before them
or without; some exist in one form only, and the table does not tell the forms apart.
"""

from typing import Final

from trader247.errors import Failure, OutcomeUnknown, VenueError, VenueRejected
from trader247.venues.coinbase.numbers import quoted
from trader247.venues.coinbase.wire import CreateRefusal

__all__ = ["REASONS", "ClientIdTaken", "failure_of_refusal", "refusal"]


class ClientIdTaken(OutcomeUnknown):
    """The venue already has an order of this client order id; until it is looked up nobody knows which."""


_ROWS: Final = {
    Failure.INSUFFICIENT_FUNDS: """
        INSUFFICIENT_FUND INSUFFICIENT_FUNDS INVALID_LEDGER_BALANCE INSUFFICIENT_LEDGER_BALANCE
        INSUFFICIENT_FUNDS_FOR_FUTURES REJECT_REASON_INSUFFICIENT_FUNDS HOLD_FAILURE""",
    # the venue's state is in the way, not the order: the same order may be taken later
    Failure.MAINTENANCE: """
        ORDER_ENTRY_DISABLED PRODUCT_TRADING_HALTED TRADING_DISABLED UNTRADABLE_PRODUCT NOT_ALLOWED_BY_MARKET_STATE
        MISSING_PRODUCT_PRICE_BOOK MISSING_COMMISSION_RATE INVALID_CANCEL_FCM_TRADING_SESSION""",
    # the account may not, whatever the terms
    Failure.FORBIDDEN: """
        GEOFENCING_RESTRICTION INELIGIBLE_PAIR BREACHED_RISK_LIMIT COMPLIANCE_PURCHASE_LIMIT_EXCEEDED
        TOO_MANY_OPEN_ORDERS NOT_ALLOWED_TO_CANCEL CALLER_ID_MISMATCH EXCEEDED_MAX_ALLOWED_EDIT_REQUEST_COUNT""",
    Failure.RATE_LIMIT: "RATE_LIMIT_EXCEEDED",
    Failure.INVALID_ORDER: """
        UNSUPPORTED_ORDER_CONFIGURATION INVALID_SIDE INVALID_PRODUCT_ID INVALID_SIZE_PRECISION INVALID_PRICE_PRECISION
        INVALID_LIMIT_PRICE_POST_ONLY INVALID_LIMIT_PRICE INVALID_NO_LIQUIDITY INVALID_REQUEST FOK_DISABLED
        POST_ONLY_NOT_ALLOWED_WITH_FOK END_TIME_TOO_FAR_IN_FUTURE LIMIT_PRICE_TOO_FAR_FROM_MARKET
        END_TIME_IS_IN_THE_PAST GTD_ORDERS_MUST_HAVE_END_TIME LIMIT_ORDER_PRICE_EXCEEDS_PRICE_BAND_ON_BUY
        LIMIT_ORDER_PRICE_EXCEEDS_PRICE_BAND_ON_SELL STOP_ALREADY_TRIGGERED
        INVALID_ORDER_CONFIG INVALID_COMMISSION_CONFIGURATION INVALID_STOP_PRICE INVALID_BASE_SIZE_TOO_LARGE
        INVALID_BASE_SIZE_TOO_SMALL INVALID_QUOTE_SIZE_PRECISION INVALID_QUOTE_SIZE_TOO_LARGE INVALID_PRICE_TOO_LARGE
        INVALID_QUOTE_SIZE_TOO_SMALL BREACHED_PRICE_LIMIT STOP_PRICE_ABOVE_LIMIT_PRICE STOP_PRICE_BELOW_LIMIT_PRICE
        STOP_PRICE_ABOVE_LAST_TRADE_PRICE STOP_PRICE_BELOW_LAST_TRADE_PRICE NON_NUMERIC_ORDER_SIZE INVALID_END_TIME
        INVALID_CANCEL_REQUEST INVALID_CANCEL_PRODUCT_ID
        CANNOT_EDIT_TO_BELOW_FILLED_SIZE ONLY_LIMIT_ORDER_EDITS_SUPPORTED INVALID_EDITED_SIZE INVALID_EDITED_PRICE
        INVALID_ORIGINAL_SIZE INVALID_ORIGINAL_PRICE EDIT_REQUEST_EQUAL_TO_ORIGINAL_REQUEST
        ONLY_OPEN_ORDERS_CAN_BE_EDITED SIZE_IN_QUOTE_EDITS_NOT_ALLOWED INSUFFICIENT_TIME_TO_EDIT""",
    # nothing working is there under that id: only the order itself says how it ended
    Failure.NOT_FOUND: "UNKNOWN_CANCEL_ORDER ORDER_IS_FULLY_FILLED ORDER_NOT_FOUND",
    # another request about the same order is under way and passes
    Failure.RETRYABLE: "ORDER_IS_BEING_REPLACED ORDER_IS_ALREADY_BEING_REPLACED CANNOT_EDIT_ORDER_PENDING_CANCEL",
    # something stands under this id already, so this no is not the whole truth
    Failure.AMBIGUOUS: "DUPLICATE_CLIENT_ORDER_ID DUPLICATE_CANCEL_REQUEST",
    # said without a cause; the zero values of the enumerations among them
    Failure.UNKNOWN: """
        COMMANDER_REJECTED_NEW_ORDER COMMANDER_REJECTED_CANCEL_ORDER COMMANDER_REJECTED_EDIT_ORDER
        UNKNOWN_FAILURE_REASON UNKNOWN_PREVIEW_FAILURE_REASON UNKNOWN_CANCEL_FAILURE_REASON
        UNKNOWN_EDIT_ORDER_FAILURE_REASON REJECT_REASON_UNSPECIFIED""",
}

REASONS: Final = {reason: failure for failure, reasons in _ROWS.items() for reason in reasons.split()}
"""Every documented reason, without ``PREVIEW_``, and its kind."""

_SILENT: Final = frozenset({"", "UNKNOWN_FAILURE_REASON", "UNKNOWN_PREVIEW_FAILURE_REASON"})
_TAKEN: Final = "DUPLICATE_CLIENT_ORDER_ID"


def failure_of_refusal(reason: str) -> Failure:
    """The kind of a refusal reason, ``PREVIEW_`` or not; a reason nobody knows is UNKNOWN and is not retried."""
    return REASONS.get(reason, REASONS.get(reason.removeprefix("PREVIEW_"), Failure.UNKNOWN))


def refusal(said: CreateRefusal | None) -> VenueError:
    """The error of a create answered ``success: false``. Any of three fields may hold the reason.

    A client order id that the venue already has is no refusal: an order may be live under it, so the outcome is unknown
    until it is looked up (``ClientIdTaken``).
    """
    said = said or CreateRefusal()
    reasons = [said.new_order_failure_reason or "", said.preview_failure_reason or "", said.error or ""]
    spoken = [reason for reason in reasons if reason not in _SILENT]
    if any(reason.removeprefix("PREVIEW_") == _TAKEN for reason in spoken):
        return ClientIdTaken("create_order: the venue already has an order of this client order id; look it up")
    # one field may say a word of next year where another says the same in a known one
    reason = next((reason for reason in spoken if failure_of_refusal(reason) is not Failure.UNKNOWN), "")
    reason = reason or (spoken[0] if spoken else "no reason given")
    text = f"create_order: refused: {quoted(reason)} {quoted(said.message or said.error_details or '')}"
    return VenueRejected(text, failure=failure_of_refusal(reason))
