from decimal import Decimal

import pytest

from trader247.model.policy_strategies import KINDS, Isolation, RulesParameters, StrategyTerms
from trader247.model.signals import Tier


def test_a_strategy_is_off_until_somebody_says_otherwise() -> None:
    assert StrategyTerms().enabled is False
    assert StrategyTerms().isolation is Isolation.INLINE


def test_the_silent_rules_are_the_table_of_the_baseline() -> None:
    rules = RulesParameters().rules
    rows = {
        name: (rule.stop_pct, rule.target_pct, rule.max_hold_h, rule.size_factor)
        for name, rule in ((field.name, getattr(rules, field.name)) for field in type(rules).__attrs_attrs__)
    }
    assert rows == {
        "price_move_up": (6, 12, 48, 1),
        "price_move_down": (10, 20, 24, Decimal("0.7")),
        "volume_spike": (8, 15, 72, 1),
        "breakout": (6, 20, 120, Decimal("1.2")),
        "momentum_up": (8, 15, 72, 1),
        "momentum_flush": (10, 18, 48, Decimal("0.85")),
        "reversal": (12, 25, 48, Decimal("0.8")),
    }


def test_sizes_are_kept_by_tier() -> None:
    sizing = RulesParameters().sizing
    assert [sizing.tier_base_pct.of(tier) for tier in Tier] == [Decimal("1.5"), Decimal("1.0"), Decimal("0.5")]
    assert [sizing.max_position_pct.of(tier) for tier in Tier] == [3, 2, 1]


def test_no_trade_may_risk_more_than_the_ceiling() -> None:
    with pytest.raises(ValueError, match="target_risk_pct: 6 is unsafe"):
        type(RulesParameters().sizing)(target_risk_pct=Decimal(6))


def test_the_default_kind_is_one_of_the_kinds() -> None:
    assert isinstance(StrategyTerms().parameters, KINDS[StrategyTerms().kind])
