"""What a product takes, in the venue's own words."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.venues.simulated.rig import BTC, START, limit

from trader247.venues.simulated.order_record import Kind, Terms
from trader247.venues.simulated.order_terms import BadRequest, Refusal, plain_configuration, read_terms


def preview_of(side: str, configuration: object) -> str:
    refusal = read_terms(BTC, side, configuration, START)
    assert isinstance(refusal, Refusal), refusal
    return refusal.preview


def test_a_post_only_limit_order_is_read_whole() -> None:
    terms = read_terms(BTC, "BUY", limit("0.001", "60000.00", post_only=True), START)
    assert isinstance(terms, Terms)
    assert (terms.kind, terms.post_only, str(terms.limit_price)) == (Kind.LIMIT_GTC, True, "60000.00")


@pytest.mark.parametrize(
    ("configuration", "preview"),
    [
        (limit("0.001", "60000.001"), "PREVIEW_INVALID_PRICE_PRECISION"),
        (limit("0.000000001", "60000"), "PREVIEW_INVALID_SIZE_PRECISION"),
        (limit("0.00001", "60000"), "PREVIEW_INVALID_QUOTE_SIZE_TOO_SMALL"),
        (limit("3401", "60000"), "PREVIEW_INVALID_BASE_SIZE_TOO_LARGE"),
        (limit("3400", "60000"), "PREVIEW_INVALID_QUOTE_SIZE_TOO_LARGE"),
        (limit("0", "60000"), "PREVIEW_INVALID_BASE_SIZE_TOO_SMALL"),
        (limit("1", "0"), "PREVIEW_INVALID_LIMIT_PRICE"),
        (limit("1E-3", "60000"), "PREVIEW_NON_NUMERIC_ORDER_SIZE"),
        (limit("-1", "60000"), "PREVIEW_NON_NUMERIC_ORDER_SIZE"),
        (limit("NaN", "60000"), "PREVIEW_NON_NUMERIC_ORDER_SIZE"),
        ({"market_market_ioc": {"quote_size": "10.001"}}, "PREVIEW_INVALID_QUOTE_SIZE_PRECISION"),
        ({"market_market_ioc": {"quote_size": "0.99"}}, "PREVIEW_INVALID_QUOTE_SIZE_TOO_SMALL"),
        ({"market_market_ioc": {}}, "PREVIEW_INVALID_ORDER_CONFIG"),
        ({"market_market_ioc": {"quote_size": "10", "base_size": "1"}}, "PREVIEW_INVALID_ORDER_CONFIG"),
        ({"limit_limit_gtc": {"base_size": "1"}}, "PREVIEW_INVALID_LIMIT_PRICE"),
        ({"limit_limit_gtd": {"base_size": "1", "limit_price": "1"}}, "PREVIEW_INVALID_END_TIME"),
        ({"market_market_fok": {"base_size": "1"}}, "PREVIEW_INVALID_ORDER_CONFIG"),
        ({"sor_limit_ioc": {"quote_size": "10", "limit_price": "1"}}, "PREVIEW_INVALID_ORDER_CONFIG"),
    ],
)
def test_what_the_product_does_not_allow_is_refused_and_never_rounded(configuration: object, preview: str) -> None:
    assert preview_of("BUY", configuration) == preview


@pytest.mark.parametrize(
    ("end_time", "reason"),
    [
        ("2026-09-27T09:59:59Z", "END_TIME_IS_IN_THE_PAST"),
        ("2029-09-27T10:00:00Z", "END_TIME_TOO_FAR_IN_FUTURE"),
        ("tomorrow", "INVALID_REQUEST"),
    ],
)
def test_an_end_time_has_to_be_a_near_future(end_time: str, reason: str) -> None:
    fields = {"base_size": "1", "limit_price": "100", "end_time": end_time}
    refusal = read_terms(BTC, "BUY", {"limit_limit_gtd": fields}, START)
    assert isinstance(refusal, Refusal)
    assert refusal.reason == reason


def test_a_sell_by_quote_size_is_not_supported() -> None:
    assert preview_of("SELL", {"market_market_ioc": {"quote_size": "10"}}) == "PREVIEW_INVALID_ORDER_CONFIG"
    assert preview_of("buy", limit("1", "1")) == "PREVIEW_INVALID_SIDE"


@pytest.mark.parametrize("configuration", [None, [], {}, {"a": {}, "b": {}}, {"limit_limit_gtc": None}])
def test_a_shape_that_is_no_configuration_is_a_bad_request(configuration: object) -> None:
    assert isinstance(read_terms(BTC, "BUY", configuration, START), BadRequest)


def test_nothing_nested_is_kept_of_a_configuration() -> None:
    sent = {"limit_limit_gtc": {"base_size": "1", "deep": {"x": {}}, "list": [1]}, "other": 7}
    assert plain_configuration(sent) == {"limit_limit_gtc": {"base_size": "1"}}
    assert plain_configuration([]) == {}


words = st.sampled_from(["base_size", "quote_size", "limit_price", "post_only", "end_time", *Kind, "x"])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["1", "0.1", "60000", "1e5"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)


@given(values, st.dictionaries(words, values, max_size=2))
@settings(deadline=None)
def test_no_json_whatever_breaks_the_reader(side: Any, configuration: Any) -> None:
    assert isinstance(read_terms(BTC, side, configuration, START), Terms | Refusal | BadRequest)
    assert isinstance(read_terms(BTC, "BUY", configuration, START), Terms | Refusal | BadRequest)
