"""Long while the fast average is over the slow one."""

from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import BTC, ETH, RULES, position
from tests.market_samples import context, view

from trader247.messages.trading import CycleContext, TradeProposal
from trader247.model.ids import StrategyName
from trader247.model.order import Side
from trader247.model.policy import EntryBounds
from trader247.model.policy_strategies import EmaCrossParameters
from trader247.model.signals import InstrumentView, Trigger, TriggerKind
from trader247.strategies.contract import Glimpse
from trader247.strategies.ema_cross import EmaCross

pytestmark = pytest.mark.req("STR5", "STR1")


def seen(change_pct: float, symbol: Any = BTC, kind: TriggerKind = TriggerKind.EMA_CROSS) -> InstrumentView:
    return evolve(view(symbol), fired=(Trigger(symbol, kind, 0.5, 0.5, change_pct, "apart"),))


def strategy(**parameters: Any) -> EmaCross:
    return EmaCross(RULES, EmaCrossParameters(**parameters), EntryBounds(min_conviction=0.4))


def proposed(*views: InstrumentView, held: tuple[Any, ...] = (), **parameters: Any) -> list[TradeProposal]:
    positions = tuple(evolve(position(symbol), strategy=RULES) for symbol in held)
    return strategy(**parameters).generate_proposals(evolve(context(*views), positions=positions))


def test_what_crossed_up_is_bought_and_what_crossed_down_is_sold() -> None:
    (bought,) = proposed(seen(0.01))
    assert (bought.side, bought.notional_pct, bought.stop_loss_pct) == (Side.BUY, Decimal(1), Decimal(10))
    (sold,) = proposed(seen(-0.01), held=(BTC,))
    assert sold.side is Side.SELL


def test_what_lies_on_the_right_side_already_is_left_alone() -> None:
    assert proposed(seen(0.01), held=(BTC,)) == []
    assert proposed(seen(-0.01)) == []
    assert proposed(seen(2.0, kind=TriggerKind.MOMENTUM)) == []


def test_what_another_strategy_bought_is_not_sold() -> None:
    other = evolve(position(BTC), strategy=StrategyName("other"))
    assert strategy().generate_proposals(evolve(context(seen(-0.01)), positions=(other,))) == []


def test_without_conviction_nothing_is_bought_and_what_is_held_is_sold_all_the_same() -> None:
    assert proposed(seen(0.01), conviction=0.3) == []
    assert len(proposed(seen(-0.01), held=(BTC,), conviction=0.3)) == 1


@given(
    changes=st.lists(st.sampled_from([-0.1, 0.1]), min_size=2, max_size=2),
    held=st.sets(st.sampled_from([BTC, ETH])),
    conviction=st.sampled_from([0.3, 0.5]),
)
def test_it_waits_only_where_it_has_nothing_to_say(changes: list[float], held: set[Any], conviction: float) -> None:
    views = [seen(change, symbol) for change, symbol in zip(changes, (BTC, ETH), strict=True)]
    snapshot: CycleContext = context(*views)
    glimpse = Glimpse(
        snapshot.regime, [(each.symbol, each.fired[0]) for each in views], {v.symbol: v.fired for v in views}, held
    )
    if strategy(conviction=conviction).waits(glimpse):
        assert proposed(*views, held=tuple(sorted(held)), conviction=conviction) == []
