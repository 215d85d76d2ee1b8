"""The channels together: encoded once for everybody, and only for somebody."""

from tests.venues.simulated.rig import START, at, quote, token
from tests.venues.simulated.stream_rig import BUY, Stream, names, two_products

from trader247.model.instant import Instant


def test_nothing_is_made_for_nobody() -> None:
    stream = Stream()
    now = at(8)
    assert stream.feed.on_events(stream.exchange.advance(now), now) == []
    assert stream.feed.on_tick(now) == []
    assert not stream.feed.trades.waits


def test_two_sessions_are_told_one_text() -> None:
    stream = Stream()
    other = stream.another()
    for channel in ("ticker", "level2"):
        stream.subscribe(channel, "BTC-USD")
        other.on_text(f'{{"type":"subscribe","channel":"{channel}","product_ids":["BTC-USD"]}}', START)
    now = at(1)
    notices = stream.feed.on_events(stream.exchange.advance(now), now)
    assert [notice.channel for notice in notices] == ["ticker", "level2"]
    assert all(other.on_notice(notice, now) == stream.session.on_notice(notice, now) for notice in notices)


def test_what_happens_to_one_product_is_not_told_to_those_of_another() -> None:
    stream = Stream(two_products(quote(0, "59999", "60001"), quote(1, "59999", "60002", BUY)))
    for channel in ("ticker", "market_trades", "level2", "candles"):
        stream.subscribe(channel, "ETH-USD")
    assert [*stream.advance(1), *stream.flush(1), *stream.tick(2)] == []


def test_events_come_before_the_books_they_moved() -> None:
    stream = Stream(two_products(quote(0, "59999", "60001"), quote(1, "59999", "60002", BUY)))
    stream.subscribe("user", jwt=token(START))
    stream.subscribe("level2", "BTC-USD")
    stream.subscribe("ticker", "BTC-USD")
    assert names(stream.advance(1)) == ["ticker", "l2_data"]
    assert names(stream.place("BUY", {"market_market_ioc": {"quote_size": "100"}})) == ["ticker", "user", "l2_data"]


def test_a_time_is_printed_to_the_nanosecond() -> None:
    feed = Stream().feed
    assert feed.stamp(Instant(START + 1)) == feed.stamp(Instant(START + 1)) == "2026-09-27T10:00:00.000000001Z"
