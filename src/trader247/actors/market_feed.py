"""The market feed's shell: the stream, the polls and the reads that its decider asks for."""

from collections.abc import Awaitable, Callable
from typing import Final

import trio

from trader247.core.market_feed import FeedIn, MarketFeed, Reads
from trader247.errors import VenueError
from trader247.messages.market import (
    CandlesFetched,
    DepthsRead,
    FeeTierSeen,
    FetchHistory,
    FetchMinutes,
    HistoryFetched,
    InstrumentsListed,
    QuoteSeen,
    ReadFailed,
    StreamChanged,
)
from trader247.model.instant import HOUR, MINUTE, Instant
from trader247.model.instrument import Symbol
from trader247.model.market import Depth, Quote
from trader247.model.money import BPS
from trader247.ports import Clock, MarketStream, StreamDown, StreamUp, VenueReader
from trader247.runtime.alarms import sleep_to
from trader247.runtime.channels import Mailbox

__all__ = ["MarketFeedActor"]

_LIST_S: Final = 30.0
"""How often the instruments' status is asked for; a change of status is old news after half a minute at most."""
_POLL_S: Final = 2.0
"""How often quotes are polled while the stream is down: inside the 5 s after which they are stale."""
_LOOK_S: Final = 1.0
"""How often it is looked, while the stream is up, whose quotes are half as old as is stale (2.5 s by default): an
answer that takes a second still comes before the 5 s are over. At most one request a second for each 100 instruments,
of the nine that the client's own limit leaves to market data."""
_DEPTHS_S: Final = 30.0
"""From the end of one round over all books to the next: a depth is read four times before it counts as not known."""
_MINUTES_OF_HISTORY: Final = 24 * 60 + 5


class MarketFeedActor:
    """Runs the decider's shell beside the stream and the reads; one failing ends them all."""

    def __init__(
        self,
        decider: MarketFeed,
        shell: Callable[[Callable[[], None]], Awaitable[None]],
        inbox: Mailbox[FeedIn],
        reads: Mailbox[Reads],
        *,
        symbols: tuple[Symbol, ...],
        hours: int,
        venue: VenueReader,
        stream: MarketStream,
        clock: Clock,
    ) -> None:
        """``shell`` is the ``run`` of the decider's standard shell; ``hours`` of hourly history are read at start."""
        self._decider = decider
        self._shell = shell
        self._inbox = inbox
        self._reads = reads
        self._symbols = symbols
        self._hours = hours
        self._venue = venue
        self._stream = stream
        self._clock = clock

    async def run(self, ready: Callable[[], None]) -> None:
        """Until cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._listen)
            nursery.start_soon(self._list)
            nursery.start_soon(self._read)
            nursery.start_soon(self._poll)
            nursery.start_soon(self._read_depths)
            await self._shell(ready)

    async def _listen(self) -> None:
        async for event in self._stream.events(self._symbols):
            match event:
                case Quote():
                    self._inbox.post(QuoteSeen(event))
                case StreamUp():
                    self._inbox.post(StreamChanged(up=True))
                case StreamDown(why):
                    self._inbox.post(StreamChanged(up=False, why=why))

    async def _list(self) -> None:
        while True:
            wait_s = _LIST_S
            try:
                found = await self._venue.instruments(self._symbols, fresh_status=True)
            except VenueError as error:
                self._inbox.post(ReadFailed("instruments", str(error)))
                wait_s = _POLL_S
            else:
                known = {instrument.symbol for instrument in found}
                missing = tuple(symbol for symbol in self._symbols if symbol not in known)
                self._inbox.post(InstrumentsListed(found, missing))
            await self._see_fees()
            await trio.sleep(wait_s)

    async def _see_fees(self) -> None:
        """The venue's client asks every 5 minutes and remembers in between; who was restarted since knows nothing."""
        try:
            rates = await self._venue.fee_rates()
        except VenueError as error:
            self._inbox.post(ReadFailed("fees", str(error)))
        else:
            self._inbox.post(FeeTierSeen(rates.maker * BPS, rates.taker * BPS, rates.tier))

    async def _poll(self) -> None:
        while True:
            await sleep_to(_LOOK_S if self._decider.stream_up else _POLL_S)
            due = self._decider.quotes_due(self._clock.now())
            if not due:
                continue
            try:
                quotes = await self._venue.quotes(due)
            except VenueError as error:
                self._inbox.post(ReadFailed("quotes", str(error)))
                continue
            for quote in quotes:
                self._inbox.post(QuoteSeen(quote))

    async def _read_depths(self) -> None:
        """One book after the other; the client's own limit spaces them."""
        while True:
            depths: list[Depth] = []
            unread: list[Symbol] = []
            for symbol in self._symbols:
                try:
                    depth = await self._venue.depth(symbol)
                except VenueError as error:
                    self._inbox.post(ReadFailed("depth", str(error)))
                    depth = None
                if depth is None:
                    unread.append(symbol)
                else:
                    depths.append(depth)
            self._inbox.post(DepthsRead(tuple(depths), tuple(unread)))
            await trio.sleep(_DEPTHS_S)

    async def _read(self) -> None:
        async for envelope in self._reads:
            request = envelope.body
            try:
                answer = await (self._history(request) if isinstance(request, FetchHistory) else self._minutes(request))
            except VenueError as error:
                self._inbox.post(ReadFailed("candles", str(error), request.symbol), envelope.seq)
            else:
                self._inbox.post(answer, envelope.seq)

    async def _minutes(self, request: FetchMinutes) -> CandlesFetched:
        candles = await self._venue.candles(request.symbol, 60, request.start, request.end)
        return CandlesFetched(request.symbol, candles, request.end)

    async def _history(self, request: FetchHistory) -> HistoryFetched:
        now = self._clock.now().utc
        minute, hour = Instant(now - now % MINUTE), Instant(now - now % HOUR)
        hours = await self._venue.candles(request.symbol, 3600, Instant(hour - self._hours * HOUR), hour)
        start = Instant(minute - _MINUTES_OF_HISTORY * MINUTE)
        minutes = await self._venue.candles(request.symbol, 60, start, minute)
        return HistoryFetched(request.symbol, hours, minutes, minute)
