"""The strategies in the box, by kind."""

from collections.abc import Callable, Mapping
from typing import Final

from trader247.model.ids import StrategyName
from trader247.model.policy import EntryBounds
from trader247.model.policy_strategies import RulesParameters, StrategyTerms
from trader247.strategies.contract import Strategy
from trader247.strategies.rules_baseline import RulesBaseline

__all__ = ["BUILDERS", "build"]

Builder = Callable[[StrategyName, StrategyTerms, EntryBounds], Strategy]


def _rules(name: StrategyName, terms: StrategyTerms, entry: EntryBounds) -> Strategy:
    parameters = terms.parameters
    if not isinstance(parameters, RulesParameters):
        raise TypeError(f"strategy {name}: parameters of kind rules are {type(parameters).__name__}")
    return RulesBaseline(name, parameters, entry)


BUILDERS: Final[Mapping[str, Builder]] = {"rules": _rules}
"""Every kind that ``strategies.yaml`` may name."""


def build(name: StrategyName, terms: StrategyTerms, entry: EntryBounds) -> Strategy:
    """The strategy that the configuration describes.

    Raises:
        KeyError: no strategy of that kind is in the box (the configuration's checks say so before).
    """
    return BUILDERS[terms.kind](name, terms, entry)
