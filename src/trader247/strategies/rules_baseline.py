"""The rules baseline: each fired trigger has at most one rule, each rule makes at most one long proposal.

Conviction is ``0.5 * strength + 0.3 * confidence`` plus 0.02 for the core tier, clipped to [0, 1], with the rule's own
factor on the confidence. Size, in percent of NLV, is::

    min(target_risk / stop * 100 * anchor / max(volatility, floor), tier base * factor) * confidence

not under the configured least and not over the tier's most. Confirmation boosts, the canary and the fallback scan of
the full rule set are not built yet.
"""

from decimal import Decimal
from typing import Final

from attrs import frozen

from trader247.messages.trading import CycleContext, TradeProposal
from trader247.model.ids import StrategyName
from trader247.model.money import HUNDRED
from trader247.model.order import Side
from trader247.model.policy_strategies import Rule, RulesParameters, RuleTable
from trader247.model.signals import InstrumentView, Tier, Trigger, TriggerKind

__all__ = ["RulesBaseline", "rule_for"]

_CORE_BOOST: Final = 0.02
_CENT: Final = Decimal("0.0001")
"""Sizes are cut to a hundredth of a basis point of NLV, so that the same snapshot gives the same digits anywhere."""


@frozen
class RulesBaseline:
    """The strategy. ``min_conviction`` is the policy's: what would be refused for lack of it is not proposed."""

    name: StrategyName
    parameters: RulesParameters
    min_conviction: float

    def generate_proposals(self, context: CycleContext) -> list[TradeProposal]:
        """One proposal per fired trigger that has a rule and enough conviction, for what is not held yet."""
        views = {view.symbol: view for view in context.instruments}
        held = {position.symbol for position in context.positions}
        found = (
            self._proposal(trigger, views[trigger.symbol])
            for trigger in context.triggers
            if trigger.symbol in views and trigger.symbol not in held
        )
        return [proposal for proposal in found if proposal is not None]

    def _proposal(self, trigger: Trigger, view: InstrumentView) -> TradeProposal | None:
        rule = rule_for(trigger, self.parameters.rules)
        if rule is None:
            return None
        confidence = trigger.confidence * rule.confidence_factor
        conviction = 0.5 * trigger.strength + 0.3 * confidence + (_CORE_BOOST if view.tier is Tier.CORE else 0.0)
        conviction = max(0.0, min(1.0, conviction))
        if conviction < self.min_conviction:
            return None
        return TradeProposal(
            symbol=trigger.symbol,
            side=Side.BUY,
            notional_pct=self._size_pct(rule, view, confidence),
            stop_loss_pct=rule.stop_pct,
            take_profit_pct=rule.target_pct,
            conviction=conviction,
            strategy=self.name,
            reason=f"{trigger.kind.value}: {trigger.reason}",
            max_hold_s=rule.max_hold_h * 3600,
        )

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
    }[trigger.kind]
    seen = change if trigger.kind is TriggerKind.BREAKOUT else abs(change)
    return rule if rule.enabled and seen >= rule.min_change_pct else None
