"""When the feed is told a quote that stands: what the daemon's feed polls, without asking each second.

A quote that did not change decides something new only where something else did: an order or a position changed, a hold
ran out, the quote before was not believed, or a cycle is about to look. So the feed is told then, at the instants at
which the daemon's poll would have come, and else with the market's own steps.
"""

from typing import Final

from trader247.core.market_feed import MarketFeed
from trader247.drivers.backtest.line import Queues
from trader247.drivers.backtest.timetable import Timetable
from trader247.drivers.backtest.venue import BacktestVenue
from trader247.messages.market import QuoteSeen
from trader247.messages.orders import FillBooked, OrderChanged
from trader247.model.instant import SECOND, Instant
from trader247.model.instrument import Symbol
from trader247.model.market import Quote

__all__ = ["Polls"]

_AGAIN: Final = SECOND
"""A quote that was not believed is asked for again, as the daemon's feed looks each second."""
_POLLED_AFTER: Final = 3 * SECOND
"""The daemon's feed looks each second for quotes half as old as is stale (2.5 s by default)."""


class Polls:
    """Tells the feed quotes; shares everything with the pipeline."""

    def __init__(self, venue: BacktestVenue, time: Timetable, feed: MarketFeed, box: Queues) -> None:
        """Nothing is arranged yet."""
        self._venue, self._time, self._feed, self._box = venue, time, feed, box
        self._doubted: set[Symbol] = set()
        self._soon: dict[Symbol, Instant] = {}
        self._ends: dict[Symbol, int] = {}
        self._told: dict[Symbol, Instant] = {}

    def tell(self, symbol: Symbol) -> None:
        """Tell the feed of an instrument's quote as it stands."""
        quote = self._venue.quote(symbol, self._time.now.utc)
        if quote is not None:
            self._told[symbol] = quote.at
            self._box.market_feed.post(QuoteSeen(quote))

    def note(self, symbol: Symbol, at: Instant) -> Quote | None:
        """The quote that stands, as it would have been told then; the caller tells the deciders."""
        self._told[symbol] = at
        return self._venue.quote(symbol, at)

    @property
    def doubts(self) -> bool:
        """Whether a quote is to be told again because it was not believed."""
        return bool(self._doubted)

    def due(self, among: frozenset[Symbol] | None = None) -> None:
        """Tell those that the feed wants polled by now, or of them those ``among``."""
        for symbol in self._feed.quotes_due(self._time.now):
            if symbol in self._venue.symbols and (among is None or symbol in among):
                self.tell(symbol)

    def doubted(self, symbol: Symbol) -> None:
        """Its quote was not believed: tell it again in a second."""
        if symbol not in self._doubted:
            self._doubted.add(symbol)
            self._time.after(_AGAIN, lambda: self._again(symbol))

    def _again(self, symbol: Symbol) -> None:
        self._doubted.discard(symbol)
        self.tell(symbol)

    def changed(self, fact: OrderChanged | FillBooked) -> None:
        """What was just bought, or could not be sold, meets the standing quote again; and so once its hold is over."""
        symbol, now = fact.order.intent.symbol, self._time.now.utc
        if self._soon.get(symbol, 0) <= now:
            self._soon[symbol] = Instant(now + _POLLED_AFTER)
            self._time.after(_POLLED_AFTER, lambda: self.tell(symbol))
        if isinstance(fact, FillBooked) and fact.position.quantity and fact.position.max_hold_s is not None:
            self._when_held(symbol, fact.position.opened_at + fact.position.max_hold_s * SECOND)

    def _when_held(self, symbol: Symbol, end: int) -> None:
        """By the first poll after the end, reckoned from the last quote before it."""

        def arrange() -> None:
            told = self._told.get(symbol, self._time.now.utc)
            polls = max(-(-(end - told) // _POLLED_AFTER), 1)
            self._time.at(told + polls * _POLLED_AFTER, lambda: self.tell(symbol))

        if self._ends.get(symbol) != end:
            self._ends[symbol] = end
            self._time.at(end, arrange)
