"""Order entry over REST."""

from typing import Any

import pytest
from tests.venues.simulated.rig import Client, at, bracket, exchange_on, limit, printed, quote, stop

from trader247.model.instant import SECOND
from trader247.venues.simulated.delays import Delays
from trader247.venues.simulated.products import TradingFlags

_CONFIG = "PREVIEW_INVALID_ORDER_CONFIG"


@pytest.fixture
def client() -> Client:
    return Client(exchange_on())


def test_an_accepted_order_has_no_error_and_echoes_its_terms(client: Client) -> None:
    answer = client.create("mine-1", "BUY", limit("0.0010", "50000.00", post_only=True))
    assert answer["success"] is True
    assert "error_response" not in answer
    assert answer["success_response"]["client_order_id"] == "mine-1"
    assert answer["order_configuration"]["limit_limit_gtc"] == {
        "base_size": "0.0010",
        "limit_price": "50000.00",
        "post_only": True,
        "rfq_disabled": False,
        "reduce_only": False,
    }


def test_a_refused_order_is_http_200_with_all_three_reasons(client: Client) -> None:
    answer = client.create("mine-1", "BUY", limit("100", "50000"))
    assert answer["success"] is False
    assert answer["error_response"] == {
        "error": "INSUFFICIENT_FUND",
        "message": "Insufficient balance in source account",
        "error_details": "",
        "preview_failure_reason": "PREVIEW_INSUFFICIENT_FUND",
        "new_order_failure_reason": "INSUFFICIENT_FUND",
    }
    assert client.create("mine-1", "BUY", limit("0.1", "50000"))["success"], "a refused order used up no id"


def test_a_used_client_order_id_answers_with_the_old_order_and_the_new_terms(client: Client) -> None:
    first = client.create("same", "BUY", limit("0.1", "50000"))
    again = client.create("same", "SELL", limit("0.2", "70000"))
    assert again["success"] is True
    assert again["success_response"]["order_id"] == first["success_response"]["order_id"]
    assert again["success_response"]["side"] == "SELL"
    assert again["order_configuration"]["limit_limit_gtc"]["base_size"] == "0.2"
    assert len(client.get("/orders/historical/batch")["orders"]) == 1


@pytest.mark.parametrize(
    "body",
    [None, [], "x", {}, {"client_order_id": ""}, {"client_order_id": "x" * 129}, {"client_order_id": 7}],
)
def test_a_malformed_order_is_a_bad_request(client: Client, body: object) -> None:
    answer = client.ask("POST", "/orders", body)
    assert (answer.status, answer.json()["error"]) == (400, "INVALID_ARGUMENT")


def test_cancels_answer_one_by_one(client: Client) -> None:
    order_id = client.create("a", "BUY", limit("0.1", "50000"))["success_response"]["order_id"]
    results = client.post("/orders/batch_cancel", {"order_ids": ["zzz", order_id, "", order_id]})["results"]
    assert [(each["success"], each["failure_reason"]) for each in results] == [
        (False, "UNKNOWN_CANCEL_ORDER"),
        (True, "UNKNOWN_CANCEL_FAILURE_REASON"),
        (False, "INVALID_CANCEL_REQUEST"),
        (False, "DUPLICATE_CANCEL_REQUEST"),
    ]
    assert client.get(f"/orders/historical/{order_id}")["order"]["status"] == "CANCELLED"
    assert len(client.face.take_events()) == 2
    assert client.face.take_events() == []


def test_at_most_a_hundred_cancels_go_at_once(client: Client) -> None:
    answer = client.ask("POST", "/orders/batch_cancel", {"order_ids": ["x"] * 101})
    assert answer.json()["message"] == "Too many orderIDs entered, limit is 100"
    for ids in ([], None, [1], "x"):
        assert client.ask("POST", "/orders/batch_cancel", {"order_ids": ids}).status == 400


@pytest.mark.req("EX1")
def test_a_closed_product_refuses_orders_and_takes_cancels(client: Client) -> None:
    order_id = client.create("a", "BUY", limit("0.1", "50000"))["success_response"]["order_id"]
    client.exchange.set_flags("BTC-USD", TradingFlags(cancel_only=True))
    assert client.get("/products/BTC-USD")["cancel_only"] is True
    refused = client.create("b", "BUY", limit("0.1", "50000"))["error_response"]
    assert refused["preview_failure_reason"] == "PREVIEW_NOT_ALLOWED_BY_MARKET_STATE"
    assert client.post("/orders/batch_cancel", {"order_ids": [order_id]})["results"][0]["success"] is True


