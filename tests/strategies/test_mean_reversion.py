from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from tests.builders import BTC, RULES, position
from tests.market_samples import context, view

from trader247.messages.trading import TradeProposal
from trader247.model.policy import EntryBounds
from trader247.model.policy_strategies import MeanReversionParameters
from trader247.model.signals import InstrumentView, Trigger, TriggerKind
from trader247.strategies.mean_reversion import MeanReversion

pytestmark = pytest.mark.req("STR5", "STR1")


def seen(kind: TriggerKind = TriggerKind.MEAN_REVERSION, change_pct: float = -3.0, **changed: Any) -> InstrumentView:
    """An instrument on which the strategy acts, unless the test changes something."""
    fired = Trigger(BTC, kind, 0.8, 0.75, change_pct, "it moved")
    return evolve(view(BTC), **{"atr_pct": 1.0, "fired": (fired,), "z_score": -2.0, **changed})


def proposed(view_of_it: InstrumentView, **parameters: Any) -> list[TradeProposal]:
    strategy = MeanReversion(RULES, MeanReversionParameters(**parameters), EntryBounds())
    return strategy.generate_proposals(context(view_of_it))


def test_its_trigger_becomes_a_long_proposal_with_its_own_distances() -> None:
    (made,) = proposed(seen())
    own = MeanReversionParameters()
    assert (made.stop_loss_pct, made.take_profit_pct) == (own.stop_atr, own.target_atr)
    assert (own.stop_atr, own.target_atr) == (Decimal("1.2"), Decimal("1.8"))
    assert made.max_hold_s == own.max_hold_h * 3600
    assert made.strategy == RULES


def test_more_deviations_may_be_asked_for_than_the_trigger_asks() -> None:
    assert len(proposed(seen(), min_deviations=2.0)) == 1
    assert proposed(seen(), min_deviations=2.01) == []


def test_another_trigger_a_held_instrument_and_a_filtered_one_give_nothing() -> None:
    assert proposed(seen(TriggerKind.PRICE_MOVE)) == []
    assert proposed(seen(fired=(), filtered="calm")) == []
    held = evolve(context(seen()), positions=(position(BTC),))
    assert MeanReversion(RULES, MeanReversionParameters(), EntryBounds()).generate_proposals(held) == []


def test_parameters_are_obeyed() -> None:
    (made,) = proposed(seen(), stop_atr=Decimal(2), max_hold_h=1, size_factor=Decimal("0.5"))
    assert (made.stop_loss_pct, made.max_hold_s) == (Decimal(2), 3600)
    assert made.notional_pct == Decimal("0.5625")  # half of the tier's 1.5 %, times the confidence
