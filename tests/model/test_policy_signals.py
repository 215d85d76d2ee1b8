import pytest

from trader247.model.policy_signals import MoveThreshold, PriceMove, Signals
from trader247.model.signals import Regime


@pytest.mark.parametrize(
    ("regime", "expected"),
    [
        (Regime.CHOP, MoveThreshold(1.2, 2.5)),
        (Regime.BULL, MoveThreshold(3.5, 7.0)),
        (Regime.BEAR, MoveThreshold(3.0, 7.0)),
        (Regime.CRASH, MoveThreshold(3.0, 7.0)),
    ],
)
def test_each_regime_has_its_price_move_and_a_crash_the_bears(regime: Regime, expected: MoveThreshold) -> None:
    assert PriceMove().of(regime) == expected


def test_the_silent_signals_are_those_of_the_baseline() -> None:
    signals = Signals()
    assert (signals.cycle.interval_s, signals.cycle.jitter_pct, signals.cycle.proposal_deadline_s) == (60, 10, 2)
    assert signals.triggers.min_score == 0.2
    assert signals.triggers.momentum.return_24h_pct == 2


def test_the_jitter_cannot_eat_the_interval() -> None:
    with pytest.raises(ValueError, match="jitter_pct: 60 is not allowed"):
        type(Signals().cycle)(jitter_pct=60)
