"""What a strategy is: a pure function from a frozen snapshot to a list of wishes (requirement STR1).

A strategy may import from ``strategies``, ``indicators``, ``messages`` and ``model``, and nothing else: no clock, no
file, no network, no randomness. It sees the snapshot, never the core. What it returns is a wish; the arbiter rules.
"""

from typing import Protocol

from trader247.messages.trading import CycleContext, TradeProposal
from trader247.model.ids import StrategyName

__all__ = ["CycleContext", "Strategy", "TradeProposal"]


class Strategy(Protocol):
    """One strategy, built from its configured parameters and a name."""

    @property
    def name(self) -> StrategyName:
        """The name its proposals carry."""
        ...

    def generate_proposals(self, context: CycleContext) -> list[TradeProposal]:
        """What the strategy would like to do, given this snapshot. The same snapshot gives the same answer."""
        ...
