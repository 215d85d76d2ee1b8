import builtins
import socket
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import BTC, ETH, RULES, moment, portfolio, position
from tests.market_samples import DOGE, TRADABLE, context, view

from trader247.core.risk_rules import Books, within_bounds
from trader247.messages.trading import TradeProposal
from trader247.model.instrument import Symbol
from trader247.model.order import Side
from trader247.model.policy import EntryBounds, Policy
from trader247.model.policy_strategies import RulesParameters, RuleTable, Sizing
from trader247.model.policy_universe import Universe
from trader247.model.signals import Regime, Tier, Trigger, TriggerKind
from trader247.strategies.rules_baseline import RulesBaseline, rule_for

TABLE = RuleTable()
BOOKS = Books(
    now=moment(),
    policy=Policy(),
    universe=Universe(),
    portfolio=portfolio(),
    pending={},
    views={},
    approved_at=(),
)


def trigger(
    kind: TriggerKind = TriggerKind.PRICE_MOVE,
    change_pct: float = 3.0,
    symbol: Symbol = BTC,
    strength: float = 0.8,
    confidence: float = 0.85,
) -> Trigger:
    return Trigger(symbol, kind, strength, confidence, change_pct, "it moved")


def baseline(min_conviction: float = 0.4, canary_margin: float = 0.0, **parameters: Any) -> RulesBaseline:
    entry = EntryBounds(min_conviction=min_conviction, canary_margin=canary_margin)
    return RulesBaseline(RULES, RulesParameters(**parameters), entry)


def proposed(*triggers: Trigger, strategy: RulesBaseline | None = None, **seen: Any) -> list[TradeProposal]:
    views = [view(symbol, **seen) for symbol in TRADABLE]
    return (strategy or baseline()).generate_proposals(context(*views, triggers=triggers))


@pytest.mark.req("STR5")
@pytest.mark.parametrize(
    ("kind", "change_pct", "rule"),
    [
        (TriggerKind.PRICE_MOVE, 1.5, TABLE.price_move_up),
        (TriggerKind.PRICE_MOVE, 1.49, None),
        (TriggerKind.PRICE_MOVE, -2.5, TABLE.price_move_down),
        (TriggerKind.PRICE_MOVE, -2.49, None),
        (TriggerKind.PRICE_MOVE, 0.0, None),
        (TriggerKind.VOLUME_SPIKE, 2.0, TABLE.volume_spike),
        (TriggerKind.VOLUME_SPIKE, -2.0, TABLE.volume_spike),
        (TriggerKind.VOLUME_SPIKE, 1.99, None),
        (TriggerKind.BREAKOUT, 0.0, TABLE.breakout),
        (TriggerKind.BREAKOUT, -0.01, None),
        (TriggerKind.MOMENTUM, 2.0, TABLE.momentum_up),
        (TriggerKind.MOMENTUM, -3.0, TABLE.momentum_flush),
        (TriggerKind.MOMENTUM, -2.99, None),
        (TriggerKind.REVERSAL, 7.0, TABLE.reversal),
        (TriggerKind.MEAN_REVERSION, -5.0, None),  # a strategy of its own
    ],
)
def test_a_trigger_has_the_rule_of_the_table_or_none(kind: TriggerKind, change_pct: float, rule: Any) -> None:
    assert rule_for(trigger(kind, change_pct), TABLE) == rule


def test_a_rule_that_is_off_proposes_nothing() -> None:
    off = evolve(TABLE, breakout=evolve(TABLE.breakout, enabled=False))
    assert rule_for(trigger(TriggerKind.BREAKOUT), off) is None


@pytest.mark.req("R2", "STR5")
def test_a_proposal_carries_its_rules_stop_target_and_hold_and_the_triggers_reason() -> None:
    (made,) = proposed(trigger())
    assert made == TradeProposal(
        symbol=BTC,
        side=Side.BUY,
        notional_pct=Decimal("1.2750"),  # the core tier's 1.5 % times the confidence of 0.85
        stop_loss_pct=Decimal(6),
        take_profit_pct=Decimal(12),
        conviction=made.conviction,
        strategy=RULES,
        reason="price_move: it moved",
        max_hold_s=48 * 3600,
    )
    assert made.conviction == pytest.approx(0.5 * 0.8 + 0.3 * 0.85 + 0.02)


def test_a_size_is_never_over_the_tiers_most() -> None:
    eager = evolve(Sizing(), size_pct_min=Decimal(5))
    (made,) = proposed(trigger(symbol=DOGE), strategy=baseline(sizing=eager))
    assert made.notional_pct == 2


def test_conviction_just_at_the_least_is_proposed_and_under_it_is_not() -> None:
    exactly = 0.5 * 0.5 + 0.3 * 0.5
    weak = trigger(symbol=DOGE, strength=0.5, confidence=0.5)
    assert len(proposed(weak, strategy=baseline(min_conviction=exactly))) == 1
    assert proposed(weak, strategy=baseline(min_conviction=exactly + 1e-9)) == []


