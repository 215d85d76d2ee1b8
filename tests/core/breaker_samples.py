"""Breakers in a story that begins at noon, and what the breakers of the tests are told."""

from typing import Any

from attrs import evolve
from tests.builders import at, moment

from trader247.core.breakers import BreakerOut, Breakers, BreakersIn
from trader247.messages.breakers import BreakerChanged, BreakerLine, BreakerState, Outcome, WorkEnded
from trader247.messages.control import GuardVoted
from trader247.model.ids import StrategyName
from trader247.model.policy_breakers import BreakerTerms, Tripping

WORK = Tripping(failures=3, window_s=60.0, open_s=30.0)


def breaker_line(**changes: Any) -> BreakerLine:
    """The closed breaker of orders."""
    line = BreakerLine("orders", BreakerState.CLOSED, at(0), None, 0, 3, 60.0, "", "", "entries")
    return evolve(line, **changes)


class Story:
    """Breakers that hear one message after the other; ``told`` is all they said."""

    def __init__(self, terms: BreakerTerms | None = None, **how: Any) -> None:
        self.terms = terms or BreakerTerms()
        self.breakers = Breakers((StrategyName("a"), StrategyName("b")), self.terms, **how)
        self.told: list[BreakerOut] = [*self.breakers.start(moment(0))]

    def tell(self, message: BreakersIn, second: float) -> list[BreakerOut]:
        out = self.breakers.handle(message, moment(second))
        self.told += out
        return out

    def fail(self, work: str, *seconds: float) -> None:
        for second in seconds:
            self.tell(ended(work, Outcome.FAILED), second)

    def changes(self) -> list[tuple[str, BreakerState]]:
        return [(m.line.breaker, m.line.state) for m in self.told if isinstance(m, BreakerChanged)]

    def vote(self) -> GuardVoted:
        return [message for message in self.told if isinstance(message, GuardVoted)][-1]

    def said(self, kind: type[Any]) -> list[Any]:
        return [message for message in self.told if isinstance(message, kind)]


def ended(work: str, outcome: Outcome = Outcome.OK, text: str = "503", took_s: float = 0.1) -> WorkEnded:
    return WorkEnded(work, outcome, text, took_s)
