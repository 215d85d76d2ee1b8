"""Bodies mutated at random decode or fail by the one declared fault: nothing else ever comes out of a decoder."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.venues.coinbase.wire_samples import BTC, account_row, body, fill_row, order_row, product_row

from trader247.model.ids import VenueOrderId
from trader247.venues.coinbase import codec, order_codec
from trader247.venues.coinbase.numbers import WireFault

PRICEBOOK = {
    "product_id": "BTC-USD",
    "bids": [{"price": "1", "size": "2"}],
    "asks": [{"price": "2", "size": "2"}],
    "time": "2026-09-27T10:15:30Z",
}
CANDLE = {"start": "1790504100", "low": "1", "high": "4", "open": "2", "close": "3", "volume": "3.21"}
REFUSAL = {"error": "INSUFFICIENT_FUND", "message": "m", "preview_failure_reason": "PREVIEW_INSUFFICIENT_FUND"}

CASES: dict[str, tuple[Any, Callable[[bytes], Any]]] = {
    "time": ({"iso": "2026-09-27T10:15:30Z", "epochMillis": "1790504130123"}, codec.server_time),
    "products": ({"products": [product_row()]}, codec.products),
    "pricebooks": ({"pricebooks": [PRICEBOOK]}, lambda found: codec.pricebooks(found, {})),
    "pricebook": ({"pricebook": PRICEBOOK, "last": "1"}, codec.pricebook),
    "candles": ({"candles": [CANDLE]}, lambda found: codec.candles(found, BTC, 60)),
    "accounts": ({"accounts": [account_row("USD", "1")], "has_next": True, "cursor": "c"}, codec.account_page),
    "fees": ({"fee_tier": {"taker_fee_rate": "0.1", "maker_fee_rate": "0.1", "pricing_tier": ""}}, codec.fee_rates),
    "permissions": ({"can_view": True, "can_trade": True, "can_transfer": False}, codec.permissions),
    "orders": ({"orders": [order_row()], "has_next": True, "cursor": "c"}, order_codec.order_page),
    "order": ({"order": order_row(filled_size="1", filled_value="")}, order_codec.order_body),
    "fills": ({"fills": [fill_row(size_in_quote=True)], "cursor": "c"}, order_codec.fill_page),
    "create": ({"success": False, "success_response": {}, "error_response": REFUSAL}, order_codec.create_answer),
    "cancel": (
        {"results": [{"order_id": "a", "success": True, "failure_reason": ""}]},
        lambda found: order_codec.cancel_answers(found, [VenueOrderId("a")]),
    ),
}

NASTY: st.SearchStrategy[Any] = st.sampled_from(
    [
        "NaN",
        "Infinity",
        "-Infinity",
        "-1",
        "1_000",
        " 1",
        "1e999",
        "1e-999",
        "",
        "0",
        None,
        True,
        False,
        -1,
        1e308,
        0,
        [],
        {},
        [None],
        "9" * 5000,
        "\u0000",
        "٣",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "A-B",
        2**70,
    ]
)


def mutated(value: Any, draw: st.DrawFn) -> Any:
    """One place of a JSON value, chosen anywhere in it, replaced or removed."""
    if isinstance(value, dict) and value and draw(st.integers(0, 9)):
        name = draw(st.sampled_from(sorted(value)))
        if draw(st.integers(0, 4)) == 0:
            return {key: one for key, one in value.items() if key != name}
        return {**value, name: mutated(value[name], draw)}
    if isinstance(value, list) and value and draw(st.integers(0, 9)):
        at = draw(st.integers(0, len(value) - 1))
        return [*value[:at], mutated(value[at], draw), *value[at + 1 :]]
    return draw(NASTY | st.text(max_size=20))


@st.composite
def spoiled(draw: st.DrawFn, sample: Any) -> bytes:
    text = json.dumps(mutated(sample, draw)).encode()
    if draw(st.booleans()):
        return text
    at = draw(st.integers(0, len(text)))
    return text[:at] + draw(st.binary(max_size=4)) + text[at + draw(st.integers(0, 4)) :]


@pytest.mark.parametrize("case", CASES)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_spoiled_body_decodes_or_is_a_wire_fault(case: str, data: st.DataObject) -> None:
    sample, decode = CASES[case]
    decode(body(sample))
    shown = ""
    try:
        decode(data.draw(spoiled(sample)))
    except WireFault as fault:
        shown = str(fault)
    assert len(shown) < 500
