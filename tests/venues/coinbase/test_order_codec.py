"""Orders and fills mean what the venue means, requests say what the intent says, and nothing is guessed."""

import json
from decimal import Decimal

import pytest
from attrs import evolve
from tests.venues.coinbase.wire_samples import body, fill_row, intent, order_row, recorded

from trader247.model.ids import VenueOrderId
from trader247.model.instant import instant
from trader247.model.money import Price
from trader247.model.order import Liquidity, OrderStatus, Side, Style
from trader247.model.venue import CancelAnswer
from trader247.venues.coinbase import order_codec
from trader247.venues.coinbase.numbers import WireFault


def test_an_order_is_reported_in_our_words() -> None:
    report = order_codec.order_body(
        body({"order": order_row(filled_size="0.0004", filled_value="24", total_fees="0.1")})
    )
    assert report.status is OrderStatus.PARTIAL_FILL
    assert (report.side, report.symbol, report.client_order_id) == (Side.BUY, "BTC-USD", "0000-00000-000000")
    assert (report.filled, report.filled_notional, report.fees) == (Decimal("0.0004"), Decimal(24), Decimal("0.1"))
    assert (report.quantity, report.limit_price) == (Decimal("0.001"), Decimal("60000.00"))
    assert report.at == instant("2026-09-27T10:15:31.5Z")
    assert report.created_at == instant("2026-09-27T10:15:30.123456Z")
    assert report.reason == ""


def test_a_buy_by_amount_has_no_quantity_and_its_message_is_no_failure() -> None:
    row = order_row(
        order_configuration={"market_market_ioc": {"quote_size": "6.36"}},
        status="FILLED",
        filled_size="0.000297920684505",
        average_filled_price="21220.6399999973697697",
        number_of_fills="2",
        filled_value="6.3220675944333996",
        total_fees="0.0379324055666004",
        cancel_message="Internal error",
    )
    report = order_codec.order_body(body({"order": row}))
    assert report.status is OrderStatus.FILLED
    assert (report.quantity, report.limit_price, report.fill_count) == (None, None, 2)
    assert report.filled_notional == Decimal("6.3220675944333996")


def test_a_missing_filled_value_is_made_from_the_average_price() -> None:
    row = order_row(filled_size="2", average_filled_price="10", filled_value="")
    assert order_codec.order_body(body({"order": row})).filled_notional == 20


@pytest.mark.parametrize(
    "changes",
    [
        {"filled_size": "NaN"},
        {"filled_size": "-1"},
        {"filled_size": ""},
        {"side": "SHORT"},
        {"product_id": "?"},
        {"order_id": ""},
        {"created_time": "yesterday"},
        {"created_time": None, "last_update_time": None},
        {"total_fees": "Infinity"},
        {"number_of_fills": "1.5"},
        {"order_configuration": {"limit_limit_gtc": {"base_size": "1_000"}}},
    ],
)
def test_one_unreadable_order_condemns_its_listing(changes: dict[str, object]) -> None:
    with pytest.raises(WireFault):
        order_codec.order_page(body({"orders": [order_row(), order_row(**changes)], "has_next": False}))


def test_orders_of_other_markets_are_not_of_this_book() -> None:
    rows = [order_row(), order_row(order_id="2", product_id="BIT-28JUN24-CDE", product_type="FUTURE")]
    found, cursor = order_codec.order_page(body({"orders": rows, "sequence": "0", "has_next": True, "cursor": "c"}))
    assert [one.venue_order_id for one in found] == ["11111111-0000-0000-0000-000000000000"]
    assert cursor == "c"


def test_a_fill_keeps_its_exact_commission_and_time() -> None:
    (fill,), cursor = order_codec.fill_page(body({"fills": [fill_row()], "cursor": "789100"}))
    assert (fill.price, fill.quantity, fill.fee) == (Decimal("68923.67"), Decimal("0.0002"), Decimal("0.165416808"))
    assert fill.at == instant("2026-09-27T10:15:31.234567891Z")
    assert fill.liquidity is Liquidity.TAKER
    assert cursor == "789100"


def test_a_fill_sized_in_the_quote_currency_is_converted() -> None:
    (fill,), _ = order_codec.fill_page(
        body({"fills": [fill_row(size_in_quote=True, size="137.84734", price="68923.67")]})
    )
    assert fill.quantity == Decimal("137.84734") / Decimal("68923.67") == Decimal("0.002")


def test_ledger_adjustments_are_no_fills_and_an_empty_page_is_the_last() -> None:
    found, _ = order_codec.fill_page(body({"fills": [fill_row(trade_type="REVERSAL"), fill_row()], "cursor": ""}))
    assert len(found) == 1
    assert order_codec.fill_page(body({"fills": [], "cursor": "again"})) == ((), "")


@pytest.mark.parametrize(
    "changes", [{"price": "0"}, {"size": "0"}, {"entry_id": ""}, {"commission": "-1"}, {"side": ""}]
)
def test_an_impossible_fill_is_a_fault(changes: dict[str, str]) -> None:
    with pytest.raises(WireFault):
        order_codec.fill_page(body({"fills": [fill_row(**changes)], "cursor": ""}))


def test_an_unknown_liquidity_word_is_unknown() -> None:
    (fill,), _ = order_codec.fill_page(body({"fills": [fill_row(liquidity_indicator="NEW_WORD")]}))
    assert fill.liquidity is Liquidity.UNKNOWN


