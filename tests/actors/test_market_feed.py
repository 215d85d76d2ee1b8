"""The market feed's shell: the stream, the polls while it is down, and the reads that its decider asks for."""

from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Any, get_args

import httpx
import pytest
import trio
from attrs import evolve
from tests.actors.scripted import (
    CLOCK,
    Heard,
    Notebook,
    ScriptedMarketStream,
    ScriptedVenue,
    running,
    staged,
    switchboard,
)
from tests.builders import BTC, ETH, candle, instrument, quote, usd

from trader247.actors.market_feed import MarketFeedActor
from trader247.core.market_feed import FeedIn, FeedOut, MarketFeed, Reads
from trader247.drivers.memory_venue import MemoryVenue, Stage
from trader247.errors import Failure, VenueUnavailable
from trader247.messages.base import Tick
from trader247.messages.control import AlertRaised
from trader247.messages.market import (
    CandlesFetched,
    DepthsRead,
    FeeTierSeen,
    FetchHistory,
    FetchMinutes,
    HistoryFetched,
    InstrumentsListed,
    QuoteAccepted,
    QuoteSeen,
    ReadFailed,
    StreamChanged,
)
from trader247.model.instant import DAY, EPOCH, HOUR, MINUTE, SECOND, Instant, instant, seconds
from trader247.model.instrument import Symbol
from trader247.model.market import Depth, Quote
from trader247.model.policy import Outliers, Staleness
from trader247.model.venue import FeeRates
from trader247.ports import StreamDown, StreamUp
from trader247.runtime.actor import DeciderActor, Timer
from trader247.runtime.channels import Mailbox
from trader247.runtime.clock import LoopClock
from trader247.runtime.routes import Routes
from trader247.runtime.switchboard import Switchboard
from trader247.venues.simulated.exchange import SimulatedExchange
from trader247.venues.simulated.generated_market import GeneratedMarket
from trader247.venues.simulated.http_shapes import Request
from trader247.venues.simulated.market import MarketStep

pytestmark = pytest.mark.req("D1")

SYMBOLS = (BTC, ETH)
DOWN = VenueUnavailable("no route", failure=Failure.RETRYABLE)
BOTH = (instrument(BTC), instrument(ETH))
FEES = FeeRates(maker=Decimal("0.006"), taker=Decimal("0.012"), tier="Intro 1")


def said(symbol: Symbol, second: float) -> Quote:
    return evolve(quote(symbol), at=Instant(round(second * SECOND)))


class Watching(Notebook[FeedIn]):
    """Also lets the decider hear of the stream and of quotes, which is all that its shell asks it about."""

    def __init__(self, inbox: Mailbox[FeedIn], decider: MarketFeed) -> None:
        super().__init__(inbox)
        self.decider = decider

    async def run(self, ready: Any) -> None:
        ready()
        async for envelope in self.inbox:
            self.seen.append(envelope.body)
            self.at_s.append(round(trio.current_time(), 6))
            self.causes.append(envelope.cause)
            if isinstance(envelope.body, StreamChanged | QuoteSeen):
                self.decider.handle(envelope.body, CLOCK.now())


class Desk:
    def __init__(self, *stream: tuple[float, Any], hours: int = 48, **script: Any) -> None:
        board = switchboard()
        self.inbox: Mailbox[FeedIn] = Mailbox("market_feed", board)
        self.reads: Mailbox[Reads] = Mailbox("market_feed.reads", board)
        self.decider = MarketFeed(SYMBOLS, Staleness(), Outliers())
        self.told = Watching(self.inbox, self.decider)
        self.stream = ScriptedMarketStream(*stream)
        script = {"fee_rates": FEES, "instruments": BOTH, "quotes": (quote(BTC),), "candles": (candle(BTC),), **script}
        self.venue = ScriptedVenue(**script)
        self.actor = MarketFeedActor(
            self.decider,
            self.told.run,
            self.inbox,
            self.reads,
            symbols=SYMBOLS,
            hours=hours,
            venue=self.venue,
            stream=self.stream,
            clock=CLOCK,
        )

    def heard(self, kind: type) -> list[tuple[float, Any]]:
        return [(s, seen) for s, seen in zip(self.told.at_s, self.told.seen, strict=True) if isinstance(seen, kind)]


@staged
async def test_what_the_stream_says_is_told_in_order_and_at_once() -> None:
    desk = Desk((0, StreamUp(EPOCH)), (1, said(BTC, 1)), (0, said(ETH, 1)), (0.5, StreamDown("gap")))
    async with running(desk.actor):
        await trio.sleep(1.9)
    assert desk.stream.asked == [SYMBOLS]
    assert desk.heard(StreamChanged) == [(0, StreamChanged(up=True)), (1.5, StreamChanged(up=False, why="gap"))]
    assert desk.heard(QuoteSeen) == [(1, QuoteSeen(said(BTC, 1))), (1, QuoteSeen(said(ETH, 1)))]


