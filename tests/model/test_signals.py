from hypothesis import given
from hypothesis import strategies as st
from tests.builders import BTC
from tests.market_samples import view

from trader247.model.signals import Regime, Tier, Trigger, TriggerKind

shares = st.floats(0.0, 1.0)


@given(shares, shares)
def test_a_score_is_a_share_and_never_above_its_parts(strength: float, confidence: float) -> None:
    score = Trigger(BTC, TriggerKind.MOMENTUM, strength, confidence, 2.0, "").score
    assert 0.0 <= score <= min(strength, confidence)


def test_the_words_of_the_configuration_are_the_values_of_the_model() -> None:
    assert [tier.value for tier in Tier] == ["core", "rotational", "event_driven"]
    assert [regime.value for regime in Regime] == ["bull", "chop", "bear", "crash"]


def test_a_view_is_a_value_that_can_be_a_key() -> None:
    assert len({view(), view(), view(second=1)}) == 2
