from decimal import Decimal

import pytest
from attrs import fields
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import instrument

from trader247.model.instrument import Instrument, ProductStatus, Symbol, asset_of, symbol_of
from trader247.model.money import Price, Quantity


def _grid(quote_min_size: int = 1) -> Instrument:
    return instrument(base_increment="0.0001", base_min_size="0.001", quote_min_size=quote_min_size)


@pytest.mark.req("U5")
@pytest.mark.parametrize(
    "text", ["BTC-USD", "btc-usd", "BTC/USD", " btc/usd ", "Btc_Usd", "btcusd", "XBT-USD", "XBTUSD"]
)
def test_every_spelling_of_an_instrument_is_one_symbol(text: str) -> None:
    assert symbol_of(text) == "BTC-USD"


@pytest.mark.req("U5")
@pytest.mark.parametrize(
    ("text", "symbol"),
    [
        ("btcusdc", "BTC-USDC"),
        ("BTC-USDC", "BTC-USDC"),
        ("usdtusdc", "USDT-USDC"),
        ("ethbtc", "ETH-BTC"),
        ("ethxbt", None),
        ("eth-xbt", "ETH-BTC"),
        ("WBTC-USD", "WBTC-USD"),
        ("wbtcusd", "WBTC-USD"),
        ("usd", None),
        ("usdc", None),
    ],
)
def test_a_symbol_without_a_separator_ends_in_the_longest_quote_currency_and_a_wrapped_asset_is_another(
    text: str, symbol: str | None
) -> None:
    if symbol is None:
        with pytest.raises(ValueError, match="not a symbol"):
            symbol_of(text)
    else:
        assert symbol_of(text) == symbol


@pytest.mark.parametrize(
    "text",
    ["", "-", "BTC", "BTC-", "-USD", "BTC-USD-PERP", "BTC--USD", "BTC USD", "BTC-U", "BTC-USD\x00", "\u017fol-usd"],
)
def test_what_is_no_symbol_is_refused_with_its_text(text: str) -> None:
    with pytest.raises(ValueError, match="not a symbol of the form BASE-QUOTE"):
        symbol_of(text)


@given(st.from_regex(r"[A-Z0-9]{1,12}-[A-Z0-9]{2,6}", fullmatch=True))
def test_a_canonical_symbol_is_left_as_it_is(text: str) -> None:
    assert symbol_of(text) == Symbol(text) or text.startswith("XBT-") or text.endswith("-XBT")


@pytest.mark.req("EX1")
@pytest.mark.parametrize("status", ProductStatus)
def test_only_an_instrument_that_is_online_admits_entries(status: ProductStatus) -> None:
    assert status.admits_entries is (status is ProductStatus.ONLINE)


@pytest.mark.req("EX1")
def test_an_exit_needs_a_book_that_matches_limit_orders() -> None:
    assert {status for status in ProductStatus if status.admits_exits} == {
        ProductStatus.ONLINE,
        ProductStatus.LIMIT_ONLY,
    }


def test_an_instrument_whose_status_nobody_told_is_of_unknown_status() -> None:
    status = next(field for field in fields(Instrument) if field.name == "status")
    assert status.default is ProductStatus.UNKNOWN


increments = st.integers(0, 8).map(lambda digits: Decimal(1).scaleb(-digits))
amounts = st.decimals("0.01", "1000000", places=2)


@pytest.mark.req("X3")
@given(amounts, amounts, increments)
def test_the_quantity_for_a_notional_is_the_largest_that_does_not_exceed_it(
    notional: Decimal, price: Decimal, increment: Decimal
) -> None:
    quantity = instrument(base_increment=increment).quantity_for(notional, Price(price))
    assert quantity % increment == 0
    assert quantity * price <= notional < (quantity + increment) * price


@pytest.mark.req("X3")
@pytest.mark.parametrize(
    ("price", "quantity", "fault"),
    [
        ("100", "1", None),
        ("0.01", "1000", None),  # every limit at once, each exactly met
        ("1000", "0.001", None),
        ("999.99", "0.001", "notional"),
        ("100.001", "1", "price"),
        ("0", "1", "price"),
        ("-1", "1", "price"),
        ("100", "0", "quantity"),
        ("100", "-1", "quantity"),
        ("100", "1.00001", "quantity"),
        ("100", "0.0009", "is not between"),
        ("100", "1000.0001", "is not between"),
        ("0.01", "99.9999", "notional"),
    ],
)
def test_an_order_off_the_grid_or_outside_the_limits_has_a_fault_that_names_it(
    price: str, quantity: str, fault: str | None
) -> None:
    found = _grid().fault_of(Price(Decimal(price)), Quantity(Decimal(quantity)))
    assert found is None if fault is None else found is not None and fault in found


@given(
    st.integers(-5, 200_000).map(lambda cents: Decimal(cents) / 100),
    st.integers(-5, 12_000_000).map(lambda steps: Decimal(steps) / 10_000),
)
def test_an_order_without_fault_keeps_every_limit_of_the_venue(price: Decimal, quantity: Decimal) -> None:
    made = _grid(quote_min_size=5)
    kept = price > 0 and Decimal("0.001") <= quantity <= 1000 and price * quantity >= 5
    assert (made.fault_of(Price(price), Quantity(quantity)) is None) == kept


@pytest.mark.req("U5")
@pytest.mark.parametrize(
    ("symbol", "asset"),
    [("BTC-USD", "BTC"), ("BTC-USDC", "BTC"), ("WBTC-USD", "BTC"), ("CBETH-USD", "ETH"), ("SOL-USD", "SOL")],
)
def test_two_books_and_a_wrapped_token_are_the_risk_of_one_asset(symbol: str, asset: str) -> None:
    assert asset_of(Symbol(symbol)) == asset
