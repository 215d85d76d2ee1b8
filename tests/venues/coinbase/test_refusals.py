"""Every refusal reason the venue documents has one kind, and a reason nobody knows is a definite no of no known kind."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trader247.errors import Failure, OutcomeUnknown, VenueRejected
from trader247.venues.coinbase.refusals import REASONS, ClientIdTaken, failure_of_refusal, refusal
from trader247.venues.coinbase.wire import CreateRefusal

# as the venue's documents list them, field by field
NEW_ORDER = """
    UNKNOWN_FAILURE_REASON UNSUPPORTED_ORDER_CONFIGURATION INVALID_SIDE INVALID_PRODUCT_ID INVALID_SIZE_PRECISION
    INVALID_PRICE_PRECISION INSUFFICIENT_FUND INVALID_LEDGER_BALANCE ORDER_ENTRY_DISABLED INELIGIBLE_PAIR
    INVALID_LIMIT_PRICE_POST_ONLY INVALID_LIMIT_PRICE INVALID_NO_LIQUIDITY INVALID_REQUEST COMMANDER_REJECTED_NEW_ORDER
    INSUFFICIENT_FUNDS UNTRADABLE_PRODUCT GEOFENCING_RESTRICTION FOK_DISABLED POST_ONLY_NOT_ALLOWED_WITH_FOK
    END_TIME_TOO_FAR_IN_FUTURE LIMIT_PRICE_TOO_FAR_FROM_MARKET END_TIME_IS_IN_THE_PAST GTD_ORDERS_MUST_HAVE_END_TIME
    LIMIT_ORDER_PRICE_EXCEEDS_PRICE_BAND_ON_BUY LIMIT_ORDER_PRICE_EXCEEDS_PRICE_BAND_ON_SELL STOP_ALREADY_TRIGGERED
    PRODUCT_TRADING_HALTED TRADING_DISABLED BREACHED_RISK_LIMIT DUPLICATE_CLIENT_ORDER_ID"""
PREVIEW = """
    MISSING_COMMISSION_RATE INVALID_SIDE INVALID_ORDER_CONFIG INVALID_PRODUCT_ID INVALID_SIZE_PRECISION
    INVALID_PRICE_PRECISION MISSING_PRODUCT_PRICE_BOOK INVALID_LEDGER_BALANCE INSUFFICIENT_LEDGER_BALANCE
    INVALID_LIMIT_PRICE_POST_ONLY INVALID_LIMIT_PRICE INVALID_NO_LIQUIDITY INSUFFICIENT_FUND
    INVALID_COMMISSION_CONFIGURATION INVALID_STOP_PRICE INVALID_BASE_SIZE_TOO_LARGE INVALID_BASE_SIZE_TOO_SMALL
    INVALID_QUOTE_SIZE_PRECISION INVALID_QUOTE_SIZE_TOO_LARGE INVALID_PRICE_TOO_LARGE INVALID_QUOTE_SIZE_TOO_SMALL
    INSUFFICIENT_FUNDS_FOR_FUTURES BREACHED_PRICE_LIMIT STOP_PRICE_ABOVE_LIMIT_PRICE STOP_PRICE_BELOW_LIMIT_PRICE
    STOP_PRICE_ABOVE_LAST_TRADE_PRICE STOP_PRICE_BELOW_LAST_TRADE_PRICE NON_NUMERIC_ORDER_SIZE
    NOT_ALLOWED_BY_MARKET_STATE COMPLIANCE_PURCHASE_LIMIT_EXCEEDED INVALID_END_TIME"""
REJECT = """
    REJECT_REASON_UNSPECIFIED HOLD_FAILURE TOO_MANY_OPEN_ORDERS REJECT_REASON_INSUFFICIENT_FUNDS RATE_LIMIT_EXCEEDED"""
CANCEL = """
    UNKNOWN_CANCEL_FAILURE_REASON INVALID_CANCEL_REQUEST UNKNOWN_CANCEL_ORDER COMMANDER_REJECTED_CANCEL_ORDER
    DUPLICATE_CANCEL_REQUEST INVALID_CANCEL_PRODUCT_ID INVALID_CANCEL_FCM_TRADING_SESSION NOT_ALLOWED_TO_CANCEL
    ORDER_IS_FULLY_FILLED ORDER_IS_BEING_REPLACED"""
EDIT = """
    UNKNOWN_EDIT_ORDER_FAILURE_REASON COMMANDER_REJECTED_EDIT_ORDER CANNOT_EDIT_TO_BELOW_FILLED_SIZE ORDER_NOT_FOUND
    CALLER_ID_MISMATCH ONLY_LIMIT_ORDER_EDITS_SUPPORTED INVALID_EDITED_SIZE INVALID_EDITED_PRICE INVALID_ORIGINAL_SIZE
    INVALID_ORIGINAL_PRICE EDIT_REQUEST_EQUAL_TO_ORIGINAL_REQUEST ONLY_OPEN_ORDERS_CAN_BE_EDITED
    SIZE_IN_QUOTE_EDITS_NOT_ALLOWED ORDER_IS_ALREADY_BEING_REPLACED CANNOT_EDIT_ORDER_PENDING_CANCEL
    INSUFFICIENT_TIME_TO_EDIT EXCEEDED_MAX_ALLOWED_EDIT_REQUEST_COUNT"""

FUNDS, TERMS, STATE, BARRED = (
    Failure.INSUFFICIENT_FUNDS,
    Failure.INVALID_ORDER,
    Failure.MAINTENANCE,
    Failure.FORBIDDEN,
)
OTHER_THAN_TERMS = {
    **dict.fromkeys(
        """INSUFFICIENT_FUND INSUFFICIENT_FUNDS INVALID_LEDGER_BALANCE INSUFFICIENT_LEDGER_BALANCE HOLD_FAILURE
        INSUFFICIENT_FUNDS_FOR_FUTURES REJECT_REASON_INSUFFICIENT_FUNDS""".split(),
        FUNDS,
    ),
    **dict.fromkeys(
        """ORDER_ENTRY_DISABLED UNTRADABLE_PRODUCT PRODUCT_TRADING_HALTED TRADING_DISABLED MISSING_COMMISSION_RATE
        MISSING_PRODUCT_PRICE_BOOK NOT_ALLOWED_BY_MARKET_STATE INVALID_CANCEL_FCM_TRADING_SESSION""".split(),
        STATE,
    ),
    **dict.fromkeys(
        """INELIGIBLE_PAIR GEOFENCING_RESTRICTION BREACHED_RISK_LIMIT COMPLIANCE_PURCHASE_LIMIT_EXCEEDED
        TOO_MANY_OPEN_ORDERS NOT_ALLOWED_TO_CANCEL CALLER_ID_MISMATCH
        EXCEEDED_MAX_ALLOWED_EDIT_REQUEST_COUNT""".split(),
        BARRED,
    ),
    **dict.fromkeys("UNKNOWN_CANCEL_ORDER ORDER_IS_FULLY_FILLED ORDER_NOT_FOUND".split(), Failure.NOT_FOUND),
    **dict.fromkeys(
        "ORDER_IS_BEING_REPLACED ORDER_IS_ALREADY_BEING_REPLACED CANNOT_EDIT_ORDER_PENDING_CANCEL".split(),
        Failure.RETRYABLE,
    ),
    **dict.fromkeys("DUPLICATE_CLIENT_ORDER_ID DUPLICATE_CANCEL_REQUEST".split(), Failure.AMBIGUOUS),
    "RATE_LIMIT_EXCEEDED": Failure.RATE_LIMIT,
    "REJECT_REASON_UNSPECIFIED": Failure.UNKNOWN,
}
PREFIXED = [f"PREVIEW_{reason}" for reason in PREVIEW.split()]
DOCUMENTED = list(dict.fromkeys([*(NEW_ORDER + REJECT + CANCEL + EDIT).split(), *PREFIXED]))


def expected(reason: str) -> Failure:
    bare = reason.removeprefix("PREVIEW_")
    without_cause = bare.startswith(("UNKNOWN_", "COMMANDER_")) and bare != "UNKNOWN_CANCEL_ORDER"
    return Failure.UNKNOWN if without_cause else OTHER_THAN_TERMS.get(bare, TERMS)


@pytest.mark.parametrize("reason", DOCUMENTED)
@pytest.mark.req("FC1")
def test_a_documented_reason_has_its_kind(reason: str) -> None:
    assert failure_of_refusal(reason) is expected(reason)
    assert reason.removeprefix("PREVIEW_") in REASONS


def test_no_row_stands_for_a_reason_that_nobody_documents() -> None:
    known = {reason.removeprefix("PREVIEW_") for reason in DOCUMENTED}
    assert REASONS.keys() - known == {"UNKNOWN_PREVIEW_FAILURE_REASON"}


@settings(deadline=None)
@given(st.text(max_size=60).filter(lambda text: text.removeprefix("PREVIEW_") not in REASONS))
@pytest.mark.req("FC1")
def test_a_reason_of_next_year_is_a_definite_no_of_no_known_kind(reason: str) -> None:
    assert failure_of_refusal(reason) is Failure.UNKNOWN
    found = refusal(CreateRefusal(error=reason))
    assert (type(found), found.failure) == (VenueRejected, Failure.UNKNOWN)
    assert len(str(found)) < 400


SILENT = {
    "error": "UNKNOWN_FAILURE_REASON",
    "preview_failure_reason": "UNKNOWN_PREVIEW_FAILURE_REASON",
    "new_order_failure_reason": "UNKNOWN_FAILURE_REASON",
}


@pytest.mark.parametrize("field", SILENT)
def test_any_of_the_three_fields_may_hold_the_reason(field: str) -> None:
    found = refusal(CreateRefusal(**{**SILENT, field: "INVALID_PRICE_PRECISION"}))
    assert (type(found), found.failure) == (VenueRejected, Failure.INVALID_ORDER)


def test_a_word_that_is_known_is_believed_before_one_that_is_not() -> None:
    said = CreateRefusal(error="NEW_WORD", preview_failure_reason="PREVIEW_INSUFFICIENT_FUND")
    assert refusal(said).failure is Failure.INSUFFICIENT_FUNDS


def test_a_refusal_without_a_reason_is_still_a_definite_no() -> None:
    for said in (None, CreateRefusal(error="UNKNOWN_FAILURE_REASON")):
        found = refusal(said)
        assert (type(found), found.failure) == (VenueRejected, Failure.UNKNOWN)


@pytest.mark.parametrize("field", SILENT)
@pytest.mark.req("OM2")
def test_a_client_order_id_already_there_is_looked_up_not_taken_for_a_no(field: str) -> None:
    found = refusal(CreateRefusal(**{**SILENT, field: "DUPLICATE_CLIENT_ORDER_ID"}))
    assert type(found) is ClientIdTaken
    assert isinstance(found, OutcomeUnknown)