def test_the_core_tier_is_believed_a_little_more() -> None:
    core, rotational = proposed(trigger(symbol=BTC), trigger(symbol=DOGE))
    assert core.conviction - rotational.conviction == pytest.approx(0.02)


@pytest.mark.req("U3")
@pytest.mark.parametrize(
    ("kind", "regime", "confirmations", "boost"),
    [
        (TriggerKind.PRICE_MOVE, Regime.CHOP, 0, 0.0),
        (TriggerKind.PRICE_MOVE, Regime.BULL, 0, 0.05),
        (TriggerKind.MOMENTUM, Regime.CHOP, 0, -0.10),
        (TriggerKind.MOMENTUM, Regime.BULL, 0, 0.05),
        (TriggerKind.MOMENTUM, Regime.BEAR, 0, 0.0),
        (TriggerKind.REVERSAL, Regime.CHOP, 4, 0.12 - 0.3 * 0.85 * 0.2),
    ],
)
def test_conviction_is_boosted_by_regime_and_confirmations(
    kind: TriggerKind, regime: Regime, confirmations: int, boost: float
) -> None:
    found = evolve(trigger(kind, symbol=DOGE), confirmations=confirmations)
    seen = evolve(context(view(DOGE), triggers=(found,)), regime=regime)
    (made,) = baseline(min_conviction=0.0).generate_proposals(seen)
    assert made.conviction == pytest.approx(0.5 * 0.8 + 0.3 * 0.85 + boost)


def test_no_reversal_is_bought_in_a_crash() -> None:
    seen = evolve(context(view(BTC), triggers=(trigger(TriggerKind.REVERSAL, 7.0),)), regime=Regime.CRASH)
    assert baseline().generate_proposals(seen) == []


@pytest.mark.req("STR5")
def test_what_is_just_not_convincing_enough_is_tried_small_and_as_a_maker() -> None:
    weak = trigger(symbol=DOGE, strength=0.5, confidence=0.5)  # a conviction of 0.40
    (canary,) = proposed(weak, strategy=baseline(min_conviction=0.44, canary_margin=0.0400001))
    assert canary.canary
    assert canary.notional_pct == Decimal("0.1250")  # a quarter of the least size of 0.5 %
    assert proposed(weak, strategy=baseline(min_conviction=0.45, canary_margin=0.04)) == []
    assert proposed(weak, strategy=baseline(0.44, 0.05, canary_size_factor=Decimal(0))) == []
    event = [view(symbol, tier=Tier.EVENT_DRIVEN) for symbol in TRADABLE]
    assert baseline(0.44, 0.05).generate_proposals(context(*event, triggers=(weak,))) == []


def test_what_is_held_or_not_in_the_snapshot_is_not_proposed() -> None:
    seen = context(view(BTC), view(ETH), triggers=(trigger(), trigger(symbol=DOGE)), positions=(position(BTC),))
    assert baseline().generate_proposals(seen) == []


triggers = st.builds(
    trigger,
    st.sampled_from(TriggerKind),
    st.floats(-90, 900),
    st.sampled_from(TRADABLE),
    st.floats(0, 1),
    st.floats(0, 1),
)


@pytest.mark.req("STR1", "R2")
@pytest.mark.fault("ST-07", "ST-09")
@given(st.lists(triggers, max_size=6, unique_by=lambda made: made.symbol), st.floats(0, 1e6), st.sampled_from(Tier))
def test_every_proposal_is_a_buy_within_the_silent_policys_bounds_and_the_same_each_time(
    fired: list[Trigger], volatility_pct: float, tier: Tier
) -> None:
    views = [view(symbol, volatility_pct=volatility_pct, tier=tier) for symbol in TRADABLE]
    seen = context(*views, triggers=tuple(fired))
    before = hash(seen)
    made = baseline().generate_proposals(seen)
    assert made == baseline().generate_proposals(seen)
    assert hash(seen) == before
    assert len({body.symbol for body in made}) == len(made)
    for body in made:
        assert body.side is Side.BUY
        assert within_bounds(BOOKS, body) is None
        most = Sizing().max_position_pct.of(tier)
        assert Decimal("0.5") <= body.notional_pct <= most


@pytest.mark.req("STR1")
@pytest.mark.fault("ST-03")
def test_a_strategy_opens_no_file_and_no_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError("a strategy reached for the world")

    seen = context(view(BTC), triggers=(trigger(),))
    with monkeypatch.context() as patched:
        patched.setattr(builtins, "open", refuse)
        patched.setattr(socket, "socket", refuse)
        made = baseline().generate_proposals(seen)
    assert len(made) == 1
