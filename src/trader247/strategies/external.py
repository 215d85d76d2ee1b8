"""External signals: what somebody else decided, under this account's own limits.

The strategy decides nothing of its own. It mirrors the newest signal of each instrument that its parameters allow; a
BUY only as far as the position and its working orders stay within ``max_position_pct`` (exactly at it passes), a SELL
only of what it bought itself, and then all of it. What the sender can know beforehand is refused when a signal comes
in (``objection_to``); the same is asked again here, since the limits may have changed meanwhile.
"""

from decimal import Decimal

from attrs import frozen

from trader247.messages.trading import CycleContext, TradeProposal
from trader247.model.external_signal import ExternalSignal
from trader247.model.ids import StrategyName
from trader247.model.instrument import Symbol
from trader247.model.money import HUNDRED
from trader247.model.order import Side
from trader247.model.policy import EntryBounds
from trader247.model.policy_strategies import ExternalParameters
from trader247.strategies.contract import Glimpse

__all__ = ["External", "objection_to"]


@frozen
class External:
    """The strategy. ``entry`` is the policy's: what would be refused for its bounds is not proposed."""

    name: StrategyName
    parameters: ExternalParameters
    entry: EntryBounds

    def generate_proposals(self, context: CycleContext) -> list[TradeProposal]:
        """One proposal per instrument, from its newest signal."""
        newest: dict[Symbol, ExternalSignal] = {}
        for signal in sorted(context.signals, key=lambda signal: (signal.issued_at, signal.signal_id)):
            if signal.strategy == self.name:
                newest[signal.symbol] = signal
        return [
            self._mirrored(newest[symbol])
            for symbol in sorted(newest)
            if objection_to(newest[symbol], self.parameters, self.entry) is None and self._fits(newest[symbol], context)
        ]

    def waits(self, glimpse: Glimpse) -> bool:  # noqa: ARG002 - it comes without signals
        """Always: without a signal there is nothing to mirror."""
        return True

    def _fits(self, signal: ExternalSignal, context: CycleContext) -> bool:
        if signal.side is Side.SELL:
            return any(held.symbol == signal.symbol and held.strategy == self.name for held in context.positions)
        held = sum((row.total for row in context.exposures if row.symbol == signal.symbol), Decimal(0))
        # compared as amounts: a quotient would be rounded, and exactly at the limit passes
        return held * HUNDRED + signal.notional_pct * context.nlv <= self.parameters.max_position_pct * context.nlv

    def _mirrored(self, signal: ExternalSignal) -> TradeProposal:
        return TradeProposal(
            symbol=signal.symbol,
            side=signal.side,
            notional_pct=signal.notional_pct,
            stop_loss_pct=signal.stop_loss_pct,
            take_profit_pct=signal.take_profit_pct,
            conviction=signal.conviction,
            strategy=self.name,
            reason=f"signal {signal.signal_id}: {signal.reason}" if signal.reason else f"signal {signal.signal_id}",
            max_hold_s=signal.max_hold_s,
        )


def objection_to(signal: ExternalSignal, own: ExternalParameters, entry: EntryBounds) -> str | None:
    """Why a signal can never be mirrored under these limits, whatever is held, or None."""
    if own.breaker:
        return "the strategy's breaker is open (parameters.breaker: true)"
    if signal.symbol not in own.symbols:
        return f"{signal.symbol} is not one of its symbols ({', '.join(own.symbols) or 'none'})"
    if signal.side not in own.sides:
        return f"{signal.side.value} is not one of its sides ({', '.join(side.value for side in own.sides) or 'none'})"
    if signal.conviction < entry.min_conviction:
        return f"conviction is {signal.conviction:g}, at least {entry.min_conviction:g} is wanted"
    if signal.side is Side.SELL:
        return None
    if signal.notional_pct > own.max_position_pct:
        return f"notional_pct is {signal.notional_pct}, a position may be {own.max_position_pct} % of NLV"
    rows = (
        ("stop_pct", signal.stop_loss_pct, entry.stop_pct_min, entry.stop_pct_max),
        ("target_pct", signal.take_profit_pct, entry.target_pct_min, entry.target_pct_max),
    )
    for name, value, least, most in rows:
        if not least <= value <= most:
            return f"{name} is {value}, allowed is {least} to {most}"
    return None
