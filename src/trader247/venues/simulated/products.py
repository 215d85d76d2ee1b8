"""The products of the simulated exchange: increments, bounds, names and trading flags, as their wire objects show them.

Prices and sizes are counted in whole increments inside (``ticks`` and ``units``), so that a candle is five exact
integers and no rounding can creep in between the market and the wire.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from attrs import evolve, frozen

from trader247.errors import ConfigurationInvalid

__all__ = ["KNOWN_PRODUCTS", "Product", "TradingFlags", "product_named", "with_aliases"]


@frozen
class TradingFlags:
    """What the venue allows on a product right now; the defaults are an ordinary open market.

    ``status`` is ``online``, ``offline``, ``internal`` or ``delisted``.
    """

    status: str = "online"
    is_disabled: bool = False
    trading_disabled: bool = False
    cancel_only: bool = False
    limit_only: bool = False
    post_only: bool = False
    auction_mode: bool = False
    view_only: bool = False

    @property
    def takes_orders(self) -> bool:
        """Whether any new order may enter at all."""
        closed = self.is_disabled or self.trading_disabled or self.cancel_only or self.view_only
        return self.status == "online" and not closed


@frozen
class Product:
    """One product. ``price_digits`` and ``size_digits`` are the decimals of the price and base increments.

    ``spread_bps`` is the usual distance between best bid and best ask, for markets that do not bring their own quotes.
    """

    product_id: str
    price_digits: int
    size_digits: int
    base_name: str = ""
    base_min_size: Decimal = Decimal("0.00000001")
    base_max_size: Decimal = Decimal(1_000_000_000)
    quote_min_size: Decimal = Decimal(1)
    quote_max_size: Decimal = Decimal(150_000_000)
    quote_increment: Decimal = Decimal("0.01")
    spread_bps: float = 4.0
    alias: str = ""
    """The product whose book this one shares, empty where it has its own."""

    @property
    def base(self) -> str:
        """The currency bought and sold."""
        return self.product_id.partition("-")[0]

    @property
    def quote(self) -> str:
        """The currency paid."""
        return self.product_id.partition("-")[2]

    @property
    def book_id(self) -> str:
        """The product under whose name the book, its tape and its candles are kept."""
        return self.alias or self.product_id

    @property
    def price_increment(self) -> Decimal:
        """The step of limit and stop prices."""
        return Decimal(1).scaleb(-self.price_digits)

    @property
    def base_increment(self) -> Decimal:
        """The step of base sizes."""
        return Decimal(1).scaleb(-self.size_digits)

    def price(self, ticks: int) -> Decimal:
        """The price of so many price increments."""
        return Decimal(ticks).scaleb(-self.price_digits)

    def size(self, units: int) -> Decimal:
        """The size of so many base increments."""
        return Decimal(units).scaleb(-self.size_digits)


_COIN: Final = Decimal("0.00000001")
KNOWN_PRODUCTS: Final[Mapping[str, Product]] = MappingProxyType(
    {
        each.product_id: each
        for each in (
            Product("BTC-USD", 2, 8, "Bitcoin", _COIN, Decimal(3400), spread_bps=2.0),
            Product("ETH-USD", 2, 8, "Ethereum", _COIN, Decimal(49_000), spread_bps=2.0),
            Product("SOL-USD", 2, 8, "Solana", _COIN, Decimal(770_000), spread_bps=3.0),
            Product("DOGE-USD", 5, 1, "Dogecoin", Decimal("0.1"), Decimal(72_000_000), spread_bps=5.0),
            Product("LINK-USD", 3, 2, "Chainlink", Decimal("0.01"), Decimal(580_000), spread_bps=4.0),
            Product("ADA-USD", 4, 8, "Cardano", _COIN, Decimal(27_000_000), spread_bps=4.0),
            Product("LTC-USD", 2, 8, "Litecoin", _COIN, Decimal(130_000), spread_bps=4.0),
            Product("FXS-USD", 3, 3, "Frax Share", Decimal("0.001"), Decimal(100_000), spread_bps=5.0),
        )
    }
)


def with_aliases(products: Iterable[Product]) -> dict[str, Product]:
    """Products by name, with the USDC twin that the venue gives each USD product: one book, another wallet."""
    own = {each.product_id: each for each in products}
    named = {f"{each.base}-USDC": each for each in own.values() if each.quote == "USD"}
    twins = {name: evolve(each, product_id=name, alias=each.product_id) for name, each in named.items()}
    return own | {name: twin for name, twin in twins.items() if name not in own}


def product_named(product_id: str, price_digits: int | None = None, size_digits: int | None = None) -> Product:
    """The product of that name, with finer increments where a recorded market needs them.

    Raises:
        ConfigurationInvalid: the name is not ``BASE-QUOTE`` in capitals.
    """
    base, dash, quote = product_id.partition("-")
    if not (dash and base.isalnum() and quote.isalnum() and product_id == product_id.upper()):
        raise ConfigurationInvalid(f"product {product_id!r} is not a name like BTC-USD")
    known = KNOWN_PRODUCTS.get(product_id)
    if known is None:
        digits = size_digits if size_digits is not None else 8
        known = Product(product_id, price_digits or 2, digits, base, Decimal(1).scaleb(-digits))
    return evolve(
        known,
        price_digits=max(known.price_digits, price_digits or 0),
        size_digits=max(known.size_digits, size_digits or 0),
    )