@staged
async def test_quotes_are_polled_only_while_the_stream_is_down_and_within_what_counts_as_fresh() -> None:
    late = (said(BTC, 7), said(ETH, 7))
    desk = Desk((6.5, StreamUp(EPOCH)), *((0, one) for one in late), (2, StreamDown("gap")), quotes=())
    async with running(desk.actor):
        await trio.sleep(11.5)
    assert desk.venue.questions("quotes") == [(SYMBOLS,)] * 5
    assert Staleness().quote_s > 2


@pytest.mark.req("U1", "MKT1")
@staged
async def test_every_book_is_read_in_rounds_and_one_that_cannot_be_read_is_named() -> None:
    desk = Desk(takes_s=1.0)
    desk.venue.script["depth"] = [Depth(BTC, EPOCH, usd(1), usd(2)), DOWN, None, None]
    async with running(desk.actor):
        await trio.sleep(34.5)
    assert desk.heard(DepthsRead) == [
        (2, DepthsRead((Depth(BTC, EPOCH, usd(1), usd(2)),), (ETH,))),
        (34, DepthsRead((), (BTC, ETH))),
    ]
    assert [failed.what for _, failed in desk.heard(ReadFailed)] == ["depth"]


@pytest.mark.req("ST1")
@staged
async def test_an_instrument_the_stream_is_silent_about_is_asked_for_before_its_quote_is_stale() -> None:
    talks = [(1, said(BTC, second)) for second in range(2, 9)]
    desk = Desk((1, StreamUp(EPOCH)), (0, said(ETH, 1)), (0, said(BTC, 1)), *talks, quotes=())
    desk.venue.script["quotes"] = lambda: (said(ETH, trio.current_time()),)
    async with running(desk.actor):
        await trio.sleep(8.5)
    asked = [(at_s, seen.quote.symbol) for at_s, seen in desk.heard(QuoteSeen) if seen.quote.symbol == ETH]
    assert asked == [(1, ETH), (4, ETH), (7, ETH)]
    assert desk.venue.questions("quotes") == [((ETH,),)] * 2


@pytest.mark.req("D2")
@staged
async def test_a_poll_that_fails_is_told_and_the_next_one_comes_all_the_same() -> None:
    desk = Desk(quotes=[DOWN, (quote(BTC), quote(ETH))])
    async with running(desk.actor):
        await trio.sleep(5)
    assert desk.heard(ReadFailed) == [(2, ReadFailed("quotes", "no route"))]
    assert [seen.quote.symbol for _, seen in desk.heard(QuoteSeen)] == [BTC, ETH]


@pytest.mark.req("EX1")
@staged
async def test_instruments_are_listed_with_a_fresh_status_and_what_is_missing_is_named() -> None:
    desk = Desk(instruments=[BOTH, (instrument(BTC),)])
    async with running(desk.actor):
        await trio.sleep(31)
    assert desk.heard(InstrumentsListed) == [
        (0, InstrumentsListed(BOTH)),
        (30, InstrumentsListed((instrument(BTC),), missing=(ETH,))),
    ]
    assert desk.venue.questions("instruments") == [(SYMBOLS, True)] * 2


@pytest.mark.req("D2")
@staged
async def test_a_listing_that_fails_is_told_and_asked_again_soon() -> None:
    desk = Desk(instruments=[DOWN, BOTH])
    async with running(desk.actor):
        await trio.sleep(3)
    assert desk.heard(ReadFailed) == [(0, ReadFailed("instruments", "no route"))]
    assert desk.heard(InstrumentsListed) == [(2, InstrumentsListed(BOTH))]


@pytest.mark.req("PM1")
@pytest.mark.fault("RA-18")
@staged
async def test_the_fee_tier_is_told_with_every_listing_and_one_that_cannot_be_read_is_only_told() -> None:
    desk = Desk(fee_rates=[FEES, DOWN, FEES])
    async with running(desk.actor):
        await trio.sleep(61)
    tier = FeeTierSeen(Decimal(60), Decimal(120), "Intro 1")
    assert desk.heard(FeeTierSeen) == [(0, tier), (60, tier)]
    assert (30, ReadFailed("fees", "no route")) in desk.heard(ReadFailed)


@staged
async def test_minutes_are_read_for_the_span_that_was_asked_and_the_answer_names_its_question() -> None:
    desk = Desk()
    start, end = Instant(DAY), Instant(DAY + 2 * MINUTE)
    async with running(desk.actor):
        desk.reads.post(FetchMinutes(BTC, start, end))
        asked = desk.reads._switchboard.sequence.last
        await trio.sleep(1)
    assert desk.venue.questions("candles") == [(BTC, 60, start, end)]
    assert desk.heard(CandlesFetched)[0][1] == CandlesFetched(BTC, (candle(BTC),), end)
    assert asked in desk.told.causes


