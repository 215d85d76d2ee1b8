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
from trader247.core.triggers import (
    TRIGGERS,
    Measured,
    Thresholds,
    breakout,
    burning,
    ema_cross,
    filtered,
    fired,
    mean_reversion,
    measure,
    momentum,
    price_move,
    reading_of,
    reversal,
    trigger_of,
    volume_spike,
)
from trader247.model.instant import HOUR, MINUTE
from trader247.model.market import Candle
from trader247.model.policy_signals import Triggers
from trader247.model.signals import Regime, TriggerKind

TERMS = Triggers()
CALM = [100.0] * 1441


def wanted(regime: Regime = Regime.CHOP, terms: Triggers = TERMS) -> Thresholds:
    return Thresholds.of(terms, regime)


def closing(*last: float, calm: float = 100.0, count: int = 1500, volume: float = 10.0) -> MarketBoard:
    """A calm day that ends in these closes."""
    closes = [calm] * (count - len(last)) + list(last)
    return board_of([candle(close=close, minute=n, volume=volume) for n, close in enumerate(closes)])


def the(found: Measured | None) -> Measured | None:
    """What was measured, where it fired."""
    assert found is not None
    return found if found.fired else None


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
def test_what_fired_is_what_a_plain_recomputation_finds_strongest_first(
    all_bars: list[Candle], regime: Regime, min_score: float
) -> None:
    measured = measure(board_of(all_bars), wanted(regime, evolve(TERMS, min_score=min_score)))
    got = [found for found in fired(measured) if found.kind not in {TriggerKind.REVERSAL, TriggerKind.MEAN_REVERSION}]
    plainly = [found for found in plain_triggers(all_bars, regime) if found[1] * found[2] >= min_score]
    plainly.sort(key=lambda found: -found[1] * found[2])
    assert [found.kind for found in got] == [kind for kind, *_ in plainly]
    for found, (_, *numbers) in zip(got, plainly, strict=True):
        assert (found.strength, found.confidence, found.change_pct) == pytest.approx(tuple(numbers))


@settings(max_examples=60, deadline=None)
@given(bars(), st.sampled_from(Regime), st.sampled_from([0.0, 0.2, 0.5]), st.sampled_from([0.05, 0.3, 1.0]))
def test_what_burns_is_what_fired_of_all_that_is_measured(
    all_bars: list[Candle], regime: Regime, min_score: float, relax: float
) -> None:
    board = board_of(all_bars)
    want = Thresholds.of(evolve(TERMS, min_score=min_score), regime, relax=relax)
    assert burning(board, want) == fired(measure(board, want))


@settings(max_examples=40, deadline=None)
@given(bars(), st.sampled_from(Regime), st.floats(0.0, 1.0))
def test_strength_confidence_and_score_stay_shares_and_a_reading_says_fired_where_it_did(
    all_bars: list[Candle], regime: Regime, min_score: float
) -> None:
    board, want = board_of(all_bars), wanted(regime, evolve(TERMS, min_score=min_score))
    for take in TRIGGERS:
        found = take(board, want)
        if found is None:
            continue
        assert reading_of(found, want).fired is found.fired
        if found.fired:
            assert 0.0 <= found.strength <= 1.0
            assert 0.0 <= found.confidence <= 1.0
            assert found.score >= min_score
            assert trigger_of(BTC, found).score == found.score


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
    found = the(price_move(closing(*closes), wanted()))
    assert (found.strength, found.confidence) == (strength, confidence) if found else strength is None


@pytest.mark.req("S1", "U3")
@pytest.mark.parametrize(
    ("regime", "threshold"), [(Regime.CHOP, 1.8), (Regime.BULL, 1.6), (Regime.BEAR, 2.4), (Regime.CRASH, 3.0)]
)
def test_a_volume_spike_is_scaled_by_the_regime(regime: Regime, threshold: float) -> None:
    found = volume_spike(closing(), wanted(regime))
    assert found is not None
    assert found.threshold == pytest.approx(threshold)


@pytest.mark.req("S1")
def test_a_breakout_is_a_close_within_half_a_percent_of_the_high() -> None:
    assert the(breakout(closing(99.51), wanted())) is not None
    assert the(breakout(closing(99.49), wanted())) is None
    assert the(breakout(closing(99.51), wanted(Regime.CRASH))) is None


