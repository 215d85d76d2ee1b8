"""Pages of market data."""

import json
from decimal import Decimal

import pytest
from tests.venues.simulated.rig import START, Client, ScriptedMarket, at, exchange_on, quote

from trader247.model.instant import SECOND, rfc3339
from trader247.venues.simulated.book import Side
from trader247.venues.simulated.candles import GRANULARITIES
from trader247.venues.simulated.exchange import SimulatedExchange
from trader247.venues.simulated.generated_market import GeneratedMarket
from trader247.venues.simulated.market import Bar, TapeTrade
from trader247.venues.simulated.products import TradingFlags

START_S = START // SECOND
MINUTES = [Bar(START_S - 60 * n, 100, 110, 90, 105, 7) for n in range(400, 0, -1)]


def test_the_clock_is_told_in_texts() -> None:
    assert Client(exchange_on()).get("/time") == {
        "iso": rfc3339(START, 0),
        "epochSeconds": str(START_S),
        "epochMillis": str(START_S * 1000),
    }


def test_products_are_listed_filtered_and_never_futures() -> None:
    client = Client(SimulatedExchange(GeneratedMarket(START)))
    assert client.get("/market/products")["num_products"] == 10  # five, and each with its USDC twin
    names = [each["product_id"] for each in client.get("/products?product_ids=SOL-USD&product_ids=BTC-USD")["products"]]
    assert names == ["BTC-USD", "SOL-USD"]
    assert client.get("/products?product_type=FUTURE")["products"] == []
    assert len(client.get("/products?limit=2&offset=9")["products"]) == 1
    answer = client.ask("GET", "/products?product_type=OPTIONS")
    assert answer.json()["message"] == 'parsing field "product_type": "OPTIONS" is not a valid value'


def test_both_doors_show_the_same() -> None:
    client = Client(exchange_on(past=MINUTES))
    for page in ("products", "products/BTC-USD", "product_book?product_id=BTC-USD", "products/BTC-USD/ticker"):
        assert client.get(f"/{page}") == client.get(f"/market/{page}")


def test_an_unknown_product_is_the_recorded_404() -> None:
    client = Client(exchange_on())
    for target in ("/products/NOPE-USD", "/product_book?product_id=NOPE-USD", "/best_bid_ask?product_ids=NOPE-USD"):
        answer = client.ask("GET", target)
        assert (answer.status, answer.json()["message"]) == (404, "Product NOPE-USD not supported")


def test_the_book_is_shown_from_the_touch_outwards() -> None:
    book = Client(exchange_on()).get("/product_book?product_id=BTC-USD&limit=2")
    assert [level["price"] for level in book["pricebook"]["bids"]] == ["59999", "59990"]
    assert [level["price"] for level in book["pricebook"]["asks"]] == ["60001", "60010"]
    assert (book["mid_market"], book["spread_absolute"], book["spread_bps"]) == ("60000", "2", "0.3333")


def test_an_empty_book_has_empty_sides() -> None:
    client = Client(SimulatedExchange(ScriptedMarket()))
    book, _ = client.get("/best_bid_ask")["pricebooks"]
    assert (book["bids"], book["asks"]) == ([], [])
    assert client.get("/product_book?product_id=BTC-USD")["mid_market"] == ""


def test_candles_come_newest_first_with_both_ends() -> None:
    client = Client(exchange_on(past=MINUTES))
    query = f"granularity=ONE_MINUTE&start={START_S - 180}&end={START_S - 60}"
    candles = client.get(f"/products/BTC-USD/candles?{query}")["candles"]
    assert [int(each["start"]) - START_S for each in candles] == [-60, -120, -180]
    assert candles[0] | {"start": ""} == {
        "start": "",
        "low": "0.9",
        "high": "1.1",
        "open": "1",
        "close": "1.05",
        "volume": "0.00000007",
    }
    assert len(client.get("/products/BTC-USD/candles?granularity=ONE_HOUR&limit=2")["candles"]) == 1
    assert len(client.get("/products/BTC-USD/candles?granularity=ONE_MINUTE")["candles"]) == 349


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (f"granularity=ONE_MINUTE&start={START_S - 60 * 351}&end={START_S}", "start and end argument is invalid"),
        (f"granularity=ONE_MINUTE&start={START_S}&end={START_S - 60}", "start and end argument is invalid"),
        ("granularity=UNKNOWN_GRANULARITY", "granularity argument is invalid"),
        ("", "granularity argument is invalid"),
    ],
)
def test_a_window_too_long_or_unknown_is_an_invalid_argument(query: str, message: str) -> None:
    answer = Client(exchange_on()).ask("GET", f"/products/BTC-USD/candles?{query}")
    assert answer.status == 400
    assert answer.json()["message"].startswith(message)


