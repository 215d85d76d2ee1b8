"""Pages of market data."""

import pytest
from tests.venues.simulated.rig import START, Client, ScriptedMarket, at, exchange_on, quote

from trader247.model.instant import SECOND, rfc3339
from trader247.venues.simulated.book import Side
from trader247.venues.simulated.exchange import SimulatedExchange
from trader247.venues.simulated.generated_market import GeneratedMarket
from trader247.venues.simulated.market import Bar, TapeTrade

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
    assert client.get("/market/products")["num_products"] == 5
    names = [each["product_id"] for each in client.get("/products?product_ids=SOL-USD&product_ids=BTC-USD")["products"]]
    assert names == ["BTC-USD", "SOL-USD"]
    assert client.get("/products?product_type=FUTURE")["products"] == []
    assert len(client.get("/products?limit=2&offset=4")["products"]) == 1
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
    (book,) = client.get("/best_bid_ask")["pricebooks"]
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
