"""What the strategies of one trigger share: the trigger looked up, and a long proposal measured in true ranges.

Stop and target are multiples of the instrument's average true range, so they widen and narrow with the market. Both are
held within the policy's bounds: a proposal that the arbiter would refuse for them is of no use to anybody. Nothing is
proposed where the range is not known yet, since then no stop can be placed.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Protocol

from trader247.messages.trading import CycleContext, TradeProposal
from trader247.model.ids import StrategyName
from trader247.model.order import Side
from trader247.model.policy import EntryBounds
from trader247.model.policy_strategies import Sizing
from trader247.model.signals import InstrumentView, Trigger, TriggerKind
from trader247.strategies.contract import Glimpse
from trader247.strategies.sizing import STEP, conviction_of, size_pct

__all__ = ["LongTerms", "fired_of", "long_proposal", "none_of"]


class LongTerms(Protocol):
    """How a strategy trades what it found: these of its parameters."""

    @property
    def stop_atr(self) -> Decimal:
        """Distance of the stop, in average true ranges."""
        ...

    @property
    def target_atr(self) -> Decimal:
        """Distance of the target, in average true ranges."""
        ...

    @property
    def max_hold_h(self) -> int:
        """The longest hold, in hours."""
        ...

    @property
    def size_factor(self) -> Decimal:
        """Multiplies the size."""
        ...

    @property
    def boost(self) -> float:
        """Added to the conviction."""
        ...

    @property
    def sizing(self) -> Sizing:
        """The formula's numbers."""
        ...


def fired_of(context: CycleContext, kind: TriggerKind) -> Iterator[tuple[InstrumentView, Trigger]]:
    """Every instrument that is not held, with its trigger of this kind, where that fired.

    It need not be the instrument's strongest. What only the fallback scan found is left to the rules baseline.
    """
    held = {position.symbol for position in context.positions}
    for view in context.instruments:
        trigger = next((found for found in view.fired if found.kind is kind), None)
        if trigger is not None and view.symbol not in held:
            yield view, trigger


def none_of(glimpse: Glimpse, kind: TriggerKind) -> bool:
    """Whether ``fired_of`` would find nothing."""
    return not any(
        spark.kind is kind for symbol, found in glimpse.fired.items() if symbol not in glimpse.held for spark in found
    )


def long_proposal(
    name: StrategyName, view: InstrumentView, trigger: Trigger, terms: LongTerms, entry: EntryBounds
) -> TradeProposal | None:
    """The proposal, or None where it would not be convincing enough, or no range is known to measure it by."""
    conviction = conviction_of(trigger.strength, trigger.confidence, terms.boost)
    range_pct = Decimal(str(round(view.atr_pct, 6)))
    if conviction < entry.min_conviction or range_pct <= 0:
        return None
    stop_pct = _within((terms.stop_atr * range_pct).quantize(STEP), entry.stop_pct_min, entry.stop_pct_max)
    target_pct = _within((terms.target_atr * range_pct).quantize(STEP), entry.target_pct_min, entry.target_pct_max)
    return TradeProposal(
        symbol=view.symbol,
        side=Side.BUY,
        notional_pct=size_pct(terms.sizing, view, stop_pct, terms.size_factor, trigger.confidence),
        stop_loss_pct=stop_pct,
        take_profit_pct=target_pct,
        conviction=conviction,
        strategy=name,
        reason=f"{trigger.kind.value}: {trigger.reason}",
        max_hold_s=terms.max_hold_h * 3600,
    )


def _within(value: Decimal, least: Decimal, most: Decimal) -> Decimal:
    return min(max(value, least), most)