# ------------------------------------------------------------------------------------------------------------- previews
def previewed(client: Client, side: str, configuration: object, **more: Any) -> Any:
    body = {"product_id": "BTC-USD", "side": side, "order_configuration": configuration, **more}
    return client.post("/orders/preview", body)


def test_a_preview_tells_what_an_order_would_cost_and_does_nothing(client: Client) -> None:
    shown = previewed(client, "BUY", limit("0.001", "59000.00"))
    assert (shown["errs"], shown["order_total"], shown["commission_total"]) == ([], "59.354", "0.354")
    assert (shown["base_size"], shown["quote_size"], shown["slippage"]) == ("0.001", "59", "0")
    assert (shown["best_bid"], shown["best_ask"], shown["est_average_filled_price"]) == ("59999", "60001", "59000")
    assert shown["commission_detail_total"]["total_commission"] == "0.354"
    assert shown["warning"] == []
    assert previewed(client, "SELL", {"market_market_ioc": {"base_size": "3000"}})["warning"] == ["BIG_ORDER"]
    assert client.get("/orders/historical/batch")["orders"] == []
    assert client.exchange.books().balances["USD"].hold == 0


@pytest.mark.parametrize(
    ("side", "configuration", "more", "expected"),
    [
        ("BUY", limit("100", "50000"), {}, "PREVIEW_INSUFFICIENT_FUND"),
        ("BUY", limit("0.1", "60001", post_only=True), {}, "PREVIEW_INVALID_LIMIT_PRICE_POST_ONLY"),
        ("BUY", limit("0.1", "50000.001"), {}, "PREVIEW_INVALID_PRICE_PRECISION"),
        ("BUY", limit("0.1", "50000"), {"product_id": "NOPE-USD"}, "PREVIEW_INVALID_PRODUCT_ID"),
        ("HOLD", limit("0.1", "50000"), {}, "PREVIEW_INVALID_SIDE"),
        ("SELL", limit("0.1", "70000"), {"attached_order_configuration": bracket("", "2", "1")}, _CONFIG),
    ],
)
def test_a_preview_names_what_would_be_refused(
    client: Client, side: str, configuration: object, more: dict[str, Any], expected: str
) -> None:
    assert previewed(client, side, configuration, **more)["errs"] == [expected]


@pytest.mark.parametrize("body", [None, [], {"product_id": 7}, {"product_id": "BTC-USD", "side": "BUY"}])
def test_a_preview_that_is_no_order_is_a_bad_request(client: Client, body: object) -> None:
    answer = client.ask("POST", "/orders/preview", body)
    assert (answer.status, answer.json()["error"]) == (400, "INVALID_ARGUMENT")


# ---------------------------------------------------------------------------------------------------------------- edits
def test_an_edited_order_keeps_its_id_and_shows_its_history(client: Client) -> None:
    order_id = client.create("a", "BUY", limit("0.1", "50000"))["success_response"]["order_id"]
    client.now = at(1)
    answer = client.post("/orders/edit", {"order_id": order_id, "price": "51000", "size": "0.2"})
    assert answer == {"success": True, "success_response": {"order_id": order_id}, "errors": []}
    shown = client.get(f"/orders/historical/{order_id}")["order"]
    assert shown["order_configuration"]["limit_limit_gtc"]["limit_price"] == "51000"
    assert shown["edit_history"] == [
        {"price": "51000", "size": "0.2", "replace_accept_timestamp": "2026-09-27T10:00:01.000000Z"}
    ]
    assert (shown["status"], shown["outstanding_hold_amount"]) == ("OPEN", "10261.2")
    assert [type(event).__name__ for event in client.face.take_events()] == ["OrderMoved", "OrderMoved"]


def test_a_refused_edit_is_http_200_with_its_reason_in_a_list(client: Client) -> None:
    answer = client.post("/orders/edit", {"order_id": "nope", "price": "1", "size": "1"})
    assert answer["success"] is False
    assert answer["errors"] == [
        {"edit_failure_reason": "ORDER_NOT_FOUND", "preview_failure_reason": "UNKNOWN_PREVIEW_FAILURE_REASON"}
    ]
    assert client.ask("POST", "/orders/edit", []).status == 400


