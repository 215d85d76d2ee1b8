"""What every strategy in the box makes of a trigger's strength and confidence: a conviction, and a size.

Conviction is ``0.5 * strength + 0.3 * confidence`` plus boosts, clipped to [0, 1]. Size, in percent of NLV, is::

    min(target_risk / stop * 100 * anchor / max(volatility, floor), tier base * factor) * confidence

not under the configured least and not over the tier's most.
"""

from decimal import Decimal
from typing import Final

from trader247.model.money import HUNDRED
from trader247.model.policy_strategies import Sizing
from trader247.model.signals import InstrumentView

__all__ = ["STEP", "conviction_of", "size_pct"]

STEP: Final = Decimal("0.0001")
"""Percentages are cut to a hundredth of a basis point, so that the same snapshot gives the same digits anywhere."""


def conviction_of(strength: float, confidence: float, boost: float = 0.0) -> float:
    """In [0, 1], as the two it is made of."""
    return max(0.0, min(1.0, 0.5 * strength + 0.3 * confidence + boost))


def size_pct(sizing: Sizing, view: InstrumentView, stop_pct: Decimal, factor: Decimal, confidence: float) -> Decimal:
    """The size by the formula above, in percent of NLV; ``stop_pct`` is above 0."""
    volatility = max(Decimal(str(round(view.volatility_pct, 4))), sizing.volatility_floor_pct)
    by_risk = sizing.target_risk_pct / stop_pct * HUNDRED * sizing.volatility_anchor_pct / volatility
    by_tier = sizing.tier_base_pct.of(view.tier) * factor
    wanted = min(by_risk, by_tier) * Decimal(str(round(confidence, 4)))
    return min(max(wanted, sizing.size_pct_min), sizing.max_position_pct.of(view.tier)).quantize(STEP)
