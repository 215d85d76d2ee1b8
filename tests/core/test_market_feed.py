from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders import BTC, ETH, SOL, START, at, candle, instrument, moment, quote
from tests.market_samples import minutes

from trader247.core.market_feed import MarketFeed, without_holes
from trader247.messages.base import Tick
from trader247.messages.control import AlertCleared, AlertRaised, Guard, GuardVoted, Severity
from trader247.messages.market import (
    CandleClosed,
    CandlesFetched,
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
from trader247.model.instant import HOUR, MINUTE, Instant
from trader247.model.instrument import ProductStatus, Symbol
from trader247.model.market import Candle, Quote
from trader247.model.money import Price
from trader247.model.policy import Outliers, Staleness

LISTED = InstrumentsListed((instrument(BTC), instrument(ETH)))


def feed(*, history: bool = True) -> MarketFeed:
    """A feed of two instruments that has listed them and, unless said otherwise, read an hour of their past."""
    made = MarketFeed((BTC, ETH), Staleness(), Outliers())
    assert made.start(moment()) == []
    made.handle(LISTED, moment())
    if history:
        made.handle(HistoryWanted(), moment())
        for symbol in (BTC, ETH):
            past = tuple(minutes([100.0] * 60, symbol, first=-60))
            made.handle(HistoryFetched(symbol, (), past, at(0)), moment(0))
    return made


def of_kind(out: list[Any], *kinds: type) -> list[Any]:
    return [message for message in out if isinstance(message, kinds)]


# ------------------------------------------------------------------------------------------------------ without_holes
@st.composite
def listings(draw: st.DrawFn) -> list[Candle]:
    """What a venue may list: minutes in any order, with holes, repeated."""
    numbers = draw(st.lists(st.integers(-20, 40), max_size=25))
    if draw(st.booleans()):
        numbers.sort()
    return [candle(close=100.0 + number, minute=number) for number in numbers]


@pytest.mark.fault("MD-05")
@pytest.mark.req("D3")
@settings(max_examples=200)
@given(listings(), st.none() | st.integers(-20, 20), st.integers(-20, 45))
def test_every_minute_comes_once_in_order_up_to_the_end_and_says_whether_it_traded(
    listed: list[Candle], last_minute: int | None, until_minute: int
) -> None:
    last = None if last_minute is None else candle(close=7.0, minute=last_minute)
    until = Instant(START + until_minute * MINUTE)
    filled = without_holes(tuple(listed), last, until)
    starts = [bar.start for bar, _ in filled]
    if last is not None:
        assert starts == list(range(last.start + MINUTE, until, MINUTE))
    else:
        usable = [bar.start for bar in listed if bar.start + MINUTE <= until]
        assert starts == (list(range(usable[0], until, MINUTE)) if usable else [])
    before = last
    for bar, traded in filled:
        if traded:
            assert bar in listed
        else:
            assert before is not None
            assert bar == candle(close=before.close, minute=(bar.start - START) // MINUTE, volume=0.0)
        before = bar


@pytest.mark.req("D3")
@settings(max_examples=100)
@given(st.sets(st.integers(0, 30)), st.integers(1, 30))
def test_nothing_that_a_venue_lists_in_order_is_lost_however_the_reads_are_cut(listed: set[int], cut: int) -> None:
    bars, last = [candle(close=100.0 + n, minute=n) for n in sorted(listed)], candle(minute=-1)
    end, middle = Instant(START + 31 * MINUTE), Instant(START + cut * MINUTE)
    whole = without_holes(tuple(bars), last, end)
    first = without_holes(tuple(bar for bar in bars if bar.start < middle), last, middle)
    rest = without_holes(tuple(bar for bar in bars if bar.start >= middle), first[-1][0], end)
    assert first + rest == whole
    assert [bar for bar, traded in whole if traded] == bars


@pytest.mark.fault("MD-05")
def test_a_minute_that_has_not_ended_is_not_closed() -> None:
    assert without_holes((candle(minute=0), candle(minute=1)), candle(minute=-1), Instant(START + MINUTE)) == [
        (candle(minute=0), True)
    ]


# ------------------------------------------------------------------------------------------------------------- quotes
@pytest.mark.req("O1")
def test_an_outlier_is_told_and_not_passed_on() -> None:
    made = feed()
    made.handle(QuoteSeen(quote(second=1)), moment(1))
    absurd = quote(BTC, 150, "150.02", second=2)
    (told,) = made.handle(QuoteSeen(absurd), moment(2))
    assert isinstance(told, QuoteRejected)
    assert (told.quote, told.reason) == (absurd, "jump")
    assert made.handle(QuoteSeen(quote(second=3)), moment(3)) == [QuoteAccepted(quote(second=3))]


@pytest.mark.req("D1")
def test_a_sound_quote_is_passed_on_and_one_older_than_the_last_is_not() -> None:
    made = feed()
    newer, older = quote(second=2), quote(second=1)
    assert made.handle(QuoteSeen(newer), moment(2)) == [QuoteAccepted(newer)]
    assert made.handle(QuoteSeen(older), moment(2)) == []
    assert made.handle(QuoteSeen(quote(ETH, second=1)), moment(2)) == [QuoteAccepted(quote(ETH, second=1))]
    same_time = quote(second=2, bid="99.9")
    assert made.handle(QuoteSeen(same_time), moment(2)) == [QuoteAccepted(same_time)]
    assert made.faulty == 0


@pytest.mark.fault("MD-04")
@pytest.mark.req("D2")
@pytest.mark.parametrize(
    "faulty",
    [
        quote(bid=0),
        quote(bid=-1, ask=1),
        quote(bid=101, ask=100),
        quote(bid_size=-1),
        quote(SOL),
        evolve(quote(), bid=Price(Decimal("NaN"))),
        quote(second=5.1),
    ],
)
def test_a_faulty_a_foreign_and_a_future_quote_are_counted_and_kept(faulty: Quote) -> None:
    made = feed()
    assert made.handle(QuoteSeen(faulty), moment()) == []
    assert made.faulty == 1


@pytest.mark.req("ST1")
def test_one_quote_from_tomorrow_does_not_silence_those_of_today() -> None:
    made = feed()
    made.handle(QuoteSeen(quote(second=86_400)), moment(0))
    assert made.handle(QuoteSeen(quote(second=1)), moment(1)) == [QuoteAccepted(quote(second=1))]
    assert not of_kind(made.handle(Tick(), moment(60)), GuardVoted)[0].yes


@pytest.mark.req("ST1")
def test_the_feed_votes_yes_while_any_quote_is_fresh_and_no_before_and_after() -> None:
    made = feed()
    (none,) = of_kind(made.handle(Tick(), moment(0)), GuardVoted)
    assert (none.guard, none.yes) == (Guard.FEED, False)
    assert "no quote yet" in none.reason
    made.handle(QuoteSeen(quote(second=0)), moment(0))
    assert of_kind(made.handle(Tick(), moment(5)), GuardVoted)[0].yes
    (stale,) = of_kind(made.handle(Tick(), moment(5.001)), GuardVoted)
    assert not stale.yes
    assert "every quote is stale" in stale.reason


@pytest.mark.fault("MD-01")
@pytest.mark.req("ST1", "AL1")
def test_a_quote_gone_stale_is_told_once_and_cleared_by_the_next() -> None:
    made, key = feed(), AlertKey("staleness:BTC-USD")
    made.handle(QuoteSeen(quote(second=0)), moment(0))
    assert of_kind(made.handle(Tick(), moment(5)), AlertRaised) == []
    (told,) = of_kind(made.handle(Tick(), moment(6)), AlertRaised)
    assert (told.key, told.severity) == (key, Severity.WARNING)
    assert of_kind(made.handle(Tick(), moment(7)), AlertRaised) == []
    made.handle(QuoteSeen(quote(second=8)), moment(8))
    assert of_kind(made.handle(Tick(), moment(8)), AlertCleared) == [AlertCleared(key)]


@pytest.mark.req("ST1", "AL1")
def test_what_an_earlier_life_called_stale_is_over_with_the_first_fresh_quote_and_not_before() -> None:
    made, key = feed(), AlertKey("staleness:BTC-USD")
    assert of_kind(made.handle(Tick(), moment(0)), AlertCleared) == []
    made.handle(QuoteSeen(quote(second=1)), moment(1))
    assert of_kind(made.handle(Tick(), moment(1)), AlertCleared) == [AlertCleared(key)]
    assert of_kind(made.handle(Tick(), moment(2)), AlertCleared) == []


@pytest.mark.fault("MD-01")
@pytest.mark.req("ST1", "AL1")
def test_a_bar_that_does_not_come_is_told_after_its_time() -> None:
    made = feed()
    assert of_kind(made.handle(Tick(), moment(90)), AlertRaised) == []
    told = of_kind(made.handle(Tick(), moment(90.5)), AlertRaised)
    assert [alert.key for alert in told] == ["staleness:BTC-USD", "staleness:ETH-USD"]
    assert "last bar closed more than 90 s ago" in told[0].text
    made.handle(CandlesFetched(BTC, (candle(),), at(60)), moment(91))
    assert of_kind(made.handle(Tick(), moment(91)), AlertCleared) == [AlertCleared(AlertKey("staleness:BTC-USD"))]


@pytest.mark.req("D1")
def test_a_stream_that_goes_down_is_told_and_polled_until_it_is_up() -> None:
    made = feed()
    down, up = StreamChanged(up=False, why="sequence gap"), StreamChanged(up=True)
    passed, alert = made.handle(down, moment())
    assert (passed, made.stream_up) == (down, False)
    assert isinstance(alert, AlertRaised)
    assert "sequence gap" in alert.text
    assert made.handle(up, moment()) == [up, AlertCleared(alert.key)]
    assert made.stream_up


# ----------------------------------------------------------------------------------------------------- status and bars
@pytest.mark.req("D2")
def test_while_the_venue_is_silent_the_feed_is_there_and_votes_no() -> None:
    made = MarketFeed((BTC, ETH), Staleness(), Outliers())
    assert made.ready
    assert made.handle(HistoryWanted(), moment()) == []
    assert [vote.yes for vote in of_kind(made.handle(Tick(), moment()), GuardVoted)] == [False]


@pytest.mark.req("SUP1")
def test_a_listing_is_passed_on_again_for_those_who_were_restarted_since() -> None:
    made = feed()
    assert made.handle(LISTED, moment(30)) == [LISTED]
    answer = made.handle(HistoryWanted(), moment(31))
    assert answer == [LISTED, FetchHistory(BTC), FetchHistory(ETH)]


def test_an_instrument_that_the_venue_does_not_know_is_told_once_and_cleared_when_it_does() -> None:
    made, key = MarketFeed((BTC, ETH), Staleness(), Outliers()), AlertKey("not_listed:ETH-USD")
    half = InstrumentsListed((instrument(BTC),), (ETH,))
    assert [alert.key for alert in of_kind(made.handle(half, moment()), AlertRaised)] == [key]
    assert of_kind(made.handle(half, moment(30)), AlertRaised, AlertCleared) == []
    assert of_kind(made.handle(LISTED, moment(60)), AlertRaised, AlertCleared) == [AlertCleared(key)]


def test_history_is_asked_for_listed_instruments_only() -> None:
    made = MarketFeed((BTC, ETH), Staleness(), Outliers())
    assert made.handle(HistoryWanted(), moment()) == []
    foreign = InstrumentsListed((instrument(BTC), instrument(SOL)), (ETH,))
    assert of_kind(made.handle(foreign, moment()), FetchHistory) == [FetchHistory(BTC)]


@pytest.mark.req("D1", "D3")
def test_history_comes_without_holes_and_hours_only_from_before_the_minutes() -> None:
    made = feed(history=False)
    made.handle(HistoryWanted(), moment())
    hours = tuple(candle(close=50.0 + n, minute=60 * n, span_s=3600) for n in range(-4, 0))
    past = (candle(close=1.0, minute=-90), candle(close=2.0, minute=-88))
    (answer,) = made.handle(HistoryFetched(BTC, hours, past, at(0)), moment())
    assert isinstance(answer, MarketHistory)
    assert [bar.close for bar in answer.minutes] == [1.0, 1.0] + [2.0] * 88
    assert answer.hours == hours[:2]
    assert all(hour.start + HOUR <= answer.minutes[0].start for hour in answer.hours)


def test_history_that_could_not_be_read_or_was_empty_is_asked_for_again_in_its_turn() -> None:
    made = feed(history=False)
    made.handle(HistoryWanted(), moment(0))
    assert made.handle(HistoryFetched(BTC, (), (), at(0)), moment(1)) == []
    assert made.handle(ReadFailed("candles", "503", ETH), moment(2)) == []
    assert of_kind(made.handle(Tick(), moment(4.9)), FetchHistory) == []
    assert of_kind(made.handle(Tick(), moment(5)), FetchHistory) == [FetchHistory(BTC)]
    assert of_kind(made.handle(Tick(), moment(7)), FetchHistory) == [FetchHistory(ETH)]


@pytest.mark.req("D3")
def test_each_minute_is_asked_for_once_it_has_settled_and_passed_on_with_its_holes_marked() -> None:
    made = feed()
    assert of_kind(made.handle(Tick(), moment(61.4)), FetchMinutes) == []
    asked = of_kind(made.handle(Tick(), moment(61.5)), FetchMinutes)
    assert asked == [FetchMinutes(BTC, at(0), at(60)), FetchMinutes(ETH, at(0), at(60))]
    assert of_kind(made.handle(Tick(), moment(62)), FetchMinutes) == []
    assert made.handle(CandlesFetched(BTC, (candle(close=101.0),), at(60)), moment(62)) == [
        CandleClosed(candle(close=101.0), traded=True)
    ]
    assert made.handle(CandlesFetched(ETH, (), at(60)), moment(62)) == [
        CandleClosed(candle(ETH, 100.0, volume=0.0), traded=False)
    ]
    assert made.handle(CandlesFetched(BTC, (candle(close=999.0),), at(60)), moment(63)) == []


def test_minutes_that_were_not_answered_are_asked_for_again_and_catch_up() -> None:
    made = feed()
    made.handle(Tick(), moment(62))
    assert of_kind(made.handle(Tick(), moment(66.9)), FetchMinutes) == []
    again = of_kind(made.handle(Tick(), moment(125)), FetchMinutes)
    assert again[0] == FetchMinutes(BTC, at(0), at(120))


@given(st.lists(st.tuples(st.sampled_from([BTC, ETH]), st.integers(0, 4), st.integers(0, 3)), max_size=12))
def test_bars_go_out_in_order_and_without_holes_whatever_the_answers_hold(
    answers: list[tuple[Symbol, int, int]],
) -> None:
    made, told = feed(), {BTC: [START], ETH: [START]}
    for number, (symbol, first, count) in enumerate(answers, start=1):
        bars = tuple(candle(symbol, minute=first + n) for n in range(count))
        for closed in made.handle(CandlesFetched(symbol, bars, at(60 * number)), moment(60 * number)):
            assert isinstance(closed, CandleClosed)
            assert closed.candle.start == told[closed.candle.symbol][-1]
            told[closed.candle.symbol].append(Instant(closed.candle.start + MINUTE))


def test_an_answer_about_a_foreign_instrument_changes_nothing() -> None:
    made = feed()
    assert made.handle(CandlesFetched(SOL, (candle(SOL),), at(60)), moment(60)) == []
    assert made.handle(HistoryFetched(SOL, (), (candle(SOL),), at(60)), moment(60)) == []
    assert made.handle(ReadFailed("quotes", "timeout"), moment(60)) == []
    assert LISTED.status_of(SOL) is ProductStatus.UNKNOWN
