"""A connection is believed while its numbers follow each other, its heart beats and its frames can be read."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.venues.coinbase.feed_samples import ACK_USER, ack, frame, heartbeat, ticker, ticker_row, user, user_row
from tests.venues.coinbase.test_wire import spoiled
from tests.venues.coinbase.wire_samples import BTC, START

from trader247.model.instant import SECOND, Instant, Moment, Mono, instant
from trader247.model.instrument import Symbol
from trader247.model.market import Quote
from trader247.model.venue import OrderReport
from trader247.ports import StreamUp
from trader247.venues.coinbase.stream_judge import MALFORMED_MAX, Channel, StreamJudge, Verdict


def at(seconds: float = 0) -> Moment:
    passed = round(seconds * SECOND)
    return Moment(Instant(START + passed), Mono(passed))


class Counted(list[str]):
    def __call__(self, event: str) -> None:
        self.append(event)


def judge(channel: Channel = Channel.TICKER, *symbols: Symbol, counted: Counted | None = None) -> StreamJudge:
    return StreamJudge(channel, symbols or (BTC,), Mono(0), counted if counted is not None else Counted())


def up(channel: Channel = Channel.TICKER, counted: Counted | None = None) -> StreamJudge:
    found = judge(channel, counted=counted)
    found.frame(ack(0, ACK_USER if channel is Channel.USER else None), at())
    assert found.up
    return found


def kinds(verdict: Verdict) -> list[type]:
    return [type(event) for event in verdict.events]


def test_data_that_comes_before_the_acknowledgement_is_told_after_it() -> None:
    watched = judge()
    assert watched.frame(ticker(0), at()) == Verdict()
    assert kinds(watched.frame(ack(1), at(1))) == [StreamUp, Quote]
    assert kinds(watched.frame(ticker(2), at(2))) == [Quote]


def test_one_channel_acknowledged_is_not_up_yet() -> None:
    watched = judge()
    watched.frame(ack(0, {"heartbeats": ["heartbeats"]}), at())
    assert not watched.up
    assert kinds(watched.frame(ack(1), at())) == [StreamUp]
    assert watched.frame(ack(2), at()) == Verdict()


@pytest.mark.req("D1")
@pytest.mark.fault("WS-02")
def test_a_subscription_that_is_not_acknowledged_within_five_seconds_condemns() -> None:
    watched = judge()
    watched.frame(heartbeat(0), at(4))
    assert watched.deadline() == 5 * SECOND
    assert "not acknowledged" in watched.silence()


@pytest.mark.req("D1")
@pytest.mark.fault("WS-01", "WS-09")
def test_only_heartbeats_move_the_deadline() -> None:
    watched = up()
    watched.frame(heartbeat(1), at(3))
    watched.frame(ticker(2), at(6))
    assert watched.deadline() == 8 * SECOND
    assert "no heartbeat" in watched.silence()


@pytest.mark.req("D1")
@pytest.mark.fault("WS-03")
def test_a_skipped_number_condemns_whatever_the_channel() -> None:
    watched = up()
    verdict = watched.frame(heartbeat(3), at())
    assert verdict.lost == "2 frames missing before 3"


@pytest.mark.fault("WS-04")
def test_a_number_seen_before_is_left_out() -> None:
    counted = Counted()
    watched = up(counted=counted)
    watched.frame(ticker(1), at())
    assert watched.frame(ticker(1), at()) == watched.frame(ack(0), at()) == Verdict()
    assert counted == ["repeated", "repeated"]


@pytest.mark.req("D1")
@pytest.mark.fault("WS-15")
def test_an_unreadable_frame_is_skipped_with_its_number_and_too_many_condemn() -> None:
    counted = Counted()
    watched = up(counted=counted)
    assert watched.frame(b"\xff\xfe", at()) == Verdict()
    assert kinds(watched.frame(ticker(2), at())) == [Quote]
    assert watched.frame(ticker(3, ticker_row(bid="NaN")), at(1)) == Verdict()
    assert kinds(watched.frame(ticker(4), at())) == [Quote]
    verdicts = [watched.frame("{", at(2)) for _ in range(MALFORMED_MAX - 1)]
    assert [verdict.lost is None for verdict in verdicts] == [True] * (MALFORMED_MAX - 2) + [False]
    assert counted.count("malformed") == MALFORMED_MAX + 1


@pytest.mark.fault("WS-15")
def test_unreadable_frames_a_minute_apart_never_add_up() -> None:
    watched = up()
    assert all(watched.frame("{", at(6.1 * number)).lost is None for number in range(100))


@pytest.mark.fault("WS-07")
def test_an_unreadable_frame_on_the_user_channel_condemns_at_once() -> None:
    for text in ("{", user(1, user_row(cumulative_quantity="-1"))):
        assert "user channel" in (up(Channel.USER).frame(text, at()).lost or "")


def test_the_venues_error_condemns_with_its_words() -> None:
    verdict = judge().frame(json.dumps({"type": "error", "message": "authentication failure"}), at())
    assert verdict.lost == "the venue says 'authentication failure'"


@pytest.mark.fault("WS-02")
def test_a_subscription_that_disappears_condemns() -> None:
    assert "subscription was lost" in (up().frame(ack(1, {"heartbeats": ["heartbeats"]}), at()).lost or "")


def test_unknown_channels_are_counted_and_their_numbers_followed() -> None:
    counted = Counted()
    watched = up(counted=counted)
    assert watched.frame(frame("brand_new", 1, [{"x": 1}]), at()) == Verdict()
    assert kinds(watched.frame(ticker(2), at())) == [Quote]
    assert counted == ["foreign"]


@pytest.mark.req("U5")
@pytest.mark.fault("WS-14")
def test_quotes_of_a_book_that_goes_by_its_usd_name_come_under_the_name_asked_for() -> None:
    usdc = Symbol("BTC-USDC")
    watched = judge(Channel.TICKER, usdc, BTC)
    watched.frame(ack(0), at())
    found = watched.frame(ticker(1), at()).events
    assert sorted(event.symbol for event in found if isinstance(event, Quote)) == [BTC, usdc]
    alone = judge(Channel.TICKER, usdc)
    alone.frame(ack(0), at())
    assert [event.symbol for event in alone.frame(ticker(1), at()).events if isinstance(event, Quote)] == [usdc]
    assert alone.frame(ticker(2, ticker_row(name="ETH-USD")), at()) == Verdict()


def test_an_instrument_the_venue_does_not_know_does_not_keep_the_others_from_being_heard() -> None:
    counted = Counted()
    watched = judge(Channel.TICKER, BTC, Symbol("NOPE-USD"), counted=counted)
    assert kinds(watched.frame(ack(0), at())) == [StreamUp]
    assert counted == ["unacknowledged"]


def test_user_orders_come_with_the_envelopes_time() -> None:
    watched = judge(Channel.USER)
    watched.frame(user(0, user_row(), kind="snapshot"), at())
    verdict = watched.frame(ack(1, ACK_USER), at(1))
    assert kinds(verdict) == [StreamUp, OrderReport]
    assert verdict.events[0] == StreamUp(at(1).utc)
    report = verdict.events[1]
    assert isinstance(report, OrderReport)
    assert report.at == instant("2026-09-27T10:15:30.123456789Z")


@settings(deadline=None)
@given(st.lists(st.integers(0, 40), max_size=60))
@pytest.mark.req("D1")
def test_the_judge_lets_exactly_the_unbroken_runs_pass(numbers: list[int]) -> None:
    watched, last = up(), 0
    for number in numbers:
        verdict = watched.frame(ticker(number), at())
        if number <= last:
            assert verdict == Verdict()
        elif number == last + 1:
            assert kinds(verdict) == [Quote]
            last = number
        else:
            assert verdict.lost is not None
            return


@settings(deadline=None)
@given(st.data())
def test_no_sequence_of_spoiled_frames_brings_out_anything_but_a_verdict(data: st.DataObject) -> None:
    for channel in Channel:
        watched = judge(channel)
        texts = [ticker(0), user(1, user_row()), ack(2, ACK_USER), ack(3), heartbeat(4)]
        for text in texts:
            sent = data.draw(spoiled(json.loads(text)) | st.just(text.encode()))
            assert isinstance(watched.frame(sent, at()), Verdict)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_the_short_way_of_a_ticker_frame_ends_where_the_long_way_does(data: st.DataObject) -> None:
    said = json.loads(ticker(data.draw(st.integers(0, 3)), ticker_row(), ticker_row(name="ETH-USD")))
    text = data.draw(spoiled(said))
    short, long = up(), up()
    assert short.frame(text, at()) == long._any(text, at())
    assert short.frame(ticker(4), at()) == long._any(ticker(4), at())


def test_an_error_that_calls_itself_a_ticker_is_an_error() -> None:
    said = json.loads(ticker(1)) | {"type": "error", "message": "no more"}
    assert up().frame(json.dumps(said), at()).lost == "the venue says 'no more'"
