"""Strategies that want to trade all the time, and that go wrong when a plan says so."""

from collections import deque
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from attrs import AttrsInstance, Factory, define, evolve, frozen

from trader247.messages.trading import CycleContext, TradeProposal
from trader247.model.ids import StrategyName
from trader247.model.instrument import symbol_of
from trader247.model.order import Side
from trader247.model.policy import EntryBounds
from trader247.strategies.contract import Strategy
from trader247.strategies.registry import BUILDERS, Builder

__all__ = ["FLOOD", "Restless", "StrategyTrouble", "builders"]

FLOOD: Final = 10_000
"""Proposals of a strategy that is out of its mind."""


class StrategyBroke(Exception):
    """What a strategy's own code may raise: anything."""


@frozen
class Restless:
    """Wants every instrument it does not hold, with stop and target so near that it soon leaves again."""

    name: StrategyName
    stop_pct: Decimal = Decimal("0.1")
    target_pct: Decimal = Decimal("0.1")
    max_hold_s: int = 60

    def generate_proposals(self, context: CycleContext) -> list[TradeProposal]:
        """One wish per instrument without a position."""
        held = {position.symbol for position in context.positions if position.quantity}
        wish = TradeProposal(
            symbol_of("BTC-USD"),
            Side.BUY,
            Decimal("0.8"),
            self.stop_pct,
            self.target_pct,
            0.9,
            self.name,
            "restless",
            self.max_hold_s,
        )
        return [evolve(wish, symbol=view.symbol) for view in context.instruments if view.symbol not in held]


@define
class StrategyTrouble:
    """What the next calls of strategies do instead of what they should, in the order in which it was armed."""

    pause: Callable[[float], None] = lambda _seconds: None
    _armed: deque[tuple[str, float]] = Factory(deque)

    def arm(self, how: str, seconds: float = 0.0) -> None:
        """``raises``, ``flood``, ``absurd``, ``wrong_types`` or ``slow`` (for so many seconds)."""
        self._armed.append((how, seconds))

    def ask(self, inner: Strategy, context: CycleContext) -> Any:
        """What the strategy answers, troubled."""
        if not self._armed:
            return inner.generate_proposals(context)
        how, seconds = self._armed.popleft()
        if how == "slow":
            self.pause(seconds)
            return inner.generate_proposals(context)
        return _answers(how, inner.name, context)

    def heal(self) -> None:
        """Strategies are what they are."""
        self._armed.clear()


def _answers(how: str, name: StrategyName, context: CycleContext) -> Any:
    if how == "raises" or not context.instruments:
        raise StrategyBroke("the strategy's own code went wrong")
    if how == "wrong_types":
        return [42, None, "BUY everything"]
    sane = Restless(name).generate_proposals(evolve(context, positions=()))[0]
    if how == "flood":
        return [sane] * FLOOD
    return [
        evolve(sane, notional_pct=Decimal("NaN")),
        evolve(sane, notional_pct=Decimal(-1)),
        evolve(sane, notional_pct=Decimal(10) ** 12),
        evolve(sane, stop_loss_pct=Decimal("Infinity")),
        evolve(sane, conviction=float("nan")),
        evolve(sane, symbol=symbol_of("NOT-LISTED")),
    ]


@frozen
class _Troubled:
    inner: Strategy
    trouble: StrategyTrouble

    @property
    def name(self) -> StrategyName:
        return self.inner.name

    def generate_proposals(self, context: CycleContext) -> list[TradeProposal]:
        found: list[TradeProposal] = self.trouble.ask(self.inner, context)
        return found


def builders(
    trouble: StrategyTrouble, *, restless: bool, known: Mapping[str, Builder] = BUILDERS
) -> Mapping[str, Builder]:
    """Every kind that is ``known``, troubled; ``restless``: the rules strategies are restless ones."""

    def make(kind: str) -> Builder:
        build = known[kind]

        def made(name: StrategyName, parameters: AttrsInstance, entry: EntryBounds) -> Strategy:
            inner = Restless(name) if restless and kind == "rules" else build(name, parameters, entry)
            return _Troubled(inner, trouble)

        return made

    return {kind: make(kind) for kind in known}
