"""The official SDK asks about the market, through both doors."""

import pytest
from tests.conformance.rig import PRODUCTS, Foreign, ForeignClients, ForeignError, RunningExchange

DOORS = ["get_{}", "get_public_{}"]
GRANULARITIES = {
    "ONE_MINUTE": 60,
    "FIVE_MINUTE": 300,
    "FIFTEEN_MINUTE": 900,
    "THIRTY_MINUTE": 1800,
    "ONE_HOUR": 3600,
    "TWO_HOUR": 7200,
    "FOUR_HOUR": 14_400,
    "SIX_HOUR": 21_600,
    "ONE_DAY": 86_400,
}


def test_the_time_is_told_in_three_forms(sdk: Foreign) -> None:
    told = sdk.get_unix_time()
    assert int(told["epoch_millis"]) // 1000 == int(told["epoch_seconds"])
    assert told["iso"].endswith("Z")


@pytest.mark.parametrize("door", DOORS)
def test_products_are_listed_and_filtered(sdk: Foreign, door: str) -> None:
    listed = getattr(sdk, door.format("products"))()
    assert [product["product_id"] for product in listed["products"]] == [*PRODUCTS, *(f"{each}C" for each in PRODUCTS)]
    assert listed["num_products"] == 4
    one = getattr(sdk, door.format("products"))(limit=1, product_type="SPOT", product_ids=["ETH-USD"])
    assert [product["product_id"] for product in one["products"]] == ["ETH-USD"]
    assert not getattr(sdk, door.format("products"))(product_type="FUTURE")["products"]


@pytest.mark.parametrize("door", DOORS)
def test_a_product_has_its_increments_and_is_open(sdk: Foreign, door: str) -> None:
    product = getattr(sdk, door.format("product"))("BTC-USD")
    assert (product["base_increment"], product["price_increment"], product["status"]) == (
        "0.00000001",
        "0.01",
        "online",
    )
    assert product["trading_disabled"] is False


@pytest.mark.parametrize("door", DOORS)
def test_an_unknown_product_is_not_found(sdk: Foreign, door: str) -> None:
    with pytest.raises(ForeignError) as failed:
        getattr(sdk, door.format("product"))("NOPE-USD")
    assert ("HTTPError" in failed.value.names, failed.value.status) == (True, 404)


@pytest.mark.parametrize("door", DOORS)
def test_the_book_is_sorted_from_the_touch_outwards(sdk: Foreign, door: str) -> None:
    book = getattr(sdk, door.format("product_book"))("BTC-USD", limit=5)["pricebook"]
    bids, asks = ([float(level["price"]) for level in book[side]] for side in ("bids", "asks"))
    assert (len(bids), len(asks)) == (5, 5)
    assert bids == sorted(bids, reverse=True)
    assert asks == sorted(asks)
    assert bids[0] < asks[0]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("granularity", GRANULARITIES)
def test_candles_of_every_granularity_come_newest_first(
    sdk: Foreign, running: RunningExchange, door: str, granularity: str
) -> None:
    span_s = GRANULARITIES[granularity]
    end_s = running.exchange.opened_at // 10**9
    candles = getattr(sdk, door.format("candles"))("BTC-USD", str(end_s - 3 * span_s), str(end_s), granularity)[
        "candles"
    ]
    starts = [int(candle["start"]) for candle in candles]
    assert starts == sorted(starts, reverse=True)
    assert len(starts) >= 3
    assert {start % span_s for start in starts} == {0}
    assert all(float(each["low"]) <= float(each["open"]) <= float(each["high"]) for each in candles)


@pytest.mark.parametrize("door", DOORS)
def test_market_trades_come_newest_first_with_the_touch(sdk: Foreign, door: str, running: RunningExchange) -> None:
    page = getattr(sdk, door.format("market_trades"))("BTC-USD", limit=10)
    times = [trade["time"] for trade in page["trades"]]
    assert times == sorted(times, reverse=True)
    assert len(times) <= 10
    assert float(page["best_bid"]) < float(page["best_ask"])


def test_the_touch_of_several_products_is_told_at_once(sdk: Foreign) -> None:
    books = sdk.get_best_bid_ask(product_ids=["BTC-USD", "ETH-USD"])["pricebooks"]
    assert [book["product_id"] for book in books] == ["BTC-USD", "ETH-USD"]
    assert all(len(book["bids"]) == len(book["asks"]) == 1 for book in books)


def test_the_public_door_asks_for_no_key(clients: ForeignClients) -> None:
    anonymous = clients.on("sdk:anonymous")
    assert anonymous.get_public_product("BTC-USD")["product_id"] == "BTC-USD"
    with pytest.raises(ForeignError, match="AuthenticationError"):
        anonymous.get_product("BTC-USD")