@pytest.mark.req("S1")
@pytest.mark.parametrize("regime", Regime)
def test_rising_momentum_does_not_count_while_the_market_falls(regime: Regime) -> None:
    rising = [100.0 + n / 300 for n in range(1500)]
    found = the(momentum(closing(*rising), wanted(regime)))
    assert (found is not None) is (regime in {Regime.BULL, Regime.CHOP})
    falling = the(momentum(closing(*reversed(rising)), wanted(regime)))
    assert falling is not None
    assert falling.change_pct < 0
    assert falling.confidence == 1.0


def test_on_a_tie_of_scores_the_trigger_listed_first_survives() -> None:
    tied = [
        Measured(kind, 1.0, 1.0, "%", True, strength, confidence)
        for kind, strength, confidence in (
            (TriggerKind.PRICE_MOVE, 0.5, 0.4),
            (TriggerKind.BREAKOUT, 0.8, 0.5),
            (TriggerKind.MOMENTUM, 0.5, 0.8),
        )
    ]
    assert [found.kind for found in fired(tied)] == [
        TriggerKind.BREAKOUT,
        TriggerKind.MOMENTUM,
        TriggerKind.PRICE_MOVE,
    ]


def test_readings_come_in_the_order_of_the_table() -> None:
    measured = measure(closing(103.0), wanted())
    assert [found.kind for found in measured] == [kind for kind in TriggerKind if kind is not TriggerKind.EMA_CROSS]


def test_a_trigger_under_the_least_score_does_not_fire_and_its_reading_says_so() -> None:
    board, strict = closing(101.3), wanted(terms=evolve(TERMS, min_score=0.5))
    lax, found = price_move(board, wanted()), price_move(board, strict)
    assert lax is not None
    assert found is not None
    assert (lax.fired, found.fired) == (True, False)
    assert reading_of(found, strict).note == "scores 0.42, at least 0.5"


def test_a_market_whose_windows_are_not_full_has_no_readings() -> None:
    assert measure(board_of([candle(minute=n) for n in range(60)]), wanted()) == []


@pytest.mark.req("S1")
def test_the_same_bars_fire_the_same_triggers() -> None:
    closes = [100 + math.sin(n / 50) * 3 for n in range(1500)]
    assert measure(closing(*closes), wanted()) == measure(closing(*closes), wanted())


# ------------------------------------------------------------------------------------------- reversal, mean reversion
def recovering(to: float, minutes: int = 240, *, slide: int = 1200) -> MarketBoard:
    """A slide from 110 to 100 and then a climb to ``to``, with a dent in it every ten minutes."""
    falling = [110.0 - 10.0 * n / slide for n in range(slide + 300)][: slide + 1]
    rising = [100.0 + (to - 100.0) * n / minutes - (0.4 if n % 10 > 6 and n > 60 else 0.0) for n in range(1, minutes)]
    closes = [110.0] * 300 + falling + rising + [to]
    return board_of(
        [candle(close=c, high=c * 1.0001, low=c * 0.9999, minute=n, volume=10.0) for n, c in enumerate(closes)]
    )


@pytest.mark.req("S1")
@pytest.mark.parametrize(("to", "fires"), [(104.9, False), (107.0, True), (110.9, False)])
def test_a_reversal_is_some_way_up_from_the_low_and_still_near_it(to: float, fires: bool) -> None:
    lax = evolve(TERMS, reversal=evolve(TERMS.reversal, confirmations=2, slope_pct_per_h=-5.0))
    found = reversal(recovering(to), wanted(terms=lax))
    assert found is not None
    assert found.value == pytest.approx(to - 100.0, abs=0.02)
    assert found.fired is fires
    if fires:
        assert (found.strength, found.confidence) == pytest.approx((0.35, 0.6), abs=0.01)
        assert trigger_of(BTC, found).confirmations == found.confirmations >= 2


@pytest.mark.req("S1")
def test_a_reversal_against_the_trend_or_short_of_confirmations_does_not_fire_and_says_so() -> None:
    board = recovering(107.0)
    slope, confirmed = board.slope_pct_per_h, reversal(board, wanted(terms=_easy(0, -5.0)))
    assert slope is not None
    assert confirmed is not None
    for terms in (_easy(confirmed.confirmations + 1, -5.0), _easy(0, slope + 0.01)):
        found = reversal(board, wanted(terms=terms))
        assert found is not None
        assert not found.fired
        assert "confirmations" in reading_of(found, wanted(terms=terms)).note
    assert (the(reversal(board, wanted(terms=_easy(0, slope)))) is not None) is confirmed.fired


