"""EMA cross: holds an instrument while a fast average of its closes is over a slow one, bar by bar.

The trigger ``ema_cross`` says where the averages are (``core/triggers.py``); it has to be switched on. What is over is
bought where it is not held, what is under is sold where this strategy bought it, all of it. So it works on every bar,
as textbook examples and other people's engines do: the sample by which backtests are compared.
"""

from attrs import frozen

from trader247.messages.trading import CycleContext, TradeProposal
from trader247.model.ids import StrategyName
from trader247.model.instrument import Symbol
from trader247.model.money import HUNDRED
from trader247.model.order import Side
from trader247.model.policy import EntryBounds
from trader247.model.policy_strategies import EmaCrossParameters
from trader247.model.signals import TriggerKind
from trader247.strategies.contract import Glimpse

__all__ = ["EmaCross"]


@frozen
class EmaCross:
    """The strategy. ``entry`` is the policy's: what would be refused for lack of conviction is not proposed."""

    name: StrategyName
    parameters: EmaCrossParameters
    entry: EntryBounds

    def generate_proposals(self, context: CycleContext) -> list[TradeProposal]:
        """A buy of what crossed up and nobody holds, a sale of what crossed down and was bought here."""
        held = {position.symbol: position.strategy for position in context.positions}
        found: list[TradeProposal] = []
        for view in context.instruments:
            trigger = next((each for each in view.fired if each.kind is TriggerKind.EMA_CROSS), None)
            if trigger is None:
                continue
            if trigger.change_pct > 0 and view.symbol not in held and self._convinced:
                found.append(self._proposal(view.symbol, Side.BUY, trigger.reason))
            elif trigger.change_pct < 0 and held.get(view.symbol) == self.name:
                found.append(self._proposal(view.symbol, Side.SELL, trigger.reason))
        return found

    def waits(self, glimpse: Glimpse) -> bool:
        """Whether everything is on the side of its averages already."""
        for symbol, sparks in glimpse.fired.items():
            for spark in sparks:
                rises = spark.change_pct > 0
                crossed = spark.kind is TriggerKind.EMA_CROSS and rises is not (symbol in glimpse.held)
                if crossed and (self._convinced or not rises):
                    return False
        return True

    @property
    def _convinced(self) -> bool:
        return self.parameters.conviction >= self.entry.min_conviction

    def _proposal(self, symbol: Symbol, side: Side, reason: str) -> TradeProposal:
        own = self.parameters
        return TradeProposal(
            symbol=symbol,
            side=side,
            notional_pct=own.notional_pct if side is Side.BUY else HUNDRED,
            stop_loss_pct=own.stop_pct,
            take_profit_pct=own.target_pct,
            conviction=own.conviction,
            strategy=self.name,
            reason=f"{TriggerKind.EMA_CROSS.value}: {reason}",
            max_hold_s=own.max_hold_h * 3600,
        )
