"""Recorded markets, replayed."""

import itertools
import random
from pathlib import Path

import pytest
from tests.venues.simulated.rig import recorded

from trader247.errors import ConfigurationInvalid
from trader247.model.instant import HOUR, SECOND, Instant, instant
from trader247.venues.simulated.exchange import SimulatedExchange
from trader247.venues.simulated.market import Bar
from trader247.venues.simulated.recorded_files import read_recording
from trader247.venues.simulated.replayed_market import ReplayedMarket

HEADER = "time,open,high,low,close,volume"
DAY_S = 86_400


def candle_file(folder: Path, starts: "list[int] | range", *, name: str = "r_BTC-USD_x.csv", seed: int = 3) -> Path:
    rng, price, rows = random.Random(seed), 10_000, [HEADER]
    for start_s in starts:
        close = price + rng.randrange(-40, 41)
        high, low = max(price, close) + rng.randrange(9), min(price, close) - rng.randrange(9)
        rows.append(f"{start_s},{price / 100},{high / 100},{low / 100},{close / 100},{rng.randrange(1, 99_999) / 1000}")
        price = close
    path = folder / name
    path.write_text("\n".join(rows) + "\n")
    return path


def replayed(*paths: Path, **options: object) -> ReplayedMarket:
    return ReplayedMarket([read_recording(path) for path in paths], **options)  # type: ignore[arg-type]


def all_candles(market: ReplayedMarket, span_s: int, product_id: str = "BTC-USD") -> list[Bar]:
    exchange = SimulatedExchange(market)
    exchange.advance(Instant(2**62))
    return exchange.candles[product_id].candles(span_s, 0, 2**40)


@pytest.mark.req("D3")
@pytest.mark.parametrize("span_s", [60, 300, 3600])
def test_the_exchanges_candles_are_the_recorded_ones_holes_included(tmp_path: Path, span_s: int) -> None:
    starts = [DAY_S + n * span_s for n in range(120) if n not in {50, 51, 90}]
    path = candle_file(tmp_path, starts)
    market = replayed(path, step_s=span_s / 15)
    bars = read_recording(path).bars
    scale = 10 ** (8 - read_recording(path).size_digits)
    assert all_candles(market, span_s) == [bar._replace(volume=bar.volume * scale) for bar in bars]


@pytest.mark.req("D3")
def test_one_second_bars_become_minutes(tmp_path: Path) -> None:
    path = candle_file(tmp_path, range(DAY_S, DAY_S + 900))
    total = sum(bar.volume for bar in read_recording(path).bars) * 10 ** (8 - read_recording(path).size_digits)
    minutes = all_candles(replayed(path), 60)
    assert len(minutes) == 15
    assert sum(bar.volume for bar in minutes) == total


