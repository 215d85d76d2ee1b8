"""Pages of orders and fills."""

from decimal import Decimal

import pytest
from tests.venues.simulated.rig import Client, Desk, at, exchange_on, limit

from trader247.model.instant import SECOND
from trader247.venues.simulated import paging
from trader247.venues.simulated.delays import Delays


def listed(client: Client, query: str) -> list[str]:
    return [each["client_order_id"] for each in client.get(f"/orders/historical/batch?{query}")["orders"]]


@pytest.fixture
def busy() -> Client:
    client = Client(exchange_on())
    client.create("open-1", "BUY", limit("0.1", "50000"))
    client.now = at(10)
    client.create("filled", "BUY", {"market_market_ioc": {"quote_size": "100"}})
    client.now = at(20)
    client.create("killed", "SELL", {"sor_limit_ioc": {"base_size": "0.1", "limit_price": "70000"}})
    client.create("open-2", "SELL", limit("0.1", "70000"))
    return client


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["open-2", "killed", "filled", "open-1"]),
        ("order_status=OPEN", ["open-2", "open-1"]),
        ("order_status=FILLED&order_status=CANCELLED", ["killed", "filled"]),
        ("order_side=SELL", ["open-2", "killed"]),
        ("order_types=MARKET", ["filled"]),
        ("time_in_forces=IMMEDIATE_OR_CANCEL", ["killed", "filled"]),
        ("product_ids=ETH-USD", []),
        ("product_id=ETH-USD&order_id=x", ["open-2", "killed", "filled", "open-1"]),
        ("asset_filters=BTC", ["open-2", "killed", "filled", "open-1"]),
        ("product_type=FUTURE", []),
        ("order_placement_source=RETAIL_SIMPLE", []),
        ("start_date=2026-09-27T10:00:10Z", ["open-2", "killed", "filled"]),
        ("end_date=2026-09-27T10:00:20Z", ["filled", "open-1"]),
        ("order_status=OPEN&start_date=2026-09-27T10:00:10Z", ["open-2"]),
    ],
)
def test_each_filter_lists_what_the_venue_lists(busy: Client, query: str, expected: list[str]) -> None:
    assert listed(busy, query) == expected


def test_orders_are_listed_by_their_ids(busy: Client) -> None:
    ids = [each["order_id"] for each in busy.get("/orders/historical/batch")["orders"]]
    query = "&".join(f"order_ids={order_id}" for order_id in (ids[2], ids[0], ids[2], "nope"))
    assert listed(busy, query) == ["open-2", "filled"]
    assert listed(busy, f"{query}&order_status=OPEN") == ["open-2"]


def test_a_listing_by_client_id_is_not_offered(busy: Client) -> None:
    assert len(listed(busy, "client_order_id=filled")) == 4


@pytest.mark.parametrize("query", ["order_status=OPEN&order_status=FILLED", "cursor=x", "start_date=now", "limit=0"])
def test_a_bad_filter_is_an_invalid_argument(busy: Client, query: str) -> None:
    assert busy.ask("GET", f"/orders/historical/batch?{query}").status == 400


@pytest.mark.parametrize("query", ["", "&order_status=OPEN"])
def test_pages_follow_one_another_while_new_orders_arrive(query: str) -> None:
    client = Client(exchange_on())
    for number in range(7):
        client.create(f"c{number}", "BUY", limit("0.001", "50000"))
    seen, cursor = [], ""
    for turn in range(4):
        page = client.get(f"/orders/historical/batch?limit=3&cursor={cursor}{query}")
        seen += [each["client_order_id"] for each in page["orders"]]
        cursor = page["cursor"]
        assert page["has_next"] == bool(cursor) == (turn < 2)
        client.create(f"late-{turn}", "BUY", limit("0.001", "50000"))
        if not cursor:
            break
    assert seen == [f"c{number}" for number in range(6, -1, -1)]


def test_one_page_looks_at_so_many_rows_only_and_the_cursor_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "_ROWS_LOOKED_AT_MAX", 3)
    client = Client(exchange_on())
    client.create("sought", "SELL", limit("0.1", "70000"))
    for number in range(7):
        client.create(f"c{number}", "BUY", limit("0.001", "50000"))
    cursors = [""]
    while not (page := client.get(f"/orders/historical/batch?order_side=SELL&cursor={cursors[-1]}"))["orders"]:
        cursors.append(page["cursor"])
    assert len(set(cursors)) == len(cursors) == 3
    assert (page["orders"][0]["client_order_id"], page["has_next"]) == ("sought", False)


def test_an_order_is_found_by_the_venues_id_only(busy: Client) -> None:
    answer = busy.ask("GET", "/orders/historical/filled")
    assert (answer.status, answer.json()["message"]) == (404, "order with this orderID was not found")


