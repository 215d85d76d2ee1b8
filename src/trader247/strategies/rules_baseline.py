"""The rules baseline: each fired trigger has at most one rule, each rule makes at most one long proposal.

Conviction is ``0.5 * strength + 0.3 * confidence``, with the rule's own factor on the confidence, plus the boosts
(core tier, confirmations of a reversal, a bull; momentum in chop loses some), clipped to [0, 1]. Size, in percent of
NLV, is::

    min(target_risk / stop * 100 * anchor / max(volatility, floor), tier base * factor) * confidence

not under the configured least and not over the tier's most. What misses the least conviction by no more than the
policy's margin is tried as a canary, for core and rotational instruments: a share of the size, as a maker only.
"""

from decimal import Decimal
from typing import Final

from attrs import frozen

from trader247.messages.trading import CycleContext, TradeProposal
from trader247.model.ids import StrategyName
from trader247.model.money import HUNDRED
from trader247.model.order import Side
from trader247.model.policy import EntryBounds
from trader247.model.policy_strategies import Rule, RulesParameters, RuleTable
from trader247.model.signals import InstrumentView, Regime, Tier, Trigger, TriggerKind

__all__ = ["RulesBaseline", "rule_for"]

_CENT: Final = Decimal("0.0001")
"""Sizes are cut to a hundredth of a basis point of NLV, so that the same snapshot gives the same digits anywhere."""


@frozen
class RulesBaseline:
    """The strategy. ``entry`` is the policy's: what would be refused for lack of conviction is not proposed."""

    name: StrategyName
    parameters: RulesParameters
    entry: EntryBounds

    def generate_proposals(self, context: CycleContext) -> list[TradeProposal]:
        """One proposal per fired trigger that has a rule and enough conviction, for what is not held yet."""
        views = {view.symbol: view for view in context.instruments}
        held = {position.symbol for position in context.positions}
        found = (
            self._proposal(trigger, views[trigger.symbol], context.regime)
            for trigger in context.triggers
            if trigger.symbol in views and trigger.symbol not in held
        )
        return [proposal for proposal in found if proposal is not None]

    def _proposal(self, trigger: Trigger, view: InstrumentView, regime: Regime) -> TradeProposal | None:
        rule = rule_for(trigger, self.parameters.rules)
        if rule is None or (trigger.kind is TriggerKind.REVERSAL and regime is Regime.CRASH):
            return None
        confidence = trigger.confidence * rule.confidence_factor
        conviction = 0.5 * trigger.strength + 0.3 * confidence + self._boost(trigger, view, regime)
        conviction = max(0.0, min(1.0, conviction))
        size_pct, canary = self._size_pct(rule, view, confidence), conviction < self.entry.min_conviction
        if canary:
            if conviction < self.entry.min_conviction - self.entry.canary_margin or view.tier is Tier.EVENT_DRIVEN:
                return None
            share = self.parameters.canary_size_factor
            size_pct = min((size_pct * share).quantize(_CENT), self.entry.canary_pct_max)
            if not size_pct:
                return None
        return TradeProposal(
            symbol=trigger.symbol,
            side=Side.BUY,
            notional_pct=size_pct,
            stop_loss_pct=rule.stop_pct,
            take_profit_pct=rule.target_pct,
            conviction=conviction,
            strategy=self.name,
            reason=f"{trigger.kind.value}: {trigger.reason}",
            max_hold_s=rule.max_hold_h * 3600,
            canary=canary,
        )

    def _boost(self, trigger: Trigger, view: InstrumentView, regime: Regime) -> float:
        boosts = self.parameters.boosts
        boost = boosts.confirmation * trigger.confirmations
        if view.tier is Tier.CORE:
            boost += boosts.core_tier
        if regime is Regime.BULL:
            boost += boosts.bull
        elif regime is Regime.CHOP and trigger.kind is TriggerKind.MOMENTUM:
            boost += boosts.momentum_in_chop
        return boost

    def _size_pct(self, rule: Rule, view: InstrumentView, confidence: float) -> Decimal:
        sizing = self.parameters.sizing
        volatility = max(Decimal(str(round(view.volatility_pct, 4))), sizing.volatility_floor_pct)
        by_risk = sizing.target_risk_pct / rule.stop_pct * HUNDRED * sizing.volatility_anchor_pct / volatility
        by_tier = sizing.tier_base_pct.of(view.tier) * rule.size_factor
        wanted = min(by_risk, by_tier) * Decimal(str(round(confidence, 4)))
        return min(max(wanted, sizing.size_pct_min), sizing.max_position_pct.of(view.tier)).quantize(_CENT)


def rule_for(trigger: Trigger, rules: RuleTable) -> Rule | None:
    """The rule of a trigger, or None where the move is too small for it or the rule is off."""
    change, rising = trigger.change_pct, trigger.change_pct > 0
    rule = {
        TriggerKind.PRICE_MOVE: rules.price_move_up if rising else rules.price_move_down,
        TriggerKind.VOLUME_SPIKE: rules.volume_spike,
        TriggerKind.BREAKOUT: rules.breakout,
        TriggerKind.MOMENTUM: rules.momentum_up if rising else rules.momentum_flush,
        TriggerKind.REVERSAL: rules.reversal,
    }.get(trigger.kind)
    if rule is None:
        return None  # mean reversion is a strategy of its own
    seen = change if trigger.kind is TriggerKind.BREAKOUT else abs(change)
    return rule if rule.enabled and seen >= rule.min_change_pct else None
