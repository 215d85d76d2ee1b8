"""Mean reversion: buys what lies far under its mean of a day and has stopped falling.

The trigger ``mean_reversion`` says both (``core/triggers.py``), and fires in chop alone: in a trend the mean follows
the price, not the price the mean.
"""

from attrs import frozen

from trader247.messages.trading import CycleContext, TradeProposal
from trader247.model.ids import StrategyName
from trader247.model.policy import EntryBounds
from trader247.model.policy_strategies import MeanReversionParameters
from trader247.model.signals import TriggerKind
from trader247.strategies.contract import Glimpse
from trader247.strategies.triggered import fired_of, long_proposal, none_of

__all__ = ["MeanReversion"]


@frozen
class MeanReversion:
    """The strategy. ``entry`` is the policy's: what would be refused for its bounds is not proposed."""

    name: StrategyName
    parameters: MeanReversionParameters
    entry: EntryBounds

    def generate_proposals(self, context: CycleContext) -> list[TradeProposal]:
        """One proposal per instrument whose trigger fired, for what is not held yet."""
        own = self.parameters
        found = (
            long_proposal(self.name, view, trigger, own, self.entry)
            for view, trigger in fired_of(context, TriggerKind.MEAN_REVERSION)
            if view.z_score <= -own.min_deviations
        )
        return [proposal for proposal in found if proposal is not None]

    def waits(self, glimpse: Glimpse) -> bool:
        """Whether its trigger fired for nothing that it does not hold."""
        return none_of(glimpse, TriggerKind.MEAN_REVERSION)
