"""What the market says: quotes in exact decimals, candles in floats.

A quote meets money (exits, exposure, limit prices), so it is decimal. A candle only ever feeds statistics, so it is
float, and a candle never becomes a price without being rounded to an increment by name.
"""

from decimal import Decimal

from attrs import frozen

from trader247.model.instant import Instant
from trader247.model.instrument import Symbol
from trader247.model.money import BPS, Notional, Price, Quantity

__all__ = ["DEPTH_BPS", "Candle", "Depth", "Quote"]

DEPTH_BPS = 20
"""How far from the mid a book's depth is counted."""

_EXPONENT_MAX = 18
"""A price beyond ten to the power of this, or as close to zero, is none: the dearest asset is at 10**5, the cheapest at
10**-9, and what statistics make of such a number in floats is an infinity or a zero."""


@frozen
class Quote:
    """Best bid and ask of an instrument. ``at`` is the venue's own time; ``last`` the last traded price."""

    symbol: Symbol
    at: Instant
    bid: Price
    ask: Price
    bid_size: Quantity
    ask_size: Quantity
    last: Price

    @property
    def mid(self) -> Price:
        """Halfway between bid and ask."""
        return Price((self.bid + self.ask) / 2)

    @property
    def spread_bps(self) -> Decimal:
        """The spread in basis points of the mid."""
        return (self.ask - self.bid) / self.mid * BPS

    def fault(self) -> str | None:
        """What makes this quote unusable, or None: numbers must be finite, prices positive, sane and not crossed."""
        sizes_finite = self.bid_size.is_finite() and self.ask_size.is_finite()
        if not (sizes_finite and self.bid.is_finite() and self.ask.is_finite()):
            return f"not a finite number among bid {self.bid}, ask {self.ask}, sizes {self.bid_size}, {self.ask_size}"
        if self.bid <= 0 or self.ask <= 0:
            return f"bid {self.bid} or ask {self.ask} is not positive"
        if max(abs(self.bid.adjusted()), abs(self.ask.adjusted())) > _EXPONENT_MAX:
            return f"absurd: bid {self.bid:.1e}, ask {self.ask:.1e}"
        if self.bid > self.ask:
            return f"crossed: bid {self.bid} is above ask {self.ask}"
        if self.bid_size < 0 or self.ask_size < 0:
            return f"negative size: bid {self.bid_size}, ask {self.ask_size}"
        return None


@frozen
class Depth:
    """What a book holds within ``DEPTH_BPS`` of its mid on each side, in the quote currency. ``at`` as in a quote."""

    symbol: Symbol
    at: Instant
    bids: Notional
    asks: Notional

    @property
    def thinner(self) -> Notional:
        """The smaller of the two sides."""
        return min(self.bids, self.asks)


@frozen
class Candle:
    """One closed bar. ``start`` is its first instant, ``span_s`` its length in seconds; volume is of the base asset."""

    symbol: Symbol
    start: Instant
    span_s: int
    open: float
    high: float
    low: float
    close: float
    volume: float
