"""What the market suggests: triggers that fired, the readings behind them, and an instrument as a strategy sees it.

All numbers here are statistics, so floats; percentages are in percent (1.2 is 1.2 %), strengths and scores in [0, 1].
"""

from enum import StrEnum

from attrs import frozen

from trader247.model.instant import Instant
from trader247.model.instrument import ProductStatus, Symbol
from trader247.model.market import Quote

__all__ = ["InstrumentView", "Regime", "Tier", "Trigger", "TriggerKind", "TriggerReading"]


class Tier(StrEnum):
    """How much an instrument is trusted; caps and budgets hang on it."""

    CORE = "core"
    ROTATIONAL = "rotational"
    EVENT_DRIVEN = "event_driven"


class Regime(StrEnum):
    """The market's weather."""

    BULL = "bull"
    CHOP = "chop"
    BEAR = "bear"
    CRASH = "crash"


class TriggerKind(StrEnum):
    """What may draw attention to an instrument."""

    PRICE_MOVE = "price_move"
    VOLUME_SPIKE = "volume_spike"
    BREAKOUT = "breakout"
    MOMENTUM = "momentum"


@frozen
class TriggerReading:
    """What a trigger measured against what it wants: the answer to "why did nothing fire?"."""

    kind: TriggerKind
    value: float
    threshold: float
    unit: str
    fired: bool


@frozen
class Trigger:
    """A trigger that fired. ``score`` is strength times confidence; ``change_pct`` the signed move it saw."""

    symbol: Symbol
    kind: TriggerKind
    strength: float
    confidence: float
    change_pct: float
    reason: str

    @property
    def score(self) -> float:
        """Strength times confidence, in [0, 1]."""
        return self.strength * self.confidence


@frozen
class InstrumentView:
    """One instrument in a cycle's snapshot. ``volatility_pct`` is annualised; moves and returns are signed."""

    symbol: Symbol
    tier: Tier
    status: ProductStatus
    quote: Quote
    bar_closed_at: Instant
    move_15m_pct: float
    move_60m_pct: float
    return_24h_pct: float
    volume_ratio: float
    volatility_pct: float
    readings: tuple[TriggerReading, ...] = ()
