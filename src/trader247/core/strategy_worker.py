"""One strategy's place in the cycle: it is asked, it answers; switched off, it says so and proposes nothing (STR2).

A strategy that raises is a crash of its worker, contained and counted by the supervisor; its siblings do not notice.
"""

from trader247.messages.trading import Deliberate, ProposalsMade
from trader247.model.instant import Moment
from trader247.strategies.contract import Strategy

__all__ = ["StrategyWorker", "WorkerOut"]

WorkerOut = ProposalsMade

_PROPOSALS_MAX = 1_000
"""More proposals than this from one call are cut: fifty times what any budget lets through."""


class StrategyWorker:
    """Wraps one strategy."""

    ready = True

    def __init__(self, strategy: Strategy, *, enabled: bool) -> None:
        """A disabled strategy is never called."""
        self._strategy = strategy
        self._enabled = enabled

    def start(self, now: Moment) -> list[WorkerOut]:
        """Nothing to say."""
        return []

    def handle(self, message: Deliberate, now: Moment) -> list[WorkerOut]:
        """The strategy's answer to the snapshot."""
        cycle, name = message.context.cycle, self._strategy.name
        if not self._enabled:
            return [ProposalsMade(cycle, name, (), skipped="disabled")]
        proposals = self._strategy.generate_proposals(message.context)
        return [ProposalsMade(cycle, name, tuple(proposals[:_PROPOSALS_MAX]))]
