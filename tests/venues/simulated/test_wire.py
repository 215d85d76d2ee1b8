"""The venue's JSON objects."""

import json
from decimal import Decimal
from typing import Any

import pytest
from tests.venues.simulated.rig import START, Client, Desk, exchange_on, limit, quote, recorded

from trader247.venues.simulated.book import Side
from trader247.venues.simulated.market import Bar, TapeTrade
from trader247.venues.simulated.wire import fill_object, order_object, product_object, ticker_object, user_order_object

PAST = [Bar(START // 10**9 - 60, 5_900_000, 6_010_000, 5_890_000, 6_000_000, 123_456_789)]


def sample(name: str) -> Any:
    return json.loads(recorded(f"wire/{name}").read_text())


def test_a_product_has_exactly_the_recorded_fields() -> None:
    exchange = exchange_on(past=PAST)
    shown = product_object(exchange, exchange.products["BTC-USD"], START)
    assert set(shown) == set(sample("rest_products/fastmm_product_btc_usd_live.json"))


def test_a_product_tells_increments_price_and_day() -> None:
    exchange = exchange_on(past=PAST)
    shown = product_object(exchange, exchange.products["BTC-USD"], START)
    assert (shown["base_increment"], shown["price_increment"], shown["base_min_size"]) == (
        "0.00000001",
        "0.01",
        "0.00000001",
    )
    assert (shown["price"], shown["volume_24h"], shown["high_24h"]) == ("60000", "1.23456789", "60100")
    assert shown["price_percentage_change_24h"].startswith("1.694915")


def test_a_product_that_never_traded_leaves_its_figures_empty() -> None:
    exchange = exchange_on()
    shown = product_object(exchange, exchange.products["BTC-USD"], START)
    assert {shown[name] for name in ("price", "volume_24h", "high_24h", "price_percentage_change_24h")} == {""}


def test_an_order_has_every_recorded_field() -> None:
    order = Desk(exchange_on()).order("BUY", limit("0.001", "60000.00"))
    shown = order_object(order, {})
    assert set(sample("rest_orders/nautilus_http_order.json")["order"]) <= set(shown)
    assert (shown["status"], shown["outstanding_hold_amount"], shown["last_fill_time"]) == ("OPEN", "60.36", None)
    assert shown["total_value_after_fees"] == "60.36"


def test_a_filled_order_by_amount_says_so() -> None:
    order = Desk(exchange_on()).order("BUY", {"market_market_ioc": {"quote_size": "10"}})
    shown = order_object(order, {})
    assert (shown["size_in_quote"], shown["size_inclusive_of_fees"], shown["settled"]) == (True, True, True)
    assert (shown["order_type"], shown["time_in_force"], shown["completion_percentage"]) == (
        "MARKET",
        "IMMEDIATE_OR_CANCEL",
        "100",
    )


def test_a_user_order_has_every_recorded_field_in_its_own_spelling() -> None:
    order = Desk(exchange_on()).order("BUY", limit("0.001", "60000", post_only=True))
    shown = user_order_object(order)
    assert set(sample("ws_user/nautilus_ws_user.json")["events"][0]["orders"][0]) <= set(shown)
    assert (shown["order_type"], shown["post_only"], shown["leaves_quantity"]) == ("Limit", "true", "0.001")
    assert shown["end_time"] == "0001-01-01T00:00:00Z"


def test_a_fill_of_an_order_by_amount_is_in_quote_and_gives_its_base_back() -> None:
    exchange = exchange_on()
    order = Desk(exchange).order("BUY", {"market_market_ioc": {"quote_size": "10"}})
    shown = fill_object(exchange.records.fills(exchange.portfolio_id)[0])
    assert shown["size_in_quote"] is True
    assert Decimal(shown["size"]) / Decimal(shown["price"]) == order.filled_size
    live = sample("rest_fills/nautilus_http_fills.json")["fills"][0]
    assert set(live) - {"fill_source"} <= set(shown)
    assert (shown["sequence_timestamp"], shown["trade_time"]) == (
        "2026-09-27T10:00:00.002000Z",
        "2026-09-27T10:00:00.000000Z",
    )


def test_a_ticker_has_exactly_the_recorded_fields() -> None:
    exchange = exchange_on(quote(0, "59999", "60001", TapeTrade(6_000_100, 10**8, Side.BUY)), past=PAST)
    shown = ticker_object(exchange, exchange.products["BTC-USD"], START)
    assert set(shown) == set(sample("ws_ticker/nautilus_ws_ticker.json")["events"][0]["tickers"][0])
    assert (shown["price"], shown["best_bid"]) == ("60001", "59999")


def test_no_text_ever_has_an_exponent() -> None:
    client = Client(exchange_on(past=PAST))
    client.create("a", "BUY", limit("0.00002", "50000"))
    client.create("b", "BUY", {"market_market_ioc": {"quote_size": "1.01"}})
    for path in (
        "/accounts",
        "/orders/historical/batch",
        "/orders/historical/fills",
        "/products",
        "/transaction_summary",
    ):
        text = json.dumps(client.get(path))
        assert "E-" not in text
        assert "e-0" not in text


@pytest.mark.parametrize(
    ("name", "path", "key"),
    [
        ("rest_accounts/fastmm_accounts_live.json", "/accounts", "accounts"),
        ("rest_candles/nautilus_http_candles.json", "/products/BTC-USD/candles?granularity=ONE_MINUTE", "candles"),
        ("rest_market_trades/nautilus_http_ticker.json", "/products/BTC-USD/ticker", "trades"),
    ],
)
def test_listings_have_every_recorded_field(name: str, path: str, key: str) -> None:
    exchange = exchange_on(quote(0, "59999", "60001", TapeTrade(6_000_100, 10**8, Side.BUY)), past=PAST)
    assert set(sample(name)[key][0]) <= set(Client(exchange).get(path)[key][0])
