"""What can be traded: an instrument's increments, limits and present trading status.

The text form of an instrument is its symbol, ``BTC-USD``.
"""

import re
from decimal import Decimal
from enum import StrEnum
from typing import NewType

from attrs import frozen

from trader247.model.money import Notional, Price, Quantity, floor_to, is_multiple

__all__ = ["Instrument", "ProductStatus", "Symbol", "asset_of", "symbol_of"]

Symbol = NewType("Symbol", str)

_SYMBOL = re.compile(r"[A-Z0-9]{1,12}-[A-Z0-9]{2,6}", re.ASCII)
_QUOTES = ("USDC", "USDT", "EURC", "USD", "EUR", "GBP", "DAI", "BTC", "ETH")
"""What a symbol without a separator may end in, the longer first: BTCUSDC is in USDC, not in a currency called C."""
_SPELLINGS = {"XBT": "BTC"}
"""Other names of the same instrument's base."""
_WRAPPED = {"WBTC": "BTC", "CBBTC": "BTC", "CBETH": "ETH"}
"""What stands for another asset and falls with it: an instrument of its own, under that asset's cap (decision 7)."""


def symbol_of(text: str) -> Symbol:
    """The symbol a text names, in the canonical form ``BASE-QUOTE``.

    Accepted are lower case, ``/`` and ``_`` between the two, nothing between them where the quote currency is a common
    one, and ``XBT`` for ``BTC``. ``BTC-USDC`` stays itself: it settles in another currency than ``BTC-USD``.

    Raises:
        ValueError: the text is not of that form.
    """
    canonical = text.strip().upper().replace("/", "-").replace("_", "-")
    base, dash, quote = canonical.partition("-")
    if not dash:
        quote = next((known for known in _QUOTES if base.endswith(known) and base != known), "")
        base = base.removesuffix(quote)
    canonical = f"{_SPELLINGS.get(base, base)}-{_SPELLINGS.get(quote, quote)}"
    if not text.isascii() or _SYMBOL.fullmatch(canonical) is None:
        raise ValueError(f"not a symbol of the form BASE-QUOTE: {text!r}")
    return Symbol(canonical)


def asset_of(symbol: Symbol) -> str:
    """Whose risk is held after a purchase: ``BTC-USD``, ``BTC-USDC`` and ``WBTC-USD`` are instruments of one asset."""
    base = symbol.partition("-")[0]
    return _WRAPPED.get(base, base)


class ProductStatus(StrEnum):
    """What the venue lets people do with an instrument now (requirement EX1). Only ``ONLINE`` admits entries."""

    ONLINE = "online"
    POST_ONLY = "post_only"
    LIMIT_ONLY = "limit_only"
    CANCEL_ONLY = "cancel_only"
    AUCTION = "auction"
    DISABLED = "disabled"
    UNKNOWN = "unknown"

    @property
    def admits_entries(self) -> bool:
        """Whether a new position may be opened; an unknown status fails closed."""
        return self is ProductStatus.ONLINE

    @property
    def admits_exits(self) -> bool:
        """Whether a limit order that reduces a position has a chance."""
        return self in {ProductStatus.ONLINE, ProductStatus.LIMIT_ONLY}


@frozen
class Instrument:
    """An instrument as the venue describes it.

    ``price_increment`` bounds limit prices, ``base_increment`` order sizes; ``quote_min_size`` is the least notional
    of any order, limit orders included.
    """

    symbol: Symbol
    base: str
    quote: str
    price_increment: Decimal
    base_increment: Decimal
    base_min_size: Quantity
    base_max_size: Quantity
    quote_min_size: Notional
    status: ProductStatus = ProductStatus.UNKNOWN

    def quantity_for(self, notional: Decimal, price: Price) -> Quantity:
        """The largest tradable quantity whose notional at ``price`` does not exceed ``notional``; may be zero."""
        return Quantity(floor_to(notional / price, self.base_increment))

    def fault_of(self, price: Price, quantity: Quantity) -> str | None:
        """Why the venue would refuse a limit order of this price and quantity, or None where it would not."""
        if price <= 0 or not is_multiple(price, self.price_increment):
            return f"price {price} is not a positive multiple of {self.price_increment}"
        if quantity <= 0 or not is_multiple(quantity, self.base_increment):
            return f"quantity {quantity} is not a positive multiple of {self.base_increment}"
        if not self.base_min_size <= quantity <= self.base_max_size:
            return f"quantity {quantity} is not between {self.base_min_size} and {self.base_max_size}"
        if price * quantity < self.quote_min_size:
            return f"notional {price * quantity} is under the minimum of {self.quote_min_size}"
        return None