def test_fills_are_filtered_and_paged() -> None:
    client = Client(exchange_on())
    desk = Desk(client.exchange)
    orders = [desk.order("BUY", limit("0.01", "60001"), at(number)) for number in range(5)]
    page = client.get("/orders/historical/fills?limit=2")
    assert [each["order_id"] for each in page["fills"]] == [orders[4].order_id, orders[3].order_id]
    rest = client.get(f"/orders/historical/fills?limit=3&cursor={page['cursor']}")
    assert [each["order_id"] for each in rest["fills"]] == [orders[2].order_id, orders[1].order_id, orders[0].order_id]
    assert rest["cursor"] == ""
    mine = client.get(f"/orders/historical/fills?order_ids={orders[1].order_id}")["fills"]
    assert [Decimal(each["commission"]) for each in mine] == [orders[1].fees]
    since = client.get("/orders/historical/fills?start_sequence_timestamp=2026-09-27T10:00:03Z")["fills"]
    assert len(since) == 2
    until = client.get("/orders/historical/fills?end_sequence_timestamp=2026-09-27T10:00:01Z")["fills"]
    assert [each["order_id"] for each in until] == [orders[0].order_id]
    assert client.get("/orders/historical/fills?product_ids=ETH-USD")["fills"] == []
    by_trade = client.get(f"/orders/historical/fills?trade_ids={mine[0]['trade_id']}")["fills"]
    assert by_trade == mine


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("sort_by=UNKNOWN_SORT_BY", ["open-2", "killed", "filled", "open-1"]),
        ("sort_by=LIMIT_PRICE", ["killed", "open-2", "open-1", "filled"]),
        ("sort_by=LAST_FILL_TIME&limit=1", ["filled"]),
        ("sort_by=LAST_UPDATE_TIME&order_status=OPEN", ["open-2", "open-1"]),
        ("order_types=STOP_LIMIT&order_types=BRACKET", []),
        ("order_placement_source=RETAIL_ADVANCED&product_type=SPOT&order_side=BUY", ["filled", "open-1"]),
    ],
)
def test_a_listing_is_sorted_as_asked(busy: Client, query: str, expected: list[str]) -> None:
    shown = listed(busy, query)
    assert sorted(shown[:2]) == sorted(expected[:2])
    assert shown[2:] == expected[2:]


def test_a_sorted_listing_comes_in_pages_too(busy: Client) -> None:
    seen: list[str] = []
    cursor = ""
    for _ in range(2):
        page = busy.get(f"/orders/historical/batch?sort_by=LIMIT_PRICE&limit=2&cursor={cursor}")
        seen += [each["client_order_id"] for each in page["orders"]]
        cursor = page["cursor"]
    assert (sorted(seen), cursor) == (["filled", "killed", "open-1", "open-2"], "")


def test_fills_are_sorted_by_price_where_asked() -> None:
    client = Client(exchange_on())
    desk = Desk(client.exchange)
    for side, price in (("BUY", "60001"), ("SELL", "59999"), ("BUY", "60001")):
        desk.order(side, limit("0.1", price))
    shown = client.get("/orders/historical/fills?sort_by=PRICE")["fills"]
    assert [each["price"] for each in shown] == ["60001", "60001", "59999"]
    assert [each["side"] for each in client.get("/orders/historical/fills?sort_by=TRADE_TIME")["fills"]] == [
        "BUY",
        "SELL",
        "BUY",
    ]


def test_an_order_just_made_may_be_in_no_listing_for_a_while_and_cannot_be_found() -> None:
    client = Client(exchange_on(delays=Delays(visible_ns=2 * SECOND)))
    order_id = client.create("a", "BUY", limit("0.1", "50000"))["success_response"]["order_id"]
    client.now = at(1.9)
    assert listed(client, "") == listed(client, "order_status=OPEN") == []
    assert client.ask("GET", f"/orders/historical/{order_id}").status == 404
    assert client.create("a", "BUY", limit("0.1", "50000"))["success_response"]["order_id"] == order_id
    client.now = at(2)
    assert listed(client, "") == listed(client, "order_status=OPEN") == ["a"]
    assert client.get(f"/orders/historical/{order_id}")["order"]["status"] == "OPEN"


def test_a_pending_order_is_listed_but_is_not_open() -> None:
    client = Client(exchange_on(delays=Delays(accept_ns=SECOND)))
    client.create("a", "BUY", limit("0.1", "50000"))
    assert (listed(client, ""), listed(client, "order_status=PENDING")) == (["a"], ["a"])
    assert listed(client, "order_status=OPEN") == []
    client.now = at(1)
    assert listed(client, "order_status=OPEN") == ["a"], "asking is enough, whether or not the market went on"


def test_fill_rows_may_come_later_than_the_status_they_made() -> None:
    client = Client(exchange_on(delays=Delays(fills_ns=SECOND)))
    order_id = client.create("a", "BUY", limit("0.1", "60001"))["success_response"]["order_id"]
    order = client.get(f"/orders/historical/{order_id}")["order"]
    assert (order["status"], order["number_of_fills"], order["settled"]) == ("FILLED", "1", False)
    assert client.get("/orders/historical/fills")["fills"] == []
    client.now = at(1)
    assert client.get(f"/orders/historical/{order_id}")["order"]["settled"] is True
    assert len(client.get(f"/orders/historical/fills?order_ids={order_id}")["fills"]) == 1
