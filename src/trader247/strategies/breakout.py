"""Breakout: buys at the high of a day, where volume comes with it.

The trigger ``breakout`` fires near the high of 24 hours, after a rise or a fall; only a day that rose is bought, and
only with more volume than usual: a high on little volume is most often given back.
"""

from attrs import frozen

from trader247.messages.trading import CycleContext, TradeProposal
from trader247.model.ids import StrategyName
from trader247.model.policy import EntryBounds
from trader247.model.policy_strategies import BreakoutParameters
from trader247.model.signals import TriggerKind
from trader247.strategies.contract import Glimpse
from trader247.strategies.triggered import fired_of, long_proposal, none_of

__all__ = ["Breakout"]


@frozen
class Breakout:
    """The strategy. ``entry`` is the policy's: what would be refused for its bounds is not proposed."""

    name: StrategyName
    parameters: BreakoutParameters
    entry: EntryBounds

    def generate_proposals(self, context: CycleContext) -> list[TradeProposal]:
        """One proposal per instrument at its high with volume, for what is not held yet."""
        own = self.parameters
        found = (
            long_proposal(self.name, view, trigger, own, self.entry)
            for view, trigger in fired_of(context, TriggerKind.BREAKOUT)
            if trigger.change_pct >= 0 and view.volume_ratio >= own.min_volume_ratio
        )
        return [proposal for proposal in found if proposal is not None]

    def waits(self, glimpse: Glimpse) -> bool:
        """Whether its trigger fired for nothing that it does not hold."""
        return none_of(glimpse, TriggerKind.BREAKOUT)
