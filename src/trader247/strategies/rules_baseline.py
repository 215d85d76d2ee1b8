"""The rules baseline: each fired trigger has at most one rule, each rule makes at most one long proposal.

Conviction and size are those of ``sizing``, with the rule's own factor on the confidence, and boosts: core tier,
confirmations of a reversal, a bull; momentum in chop loses some. What misses the least conviction by no more than the
policy's margin is tried as a canary, for core and rotational instruments: a share of the size, as a maker only.
"""

from attrs import frozen

from trader247.messages.trading import CycleContext, TradeProposal
from trader247.model.ids import StrategyName
from trader247.model.order import Side
from trader247.model.policy import EntryBounds
from trader247.model.policy_strategies import Rule, RulesParameters, RuleTable
from trader247.model.signals import InstrumentView, Regime, Tier, Trigger, TriggerKind
from trader247.strategies.contract import Glimpse, Spark
from trader247.strategies.sizing import STEP, conviction_of, size_pct

__all__ = ["RulesBaseline", "rule_for"]


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

    def waits(self, glimpse: Glimpse) -> bool:
        """Whether no trigger of what is not held has a rule."""
        return all(
            symbol in glimpse.held or self._rule(spark, glimpse.regime) is None for symbol, spark in glimpse.triggers
        )

    def _rule(self, spark: Spark, regime: Regime) -> Rule | None:
        if spark.kind is TriggerKind.REVERSAL and regime is Regime.CRASH:
            return None
        return rule_for(spark, self.parameters.rules)

    def _proposal(self, trigger: Trigger, view: InstrumentView, regime: Regime) -> TradeProposal | None:
        rule = self._rule(trigger, regime)
        if rule is None:
            return None
        confidence = trigger.confidence * rule.confidence_factor
        conviction = conviction_of(trigger.strength, confidence, self._boost(trigger, view, regime))
        size = size_pct(self.parameters.sizing, view, rule.stop_pct, rule.size_factor, confidence)
        canary = conviction < self.entry.min_conviction
        if canary:
            if conviction < self.entry.min_conviction - self.entry.canary_margin or view.tier is Tier.EVENT_DRIVEN:
                return None
            share = self.parameters.canary_size_factor
            size = min((size * share).quantize(STEP), self.entry.canary_pct_max)
            if not size:
                return None
        return TradeProposal(
            symbol=trigger.symbol,
            side=Side.BUY,
            notional_pct=size,
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


def rule_for(trigger: Spark, rules: RuleTable) -> Rule | None:
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