def test_a_post_only_intent_is_a_resting_limit_and_its_numbers_have_no_exponent() -> None:
    assert json.loads(order_codec.create_request(intent())) == {
        "client_order_id": intent().client_order_id,
        "product_id": "BTC-USD",
        "side": "BUY",
        "order_configuration": {
            "limit_limit_gtc": {"base_size": "0.00000001", "limit_price": "60000", "post_only": True}
        },
    }


def test_a_taker_intent_is_an_immediate_limit() -> None:
    sent = json.loads(order_codec.create_request(intent(Style.TAKER_IOC, "1E+1", "0.5")))
    assert sent["order_configuration"] == {"sor_limit_ioc": {"base_size": "10", "limit_price": "0.5"}}


@pytest.mark.req("R3")
def test_an_order_that_protects_says_its_stop_in_the_venues_two_ways() -> None:
    stop = evolve(intent(Style.STOP_LIMIT, "0.5", "55000"), side=Side.SELL, stop_price=Price(Decimal("57000.00")))
    assert json.loads(order_codec.create_request(stop))["order_configuration"] == {
        "stop_limit_stop_limit_gtc": {
            "base_size": "0.5",
            "limit_price": "55000",
            "stop_price": "57000",
            "stop_direction": "STOP_DIRECTION_STOP_DOWN",
        }
    }
    bracket = evolve(stop, style=Style.BRACKET, limit_price=Price(Decimal(66000)))
    assert json.loads(order_codec.create_request(bracket))["order_configuration"] == {
        "trigger_bracket_gtc": {"base_size": "0.5", "limit_price": "66000", "stop_trigger_price": "57000"}
    }


@pytest.mark.req("R3")
def test_an_order_that_protects_without_a_stop_is_never_written() -> None:
    with pytest.raises(ValueError, match="without a stop price"):
        order_codec.create_request(intent(Style.BRACKET))


@pytest.mark.req("R3")
@pytest.mark.parametrize("style", [Style.STOP_LIMIT, Style.BRACKET, Style.TAKER_IOC])
def test_what_was_sent_is_read_back_with_its_style_and_its_stop(style: Style) -> None:
    sent = evolve(intent(style, "0.5", "66000"), side=Side.SELL, stop_price=Price(Decimal(57000)))
    row = order_row(order_configuration=json.loads(order_codec.create_request(sent))["order_configuration"])
    found = order_codec.order_body(body({"order": row}))
    stop = sent.stop_price if sent.protects else None
    assert (found.style, found.stop_price, found.limit_price, found.quantity) == (
        style,
        stop,
        sent.limit_price,
        sent.quantity,
    )


def test_a_kind_of_order_we_never_send_has_no_style() -> None:
    row = order_row(order_configuration={"limit_limit_gtd": {"base_size": "1", "limit_price": "2"}})
    assert order_codec.order_body(body({"order": row})).style is None


A, B, C = VenueOrderId("a"), VenueOrderId("b"), VenueOrderId("c")


def test_cancel_answers_are_matched_by_id_and_an_order_passed_over_is_not_accepted() -> None:
    rows = [
        {"success": False, "failure_reason": "UNKNOWN_CANCEL_ORDER", "order_id": "b"},
        {"success": True, "failure_reason": "UNKNOWN_CANCEL_FAILURE_REASON", "order_id": "a"},
        {"success": True, "failure_reason": "", "order_id": "somebody else's"},
    ]
    assert order_codec.cancel_answers(body({"results": rows}), [A, B, C]) == (
        CancelAnswer(A, accepted=True),
        CancelAnswer(B, accepted=False, reason="UNKNOWN_CANCEL_ORDER"),
        CancelAnswer(C, accepted=False, reason="NO_ANSWER"),
    )
    assert json.loads(order_codec.cancel_request([A, B])) == {"order_ids": ["a", "b"]}


def test_recorded_orders_fills_and_replies_decode() -> None:
    orders, _ = order_codec.order_page(body(recorded("rest_orders/nautilus_http_orders_list.json")))
    assert orders
    assert order_codec.order_body(body(recorded("rest_orders/nautilus_http_order.json"))).symbol == "BTC-USD"
    fills, _ = order_codec.fill_page(body(recorded("rest_fills/nautilus_http_fills.json")))
    assert [fill.liquidity for fill in fills] == [Liquidity.MAKER, Liquidity.TAKER]
    live, cursor = order_codec.fill_page(body(recorded("rest_fills/ccxt_fill_live.json")))
    assert (live[0].fee, cursor) == (Decimal("0.03136"), "114994851")
    shapes = recorded("rest_orders/fastmm_reply_shapes.json")
    assert order_codec.order_page(body(shapes["orders_empty_live_2026-09-30"])) == ((), "")
    assert order_codec.create_answer(body(shapes["create_ok"])).success
    assert not order_codec.create_answer(body(shapes["create_post_only_would_cross"])).success
    assert [
        one.accepted
        for one in order_codec.cancel_answers(body(shapes["cancel_mixed"]), [VenueOrderId("o-1"), VenueOrderId("o-2")])
    ] == [True, False]
    both = recorded("rest_orders/jkorf_PlaceOrder.json")["response"]
    assert order_codec.create_answer(body(both)).success
