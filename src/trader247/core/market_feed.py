"""The market feed: what of the market's word is usable, and what has to be asked for (ST1, D1 in its first form).

Quotes come from the stream, and from polls: of every instrument while the stream is down, and while it is up of those
that it has not spoken of lately, because the ticker is silent while nothing trades though the book stands. A quote is
passed on unless it is faulty (not positive, crossed, from a time that has not come yet), older than the one before, or
an outlier (``core/outliers.py``). One-minute bars come from the venue's own candles, asked for shortly after each
minute; a minute the venue does not list had no trade and is passed on flat and marked, so no hole is silent.
"""

from attrs import define

from trader247.core.outliers import TickFilter
from trader247.messages.base import Tick
from trader247.messages.control import AlertCleared, AlertRaised, Guard, GuardVoted, Severity
from trader247.messages.market import (
    CandleClosed,
    CandlesFetched,
    DepthsRead,
    FeeTierSeen,
    FetchHistory,
    FetchMinutes,
    HistoryFetched,
    HistoryWanted,
    InstrumentsListed,
    MarketHistory,
    QuoteAccepted,
    QuoteRejected,
    QuoteSeen,
    ReadFailed,
    StreamChanged,
)
from trader247.model.ids import AlertKey
from trader247.model.instant import MINUTE, SECOND, Instant, Moment, Mono, seconds
from trader247.model.instrument import Symbol
from trader247.model.market import Candle, Quote
from trader247.model.policy import Outliers, Staleness

__all__ = ["FeedIn", "FeedOut", "MarketFeed", "Reads", "without_holes"]

FeedIn = (
    QuoteSeen
    | StreamChanged
    | CandlesFetched
    | HistoryFetched
    | HistoryWanted
    | InstrumentsListed
    | FeeTierSeen
    | DepthsRead
    | ReadFailed
    | Tick
)
FeedOut = (
    QuoteAccepted
    | QuoteRejected
    | CandleClosed
    | MarketHistory
    | FetchMinutes
    | FetchHistory
    | InstrumentsListed
    | FeeTierSeen
    | DepthsRead
    | StreamChanged
    | GuardVoted
    | AlertRaised
    | AlertCleared
)

Reads = FetchMinutes | FetchHistory
"""What the feed asks of its reader."""

_SETTLE_S = 1.5
"""The venue's candle door is cached for about a second; asked earlier, the last minute may be missing."""
_RETRY_S = 5.0
_BARS_OF_MEAN = 20
"""Bars of the past that the filter of outliers has a mean of."""
_STREAM = AlertKey("stream_down")


@define
class _Series:
    """One instrument's bars: the last one passed on, and when the next were asked for."""

    last: Candle | None = None
    asked_at: Mono | None = None
    wanted: bool = False


