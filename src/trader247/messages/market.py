"""Messages about the market: what the feed saw, checked and passed on."""

from decimal import Decimal

from attrs import frozen

from trader247.model.instant import Instant
from trader247.model.instrument import Instrument, ProductStatus, Symbol
from trader247.model.market import Candle, Depth, Quote

__all__ = [
    "CandleClosed",
    "CandlesFetched",
    "DepthsRead",
    "FeeTierSeen",
    "FetchHistory",
    "FetchMinutes",
    "HistoryFetched",
    "HistoryWanted",
    "InstrumentsListed",
    "MarketHistory",
    "QuoteAccepted",
    "QuoteRejected",
    "QuoteSeen",
    "ReadFailed",
    "StreamChanged",
    "VenueSeen",
]


@frozen
class QuoteSeen:
    """A quote as it came from the stream or a poll, not yet checked."""

    quote: Quote


@frozen
class DepthsRead:
    """How deep the books are, from one round of reads; ``unread`` are those whose book could not be had."""

    depths: tuple[Depth, ...]
    unread: tuple[Symbol, ...] = ()


@frozen
class QuoteAccepted:
    """A quote that passed the feed's checks: positive, not crossed, not older than the one before."""

    quote: Quote


@frozen
class QuoteRejected:
    """A quote that is not believed yet: an outlier by its ``reason`` (jump, spread, mean), with the numbers."""

    quote: Quote
    reason: str
    text: str


@frozen
class CandlesFetched:
    """Closed one-minute candles of an instrument, oldest first, as the venue lists them; minutes may be missing.

    ``until`` is the end of the span that was asked for: a minute before it that is not listed had no trade.
    """

    symbol: Symbol
    candles: tuple[Candle, ...]
    until: Instant


@frozen
class HistoryWanted:
    """Request to the feed: everything known of the market's past, for windows that are empty."""


@frozen
class FetchHistory:
    """Request to the feed's reader: hourly and one-minute candles of an instrument up to now."""

    symbol: Symbol


@frozen
class HistoryFetched:
    """The reader's answer: closed candles, oldest first, as the venue lists them; ``until`` ends the minutes' span."""

    symbol: Symbol
    hours: tuple[Candle, ...]
    minutes: tuple[Candle, ...]
    until: Instant


@frozen
class FetchMinutes:
    """Request to the feed's reader: closed one-minute candles with ``start <= candle.start < end``."""

    symbol: Symbol
    start: Instant
    end: Instant


@frozen
class ReadFailed:
    """A read of the venue did not succeed; it is tried again in its turn. ``what`` names the read."""

    what: str
    why: str
    symbol: Symbol | None = None


@frozen
class MarketHistory:
    """An instrument's past in order and without holes: hours before the minutes begin, then one-minute candles."""

    symbol: Symbol
    hours: tuple[Candle, ...]
    minutes: tuple[Candle, ...]


@frozen
class CandleClosed:
    """A closed one-minute candle, in order and without holes: a minute without trades comes with ``traded=False``,
    flat at the close before it.
    """

    candle: Candle
    traded: bool


@frozen
class StreamChanged:
    """A stream came up or went down."""

    up: bool
    why: str = ""


@frozen
class InstrumentsListed:
    """The venue's description of every instrument of the universe; ``missing`` are those it does not know."""

    instruments: tuple[Instrument, ...]
    missing: tuple[Symbol, ...] = ()

    def status_of(self, symbol: Symbol) -> ProductStatus:
        """The listed status, unknown where the venue did not list the instrument."""
        return next((i.status for i in self.instruments if i.symbol == symbol), ProductStatus.UNKNOWN)


@frozen
class FeeTierSeen:
    """The account's own fee rates, as the venue told them at most 5 minutes ago; ``name`` is the venue's word."""

    maker_bps: Decimal
    taker_bps: Decimal
    name: str


@frozen
class VenueSeen:
    """The venue answered (or not) to a look at its clock: its time beside ours, in the middle of the round trip."""

    offset_ns: int | None
    round_trip_ns: int
    why: str = ""
