import math
import statistics
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders import START, candle
from tests.market_samples import minutes

from trader247.core.market_board import BARS_PER_DAY, MarketBoard
from trader247.model.instant import HOUR, MINUTE
from trader247.model.market import Candle

_DAY = BARS_PER_DAY


def board_of(bars: list[Candle], volatility_hours: int = 168) -> MarketBoard:
    board = MarketBoard(volatility_hours)
    for bar in bars:
        board.push(bar)
    return board


def pct(before: float, after: float) -> float:
    return (after / before - 1.0) * 100.0


@st.composite
def bars(draw: st.DrawFn) -> list[Candle]:
    """A day and a bit of bars from a few drawn levels, so that a draw is small and the list is long."""
    levels = draw(st.lists(st.floats(1.0, 200.0), min_size=1, max_size=12))
    volumes = draw(st.lists(st.floats(0.0, 1e6), min_size=1, max_size=7))
    count, first = draw(st.integers(1, _DAY + 200)), draw(st.integers(-90, 90))
    return [
        candle(
            close=levels[n * 7 % len(levels)],
            high=levels[n * 7 % len(levels)] * 1.01,
            low=levels[n * 7 % len(levels)] * 0.99,
            volume=volumes[n % len(volumes)],
            minute=first + n,
        )
        for n in range(count)
    ]


@settings(max_examples=40, deadline=None)
@given(bars())
def test_every_window_is_what_a_plain_look_over_the_whole_list_gives(all_bars: list[Candle]) -> None:
    board, closes = board_of(all_bars), [bar.close for bar in all_bars]
    for steps, got in ((15, board.change_pct(15)), (60, board.change_pct(60)), (_DAY, board.return_24h_pct)):
        assert got == (pct(closes[-1 - steps], closes[-1]) if len(closes) > steps else None)
    day = all_bars[-_DAY:]
    full = len(day) == _DAY
    assert board.high_24h == (max(bar.high for bar in day) if full else None)
    assert board.low_24h == (min(bar.low for bar in day) if full else None)
    volume = math.fsum(bar.volume for bar in day)
    if full and volume > 0:
        hour = math.fsum(bar.volume for bar in day[-60:])
        assert board.volume_ratio == pytest.approx(hour / (volume / 24), rel=1e-9)
    else:
        assert board.volume_ratio is None
    assert board.close == closes[-1]
    assert board.closed_at == all_bars[-1].start + MINUTE


@settings(max_examples=40, deadline=None)
@given(bars(), st.sampled_from([1.0, -1.0]))
def test_hourly_figures_come_from_the_closes_of_whole_hours_only(all_bars: list[Candle], direction: float) -> None:
    board = board_of(all_bars)
    on_the_hour = [bar.close for bar in all_bars if (bar.start + MINUTE) % HOUR == 0]
    moves = [after - before for before, after in pairwise(on_the_hour)][-12:]
    share = sum(move * direction > 0 for move in moves) / len(moves) if moves else 0.0
    assert board.hourly_agreement(direction) == share
    returns = [pct(before, after) for before, after in pairwise(on_the_hour)]
    if len(returns) < 2:
        assert board.volatility_pct is None
    else:
        plainly = statistics.stdev(returns) * math.sqrt(24 * 365)
        assert board.volatility_pct == pytest.approx(plainly, rel=1e-6, abs=1e-6)


def test_a_board_that_saw_nothing_says_nothing() -> None:
    board = MarketBoard(168)
    assert (board.close, board.closed_at) == (None, None)
    assert board.change_pct(15) is board.change_pct(60) is board.return_24h_pct is None
    assert board.high_24h is board.low_24h is board.volume_ratio is board.volatility_pct is None
    assert board.hourly_agreement(1.0) == 0.0


def test_hours_from_before_the_minutes_feed_the_volatility_and_nothing_else() -> None:
    board = MarketBoard(168)
    for hour, close in enumerate((100.0, 101.0, 99.0, 102.0)):
        board.push_hour(candle(close=close, minute=60 * hour, span_s=3600))
    assert board.volatility_pct is not None
    assert (board.close, board.hourly_agreement(1.0)) == (None, 0.0)


@pytest.mark.fault("MD-11")
def test_a_day_in_which_nothing_traded_has_no_volume_ratio() -> None:
    busy = [candle(volume=1e9 / (1 + n % 17), minute=n) for n in range(_DAY)]
    quiet = [candle(volume=0.0, minute=_DAY + n) for n in range(_DAY)]
    assert board_of(busy).volume_ratio is not None
    assert board_of(busy + quiet).volume_ratio is None


def test_the_story_begins_on_a_whole_hour() -> None:
    assert START % HOUR == 0
    assert board_of(minutes([100.0] * 60)).closed_at == START + HOUR
