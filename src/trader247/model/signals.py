"""What the market suggests: triggers that fired, the readings behind them, and an instrument as a strategy sees it.

All numbers here are statistics, so floats; percentages are in percent (1.2 is 1.2 %), strengths and scores in [0, 1].
"""

from enum import StrEnum

from attrs import frozen

from trader247.model.instant import Instant
from trader247.model.instrument import ProductStatus, Symbol
from trader247.model.market import Depth, Quote

__all__ = ["InstrumentView", "Regime", "RegimeChoice", "Tier", "Trigger", "TriggerKind", "TriggerReading"]


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


class RegimeChoice(StrEnum):
    """What the configuration says of the regime: detect it, or take this one."""

    AUTO = "auto"
    BULL = "bull"
    CHOP = "chop"
    BEAR = "bear"
    CRASH = "crash"

    @property
    def pinned(self) -> Regime | None:
        """The regime that is pinned, or None where it is detected."""
        return None if self is RegimeChoice.AUTO else Regime(self.value)


class TriggerKind(StrEnum):
    """What may draw attention to an instrument."""

    PRICE_MOVE = "price_move"
    VOLUME_SPIKE = "volume_spike"
    BREAKOUT = "breakout"
    MOMENTUM = "momentum"
    REVERSAL = "reversal"
    MEAN_REVERSION = "mean_reversion"
    EMA_CROSS = "ema_cross"


@frozen
class TriggerReading:
    """What a trigger measured against what it wants: the answer to "why did nothing fire?".

    ``note`` says what else was missing where the value alone would have done.
    """

    kind: TriggerKind
    value: float
    threshold: float
    unit: str
    fired: bool
    note: str = ""


@frozen
class Trigger:
    """A trigger that fired. ``score`` is strength times confidence; ``change_pct`` the signed move it saw.

    ``confirmations`` counts what confirms a reversal, of four; ``fallback`` marks a find of the fallback scan.
    """

    symbol: Symbol
    kind: TriggerKind
    strength: float
    confidence: float
    change_pct: float
    reason: str
    confirmations: int = 0
    fallback: bool = False

    @property
    def score(self) -> float:
        """Strength times confidence, in [0, 1]."""
        return self.strength * self.confidence


@frozen
class InstrumentView:
    """One instrument in a cycle's snapshot. Moves, returns and the trend are signed.

    ``volatility_pct`` is annualised; ``atr_pct`` is the average true range of 14 hours in percent of the close;
    ``z_score`` counts deviations from the mean close of 24 hours. What is not known yet is 0. ``fired`` are all
    triggers of the instrument that fired, strongest first; ``filtered`` says why none may, where a filter holds them
    back. ``excluded`` says why it may not be entered at all, where the universe leaves it out; ``depth`` is None until
    the book was read.
    """

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
    fired: tuple[Trigger, ...] = ()
    filtered: str = ""
    atr_pct: float = 0.0
    z_score: float = 0.0
    slope_pct_per_h: float = 0.0
    turnover_24h: float = 0.0
    excluded: str = ""
    depth: Depth | None = None
