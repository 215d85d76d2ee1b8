import pytest
from tests.builders import BTC, ETH

from trader247.model.ids import StrategyName
from trader247.model.policy import EntryBounds
from trader247.model.policy_strategies import MomentumParameters
from trader247.model.signals import Trigger, TriggerKind
from trader247.strategies.momentum import Momentum
from trader247.strategies.samples import sample_context, sample_position, sample_view

pytestmark = pytest.mark.req("STR5")


def test_a_sample_says_what_the_trial_says_and_is_calm_otherwise() -> None:
    risen = sample_view("eth/usd", move_60m_pct=2.0)
    made = sample_context(risen, sample_view(), positions=(sample_position(),))
    assert [view.symbol for view in made.instruments] == [BTC, ETH]
    assert (made.instruments[1].move_60m_pct, made.triggers) == (2.0, ())
    assert [held.symbol for held in made.positions] == [BTC]


def test_a_strategy_of_the_box_can_be_tried_out_on_it() -> None:
    found = Trigger(BTC, TriggerKind.MOMENTUM, 0.8, 0.8, 4.0, "it rose")
    asked = sample_context(sample_view("BTC-USD", fired=(found,), slope_pct_per_h=0.1))
    assert asked.triggers == (found,)
    strategy = Momentum(StrategyName("trend"), MomentumParameters(), EntryBounds())
    assert [made.symbol for made in strategy.generate_proposals(asked)] == [BTC]