@pytest.mark.req("D3")
def test_a_minute_without_trades_is_missing_from_the_candles() -> None:
    trade = TapeTrade(6_000_100, 10**8, Side.BUY)
    exchange = exchange_on(*(quote(seconds, "59999", "60001", trade) for seconds in (0, 30, 150)))
    exchange.advance(at(200))
    client = Client(exchange, now=at(200))
    candles = client.get("/market/products/BTC-USD/candles?granularity=ONE_MINUTE&limit=10")["candles"]
    assert [(int(each["start"]) - START_S, each["volume"]) for each in candles] == [(120, "1"), (0, "2")]


def test_the_tape_is_shown_newest_first_with_the_makers_side() -> None:
    steps = [quote(n, "59999", "60001", TapeTrade(6_000_100, 10**8, Side.BUY)) for n in range(120)]
    exchange = exchange_on(*steps)
    exchange.advance(at(200))
    client = Client(exchange)
    page = client.get("/products/BTC-USD/ticker?limit=500")
    assert len(page["trades"]) == 100
    assert page["trades"][0]["side"] == "SELL"
    numbers = [int(trade["trade_id"]) for trade in page["trades"]]
    assert numbers == sorted(numbers, reverse=True)
    assert (page["best_bid"], page["best_ask"]) == ("59999", "60001")
    window = client.get(f"/products/BTC-USD/ticker?start={START_S + 5}&end={START_S + 7}")
    assert len(window["trades"]) == 3


def test_a_long_list_comes_in_pages_that_know_one_another() -> None:
    client = Client(SimulatedExchange(GeneratedMarket(START)))
    seen, cursor = [], ""
    for has_prev in (False, True, True, True, True):
        page = client.get(f"/market/products?limit=2&cursor={cursor}")
        seen += [each["product_id"] for each in page["products"]]
        assert page["num_products"] == len(page["products"])
        assert page["pagination"]["has_prev"] is has_prev
        cursor = page["pagination"]["next_cursor"]
        assert page["pagination"]["has_next"] is bool(cursor)
    assert (cursor, seen) == ("", list(client.exchange.listed))
    assert client.get("/market/products?limit=2&offset=4")["pagination"]["prev_cursor"] == "2"


def test_products_can_be_listed_by_volume() -> None:
    client = Client(SimulatedExchange(GeneratedMarket(START)))
    listed = client.get("/products?products_sort_order=PRODUCTS_SORT_ORDER_VOLUME_24H_DESCENDING")["products"]
    volumes = [float(each["approximate_quote_24h_volume"]) for each in listed]
    assert volumes == sorted(volumes, reverse=True)
    assert listed[0]["product_id"] == "BTC-USD"


def test_view_only_is_told_behind_the_private_door_to_who_asks_for_it() -> None:
    client = Client(exchange_on())
    client.exchange.set_flags("BTC-USD", TradingFlags(view_only=True))
    told = {
        target: client.get(target)["view_only"]
        for target in (
            "/products/BTC-USD?get_tradability_status=True",
            "/products/BTC-USD?get_tradability_status=False",
            "/products/BTC-USD",
            "/market/products/BTC-USD?get_tradability_status=true",
        )
    }
    assert list(told.values()) == [True, False, False, False]
    listed = client.get("/products?get_tradability_status=true&get_all_products=False")["products"]
    assert [each["view_only"] for each in listed] == [True, True]