@staged
async def test_history_is_whole_hours_and_whole_minutes_up_to_now() -> None:
    desk = Desk(hours=48)
    async with running(desk.actor):
        await trio.sleep(2 * 3600 + 90)
        desk.reads.post(FetchHistory(BTC))
        await trio.sleep(1)
    now_minute, now_hour = Instant(2 * HOUR + MINUTE), Instant(2 * HOUR)
    assert desk.venue.questions("candles") == [
        (BTC, 3600, Instant(now_hour - 48 * HOUR), now_hour),
        (BTC, 60, Instant(now_minute - 1445 * MINUTE), now_minute),
    ]
    (_, fetched), *more = desk.heard(HistoryFetched)
    assert fetched == HistoryFetched(BTC, (candle(BTC),), (candle(BTC),), now_minute)
    assert not more
    assert SECOND == 1_000_000_000


@pytest.mark.req("D2")
@pytest.mark.parametrize("request_", [FetchHistory(BTC), FetchMinutes(BTC, Instant(0), Instant(MINUTE))])
@staged
async def test_a_read_that_fails_is_answered_with_its_instrument_and_the_next_is_read(request_: Reads) -> None:
    desk = Desk(candles=[DOWN, (candle(BTC),)])
    async with running(desk.actor):
        desk.reads.post(request_)
        desk.reads.post(request_)
        await trio.sleep(1)
    assert [seen for _, seen in desk.heard(ReadFailed)] == [ReadFailed("candles", "no route", BTC)]
    assert len(desk.heard(CandlesFetched)) + len(desk.heard(HistoryFetched)) == 1


class Quiet(GeneratedMarket):
    """A market whose second product is quoted once and never trades."""

    def steps(self) -> Iterator[MarketStep]:
        silent = False
        for step in super().steps():
            if step.product_id != ETH:
                yield step
            elif not silent:
                silent = True
                yield step._replace(trades=())


@pytest.mark.req("ST1")
@pytest.mark.fault("MD-01")
def test_an_instrument_that_does_not_trade_is_fresh_while_the_exchange_answers_and_stale_when_it_does_not() -> None:
    cut: list[float] = []

    def carry(stage: Stage, request: Request) -> None:
        if cut and stage is Stage.BEFORE:
            raise httpx.ConnectError(f"no way to {request.target}")

    @staged
    async def main() -> None:
        clock = LoopClock(instant("2026-09-27T10:00:00Z"))
        market = Quiet(clock.now().utc, 1, SYMBOLS)
        reached = MemoryVenue(SimulatedExchange(market, funds={}, seed=1), clock, random.Random(1), on_call=carry)
        board, decider = Switchboard(clock), MarketFeed(SYMBOLS, Staleness(), Outliers())
        inbox: Mailbox[FeedIn] = Mailbox("market_feed", board)
        told: Heard[Any] = Heard()
        routes: Routes[FeedOut] = Routes("market_feed")
        for kind in get_args(FeedOut):
            routes.to(kind, told)
        shell = DeciderActor(decider, inbox, routes, clock, (Timer(lambda _now: Tick(), 1.0),))
        reads: Mailbox[Reads] = Mailbox("market_feed.reads", board)
        venue, stream = reached.client(), reached.market_stream()
        actor = MarketFeedActor(
            decider, shell.run, inbox, reads, symbols=SYMBOLS, hours=1, venue=venue, stream=stream, clock=clock
        )
        async with trio.open_nursery() as outside:
            await outside.start(reached.run)
            async with running(actor):
                await trio.sleep(70)
                assert decider.stream_up
                heard = [m.quote for m in told.messages if isinstance(m, QuoteAccepted) and m.quote.symbol == ETH]
                assert all(seconds(later.at - before.at) < 5 for before, later in pairwise(heard))
                assert seconds(clock.now().utc - heard[-1].at) < 5
                assert not [m for m in told.messages if isinstance(m, AlertRaised) and "staleness" in m.key]
                cut.append(trio.current_time())
                await trio.sleep(10)
                assert decider.stream_up
                (alert,) = [m for m in told.messages if isinstance(m, AlertRaised) and "staleness" in m.key]
                assert alert.key == f"staleness:{ETH}"
            outside.cancel_scope.cancel()
        await venue.aclose()

    main()


def test_a_stream_that_breaks_ends_the_whole_feed() -> None:
    @staged
    async def main() -> None:
        async with running(Desk((1, ZeroDivisionError("a fault of ours"))).actor):
            await trio.sleep(5)

    with pytest.raises(ZeroDivisionError):
        main()
