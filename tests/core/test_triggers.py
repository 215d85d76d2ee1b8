import math
from collections.abc import Iterator
from itertools import pairwise

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders import BTC, candle
from tests.core.test_market_board import bars, board_of, pct

from trader247.core.market_board import MarketBoard
from trader247.core.triggers import TRIGGERS, breakout, momentum, price_move, strongest, volume_spike
from trader247.model.instant import HOUR, MINUTE
from trader247.model.market import Candle
from trader247.model.policy_signals import Triggers
from trader247.model.signals import Regime, Trigger, TriggerKind, TriggerReading

TERMS = Triggers()
CALM = [100.0] * 1441


def closing(*last: float, calm: float = 100.0, count: int = 1500, volume: float = 10.0) -> MarketBoard:
    """A calm day that ends in these closes."""
    closes = [calm] * (count - len(last)) + list(last)
    return board_of([candle(close=close, minute=n, volume=volume) for n, close in enumerate(closes)])


def the(found: tuple[TriggerReading, Trigger | None] | None) -> Trigger | None:
    assert found is not None
    return found[1]


# ---------------------------------------------------------------------- against a plain recomputation over full lists
def plain_triggers(all_bars: list[Candle], regime: Regime) -> Iterator[tuple[TriggerKind, float, float, float]]:
    """Kind, strength, confidence, change of all that fire, straight from the table of the decision rules."""
    closes = [bar.close for bar in all_bars]
    factor = {"bull": (0.8, 0.75, 0.9), "chop": (1, 1, 1), "bear": (1.2, 1.25, 1.1), "crash": (1.5, 1.5, 1.3)}
    volume_x, momentum_x, breakout_x = factor[regime.value]
    if len(closes) > 60:
        t15, t60 = {"chop": (1.2, 2.5), "bull": (3.5, 7.0)}.get(regime.value, (3.0, 7.0))
        m15, m60 = pct(closes[-16], closes[-1]), pct(closes[-61], closes[-1])
        change = m15 if abs(m15) / t15 >= abs(m60) / t60 else m60
        if abs(m15) >= t15 and abs(m60) >= t60:
            yield TriggerKind.PRICE_MOVE, 0.8, 0.85, change
        elif abs(m15) >= t15:
            yield TriggerKind.PRICE_MOVE, 0.6, 0.7, change
        elif abs(m60) >= t60:
            yield TriggerKind.PRICE_MOVE, 0.7, 0.75, change
    day = all_bars[-1440:]
    volume = math.fsum(bar.volume for bar in day)
    if len(day) == 1440 and volume > 0:
        ratio = math.fsum(bar.volume for bar in day[-60:]) / (volume / 24)
        if ratio >= (1.8 if regime is Regime.CHOP else 2.0) * volume_x:
            strength = min((ratio - 1) / 3, 1.0)
            yield TriggerKind.VOLUME_SPIKE, strength, min(ratio / 4, 1.0), pct(closes[-61], closes[-1])
    if len(closes) > 1440:
        change = pct(closes[-1441], closes[-1])
        if (1 - closes[-1] / max(bar.high for bar in day)) * 100 <= 0.5 / breakout_x:
            yield TriggerKind.BREAKOUT, 0.7, 0.8, change
        hours = [bar.close for bar in all_bars if (bar.start + MINUTE) % HOUR == 0]
        moves = [after - before for before, after in pairwise(hours)][-12:]
        share = sum(move * change > 0 for move in moves) / len(moves)
        if abs(change) >= 2.0 * momentum_x and (change < 0 or regime in {Regime.BULL, Regime.CHOP}):
            yield TriggerKind.MOMENTUM, min(abs(change) / 10, 1.0), share, change


@pytest.mark.req("S1")
@settings(max_examples=60, deadline=None)
@given(bars(), st.sampled_from(Regime), st.sampled_from([0.0, 0.2, 0.5]))
def test_the_strongest_trigger_is_the_one_a_plain_recomputation_finds(
    all_bars: list[Candle], regime: Regime, min_score: float
) -> None:
    got, _ = strongest(BTC, board_of(all_bars), regime, evolve(TERMS, min_score=min_score))
    plainly = [found for found in plain_triggers(all_bars, regime) if found[1] * found[2] >= min_score]
    if not plainly:
        assert got is None
    else:
        kind, strength, confidence, change = max(plainly, key=lambda found: found[1] * found[2])
        assert got is not None
        assert (got.kind, got.symbol) == (kind, BTC)
        assert (got.strength, got.confidence, got.change_pct) == pytest.approx((strength, confidence, change))