@pytest.mark.parametrize(
    "query",
    [
        "get_tradability_status=maybe",
        "get_all_products=1",
        "products_sort_order=BY_NAME",
        "contract_expiry_type=NEVER",
        "limit=0",
        "offset=-1",
        "cursor=abc",
    ],
)
def test_a_bad_filter_of_products_is_named(query: str) -> None:
    answer = Client(exchange_on()).ask("GET", f"/products?{query}")
    name, _, value = query.partition("=")
    assert (answer.status, answer.json()["message"]) == (
        400,
        f'parsing field "{name}": "{value}" is not a valid value',
    )


def test_a_book_can_be_put_together_by_a_step_and_no_price_looks_better_than_it_is() -> None:
    client = Client(exchange_on())
    plain_book = client.get("/product_book?product_id=BTC-USD")["pricebook"]
    book = client.get("/product_book?product_id=BTC-USD&aggregation_price_increment=50")["pricebook"]
    assert [level["price"] for level in book["bids"]][:2] == ["59950", "59900"]
    assert [level["price"] for level in book["asks"]][:2] == ["60050", "60100"]
    for side in ("bids", "asks"):
        assert sum(Decimal(level["size"]) for level in book[side]) == sum(
            Decimal(level["size"]) for level in plain_book[side]
        )
    one = client.get("/product_book?product_id=BTC-USD&aggregation_price_increment=0.5&limit=1")["pricebook"]
    assert (len(one["bids"]), len(one["asks"])) == (1, 1)
    for wrong in ("0", "-1", "x", "1e3", "9" * 30):
        target = f"/product_book?product_id=BTC-USD&aggregation_price_increment={wrong}"
        assert client.ask("GET", target).status == 400


def test_a_book_of_nothing_is_the_older_404() -> None:
    answer = Client(exchange_on()).ask("GET", "/market/product_book")
    assert (answer.status, answer.json()["message"]) == (404, "valid product_id is required")


def test_too_many_trades_are_a_fault_of_the_server_as_they_were_seen_to_be() -> None:
    client = Client(exchange_on())
    assert client.ask("GET", "/products/BTC-USD/ticker?limit=1000").status == 200
    assert client.ask("GET", "/products/BTC-USD/ticker?limit=1001").status == 500


@pytest.mark.parametrize("granularity", GRANULARITIES)
def test_candles_of_every_granularity_come_newest_first_on_their_grid(granularity: str) -> None:
    client, span_s = Client(SimulatedExchange(GeneratedMarket(START))), GRANULARITIES[granularity]
    candles = client.get(f"/market/products/BTC-USD/candles?granularity={granularity}&limit=6")["candles"]
    starts = [int(each["start"]) for each in candles]
    assert starts == [starts[0] - number * span_s for number in range(len(candles))]
    assert all(start % span_s == 0 for start in starts)
    weeks = granularity == "ONE_WEEK"  # eight days of history lie in two of them
    assert len(candles) in ({2} if weeks else {5, 6}), "the bucket that has just begun may have no trade yet"


def test_a_usd_product_has_a_usdc_twin_with_the_same_book_trades_and_candles_under_its_own_name() -> None:
    client = Client(exchange_on(past=MINUTES))
    own, twin = (client.get(f"/products/BTC-USD{coin}") for coin in ("", "C"))
    assert (own["alias"], own["alias_to"], twin["alias"], twin["alias_to"]) == ("", ["BTC-USDC"], "BTC-USD", [])
    assert {key for key in own if own[key] != twin[key]} == {
        "product_id",
        "display_name",
        "quote_name",
        "quote_currency_id",
        "alias",
        "alias_to",
    }
    pages = "/product_book?product_id={}", "/products/{}/ticker", "/products/{}/candles?granularity=ONE_MINUTE"
    for page in pages:
        told = [json.dumps(client.get(page.format(name))) for name in ("BTC-USD", "BTC-USDC")]
        assert told[0] == told[1].replace("BTC-USDC", "BTC-USD")
