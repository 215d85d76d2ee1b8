"""The public channels and their cadences."""

import pytest
from attrs import evolve
from tests.venues.simulated.rig import START, at, exchange_on, quote
from tests.venues.simulated.stream_rig import BUY, SELL, Stream, names, two_products

from trader247.model.instant import SECOND
from trader247.venues.simulated.products import TradingFlags


def test_the_ticker_speaks_when_something_trades_and_only_then() -> None:
    still = quote(2, "59990", "59992")
    stream = Stream(exchange_on(quote(0, "59999", "60001"), quote(1, "59999", "60001", BUY), still))
    stream.subscribe("ticker", "BTC-USD")
    (update,) = stream.advance(1)
    ticker = update["events"][0]["tickers"][0]
    assert (update["events"][0]["type"], ticker["price"], ticker["best_ask"]) == ("update", "60001", "60001")
    assert stream.advance(2) == []


def test_the_batched_ticker_speaks_every_five_seconds_and_shows_no_quotes() -> None:
    stream = Stream()
    snapshot, _ = stream.subscribe("ticker_batch", "BTC-USD")
    assert (snapshot["channel"], snapshot["events"][0]["type"]) == ("ticker_batch", "snapshot")
    stream.tick(0)
    said = {}
    for seconds in range(1, 20):
        stream.advance(seconds)
        said[seconds] = stream.tick(seconds)
    assert [seconds for seconds, frames in said.items() if frames] == [5, 10], "nothing trades after the eighth second"
    (ticker,) = said[5][0]["events"][0]["tickers"]
    assert "best_bid" not in ticker
    assert ticker["price"] == "60001"


def test_heartbeats_beat_once_a_second_and_count_whatever_products_are_named() -> None:
    stream = Stream()
    (ack,) = stream.subscribe("heartbeats", "BTC-USD")
    assert ack["events"] == [{"subscriptions": {"heartbeats": ["heartbeats"]}}]
    counters = [stream.tick(seconds)[0]["events"][0]["heartbeat_counter"] for seconds in (1, 2, 3)]
    assert counters == [1, 2, 3]


@pytest.mark.req("D3")
def test_candles_of_five_minutes_follow_the_tape() -> None:
    stream = Stream()
    stream.subscribe("candles", "BTC-USD")
    assert stream.tick(0.5) == [], "nothing moved since the snapshot"
    stream.advance(3)
    (update,) = stream.tick(4)
    (candle,) = update["events"][0]["candles"]
    assert (candle["start"], candle["volume"], candle["product_id"]) == (str(START // 10**9), "4", "BTC-USD")
    assert stream.tick(5) == []


def test_a_closed_bucket_is_told_once_more_with_its_successor() -> None:
    stream = Stream(exchange_on(*(quote(n, "59999", "60001", BUY) for n in (0, 298, 299.5, 301))))
    stream.subscribe("candles", "BTC-USD")
    stream.advance(298)
    stream.tick(299)
    stream.advance(301)
    (update,) = stream.tick(302)
    starts = [int(candle["start"]) - START // SECOND for candle in update["events"][0]["candles"]]
    assert starts == [300, 0], "newest first"
    assert [candle["volume"] for candle in update["events"][0]["candles"]] == ["1", "3"]


def test_who_comes_later_takes_no_update_from_those_who_were_there() -> None:
    stream = Stream()
    stream.subscribe("candles", "BTC-USD")
    stream.advance(3)
    late = '{"type":"subscribe","channel":"candles","product_ids":["BTC-USD"]}'
    stream.another().on_text(late, at(3.5))
    assert names(stream.tick(4)) == ["candles"]


def test_trades_come_in_batches_newest_first() -> None:
    several = quote(1, "59999", "60001", BUY, SELL)
    stream = Stream(exchange_on(quote(0, "59999", "60001"), several, quote(1.1, "59999", "60001", BUY)))
    stream.subscribe("market_trades", "BTC-USD")
    assert stream.advance(1.1) == []
    assert stream.feed.trades.waits
    (update,) = stream.flush(1.25)
    assert [trade["side"] for trade in update["events"][0]["trades"]] == ["SELL", "BUY", "SELL"], "the maker's"
    assert stream.flush(2) == []


def test_a_batch_of_trades_has_an_end() -> None:
    stream = Stream(
        exchange_on(quote(0, "59999", "60001"), *(quote(1, "59999", "60001", *[BUY] * 300) for _ in range(5)))
    )
    stream.subscribe("market_trades", "BTC-USD")
    (early,) = stream.advance(1)
    (late,) = stream.flush(1.25)
    assert [len(frame["events"][0]["trades"]) for frame in (early, late)] == [1_200, 300]


def test_a_snapshot_of_trades_holds_the_last_hundred_of_each_product() -> None:
    stream = Stream(exchange_on(*(quote(n / 10, "59999", "60001", BUY) for n in range(150))))
    stream.exchange.advance(at(20))
    snapshot, _ = stream.subscribe("market_trades", "BTC-USD")
    numbers = [trade["trade_id"] for trade in snapshot["events"][0]["trades"]]
    assert len(numbers) == len(set(numbers)) == 100
    assert snapshot["events"][0]["trades"][0]["time"] > snapshot["events"][0]["trades"][-1]["time"]


def test_the_status_channel_tells_all_products_or_those_that_were_named() -> None:
    exchange = two_products(quote(0, "59999", "60001"))
    for named, shown in (((), ["BTC-USD", "ETH-USD"]), (("ETH-USD", "NOPE-USD"), ["ETH-USD"])):
        stream = Stream(exchange)
        snapshot, ack = stream.subscribe("status", *named)
        assert [row["id"] for row in snapshot["events"][0]["products"]] == shown
        assert ack["events"] == [{"subscriptions": {"status": shown}}]


def test_a_change_of_state_is_told_within_a_second_and_everything_again_every_thirty() -> None:
    stream = Stream(exchange_on())
    stream.subscribe("status")
    stream.exchange.set_flags("BTC-USD", evolve(TradingFlags(), status="offline"))
    told = {seconds: stream.tick(seconds) for seconds in range(1, 65)}
    assert [seconds for seconds, frames in told.items() if frames] == [1, 30, 60]
    assert told[1][0]["events"][0]["products"][0]["status"] == "offline"
    assert told[1][0]["events"][0]["type"] == "snapshot"
