"""Strategies that go wrong."""

from typing import Any

import pytest
from tests.market_samples import context, view

from trader247.drivers.simulation.strategy_trouble import FLOOD, Restless, StrategyTrouble, builders
from trader247.model.ids import StrategyName
from trader247.strategies.registry import BUILDERS

NAME = StrategyName("restless")


def ask(trouble: StrategyTrouble) -> Any:
    return trouble.ask(Restless(NAME), context(view()))


def test_a_restless_strategy_wants_what_it_does_not_hold() -> None:
    plain = context(view())
    assert {each.symbol for each in Restless(NAME).generate_proposals(plain)} == {v.symbol for v in plain.instruments}


@pytest.mark.fault("ST-01", "ST-02", "ST-05", "ST-06")
def test_each_way_to_go_wrong_happens_once_in_the_order_armed() -> None:
    paused: list[float] = []
    trouble = StrategyTrouble(paused.append)
    for how in ("flood", "wrong_types", "absurd", "raises"):
        trouble.arm(how)
    trouble.arm("slow", 3.0)
    assert len(ask(trouble)) == FLOOD
    assert 42 in ask(trouble)
    assert any(not each.notional_pct.is_finite() for each in ask(trouble))
    with pytest.raises(Exception, match="went wrong"):
        ask(trouble)
    sane = ask(trouble)
    assert paused == [3.0]
    assert sane == ask(trouble)


def test_every_kind_of_strategy_can_be_troubled_and_a_healed_one_is_not() -> None:
    trouble = StrategyTrouble()
    assert builders(trouble, restless=True).keys() == BUILDERS.keys()
    trouble.arm("raises")
    trouble.heal()
    assert isinstance(ask(trouble), list)
