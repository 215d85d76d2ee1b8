"""Routes, authentication, orders."""

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.venues.simulated.rig import HOST, KEY_TEXT, START, Client, exchange_on, limit, token

from trader247.venues.simulated.auth import KeyRing, make_key
from trader247.venues.simulated.http_shapes import Request
from trader247.venues.simulated.order_record import Kind
from trader247.venues.simulated.rest_face import PREFIX


@pytest.fixture
def client() -> Client:
    return Client(exchange_on())


def test_a_private_path_without_a_good_token_is_plain_text_unauthorized(client: Client) -> None:
    answer = client.ask("GET", "/accounts", signed=False)
    assert (answer.status, answer.body) == (401, b"Unauthorized\n")
    assert answer.headers["content-type"].startswith("text/plain")
    for bad in ("Bearer x", "Basic x", "Bearer", token(START, f"GET {HOST}{PREFIX}/accounts")):
        request = Request("GET", PREFIX + "/accounts", {"host": HOST, "authorization": bad})
        assert client.face.respond(request, START).status == 401


@pytest.mark.parametrize("target", ["/time", "/market/products", "/market/product_book?product_id=BTC-USD"])
def test_a_public_path_never_looks_at_a_token(client: Client, target: str) -> None:
    request = Request("GET", PREFIX + target, {"host": HOST, "authorization": "Bearer nonsense"}, b"{}")
    assert client.face.respond(request, START).status == 200


@pytest.mark.parametrize("target", ["/nope", "/market/nope", "/orders/historical", "/market/best_bid_ask", ""])
def test_an_unknown_path_is_the_recorded_404(client: Client, target: str) -> None:
    answer = client.ask("GET", target)
    assert (answer.status, answer.json()) == (
        404,
        {"error": "unknown", "error_details": "Not Found", "message": "Not Found"},
    )
    assert client.face.respond(Request("GET", "/v2/time"), START).status == 404


def test_a_key_that_may_not_trade_is_told_so_in_the_words_clients_search_for() -> None:
    client = Client(exchange_on())
    client.keys.add_file(KEY_TEXT, client.exchange.portfolio_id, can_trade=False)
    answer = client.ask("POST", "/orders", {})
    assert answer.status == 403
    assert b'"error_details":"Missing required scopes"' in answer.body
    assert client.ask("GET", "/accounts").status == 200


def test_two_keys_of_two_portfolios_see_their_own_orders_only() -> None:
    exchange = exchange_on()
    mine = Client(exchange)
    mine.create("a", "BUY", limit("0.1", "50000"))
    other_key, ring = make_key(random.Random(5)), KeyRing()
    exchange.open_portfolio("00000000-0000-4000-8000-000000000002", {})
    ring.add_file(other_key, "00000000-0000-4000-8000-000000000002")
    uri = f"GET {HOST}{PREFIX}/orders/historical/batch"
    headers = {"host": HOST, "authorization": f"Bearer {token(START, uri, other_key)}"}
    other = Client(exchange, ring)
    answer = other.face.respond(Request("GET", PREFIX + "/orders/historical/batch", headers), START)
    assert answer.json()["orders"] == []


_CLIENT = Client(exchange_on())
json_values: Any = st.recursive(
    st.none()
    | st.booleans()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["BTC-USD", "BUY", "1", "60000", "limit_limit_gtc"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from([*Kind, "base_size", "limit_price", "stop_price", "stop_direction", "stop_trigger_price"]),
            inner,
            max_size=2,
        )
    ),
    max_leaves=5,
)
bodies = st.dictionaries(
    st.sampled_from(
        [
            "client_order_id",
            "product_id",
            "side",
            "order_configuration",
            "attached_order_configuration",
            "order_ids",
            "order_id",
            "price",
            "size",
            "stop_price",
        ]
    ),
    json_values,
)
targets = st.sampled_from(
    ["/orders", "/orders/preview", "/orders/edit", "/orders/edit_preview", "/orders/close_position"]
) | st.sampled_from(["/orders/batch_cancel", "/accounts", "/products/BTC-USD/candles", "/nope"])
queries = st.dictionaries(
    st.sampled_from(["limit", "start", "end", "granularity", "cursor", "product_id", "order_status", "start_date"]),
    st.sampled_from(["", "1", "-1", "x", "ONE_DAY", "99999999999999999999", "OPEN", "2026-01-01T00:00:00Z", "\u0661"]),
)


@given(st.sampled_from(["GET", "POST", "PUT"]), targets, queries, st.none() | bodies)
@settings(deadline=None)
def test_no_request_whatever_breaks_the_face(method: str, target: str, query: dict[str, str], body: object) -> None:
    text = "&".join(f"{key}={value}" for key, value in query.items())
    answer = _CLIENT.ask(method, f"{target}?{text}", body)
    assert answer.status in {200, 400, 404}
