"""What a market source gives the exchange: products, a past, and steps in time order.

A step is a quote with its sizes and the trades printed with it. Prices and sizes are whole increments of the product
(``Product.price`` and ``Product.size`` turn them into decimals), so a source is exact by construction.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from trader247.model.instant import Instant
from trader247.venues.simulated.book import Side
from trader247.venues.simulated.products import Product

__all__ = ["Bar", "MarketSource", "MarketStep", "TapeTrade"]


class Bar(NamedTuple):
    """One minute that traded. ``start_s`` is unix seconds, a multiple of 60; prices in ticks, ``volume`` in units."""

    start_s: int
    open: int
    high: int
    low: int
    close: int
    volume: int


class TapeTrade(NamedTuple):
    """A trade among strangers: price in ticks, size in units, the side of the one who took."""

    price: int
    size: int
    taker: Side


class MarketStep(NamedTuple):
    """The market of one product at an instant; ``bid < ask``, both in ticks, sizes in units, all above zero.

    A step with ``bid`` zero only has trades: the quote before it stands.
    """

    at: Instant
    product_id: str
    bid: int
    ask: int
    bid_size: int
    ask_size: int
    trades: tuple[TapeTrade, ...] = ()


class MarketSource(Protocol):
    """A seeded or recorded market. Asking for ``steps`` twice starts over with the same ones."""

    @property
    def start(self) -> Instant:
        """The instant at which the market goes live: history is before, steps are at or after it."""
        ...

    @property
    def products(self) -> Sequence[Product]:
        """The products traded, the first one leading."""
        ...

    @property
    def notes(self) -> Sequence[str]:
        """What an operator should know of this market, one sentence each: gaps, renamed products."""
        ...

    def history(self, product_id: str) -> Sequence[Bar]:
        """The minutes before ``start`` that traded, oldest first."""
        ...

    def steps(self) -> Iterator[MarketStep]:
        """The market from ``start`` on, in time order over all products; may be endless."""
        ...
