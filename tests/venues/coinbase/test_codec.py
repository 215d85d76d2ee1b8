"""Market and account bodies, as documented and as recorded, become the nouns of the model or a fault."""

from decimal import Decimal
from typing import Any

import pytest
from tests.venues.coinbase.wire_samples import BTC, account_row, body, product_row, recorded

from trader247.model.instant import SECOND, Instant, from_seconds, instant
from trader247.model.instrument import ProductStatus
from trader247.model.portfolio import Balance
from trader247.model.venue import FeeRates
from trader247.venues.coinbase import codec
from trader247.venues.coinbase.numbers import WireFault


def test_the_venues_clock_is_read_to_the_millisecond() -> None:
    said = {"iso": "2026-09-27T10:15:30Z", "epochSeconds": "1790504130", "epochMillis": "1790504130123"}
    assert codec.server_time(body(said)) == 1790504130123 * 10**6
    assert codec.server_time(body({"iso": "2026-09-27T10:15:30Z"})) == instant("2026-09-27T10:15:30Z")


def test_an_instrument_takes_its_price_step_from_price_increment_and_falls_back_to_the_quote_step() -> None:
    found, price = codec.product(body(product_row(price_increment="0.05", quote_increment="0.01")))
    assert (found.symbol, found.base, found.quote) == (BTC, "BTC", "USD")
    assert found.price_increment == Decimal("0.05")
    assert price == Decimal("68923.67")
    fallback, none = codec.product(body(product_row(price_increment="", price="")))
    assert fallback.price_increment == Decimal("0.01")
    assert none is None


@pytest.mark.parametrize("field", ["base_increment", "quote_min_size", "base_min_size", "base_max_size"])
@pytest.mark.parametrize("value", ["NaN", "-1", ""])
def test_a_product_with_an_unusable_limit_is_a_fault(field: str, value: str) -> None:
    with pytest.raises(WireFault, match=field):
        codec.product(body(product_row(**{field: value})))


def test_a_zero_increment_is_a_fault() -> None:
    with pytest.raises(WireFault, match="zero"):
        codec.product(body(product_row(base_increment="0")))


def book(bids: list[Any], asks: list[Any]) -> dict[str, Any]:
    return {"product_id": "BTC-USD", "bids": bids, "asks": asks, "time": "2026-09-27T10:15:30.123456Z"}


BID, ASK = {"price": "68923.66", "size": "0.41"}, {"price": "68923.67", "size": "0.0512"}


def test_best_bid_and_ask_become_a_quote_with_the_books_own_time() -> None:
    last = {BTC: codec.product(body(product_row()))[1]}
    (quote,) = codec.pricebooks(body({"pricebooks": [book([BID], [ASK])]}), {k: v for k, v in last.items() if v})
    assert (quote.bid, quote.ask, quote.bid_size) == (Decimal("68923.66"), Decimal("68923.67"), Decimal("0.41"))
    assert quote.at == instant("2026-09-27T10:15:30.123456Z")
    assert codec.pricebook(body({"pricebook": book([BID], [ASK]), "last": "68923.67"})) == quote


@pytest.mark.req("ST1")
@pytest.mark.parametrize(
    ("answered_s", "at_s"),
    [(3, 3), (60, 60), (61, 0), (-1, 0)],
    ids=["unchanged for 3 s", "unchanged for a minute", "stuck for longer", "from before the book"],
)
def test_a_book_that_the_venue_says_still_stands_bears_the_time_of_that_answer(answered_s: int, at_s: int) -> None:
    page = {"pricebook": {**book([BID], [ASK]), "time": "2026-09-27T10:15:30Z"}, "last": "1"}
    book_at = instant("2026-09-27T10:15:30Z")
    quote = codec.pricebook(body(page), Instant(book_at + answered_s * SECOND))
    assert quote is not None
    assert quote.at == book_at + at_s * SECOND


def test_an_empty_side_leaves_the_quote_out() -> None:
    assert codec.pricebook(body({"pricebook": book([], [ASK]), "last": "1"})) is None
    assert codec.pricebook(body({"pricebook": book([BID], [ASK])})) is None


def test_a_crossed_book_is_a_fault() -> None:
    with pytest.raises(WireFault, match="crossed"):
        codec.pricebook(body({"pricebook": book([ASK], [BID]), "last": "1"}))