@settings(max_examples=40, deadline=None)
@given(bars(), st.sampled_from(Regime), st.floats(0.0, 1.0))
def test_strength_confidence_and_score_stay_shares_and_a_reading_says_fired_where_it_did(
    all_bars: list[Candle], regime: Regime, min_score: float
) -> None:
    board, terms = board_of(all_bars), evolve(TERMS, min_score=min_score)
    for measure in TRIGGERS:
        found = measure(BTC, board, regime, terms)
        if found is None:
            continue
        assert found.reading.fired == (found.trigger is not None)
        if found.trigger is not None:
            assert 0.0 <= found.trigger.strength <= 1.0
            assert 0.0 <= found.trigger.confidence <= 1.0
            assert found.trigger.score >= min_score


# -------------------------------------------------------------------------------------------- the table, row by row
@pytest.mark.req("S1")
@pytest.mark.parametrize(
    ("closes", "strength", "confidence"),
    [
        ([101.19], None, None),
        ([101.2000001], 0.6, 0.7),
        ([98.7999], 0.6, 0.7),
        ([102.5000001] * 16, 0.7, 0.75),  # an hour's move that is over for fifteen minutes
        ([102.6], 0.8, 0.85),
    ],
)
def test_a_price_move_fires_at_its_thresholds_in_either_direction(
    closes: list[float], strength: float | None, confidence: float | None
) -> None:
    fired = the(price_move(BTC, closing(*closes), Regime.CHOP, TERMS))
    assert (fired.strength, fired.confidence) == (strength, confidence) if fired else strength is None


@pytest.mark.req("S1", "U3")
@pytest.mark.parametrize(
    ("regime", "threshold"), [(Regime.CHOP, 1.8), (Regime.BULL, 1.6), (Regime.BEAR, 2.4), (Regime.CRASH, 3.0)]
)
def test_a_volume_spike_is_scaled_by_the_regime(regime: Regime, threshold: float) -> None:
    found = volume_spike(BTC, closing(), regime, TERMS)
    assert found is not None
    assert found.reading.threshold == pytest.approx(threshold)


@pytest.mark.req("S1")
def test_a_breakout_is_a_close_within_half_a_percent_of_the_high() -> None:
    assert the(breakout(BTC, closing(99.51), Regime.CHOP, TERMS)) is not None
    assert the(breakout(BTC, closing(99.49), Regime.CHOP, TERMS)) is None
    assert the(breakout(BTC, closing(99.51), Regime.CRASH, TERMS)) is None


@pytest.mark.req("S1")
@pytest.mark.parametrize("regime", Regime)
def test_rising_momentum_does_not_count_while_the_market_falls(regime: Regime) -> None:
    rising = [100.0 + n / 300 for n in range(1500)]
    fired = the(momentum(BTC, closing(*rising), regime, TERMS))
    assert (fired is not None) is (regime in {Regime.BULL, Regime.CHOP})
    falling = the(momentum(BTC, closing(*reversed(rising)), regime, TERMS))
    assert falling is not None
    assert falling.change_pct < 0
    assert falling.confidence == 1.0


def test_on_a_tie_of_scores_the_trigger_listed_first_survives() -> None:
    # price_move of 60 minutes only scores 0.525, a breakout 0.56; with the move at 15 min too it is 0.68
    got, readings = strongest(BTC, closing(103.0), Regime.CHOP, TERMS)
    assert got is not None
    assert got.kind is TriggerKind.PRICE_MOVE
    assert [reading.kind for reading in readings] == [
        TriggerKind.PRICE_MOVE,
        TriggerKind.VOLUME_SPIKE,
        TriggerKind.BREAKOUT,
        TriggerKind.MOMENTUM,
    ]


def test_a_trigger_under_the_least_score_does_not_fire_and_its_reading_says_so() -> None:
    board, strict = closing(101.3), evolve(TERMS, min_score=0.5)
    lax = price_move(BTC, board, Regime.CHOP, TERMS)
    found = price_move(BTC, board, Regime.CHOP, strict)
    assert lax is not None
    assert found is not None
    assert (lax.reading.fired, found.reading.fired, found.trigger) == (True, False, None)


def test_a_market_whose_windows_are_not_full_has_no_readings() -> None:
    assert strongest(BTC, board_of([candle(minute=n) for n in range(60)]), Regime.CHOP, TERMS) == (None, ())


@pytest.mark.req("S1")
def test_the_same_bars_fire_the_same_triggers() -> None:
    closes = [100 + math.sin(n / 50) * 3 for n in range(1500)]
    assert strongest(BTC, closing(*closes), Regime.CHOP, TERMS) == strongest(BTC, closing(*closes), Regime.CHOP, TERMS)
