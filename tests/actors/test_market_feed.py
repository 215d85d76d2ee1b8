"""The market feed's shell: the stream, the polls while it is down, and the reads that its decider asks for."""

from __future__ import annotations

from typing import Any

import pytest
import trio
from tests.actors.scripted import CLOCK, Notebook, ScriptedMarketStream, ScriptedVenue, running, staged, switchboard
from tests.builders import BTC, ETH, candle, instrument, quote

from trader247.actors.market_feed import MarketFeedActor, Reads
from trader247.core.market_feed import FeedIn, MarketFeed
from trader247.errors import Failure, VenueUnavailable
from trader247.messages.market import (
    CandlesFetched,
    FetchHistory,
    FetchMinutes,
    HistoryFetched,
    InstrumentsListed,
    QuoteSeen,
    ReadFailed,
    StreamChanged,
)
from trader247.model.instant import DAY, EPOCH, HOUR, MINUTE, SECOND, Instant
from trader247.model.policy import Staleness
from trader247.ports import StreamDown, StreamUp
from trader247.runtime.channels import Mailbox

pytestmark = pytest.mark.req("D1")

SYMBOLS = (BTC, ETH)
DOWN = VenueUnavailable("no route", failure=Failure.RETRYABLE)
BOTH = (instrument(BTC), instrument(ETH))


class Watching(Notebook[FeedIn]):
    """Also lets the decider hear of the stream, which is all that its shell asks it about."""

    def __init__(self, inbox: Mailbox[FeedIn], decider: MarketFeed) -> None:
        super().__init__(inbox)
        self.decider = decider

    async def run(self, ready: Any) -> None:
        ready()
        async for envelope in self.inbox:
            self.seen.append(envelope.body)
            self.at_s.append(round(trio.current_time(), 6))
            self.causes.append(envelope.cause)
            if isinstance(envelope.body, StreamChanged):
                self.decider.handle(envelope.body, CLOCK.now())


class Desk:
    def __init__(self, *stream: tuple[float, Any], hours: int = 48, **script: Any) -> None:
        board = switchboard()
        self.inbox: Mailbox[FeedIn] = Mailbox("market_feed", board)
        self.reads: Mailbox[Reads] = Mailbox("market_feed.reads", board)
        self.decider = MarketFeed(SYMBOLS, Staleness())
        self.told = Watching(self.inbox, self.decider)
        self.stream = ScriptedMarketStream(*stream)
        script = {"instruments": BOTH, "quotes": (quote(BTC),), "candles": (candle(BTC),), **script}
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
    desk = Desk((0, StreamUp(EPOCH)), (1, quote(BTC)), (0, quote(ETH)), (1, StreamDown("gap")))
    async with running(desk.actor):
        await trio.sleep(2.5)
    assert desk.stream.asked == [SYMBOLS]
    assert desk.heard(StreamChanged) == [(0, StreamChanged(up=True)), (2, StreamChanged(up=False, why="gap"))]
    assert desk.heard(QuoteSeen) == [(1, QuoteSeen(quote(BTC))), (1, QuoteSeen(quote(ETH)))]


@staged
async def test_quotes_are_polled_only_while_the_stream_is_down_and_within_what_counts_as_fresh() -> None:
    desk = Desk((7, StreamUp(EPOCH)), (10, StreamDown("gap")))
    async with running(desk.actor):
        await trio.sleep(23)
    polled = [at_s for at_s, _ in desk.heard(QuoteSeen)]
    assert polled == [2, 4, 6, 18, 20, 22]
    assert Staleness().quote_s > 2


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


def test_a_stream_that_breaks_ends_the_whole_feed() -> None:
    @staged
    async def main() -> None:
        async with running(Desk((1, ZeroDivisionError("a fault of ours"))).actor):
            await trio.sleep(5)

    with pytest.raises(ZeroDivisionError):
        main()