def candle(at: int, **changes: str) -> dict[str, str]:
    row = {"start": str(at), "low": "1", "high": "4", "open": "2", "close": "3", "volume": "3.21"}
    return {**row, **changes}


def test_candles_come_out_oldest_first_and_once() -> None:
    rows = [candle(1790504160), candle(1790504100), candle(1790504160)]
    found = codec.candles(body({"candles": rows}), BTC, 60)
    assert [one.start for one in found] == [from_seconds(1790504100), from_seconds(1790504160)]
    assert (found[0].open, found[0].high, found[0].low, found[0].close, found[0].volume) == (2, 4, 1, 3, 3.21)


@pytest.mark.parametrize(
    "changes",
    [{"low": "3.5"}, {"high": "2.5"}, {"volume": "-1"}, {"open": "NaN"}, {"low": "0"}, {"start": "1790504101"}],
)
def test_a_candle_that_contradicts_itself_is_a_fault(changes: dict[str, str]) -> None:
    with pytest.raises(WireFault):
        codec.candles(body({"candles": [candle(1790504100, **changes)]}), BTC, 60)


def test_only_spendable_spot_accounts_count_and_currencies_are_added_up() -> None:
    rows = [
        account_row("BTC", "1.23", "0.10"),
        account_row("USD", "100"),
        account_row("USD", "50", "1", uuid="second"),
        account_row("USD", "9", uuid="vault", type="ACCOUNT_TYPE_VAULT"),
        account_row("USD", "9", uuid="futures", platform="ACCOUNT_PLATFORM_CFM_CONSUMER"),
    ]
    found, cursor = codec.account_page(body({"accounts": rows, "has_next": True, "cursor": "789100", "size": 5}))
    assert cursor == "789100"
    assert codec.merged_balances(balance for _, balance in found) == (
        Balance("BTC", Decimal("1.23"), Decimal("0.10")),
        Balance("USD", Decimal(150), Decimal(1)),
    )


def test_a_negative_balance_is_a_fault() -> None:
    with pytest.raises(WireFault, match="USD available"):
        codec.account_page(body({"accounts": [account_row("USD", "-1")], "has_next": False}))


@pytest.mark.req("PM1")
def test_the_fee_tier_is_read_as_fractions() -> None:
    tier = {"pricing_tier": "Intro 1", "taker_fee_rate": "0.012", "maker_fee_rate": "0.006"}
    assert codec.fee_rates(body({"total_volume": 1000.5, "fee_tier": tier})) == FeeRates(
        maker=Decimal("0.006"), taker=Decimal("0.012"), tier="Intro 1"
    )
    with pytest.raises(WireFault, match="fractions"):
        codec.fee_rates(body({"fee_tier": {**tier, "taker_fee_rate": "1.2"}}))


def test_permissions_say_what_the_key_may_do() -> None:
    found = codec.permissions(body({"can_view": True, "can_trade": True, "can_transfer": False, "portfolio_uuid": "p"}))
    assert (found.can_trade, found.can_transfer) == (True, False)


@pytest.mark.parametrize(
    "name", ["rest_products/nautilus_http_product.json", "rest_products/fastmm_product_btc_usd_live.json"]
)
def test_a_recorded_product_is_an_online_instrument(name: str) -> None:
    found, _price = codec.product(body(recorded(name)))
    assert found.status is ProductStatus.ONLINE
    assert found.price_increment > 0


def test_recorded_bodies_of_market_and_account_decode() -> None:
    assert codec.products(body(recorded("rest_products/nautilus_http_products.json")))
    assert codec.candles(body(recorded("rest_candles/nautilus_http_candles.json")), BTC, 3600)[0].volume > 0
    quote = codec.pricebook(body(recorded("rest_book/nautilus_http_product_book.json")))
    assert quote is None or quote.fault() is None
    live, cursor = codec.account_page(body(recorded("rest_accounts/fastmm_accounts_live.json")))
    assert [balance.currency for _, balance in live] == ["SGD", "USD"]
    assert cursor == ""
    assert codec.account_page(body(recorded("rest_accounts/nautilus_http_accounts.json")))[0]
    fees = recorded("rest_transaction_summary/jkorf_GetFeeInfo.json")
    assert codec.fee_rates(body(fees.get("response", fees))).taker > 0
    granted = recorded("rest_key_permissions/jkorf_GetApiKeyInfo.json")
    assert codec.permissions(body(granted.get("response", granted))).can_view in {True, False}
