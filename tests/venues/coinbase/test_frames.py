"""Frames, as documented and as recorded, become quotes and reports or a fault, and nothing else comes out of them."""

import json
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.venues.coinbase.feed_samples import ack, frame, heartbeat, ticker, ticker_row, user, user_row
from tests.venues.coinbase.test_wire import spoiled
from tests.venues.coinbase.wire_samples import BTC, START, body, recorded

from trader247.model.instrument import Symbol
from trader247.model.order import OrderStatus, Side
from trader247.venues.coinbase.frames import acknowledged, envelope, quotes, reports, subscription
from trader247.venues.coinbase.numbers import WireFault

ETH_USDT = Symbol("ETH-USDT")
NAMES: dict[str, tuple[Symbol, ...]] = {"BTC-USD": (BTC,)}


def test_a_ticker_is_a_quote_at_the_envelopes_time() -> None:
    (quote,) = quotes(envelope(ticker(3)), START, NAMES)
    assert quote.symbol == "BTC-USD"
    assert (quote.bid, quote.ask, quote.last) == (Decimal("68923.66"), Decimal("68923.67"), Decimal("68923.67"))
    assert (quote.bid_size, quote.ask_size, quote.at) == (Decimal("0.41"), Decimal("0.05"), START)


@pytest.mark.parametrize("missing", ["best_bid", "best_ask", "price"])
@pytest.mark.parametrize("value", ["", None, "0"])
def test_a_ticker_without_both_sides_and_a_price_is_no_quote(missing: str, value: str | None) -> None:
    assert quotes(envelope(ticker(3, ticker_row(**{missing: value}))), START, NAMES) == []  # type: ignore[arg-type]


@pytest.mark.parametrize("changes", [{"best_bid": "NaN"}, {"best_ask": "-1"}, {"best_bid": "68924"}])
def test_an_impossible_ticker_is_a_fault(changes: dict[str, str]) -> None:
    with pytest.raises(WireFault):
        quotes(envelope(ticker(3, {**ticker_row(), **changes})), START, NAMES)


def test_a_user_order_is_reported_cumulative_and_in_our_words() -> None:
    row = user_row(cumulative_quantity="0.0004", leaves_quantity="0.0006", filled_value="24", total_fees="0.1")
    (report,) = reports(envelope(user(0, row, kind="snapshot")), START)
    assert (report.status, report.side) == (OrderStatus.PARTIAL_FILL, Side.BUY)
    assert (report.quantity, report.filled, report.filled_notional) == (
        Decimal("0.001"),
        Decimal("0.0004"),
        Decimal(24),
    )
    assert (report.limit_price, report.at, report.client_order_id) == (Decimal(60000), START, "0000-00000-000000")


@pytest.mark.fault("WS-13")
def test_a_last_word_that_zeroes_the_leaves_tells_no_size() -> None:
    row = user_row(status="CANCELLED", cumulative_quantity="0.0004", leaves_quantity="0", reject_reason="because")
    (report,) = reports(envelope(user(0, row)), START)
    assert (report.status, report.quantity, report.reason) == (OrderStatus.CANCELED, None, "because")


@pytest.mark.fault("RA-17")
def test_an_unknown_status_is_unknown_and_other_markets_are_left_out() -> None:
    found = reports(
        envelope(user(0, user_row(status="NEW_WORD"), user_row(product_type="FUTURE", product_id="X"))), START
    )
    assert [one.status for one in found] == [OrderStatus.UNKNOWN]


def test_older_frames_without_value_and_price_are_understood() -> None:
    row = {
        "order_id": "1",
        "product_id": "BTC-USD",
        "order_side": "SELL",
        "status": "FILLED",
        "cumulative_quantity": "2",
        "avg_price": "10",
        "reject_Reason": "odd",
    }
    (report,) = reports(envelope(user(0, row)), START)
    assert (report.filled_notional, report.limit_price, report.reason) == (Decimal(20), None, "odd")


def test_a_subscription_names_its_products_and_carries_its_token() -> None:
    assert json.loads(subscription("user", (), "token")) == {"type": "subscribe", "channel": "user", "jwt": "token"}
    named = json.loads(subscription("ticker", (BTC,), None))
    assert named == {"type": "subscribe", "channel": "ticker", "product_ids": ["BTC-USD"]}


def test_an_acknowledgement_lists_everything_subscribed() -> None:
    assert acknowledged(envelope(ack(1))) == {"ticker": ("BTC-USD",), "heartbeats": ("heartbeats",)}
    assert acknowledged(envelope(ack(1, {}))) == {}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"channel":"ticker"}', '{"sequence_num":1}', b"\xff", "[" * 50_000])
def test_a_frame_without_its_frame_is_a_fault(text: str | bytes) -> None:
    with pytest.raises(WireFault):
        envelope(text)
    assert envelope('{"type":"error","message":"authentication failure"}').message == "authentication failure"


SAMPLES = [
    json.loads(text)
    for text in (ticker(1), user(1, user_row(filled_value="")), ack(1), heartbeat(1), frame("new", 1, [{}]))
]


@pytest.mark.parametrize("at", range(len(SAMPLES)))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_spoiled_frame_decodes_or_is_a_wire_fault(at: int, data: st.DataObject) -> None:
    text = data.draw(spoiled(SAMPLES[at]))
    for read in (acknowledged, lambda found: quotes(found, START, NAMES), lambda found: reports(found, START)):
        try:
            read(envelope(text))
        except WireFault:
            continue


@pytest.mark.parametrize(
    "name",
    [
        "ws_ticker/nautilus_ws_ticker.json",
        "ws_user/nautilus_ws_user.json",
        "ws_user/fastmm_user_envelopes.json",
        "ws_subscriptions/nautilus_ws_subscriptions.json",
        "ws_heartbeats/captured_2026-09-07.json",
        "ws_heartbeats/nautilus_ws_heartbeats.json",
        "ws_level2/nautilus_ws_l2_data_update.json",
    ],
)
def test_recorded_frames_decode(name: str) -> None:
    found = recorded(name)
    for one in found if isinstance(found, list) else [found]:
        read = envelope(body(one))
        if read.channel == "ticker":
            assert quotes(read, START, {ETH_USDT: (ETH_USDT,), **NAMES})
        elif read.channel == "user":
            assert len(reports(read, START)) == len(one["events"][0]["orders"])
        elif read.channel == "subscriptions":
            assert acknowledged(read)
        else:
            assert read.channel or read.type == "error"
