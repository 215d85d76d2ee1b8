"""Pages of one portfolio."""

import pytest
from tests.venues.simulated.rig import START, Client, at, exchange_on, limit

from trader247.model.instant import SECOND
from trader247.venues.simulated.delays import Delays
from trader247.venues.simulated.exchange import SimulatedExchange
from trader247.venues.simulated.fee_tiers import VENUE_TIERS
from trader247.venues.simulated.generated_market import GeneratedMarket


def test_wallets_come_in_pages_and_total_available_plus_hold() -> None:
    client = Client(SimulatedExchange(GeneratedMarket(START)))
    client.exchange.advance(START)
    client.create("a", "BUY", limit("0.1", "50000"))
    first = client.get("/accounts?limit=4")
    assert (first["has_next"], first["cursor"], first["size"]) == (True, "4", 4)
    second = client.get("/accounts?limit=4&cursor=4")
    assert (second["has_next"], second["cursor"], second["size"]) == (False, "", 3)
    wallets = {each["currency"]: each for each in first["accounts"] + second["accounts"]}
    assert wallets["USD"]["hold"] == {"value": "5030", "currency": "USD"}
    assert wallets["USD"]["available_balance"]["value"] == "94970"
    assert wallets["DOGE"]["available_balance"]["value"] == "0"
    assert wallets["USD"]["type"] == "ACCOUNT_TYPE_FIAT"
    one = client.get(f"/accounts/{wallets['BTC']['uuid']}")["account"]
    assert one == wallets["BTC"]
    assert client.ask("GET", "/accounts/nope").status == 404


def test_the_key_tells_what_it_may_do_and_for_whom() -> None:
    client = Client(exchange_on())
    shown = client.get("/key_permissions")
    assert (shown["can_trade"], shown["can_transfer"], shown["portfolio_uuid"]) == (
        True,
        False,
        client.exchange.portfolio_id,
    )
    assert client.get("/portfolios")["portfolios"][0]["uuid"] == client.exchange.portfolio_id


def test_the_summary_tells_the_tier_and_thirty_days_of_volume() -> None:
    client = Client(exchange_on())
    client.create("a", "BUY", {"market_market_ioc": {"quote_size": "100"}})
    shown = client.get("/transaction_summary?product_type=SPOT")
    assert (shown["fee_tier"]["maker_fee_rate"], shown["fee_tier"]["taker_fee_rate"]) == ("0.004", "0.006")
    assert shown["total_volume"] == pytest.approx(99.4, abs=0.01)
    assert shown["total_fees"] == pytest.approx(0.596, abs=0.001)


def test_the_summary_tells_the_tier_that_the_volume_has_reached() -> None:
    client = Client(exchange_on(fee_tiers=VENUE_TIERS))
    assert client.get("/transaction_summary")["fee_tier"]["pricing_tier"] == "Intro 1"
    client.create("a", "BUY", {"market_market_ioc": {"quote_size": "2000"}})
    client.now = at(3_600)
    tier = client.get("/transaction_summary")["fee_tier"]
    assert (tier["pricing_tier"], tier["usd_from"], tier["usd_to"]) == ("Intro 2", "1000", "10000")
    assert (tier["maker_fee_rate"], tier["taker_fee_rate"]) == ("0.0035", "0.0075")


def test_wallets_can_trail_the_fills_that_changed_them() -> None:
    client = Client(exchange_on(delays=Delays(balances_ns=5 * SECOND)))

    def coins() -> str:
        wallets = {each["currency"]: each for each in client.get("/accounts")["accounts"]}
        return str(wallets["BTC"]["available_balance"]["value"])

    client.create("a", "BUY", limit("0.5", "60001"))
    assert client.exchange.ledger.available(client.exchange.portfolio_id, "BTC") == 1.5
    assert coins() == "1"
    client.now = at(4.9)
    assert coins() == "1"
    client.now = at(5)
    assert coins() == "1.5"
