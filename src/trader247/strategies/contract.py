"""What a strategy is: a pure function from a frozen snapshot to a list of wishes (requirement STR1).

A strategy may import from ``strategies``, ``indicators``, ``messages`` and ``model``, and nothing else: no clock, no
file, no network, no randomness. It sees the snapshot, never the core. What it returns is a wish; the arbiter rules.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, Protocol, runtime_checkable

from trader247.messages.trading import CycleContext, TradeProposal
from trader247.model.ids import StrategyName
from trader247.model.instrument import Symbol
from trader247.model.signals import Regime, TriggerKind

__all__ = ["CycleContext", "Glimpse", "Patient", "Spark", "Strategy", "TradeProposal"]


class Strategy(Protocol):
    """One strategy, built from its configured parameters and a name."""

    @property
    def name(self) -> StrategyName:
        """The name its proposals carry."""
        ...

    def generate_proposals(self, context: CycleContext) -> list[TradeProposal]:
        """What the strategy would like to do, given this snapshot. The same snapshot gives the same answer."""
        ...


class Spark(Protocol):
    """What fired, in numbers: what a ``Trigger`` says of it before there are words."""

    @property
    def kind(self) -> TriggerKind:
        """Which trigger."""
        ...

    @property
    def change_pct(self) -> float:
        """The signed move it saw."""
        ...


class Glimpse(NamedTuple):
    """What a snapshot would show, before it is made: enough to say that it is not needed.

    ``triggers`` are those of ``CycleContext.triggers``, ``fired`` those of each eligible instrument, ``held`` what
    there are positions of. There are no external signals.
    """

    regime: Regime
    triggers: Sequence[tuple[Symbol, Spark]]
    fired: Mapping[Symbol, Sequence[Spark]]
    held: Collection[Symbol]


@runtime_checkable
class Patient(Protocol):
    """A strategy that may say beforehand that it has nothing to say; a backtest then makes no snapshot for it."""

    def waits(self, glimpse: Glimpse) -> bool:
        """Whether ``generate_proposals`` would return nothing, for sure. False says nothing."""
        ...
