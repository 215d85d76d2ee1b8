"""Which instruments share an order book at this venue. Pure.

The venue keeps one book for ``BTC-USD`` and ``BTC-USDC`` (its products say so in ``alias``): the same prices, the same
trades, and orders that meet each other. Its market channels speak only the USD name; the user channel and the orders
keep the name that was ordered, and each settles in its own currency.
"""

from typing import Final

from trader247.model.instrument import Symbol

__all__ = ["book_name", "same_book"]

_OWN_BOOKS: Final = frozenset({"EURC", "USDT"})
"""Assets whose USDC product is a book of its own, without a USD twin (or beside another book in USD)."""


def book_name(symbol: Symbol) -> Symbol:
    """The name the market channels use for an instrument's book."""
    base, _, quote = symbol.partition("-")
    return Symbol(f"{base}-USD") if quote == "USDC" and base not in _OWN_BOOKS else symbol


def same_book(one: Symbol, other: Symbol) -> bool:
    """Whether orders on the two can meet each other; such a pair is no arbitrage."""
    return book_name(one) == book_name(other)
