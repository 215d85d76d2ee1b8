"""The strategies in the box, by kind."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from attrs import AttrsInstance

from trader247.model.ids import StrategyName
from trader247.model.policy import EntryBounds
from trader247.model.policy_strategies import KINDS, StrategyTerms
from trader247.strategies.breakout import Breakout
from trader247.strategies.contract import Strategy
from trader247.strategies.ema_cross import EmaCross
from trader247.strategies.external import External
from trader247.strategies.mean_reversion import MeanReversion
from trader247.strategies.momentum import Momentum
from trader247.strategies.rules_baseline import RulesBaseline

__all__ = ["BUILDERS", "Builder", "build"]

Builder = Callable[[StrategyName, AttrsInstance, EntryBounds], Strategy]
"""Makes a strategy from its name, its parameters and the policy's bounds."""


def _in_the_box(kind: str, make: Callable[[StrategyName, Any, EntryBounds], Strategy]) -> Builder:
    wanted = KINDS[kind]

    def builder(name: StrategyName, parameters: AttrsInstance, entry: EntryBounds) -> Strategy:
        if not isinstance(parameters, wanted):
            raise TypeError(f"strategy {name}: parameters of kind {kind} are {type(parameters).__name__}")
        return make(name, parameters, entry)

    return builder


BUILDERS: Final[Mapping[str, Builder]] = {
    "rules": _in_the_box("rules", RulesBaseline),
    "mean_reversion": _in_the_box("mean_reversion", MeanReversion),
    "momentum": _in_the_box("momentum", Momentum),
    "breakout": _in_the_box("breakout", Breakout),
    "ema_cross": _in_the_box("ema_cross", EmaCross),
    "external": _in_the_box("external", External),
}
"""Every kind that ``strategies.yaml`` may name."""


def build(
    name: StrategyName, terms: StrategyTerms, entry: EntryBounds, builders: Mapping[str, Builder] = BUILDERS
) -> Strategy:
    """The strategy that the configuration describes; ``builders`` may know more kinds than those in the box.

    Raises:
        KeyError: no strategy of that kind is known (the configuration's checks say so before).
    """
    return builders[terms.kind](name, terms.parameters, entry)
