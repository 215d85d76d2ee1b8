import math
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import candle
from tests.recordings import candles

from trader247.core.market_board import MarketBoard
from trader247.core.regime import CAP_SHARES, FLOOR_FACTORS, SIZE_FACTORS, regime_of, tier_share
from trader247.model.policy_signals import RegimeTerms
from trader247.model.signals import Regime, RegimeChoice, Tier

pytestmark = pytest.mark.req("U3")

TERMS = RegimeTerms()


def week(trend_pct: float, hourly_pct: float = 0.1, hours: int = 169) -> MarketBoard:
    """So many hours that end this far from where they began, and swing up and down by so much on the way."""
    board = MarketBoard(168)
    for n in range(hours):
        drift = 100.0 * (1.0 + trend_pct / 100.0) ** (n / 168)
        close = drift * (1.0 + hourly_pct / 100.0 if n % 2 else 1.0)
        board.push_hour(candle(close=close, minute=60 * n, span_s=3600))
    return board


@pytest.mark.parametrize(
    ("trend_pct", "hourly_pct", "regime", "severe"),
    [
        (-10.5, 0.1, Regime.CRASH, False),
        (0.0, 1.1, Regime.CRASH, False),  # a hundred percent of volatility
        (-16.0, 1.4, Regime.CRASH, True),
        (10.5, 0.1, Regime.BULL, False),
        (10.5, 0.7, Regime.CHOP, False),  # a rise that is not calm
        (-5.5, 0.1, Regime.BEAR, False),
        (-9.5, 0.1, Regime.BEAR, False),
        (-4.5, 0.1, Regime.CHOP, False),
        (9.5, 0.1, Regime.CHOP, False),
    ],
)
def test_the_tests_come_in_their_order(trend_pct: float, hourly_pct: float, regime: Regime, *, severe: bool) -> None:
    found = regime_of(week(trend_pct, hourly_pct), TERMS)
    assert (found.regime, found.severe, found.confidence) == (regime, severe, 1.0)
    assert found.regime.value in found.text


def test_less_than_a_week_of_hours_is_chop_at_half_confidence() -> None:
    for board in (None, MarketBoard(168), week(-20.0, hours=168)):
        found = regime_of(board, TERMS)
        assert (found.regime, found.confidence) == (Regime.CHOP, 0.5)
        assert "for want of a week" in found.text
    assert regime_of(week(-20.0, hours=169), TERMS).regime is Regime.CRASH


@pytest.mark.parametrize("choice", [choice for choice in RegimeChoice if choice.pinned is not None])
def test_a_pinned_regime_is_what_it_is_whatever_the_market_does(choice: RegimeChoice) -> None:
    found = regime_of(week(-20.0), evolve(TERMS, pinned=choice))
    assert found.pinned
    assert (found.regime.value, found.confidence) == (choice.value, 1.0)


@given(st.floats(-60, 60), st.floats(0.0, 2.0))
def test_every_week_has_exactly_one_regime_and_a_plain_reading_of_the_rules_finds_it(
    trend: float, swing: float
) -> None:
    board = week(trend, swing)
    found, seen, volatility = regime_of(board, TERMS), board.trend_7d_pct, board.volatility_pct
    assert seen is not None
    assert volatility is not None
    plainly = (
        "crash"
        if seen < -10 or volatility > 100
        else "bull"
        if seen >= 10 and volatility < 60
        else "bear"
        if seen <= -5
        else "chop"
    )
    assert found.regime.value == plainly


def test_a_crash_closes_everything_and_no_weather_raises_a_cap() -> None:
    assert dict(SIZE_FACTORS) == {
        Regime.BULL: Decimal("1.2"),
        Regime.CHOP: Decimal(1),
        Regime.BEAR: Decimal("0.6"),
        Regime.CRASH: Decimal(0),
    }
    assert max(CAP_SHARES.values()) == 1
    assert [tier_share(tier, Regime.CRASH) for tier in Tier] == [0, 0, 0]
    assert [tier_share(Tier.ROTATIONAL, regime) for regime in Regime] == [1, Decimal("0.8"), Decimal("0.5"), 0]
    assert FLOOR_FACTORS[Regime.BULL] < FLOOR_FACTORS[Regime.CHOP] < FLOOR_FACTORS[Regime.BEAR]


def test_on_real_hours_each_weather_is_found_where_a_person_would_look_for_it() -> None:
    high, low, close, _ = candles("coinbase_BTC-USD_1h_20240418_20250630")
    board, seen = MarketBoard(168), []
    for n, (top, bottom, last) in enumerate(zip(high.tolist(), low.tolist(), close.tolist(), strict=True)):
        board.push_hour(candle(close=last, high=top, low=bottom, minute=60 * n, span_s=3600))
        seen.append(regime_of(board, TERMS).regime)
    assert set(seen) == set(Regime)
    shares = {regime: seen.count(regime) / len(seen) for regime in Regime}
    assert shares[Regime.CHOP] > 0.5
    assert 0.01 < shares[Regime.CRASH] < 0.1
    assert math.isclose(sum(shares.values()), 1.0)