def test_a_queued_edit_shows_what_is_coming(client: Client) -> None:
    client = Client(exchange_on(delays=Delays(edit_ns=SECOND, cancel_ns=SECOND)))
    order_id = client.create("a", "BUY", limit("0.1", "50000"))["success_response"]["order_id"]
    client.post("/orders/edit", {"order_id": order_id, "price": "51000", "size": "0.2"})
    shown = client.get(f"/orders/historical/{order_id}")["order"]
    assert (shown["status"], shown["current_pending_replace"]["price"]) == ("EDIT_QUEUED", "51000")
    client.now = at(1)
    client.post("/orders/batch_cancel", {"order_ids": [order_id]})
    shown = client.get(f"/orders/historical/{order_id}")["order"]
    assert (shown["status"], shown["pending_cancel"]) == ("CANCEL_QUEUED", True)
    assert shown["current_pending_replace"] is None
    client.now = at(2)
    assert client.get(f"/orders/historical/{order_id}")["order"]["status"] == "CANCELLED"


def test_an_edit_preview_tells_what_is_left_would_cost_and_changes_nothing(client: Client) -> None:
    order_id = client.create("a", "BUY", limit("0.1", "50000"))["success_response"]["order_id"]
    shown = client.post("/orders/edit_preview", {"order_id": order_id, "price": "51000", "size": "0.2"})
    assert (shown["errors"], shown["order_total"], shown["average_filled_price"]) == ([], "10261.2", "51000")
    assert client.get(f"/orders/historical/{order_id}")["order"]["edit_history"] == []
    bad = client.post("/orders/edit_preview", {"order_id": order_id, "price": "51000"})
    assert bad["errors"][0]["edit_failure_reason"] == "INVALID_EDITED_SIZE"
    unknown = client.post("/orders/edit_preview", {"order_id": "nope"})
    assert (unknown["errors"][0]["edit_failure_reason"], unknown["best_bid"]) == ("ORDER_NOT_FOUND", "0")


# ---------------------------------------------------------------------------------------------- attached, stops, others
def test_an_attached_order_is_named_in_the_answer_and_both_orders_name_each_other(client: Client) -> None:
    body = {"client_order_id": "a", "product_id": "BTC-USD", "side": "BUY"}
    body |= {"order_configuration": limit("0.1", "50000")}  # type: ignore[dict-item]
    attached = bracket("", "65000", "45000")
    answer = client.post("/orders", body | {"attached_order_configuration": attached})
    child_id, parent_id = (answer["success_response"][name] for name in ("attached_order_id", "order_id"))
    parent, child = (client.get(f"/orders/historical/{each}")["order"] for each in (parent_id, child_id))
    assert (parent["attached_order_id"], child["originating_order_id"]) == (child_id, parent_id)
    assert parent["attached_order_configuration"] == attached
    assert (child["status"], child["order_type"], child["side"]) == ("PENDING", "TAKE_PROFIT_STOP_LOSS", "SELL")
    assert client.get("/orders/historical/batch?order_status=OPEN")["orders"][0]["order_id"] == parent_id


def test_a_stop_order_shows_its_trigger() -> None:
    client = Client(exchange_on(quote(0, "59999", "60001"), printed(1, "61000")))
    order_id = client.create("a", "BUY", stop("0.1", "62000", "61000"))["success_response"]["order_id"]

    def shown() -> tuple[str, ...]:
        order = client.get(f"/orders/historical/{order_id}")["order"]
        return order["order_type"], order["time_in_force"], order["trigger_status"], order["status"]

    assert shown() == ("STOP_LIMIT", "GOOD_UNTIL_CANCELLED", "STOP_PENDING", "OPEN")
    client.exchange.advance(at(1))
    assert shown()[2:] == ("STOP_TRIGGERED", "FILLED")
    assert client.get("/orders/historical/batch?order_types=STOP_LIMIT")["orders"][0]["order_id"] == order_id


def test_there_is_no_position_to_close_on_spot(client: Client) -> None:
    answer = client.post("/orders/close_position", {"client_order_id": "a", "product_id": "BTC-USD"})
    assert (answer["success"], answer["error_response"]["error"]) == (False, "INVALID_PRODUCT_ID")
    assert client.ask("POST", "/orders/close_position", {"product_id": "BTC-USD"}).status == 400