def _easy(confirmations: int, slope: float) -> Triggers:
    return evolve(TERMS, reversal=evolve(TERMS.reversal, confirmations=confirmations, slope_pct_per_h=slope))


def fallen(*after: float) -> MarketBoard:
    """A day that swings by half a percent, then falls for an hour, then closes like this."""
    calm = [100.0 + 0.5 * math.sin(n / 40) for n in range(1500)]
    falling = [100.0 - n / 15 for n in range(60)]
    return board_of([candle(close=c, minute=n, volume=10.0) for n, c in enumerate([*calm, *falling, *after])])


@pytest.mark.req("S1")
def test_mean_reversion_wants_a_spent_fall_far_under_the_mean_in_chop() -> None:
    turned = fallen(*[96.2] * 5)
    found = the(mean_reversion(turned, wanted()))
    assert found is not None
    assert found.value < -1.2
    assert (found.strength, found.confidence) == (min(-found.value / 3, 1.0), 0.6)
    still_falling = mean_reversion(fallen(), wanted())
    assert still_falling is not None
    assert not still_falling.fired
    assert reading_of(still_falling, wanted()).note == "the fall is not spent"
    assert mean_reversion(turned, wanted(Regime.BEAR)) is None


# ------------------------------------------------------------------------------------------------ filters and fallback
def moving(hours: int, last_hours_range: float) -> MarketBoard:
    """So many hours that range over one percent, then 14 that range so much (in percent)."""
    board = MarketBoard(168)
    for n in range(hours + 14):
        half = (1.0 if n < hours else last_hours_range) / 2
        board.push_hour(candle(close=100.0, high=100.0 + half, low=100.0 - half, minute=60 * n, span_s=3600))
    return board


@pytest.mark.req("VOL1", "S1")
def test_a_market_calmer_than_its_week_is_held_back_and_one_without_history_too() -> None:
    want = wanted()
    assert filtered(moving(200, 2.0), want) == ""
    assert filtered(moving(200, 0.5), want).startswith("calm: the ATR is 0.")
    assert "38 hours" in filtered(moving(10, 2.0), want)
    off = wanted(terms=evolve(TERMS, filters=evolve(TERMS.filters, atr_ratio=0.0)))
    assert filtered(moving(10, 0.1), off) == ""


@pytest.mark.req("O1")
@pytest.mark.parametrize(("close", "volume", "held"), [(112.0, 0.5, True), (112.0, 5.0, False), (104.0, 0.5, False)])
def test_a_far_close_without_volume_is_an_outlier(close: float, volume: float, held: bool) -> None:
    want = wanted(terms=evolve(TERMS, filters=evolve(TERMS.filters, atr_ratio=0.0)))
    bars = [candle(close=100.0, minute=n, volume=10.0) for n in range(100)]
    board = board_of([*bars, candle(close=close, minute=100, volume=volume)])
    assert filtered(board, want).startswith("outlier") is held


@pytest.mark.req("S1")
def test_relaxed_thresholds_are_all_easier_to_reach_and_filters_stay() -> None:
    plain, easy = wanted(), Thresholds.of(TERMS, Regime.CHOP, relax=0.7)
    assert easy.move_15m_pct == pytest.approx(plain.move_15m_pct * 0.7)
    assert easy.volume_ratio < plain.volume_ratio
    assert easy.breakout_pct > plain.breakout_pct
    assert easy.momentum_pct < plain.momentum_pct
    assert easy.z_score is not None
    assert plain.z_score is not None
    assert easy.z_score > plain.z_score
    assert (easy.min_score, easy.atr_ratio, easy.outlier_pct) == (plain.min_score, plain.atr_ratio, plain.outlier_pct)


@pytest.mark.req("S1")
def test_the_averages_fire_on_every_bar_and_under_every_other_trigger_and_only_where_they_are_kept() -> None:
    board, found = MarketBoard(168, (2, 4)), None
    for n, close in enumerate([100.0, 100.0, 100.0, 100.0, 100.0, 101.0, 90.0]):
        board.push(candle(close=close, minute=n, volume=10.0))
        found = ema_cross(board, wanted())
        if n < 4:
            assert found is None
        elif n == 4:
            assert found is not None
            assert not found.fired
    assert found is not None
    assert found.fired
    assert found.change_pct < 0
    assert trigger_of(BTC, found).reason.startswith("the fast average -")
    assert found.score < 0.6 * 0.7, "the weakest of the others"
    assert ema_cross(board_of([candle(close=100.0, minute=n) for n in range(60)]), wanted()) is None
