"""What a product takes, in the venue's own words."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.venues.simulated.rig import BTC, START, bracket, limit

from trader247.model.instant import instant
from trader247.venues.simulated.book import Side
from trader247.venues.simulated.order_record import Kind, Terms
from trader247.venues.simulated.order_terms import (
    BadRequest,
    Refusal,
    plain_configuration,
    read_attached,
    read_terms,
)


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
        ({"limit_limit_fok": {"quote_size": "10", "limit_price": "1"}}, "PREVIEW_INVALID_ORDER_CONFIG"),
        ({"sor_limit_ioc": {"quote_size": "10.001", "limit_price": "1"}}, "PREVIEW_INVALID_QUOTE_SIZE_PRECISION"),
        ({"sor_limit_ioc": {"quote_size": "10", "limit_price": "0"}}, "PREVIEW_INVALID_ORDER_CONFIG"),
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


@pytest.mark.parametrize("side", ["BUY", "SELL"])
@pytest.mark.parametrize("kind", ["limit_limit_gtc", "sor_limit_ioc"])
def test_a_limit_order_sized_in_quote_is_the_base_size_that_buys_at_its_limit(side: str, kind: str) -> None:
    terms = read_terms(BTC, side, {kind: {"quote_size": "100", "limit_price": "30000.00"}}, START)
    assert isinstance(terms, Terms)
    assert (terms.base_size, terms.quote_size) == (Decimal("0.00333333"), None)


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


def stop_limit(**changed: object) -> dict[str, Any]:
    fields = {"base_size": "0.1", "limit_price": "62000", "stop_price": "61000"}
    return {"stop_limit_stop_limit_gtc": {**fields, "stop_direction": "STOP_DIRECTION_STOP_UP", **changed}}


def test_stops_and_brackets_are_read_whole() -> None:
    terms = read_terms(BTC, "BUY", stop_limit(), START)
    assert isinstance(terms, Terms)
    assert (terms.kind, terms.stop_price, terms.stop_upwards) == (Kind.STOP_GTC, Decimal(61_000), True)
    fields = {"base_size": "0.1", "limit_price": "65000", "stop_trigger_price": "55000"}
    dated = {"trigger_bracket_gtd": fields | {"end_time": "2026-09-27T11:00:00Z"}}
    terms = read_terms(BTC, "SELL", dated, START)
    assert isinstance(terms, Terms)
    assert (terms.kind, terms.stop_price, terms.stop_upwards) == (Kind.BRACKET_GTD, Decimal(55_000), False)
    assert terms.end_time == instant("2026-09-27T11:00:00Z")


@pytest.mark.parametrize(
    ("side", "configuration", "preview"),
    [
        ("BUY", stop_limit(stop_direction=""), "PREVIEW_INVALID_ORDER_CONFIG"),
        ("BUY", stop_limit(stop_direction=["STOP_DIRECTION_STOP_UP"]), "PREVIEW_INVALID_ORDER_CONFIG"),
        ("BUY", stop_limit(stop_price=""), "PREVIEW_INVALID_STOP_PRICE"),
        ("BUY", stop_limit(stop_price="0"), "PREVIEW_INVALID_STOP_PRICE"),
        ("BUY", stop_limit(stop_price="61000.001"), "PREVIEW_INVALID_PRICE_PRECISION"),
        ("BUY", stop_limit(stop_price="62000.01"), "PREVIEW_STOP_PRICE_ABOVE_LIMIT_PRICE"),
        ("SELL", stop_limit(stop_direction="STOP_DIRECTION_STOP_DOWN"), "PREVIEW_STOP_PRICE_BELOW_LIMIT_PRICE"),
        ("SELL", bracket("0.1", "55000", "55000"), "PREVIEW_STOP_PRICE_ABOVE_LIMIT_PRICE"),
        ("SELL", bracket("0.1", "55000", ""), "PREVIEW_INVALID_STOP_PRICE"),
        ("BUY", bracket("0.1", "65000", "55000"), "PREVIEW_INVALID_ORDER_CONFIG"),
        ("BUY", {"twap_limit_gtd": {"base_size": "1"}}, "PREVIEW_INVALID_ORDER_CONFIG"),
        ("BUY", {"scaled_limit_gtc": {"base_size": "1"}}, "PREVIEW_INVALID_ORDER_CONFIG"),
    ],
)
def test_what_cannot_be_a_stop_is_refused(side: str, configuration: object, preview: str) -> None:
    assert preview_of(side, configuration) == preview


def test_a_take_profit_stop_may_have_its_limit_on_either_side() -> None:
    for limit_price in ("62000", "60000"):
        assert isinstance(read_terms(BTC, "SELL", stop_limit(limit_price=limit_price), START), Terms)


def test_a_kind_that_is_no_spot_order_is_unsupported_and_a_post_only_fok_has_its_own_reason() -> None:
    for name in ("market_market_fok", "twap_limit_gtd", "scaled_limit_gtc"):
        refusal = read_terms(BTC, "BUY", {name: {"base_size": "1"}}, START)
        assert isinstance(refusal, Refusal)
        assert refusal.reason == "UNSUPPORTED_ORDER_CONFIGURATION"
    fields = {"base_size": "1", "limit_price": "100", "post_only": True}
    refusal = read_terms(BTC, "BUY", {"limit_limit_fok": fields}, START)
    assert isinstance(refusal, Refusal)
    assert refusal.reason == "POST_ONLY_NOT_ALLOWED_WITH_FOK"


def test_an_attached_order_is_a_bracket_of_a_buy_without_a_size() -> None:
    terms = read_attached(BTC, Side.BUY, bracket("", "65000", "55000"))
    assert isinstance(terms, Terms)
    assert (terms.kind, terms.side, terms.base_size) == (Kind.BRACKET_GTC, Side.SELL, Decimal(0))
    assert read_attached(BTC, Side.BUY, None) is None
    assert read_attached(BTC, Side.BUY, {}) is None
    assert isinstance(read_attached(BTC, Side.BUY, []), BadRequest)
    for side, sent in (
        (Side.SELL, bracket("", "65000", "55000")),
        (Side.BUY, bracket("1", "65000", "55000")),
        (Side.BUY, bracket("", "55000", "65000")),
        (Side.BUY, bracket("", "x", "1")),
        (Side.BUY, {"trigger_bracket_gtc": []}),
    ):
        assert isinstance(read_attached(BTC, side, sent), Refusal)


words = st.sampled_from(
    ["base_size", "quote_size", "limit_price", "post_only", "end_time", "stop_price", "stop_direction", *Kind, "x"]
)
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
    assert isinstance(read_attached(BTC, Side.BUY, configuration), Terms | Refusal | BadRequest | None)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"post_only": "true"}, ".post_only must be true or false, not 'true'"),
        ({"post_only": 1}, ".post_only must be true or false, not 1"),
        ({"note": "x" * 129}, ".note has more than 128 characters"),
        ({"x" * 129: 1}, "has more than 128 characters"),
        ({f"k{number}": number for number in range(40)}, "has 42 fields, more than 32"),
    ],
)
def test_what_no_order_can_mean_is_no_order(fields: dict[str, object], named: str) -> None:
    sent = {"limit_limit_gtc": {"base_size": "1", "limit_price": "100", **fields}}
    read = read_terms(BTC, "BUY", sent, START)
    assert isinstance(read, BadRequest)
    assert named in read.message


def test_fields_that_no_kind_knows_are_still_ignored_and_what_is_attached_is_read_as_strictly() -> None:
    sent = {"limit_limit_gtc": {"base_size": "1", "limit_price": "100", "post_only": None, "new_field": [1]}}
    assert isinstance(read_terms(BTC, "BUY", sent, START), Terms)
    attached = bracket("", "65000", "55000")
    attached["trigger_bracket_gtc"]["note"] = "x" * 129
    assert isinstance(read_attached(BTC, Side.BUY, attached), BadRequest)