def test_through_a_hole_the_quote_stands_still_and_keeps_coming(tmp_path: Path) -> None:
    starts = [DAY_S + n * 60 for n in range(60) if not 40 <= n < 45]
    steps = list(replayed(candle_file(tmp_path, starts), step_s=10).steps())
    hole = [step for step in steps if DAY_S + 40 * 60 <= step.at // SECOND < DAY_S + 45 * 60]
    assert len(hole) == 30
    assert {(step.bid, step.ask, step.trades) for step in hole} == {(hole[0].bid, hole[0].ask, ())}


def test_a_third_is_history_and_the_rest_is_live(tmp_path: Path) -> None:
    market = replayed(candle_file(tmp_path, range(DAY_S, DAY_S + 9000, 60)))
    assert market.start == (DAY_S + 3000) * SECOND
    assert len(market.history("BTC-USD")) == 50
    assert next(market.steps()).at == market.start
    assert replayed(candle_file(tmp_path, range(DAY_S, DAY_S + 9000, 60)), warmup_s=600).start == (DAY_S + 600) * SECOND


def test_several_files_run_on_one_clock_from_their_latest_start(tmp_path: Path) -> None:
    early = candle_file(tmp_path, range(DAY_S, DAY_S + 9000, 60))
    late = candle_file(tmp_path, range(DAY_S + 3000, DAY_S + 12_000, 300), name="r_ETH-USD_x.csv")
    market = replayed(early, late)
    assert market.start == (DAY_S + 6000) * SECOND
    assert [product.product_id for product in market.products] == ["BTC-USD", "ETH-USD"]
    steps = list(market.steps())
    assert all(before.at <= after.at for before, after in itertools.pairwise(steps))
    assert {step.product_id for step in steps[:20]} == {"BTC-USD", "ETH-USD"}


def test_files_that_do_not_overlap_are_refused_with_their_spans(tmp_path: Path) -> None:
    one = candle_file(tmp_path, range(DAY_S, DAY_S + 6000, 60))
    two = candle_file(tmp_path, range(2 * DAY_S, 2 * DAY_S + 6000, 60), name="r_ETH-USD_x.csv")
    with pytest.raises(ConfigurationInvalid, match="1970-01-02T00:00:00Z to 1970-01-02T01:40:00Z"):
        replayed(one, two)
    with pytest.raises(ConfigurationInvalid, match="tell the same of BTC-USD"):
        replayed(one, one)


def test_a_replay_may_be_moved_to_the_present_on_its_grid(tmp_path: Path) -> None:
    path = candle_file(tmp_path, range(DAY_S, DAY_S + 90_000, 300))
    now = instant("2026-11-21T10:01:02.5Z")
    market, still = replayed(path, starting_at=now), replayed(path)
    assert now - 300 * SECOND < market.start <= now
    assert (market.start - still.start) % (300 * SECOND) == 0
    assert market.history("BTC-USD")[-1].start_s < market.start // SECOND
    assert [step._replace(at=still.start) for step in itertools.islice(market.steps(), 50)] == [
        step._replace(at=still.start) for step in itertools.islice(still.steps(), 50)
    ]


def test_the_same_seed_is_the_same_replay(tmp_path: Path) -> None:
    path = candle_file(tmp_path, range(DAY_S, DAY_S + 9000, 60))
    assert list(replayed(path, seed=4).steps()) == list(replayed(path, seed=4).steps())
    assert list(replayed(path, seed=4).steps()) != list(replayed(path, seed=5).steps())


def test_recorded_quotes_stand_and_recorded_trades_print_beside_them() -> None:
    names = ("binance_BTC-USDT_trades_20210108.csv.gz", "binance_BTC-USDT_quotes_20210108.csv.gz")
    market = replayed(*(recorded(name) for name in names))
    steps = list(market.steps())
    quotes = [step for step in steps if step.bid > 0]
    assert not any(step.trades for step in quotes)
    assert all(step.trades for step in steps if step.bid == 0)
    exchange = SimulatedExchange(market)
    exchange.advance(Instant(2**62))
    assert exchange.touch("BTC-USD")[0][0] * 100 == quotes[-1].bid


def test_a_file_of_quote_bars_quotes_and_trades_nothing() -> None:
    market = replayed(recorded("coinbase_ETH-USD_1m_quote_2017_2018.csv.gz"))
    steps = list(itertools.islice(market.steps(), 3_000))
    assert all(step.bid < step.ask and not step.trades for step in steps)
    assert any("quotes only" in note for note in market.notes)


@pytest.mark.req("D3")
def test_a_recorded_hour_of_a_fall_replays_exactly() -> None:
    path = recorded("binance_BTC-USDT_1m_20210402_20210514.csv.gz")
    market = replayed(path)
    exchange = SimulatedExchange(market)
    until = Instant(market.start + HOUR)
    exchange.advance(Instant(until - 1))
    recording = read_recording(path)
    scale = 10 ** (8 - recording.size_digits)
    live = [bar for bar in recording.bars if market.start <= bar.start_s * SECOND < until]
    shown = exchange.candles["BTC-USD"].candles(60, market.start // SECOND, until // SECOND)
    assert shown == [bar._replace(volume=bar.volume * scale) for bar in live]
    assert any("BTC-USDT is traded here as BTC-USD" in note for note in market.notes)
