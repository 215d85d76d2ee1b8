"""The products of the simulated exchange."""

from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve

from trader247.errors import ConfigurationInvalid
from trader247.venues.simulated.products import TradingFlags, product_named, with_aliases


def test_ticks_and_units_are_exact_decimals() -> None:
    bitcoin = product_named("BTC-USD")
    assert bitcoin.price(6_000_001) == Decimal("60000.01")
    assert bitcoin.size(1) == Decimal("0.00000001") == bitcoin.base_increment


def test_a_recorded_market_may_need_finer_increments_than_the_known_product() -> None:
    assert product_named("DOGE-USD", 7, 0).price_increment == Decimal("0.0000001")
    assert product_named("DOGE-USD", 2, 0).price_digits == 5


def test_an_unknown_product_gets_the_increments_of_its_recording() -> None:
    stranger = product_named("ABC-USD", 4, 2)
    assert (stranger.base, stranger.quote, stranger.base_min_size) == ("ABC", "USD", Decimal("0.01"))


@pytest.mark.parametrize("name", ["BTCUSD", "btc-usd", "BTC-", "-USD", "BTC/USD"])
def test_a_name_that_is_no_product_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationInvalid, match="BTC-USD"):
        product_named(name)


@pytest.mark.req("EX1")
@pytest.mark.parametrize("flag", ["is_disabled", "trading_disabled", "cancel_only", "view_only"])
def test_each_closing_flag_closes_order_entry(flag: str) -> None:
    open_market = TradingFlags()
    assert open_market.takes_orders
    closed: Any = {flag: True}
    assert not evolve(open_market, **closed).takes_orders
    assert not TradingFlags(status="delisted").takes_orders


def test_every_usd_product_gets_a_usdc_twin_unless_there_is_one_of_its_own() -> None:
    listed = with_aliases([product_named(name) for name in ("BTC-USD", "ETH-USD", "ETH-USDC", "ETH-BTC")])
    assert list(listed) == ["BTC-USD", "ETH-USD", "ETH-USDC", "ETH-BTC", "BTC-USDC"]
    assert (listed["BTC-USDC"].alias, listed["BTC-USDC"].quote, listed["BTC-USDC"].book_id) == (
        "BTC-USD",
        "USDC",
        "BTC-USD",
    )
    assert (listed["ETH-USDC"].alias, listed["ETH-USDC"].book_id) == ("", "ETH-USDC")
