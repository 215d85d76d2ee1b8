"""Routes, authentication, orders."""

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.venues.simulated.rig import HOST, KEY_TEXT, START, Client, at, exchange_on, limit, token

from trader247.model.instant import SECOND
from trader247.venues.simulated.auth import KeyRing, make_key
from trader247.venues.simulated.http_shapes import Request
from trader247.venues.simulated.order_record import Kind
from trader247.venues.simulated.rate_limits import Bucket, RateLimits
from trader247.venues.simulated.rest_face import PREFIX, RestFace
from trader247.venues.simulated.switches import Switches


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


def limited(**buckets: Bucket) -> Client:
    client = Client(exchange_on())
    client.face = RestFace(client.exchange, client.keys, RateLimits(**buckets))
    return client


@pytest.mark.req("RL1")
def test_private_answers_tell_the_quota_and_its_end_is_the_documented_429() -> None:
    client = limited(private=Bucket(2))
    answers = [client.ask("GET", "/accounts") for _ in range(3)]
    assert [each.status for each in answers] == [200, 200, 429]
    assert [each.headers["x-ratelimit-remaining"] for each in answers] == ["1", "0", "0"]
    assert answers[2].json() == {"errors": [{"id": "rate_limit_exceeded", "message": "Too many requests"}]}
    assert client.ask("GET", "/accounts", signed=False).status == 401, "who nobody is has no quota"
    client.now = at(0.5)
    assert client.ask("GET", "/accounts").status == 200


def test_public_quotas_are_per_address_and_say_nothing() -> None:
    client = limited(public=Bucket(1))
    asked = [client.face.respond(Request("GET", PREFIX + "/time", {"host": HOST}, b"", peer), START) for peer in "aab"]
    assert [each.status for each in asked] == [200, 429, 200]
    assert not any(name.startswith("x-ratelimit") for each in asked for name in each.headers)
    assert client.ask("GET", "/accounts").status == 200


def test_maintenance_answers_everything_but_the_time_with_a_line_of_text() -> None:
    client = Client(exchange_on())
    switches = Switches(client.exchange)
    client.face = RestFace(client.exchange, client.keys, None, switches)
    switches.set_maintenance(True)
    for target in ("/accounts", "/market/products"):
        answer = client.ask("GET", target)
        assert (answer.status, answer.headers["content-type"]) == (503, "text/plain; charset=utf-8")
    assert client.ask("GET", "/time").status == 200


def test_a_clock_that_is_off_shows_in_the_date_and_in_the_time() -> None:
    client = Client(exchange_on())
    switches = Switches(client.exchange)
    client.face = RestFace(client.exchange, client.keys, None, switches)
    assert "date" not in client.ask("GET", "/time").headers, "the connection says it"
    switches.set_skew(-90 * SECOND)
    answer = client.ask("GET", "/time")
    assert answer.json()["iso"] == "2026-09-27T09:58:30Z"
    assert answer.headers["date"] == "Sun, 27 Sep 2026 09:58:30 GMT"
    assert client.ask("GET", "/accounts").status == 200, "tokens are judged by the true time"


@pytest.mark.parametrize("path", ["/payment_methods", "/convert/quote", "/intx/portfolio", "/cfm/balance_summary"])
def test_what_is_not_spot_trading_is_no_path_here(client: Client, path: str) -> None:
    assert client.ask("GET", path).json()["message"] == "Not Found"


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


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "PATCH", "HEAD", "BREW"])
@pytest.mark.parametrize("path", ["/time", "/orders", "/accounts", "/nowhere"])
def test_a_method_of_no_path_is_405_with_those_there_are_and_needs_neither_body_nor_token(
    method: str, path: str
) -> None:
    answer = RestFace(exchange_on(), KeyRing()).respond(Request(method, PREFIX + path), START)
    assert (answer.status, answer.headers["allow"]) == (405, "DELETE, GET, POST, PUT")


@pytest.mark.parametrize(
    "target",
    [
        "/accounts?",
        "/products?",
        "/product_book?product_id=BTC-USD&",
        "/products/BTC-USD/candles?granularity=ONE_MINUTE&",
        "/products/BTC-USD/ticker?",
        "/orders/historical/batch?",
        "/orders/historical/fills?",
    ],
)
@pytest.mark.parametrize("limit", ["-1", "0", "ten", "1e9", "1.0", "%EF%BC%91%EF%BC%92", "1_0", "%2B1", " 1", "9" * 13])
def test_an_odd_limit_of_any_list_is_a_400_that_names_it(target: str, limit: str) -> None:
    answer = Client(exchange_on()).ask("GET", f"{target}limit={limit}")
    assert answer.status == 400
    assert 'parsing field "limit"' in answer.json()["message"]
