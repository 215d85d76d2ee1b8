"""Momentum: follows a day's rise while the trend still points up.

The trigger ``momentum`` sees rises and falls; only rises are bought here. The slope of the 21 hour average has to
agree, because the return of a day stays high for hours after the rise is over.
"""

from attrs import frozen

from trader247.messages.trading import CycleContext, TradeProposal
from trader247.model.ids import StrategyName
from trader247.model.policy import EntryBounds
from trader247.model.policy_strategies import MomentumParameters
from trader247.model.signals import TriggerKind
from trader247.strategies.contract import Glimpse
from trader247.strategies.triggered import fired_of, long_proposal, none_of

__all__ = ["Momentum"]


@frozen
class Momentum:
    """The strategy. ``entry`` is the policy's: what would be refused for its bounds is not proposed."""

    name: StrategyName
    parameters: MomentumParameters
    entry: EntryBounds

    def generate_proposals(self, context: CycleContext) -> list[TradeProposal]:
        """One proposal per instrument that rises, for what is not held yet."""
        own = self.parameters
        found = (
            long_proposal(self.name, view, trigger, own, self.entry)
            for view, trigger in fired_of(context, TriggerKind.MOMENTUM)
            if trigger.change_pct > 0 and view.slope_pct_per_h >= own.min_slope_pct_per_h
        )
        return [proposal for proposal in found if proposal is not None]

    def waits(self, glimpse: Glimpse) -> bool:
        """Whether its trigger fired for nothing that it does not hold."""
        return none_of(glimpse, TriggerKind.MOMENTUM)
