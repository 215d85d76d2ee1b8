"""The common book of USD and USDC has one name on the market channels; books that are not common keep theirs."""

import pytest

from trader247.model.instrument import symbol_of
from trader247.venues.coinbase.symbols import book_name, same_book


@pytest.mark.parametrize(
    ("symbol", "book"),
    [
        ("BTC-USDC", "BTC-USD"),
        ("BTC-USD", "BTC-USD"),
        ("ETH-BTC", "ETH-BTC"),
        ("USDT-USDC", "USDT-USDC"),
        ("EURC-USDC", "EURC-USDC"),
        ("USDT-USD", "USDT-USD"),
    ],
)
@pytest.mark.req("U5")
def test_an_instruments_book_is_called(symbol: str, book: str) -> None:
    assert book_name(symbol_of(symbol)) == book


@pytest.mark.req("U5")
def test_orders_meet_across_the_two_names_of_one_book_only() -> None:
    assert same_book(symbol_of("BTC-USDC"), symbol_of("BTC-USD"))
    assert not same_book(symbol_of("USDT-USDC"), symbol_of("USDT-USD"))
