"""Trying a strategy's file out as the daemon would run it: read, made, sealed; for the test that stands beside it."""

from pathlib import Path

from trader247.config.third_party import StrategyUnusable, ThirdParties
from trader247.messages.trading import CycleContext, TradeProposal
from trader247.model.ids import StrategyName
from trader247.model.policy import EntryBounds
from trader247.model.policy_strategies import PlainParameters
from trader247.runtime.sealing import Sealed

__all__ = ["TRIED", "proposals_of"]

TRIED = StrategyName("mine")
"""The name under which a strategy is tried out."""


def proposals_of(file: Path, made: str, context: CycleContext, **parameters: object) -> list[TradeProposal]:
    """What the class ``made`` of the file proposes in this snapshot, with parameters over its defaults.

    It is asked twice, by two of its kind, since a replay must give the same answer.

    Raises:
        StrategyUnusable: it is not pure, not a strategy, or answers differently the second time.
        SealBroken: it reached out of its snapshot.
    """
    found = ThirdParties(file.parent).find(f"path:{file.name}:{made}")
    own = PlainParameters(parameters) if found.parameters is PlainParameters else found.parameters(**parameters)
    answers = []
    for _ in range(2):
        strategy = found.build(TRIED, own, EntryBounds())
        with Sealed():
            answers.append(strategy.generate_proposals(context))
    first, second = answers
    if first != second:
        raise StrategyUnusable(f"{file}: {made} answers the same snapshot with {first}, and then with {second}")
    return first
