"""Order entry over REST."""


import pytest
from tests.venues.simulated.rig import Client, exchange_on, limit

from trader247.venues.simulated.products import TradingFlags


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