class MarketFeed:
    """The decider. It is ready at once: while the venue is silent its vote is no, and the daemon stays up."""

    ready = True

    def __init__(self, symbols: tuple[Symbol, ...], staleness: Staleness, outliers: Outliers) -> None:
        """``symbols`` are those of the universe, in canonical order."""
        self._staleness = staleness
        self._filters = {symbol: TickFilter(outliers) for symbol in symbols}
        self._symbols = symbols
        self._series = {symbol: _Series() for symbol in symbols}
        self._quotes: dict[Symbol, Quote] = {}
        self._stale: set[Symbol] = set()
        self._unsaid = set(symbols)  # whether an earlier life called them stale, nobody here knows
        self._listed: InstrumentsListed | None = None
        self._stream_up = False
        self._stream_why = "not connected yet"
        self.faulty = 0

    @property
    def stream_up(self) -> bool:
        """Whether quotes come by themselves; while not, they are polled."""
        return self._stream_up

    def quotes_due(self, now: Moment) -> tuple[Symbol, ...]:
        """Whose quotes are to be asked for now: those half as old as is stale, and all while the stream is down."""
        missing = self._listed.missing if self._listed is not None else ()
        there = (symbol for symbol in self._symbols if symbol not in missing)
        return tuple(symbol for symbol in there if not self._stream_up or self._half_stale(symbol, now))

    def _half_stale(self, symbol: Symbol, now: Moment) -> bool:
        quote = self._quotes.get(symbol)
        return quote is None or seconds(now.utc - quote.at) >= self._staleness.quote_s / 2

    def start(self, now: Moment) -> list[FeedOut]:
        """Nothing to say before the venue was seen."""
        return []

    def handle(self, message: FeedIn, now: Moment) -> list[FeedOut]:
        """What follows from one message."""
        match message:
            case QuoteSeen(quote):
                return self._quote(quote, now)
            case CandlesFetched():
                return self._candles(message)
            case HistoryFetched():
                return self._history(message)
            case HistoryWanted():
                return self._want_history(now)
            case StreamChanged(up, why):
                return self._stream(message, up=up, why=why)
            case InstrumentsListed():
                return self._list(message, now)
            case FeeTierSeen() | DepthsRead():
                return [message]
            case ReadFailed(symbol=symbol):
                if symbol in self._series and self._series[symbol].wanted:
                    self._series[symbol].asked_at = now.mono
                return []
            case Tick():
                return [*self._due_minutes(now), *self._staleness_alerts(now), self._vote(now)]

    # ------------------------------------------------------------------------------------- numbers instead of messages
    def caught_up(self, minute: Instant) -> bool:
        """Whether every listed instrument has its bars up to this instant, and nothing is asked for."""
        return all(
            series.last is not None and not series.wanted and _end(series.last) == minute
            for series in map(self._series.__getitem__, self._listed_symbols())
        )

    def last_close(self, symbol: Symbol) -> float | None:
        """The close of the newest bar that was passed on."""
        last = self._series[symbol].last
        return last.close if last is not None else None

    def filter_of(self, symbol: Symbol) -> TickFilter:
        """What rules on an instrument's quotes, to be shown sound ones, each newer than the one before, and its bars.

        What it was shown is to be noted (``note_quote``, ``note_bar``) before the next message.
        """
        return self._filters[symbol]

    @property
    def patience_s(self) -> int:
        """A quote that is told again each second is passed on after so many of them at the latest."""
        return max((each.patience_s for each in self._filters.values()), default=0)

    def note_quote(self, quote: Quote) -> None:
        """The newest quote that was seen in numbers."""
        self._quotes[quote.symbol] = quote

    def note_bar(self, candle: Candle) -> None:
        """The newest bar that was taken in numbers."""
        self._series[candle.symbol].last = candle

    # ------------------------------------------------------------------------------------------------------- quotes
    def _quote(self, quote: Quote, now: Moment) -> list[FeedOut]:
        before = self._quotes.get(quote.symbol)
        # believed, one quote of tomorrow would count as fresh until then and make every later one too old
        ahead = seconds(quote.at - now.utc) > self._staleness.quote_s
        if quote.symbol not in self._series or ahead or quote.fault() is not None:
            self.faulty += 1
            return []
        if before is not None and quote.at < before.at:
            return []
        doubt = self._filters[quote.symbol].objection(quote)
        if doubt is not None:
            reason, _, numbers = doubt.partition(": ")
            return [QuoteRejected(quote, reason, numbers)]
        self._quotes[quote.symbol] = quote
        return [QuoteAccepted(quote)]

    def _staleness_alerts(self, now: Moment) -> list[FeedOut]:
        out: list[FeedOut] = []
        for symbol in self._symbols:
            key, what = AlertKey(f"staleness:{symbol}"), self._stale_word(symbol, now)
            if what is not None and symbol not in self._stale:
                self._stale.add(symbol)
                out.append(AlertRaised(key, Severity.WARNING, f"{symbol}: {what}; entries are blocked"))
            elif what is None and (symbol in self._stale or (symbol in self._unsaid and symbol in self._quotes)):
                self._stale.discard(symbol)
                self._unsaid.discard(symbol)
                out.append(AlertCleared(key))
        return out

    def _stale_word(self, symbol: Symbol, now: Moment) -> str | None:
        """Which word of the market is too old to act on; what was never known is not stale, only missing."""
        quote, bar = self._quotes.get(symbol), self._series[symbol].last
        if quote is not None and seconds(now.utc - quote.at) > self._staleness.quote_s:
            return f"quote is older than {self._staleness.quote_s:g} s"
        if bar is not None and seconds(now.utc - _end(bar)) > self._staleness.bar_s:
            return f"last bar closed more than {self._staleness.bar_s:g} s ago"
        return None

    def _vote(self, now: Moment) -> GuardVoted:
        fresh = sum(seconds(now.utc - quote.at) <= self._staleness.quote_s for quote in self._quotes.values())
        if fresh == 0:
            why = "no quote yet" if not self._quotes else "every quote is stale"
            return GuardVoted(Guard.FEED, yes=False, reason=f"{why}; stream: {self._stream_why or 'up'}")
        return GuardVoted(Guard.FEED, yes=True, reason=f"{fresh} of {len(self._symbols)} quotes fresh")

    def _stream(self, message: StreamChanged, *, up: bool, why: str) -> list[FeedOut]:
        self._stream_up, self._stream_why = up, why
        if up:
            return [message, AlertCleared(_STREAM)]
        return [message, AlertRaised(_STREAM, Severity.WARNING, f"market stream is down ({why}); quotes are polled")]

    # ----------------------------------------------------------------------------------------------- status and bars
    def _list(self, message: InstrumentsListed, now: Moment) -> list[FeedOut]:
        """Passed on even where nothing changed: who was restarted since knows nothing."""
        out: list[FeedOut] = []
        before = self._listed.missing if self._listed else ()
        for symbol in message.missing:
            if symbol not in before:
                text = f"{symbol}: the venue does not know it; it is left out"
                out.append(AlertRaised(AlertKey(f"not_listed:{symbol}"), Severity.INFO, text))
        out += [AlertCleared(AlertKey(f"not_listed:{symbol}")) for symbol in before if symbol not in message.missing]
        self._listed = message
        return [*out, message, *self._due_minutes(now)]

    def _want_history(self, now: Moment) -> list[FeedOut]:
        for series in self._series.values():
            series.last, series.wanted, series.asked_at = None, True, None
        known: list[FeedOut] = [self._listed] if self._listed is not None else []
        return [*known, *self._due_minutes(now)]

    def _listed_symbols(self) -> tuple[Symbol, ...]:
        listed = self._listed.instruments if self._listed is not None else ()
        return tuple(i.symbol for i in listed if i.symbol in self._series)

    def _history(self, fetched: HistoryFetched) -> list[FeedOut]:
        series = self._series.get(fetched.symbol)
        candles = [candle for candle, _ in without_holes(fetched.minutes, None, fetched.until)]
        if series is None or not candles:
            return []
        series.last, series.wanted, series.asked_at = candles[-1], False, None
        for candle in candles[-_BARS_OF_MEAN:]:
            self._filters[candle.symbol].see_bar(candle)
        first = candles[0].start
        hours = tuple(h for h in fetched.hours if h.start + h.span_s * SECOND <= first)
        return [MarketHistory(fetched.symbol, hours, tuple(candles))]

    def _due_minutes(self, now: Moment) -> list[FeedOut]:
        out: list[FeedOut] = []
        minute = Instant(now.utc - now.utc % MINUTE)
        settled = now.utc - minute >= _SETTLE_S * SECOND
        for symbol in self._listed_symbols():
            series = self._series[symbol]
            waited = series.asked_at is None or now.mono - series.asked_at >= _RETRY_S * SECOND
            if series.wanted:
                if waited:
                    series.asked_at = now.mono
                    out.append(FetchHistory(symbol))
            elif series.last is not None and settled and waited and minute > _end(series.last):
                series.asked_at = now.mono
                out.append(FetchMinutes(symbol, _end(series.last), minute))
        return out

    def _candles(self, fetched: CandlesFetched) -> list[FeedOut]:
        series = self._series.get(fetched.symbol)
        if series is None or series.last is None:
            return []
        series.asked_at = None
        out: list[FeedOut] = []
        for candle, traded in without_holes(fetched.candles, series.last, fetched.until):
            series.last = candle
            self._filters[candle.symbol].see_bar(candle)
            out.append(CandleClosed(candle, traded))
        return out


def without_holes(candles: tuple[Candle, ...], last: Candle | None, until: Instant) -> list[tuple[Candle, bool]]:
    """The candles that follow ``last``, one for every minute up to ``until``; True where the venue listed it.

    A minute that is not listed is flat at the close before it, with no volume. Candles that do not follow are left out,
    and so are those that end after ``until``: they are not closed.
    """
    filled: list[tuple[Candle, bool]] = []
    for candle in candles:
        if _end(candle) > until:
            continue
        if last is not None:
            if candle.start < _end(last):
                continue
            filled += [(flat, False) for flat in _flat_until(last, candle.start)]
        filled.append((candle, True))
        last = candle
    return filled + ([(flat, False) for flat in _flat_until(last, until)] if last is not None else [])


def _flat_until(last: Candle, until: Instant) -> list[Candle]:
    price = last.close
    starts = range(_end(last), until, MINUTE)
    return [Candle(last.symbol, Instant(at), 60, price, price, price, price, 0.0) for at in starts]


def _end(candle: Candle) -> Instant:
    return Instant(candle.start + candle.span_s * SECOND)
