"""The market's weather, from the hours of one instrument over a week, and what it does to sizes and caps (U3).

Tests in this order: a crash by trend or by volatility, a bull that is calm enough, a bear, else chop. With less than a
week of hours nothing is told but chop, at half confidence. A pinned regime is not measured against anything.
"""

from decimal import Decimal
from typing import Final

from attrs import frozen

from trader247.core.market_board import MarketBoard
from trader247.model.policy_signals import RegimeTerms
from trader247.model.signals import Regime, Tier

__all__ = ["CAP_SHARES", "FLOOR_FACTORS", "SIZE_FACTORS", "RegimeFound", "regime_of", "tier_share"]

SIZE_FACTORS: Final[dict[Regime, Decimal]] = {
    Regime.BULL: Decimal("1.2"),
    Regime.CHOP: Decimal("1.0"),
    Regime.BEAR: Decimal("0.6"),
    Regime.CRASH: Decimal("0.0"),
}
"""Multiply what is approved. In a crash nothing is entered."""

CAP_SHARES: Final[dict[Regime, Decimal]] = {regime: min(factor, Decimal(1)) for regime, factor in SIZE_FACTORS.items()}
"""Multiply the caps. A bull raises sizes and no cap: what an operator configured is the most in every weather."""

FLOOR_FACTORS: Final[dict[Regime, float]] = {Regime.BULL: 0.9, Regime.CHOP: 1.0, Regime.BEAR: 1.2, Regime.CRASH: 1.2}
"""Multiply the turnover that a tier asks of an instrument; a crash has the bear's."""

_ROTATIONAL: Final[dict[Regime, Decimal]] = {
    Regime.BULL: Decimal(1),  # the rule says 1.2, and no cap rises over what is configured
    Regime.CHOP: Decimal("0.8"),
    Regime.BEAR: Decimal("0.5"),
    Regime.CRASH: Decimal(0),
}


@frozen
class RegimeFound:
    """A regime and what it was told from. ``trend_pct`` and ``volatility_pct`` are None where they are not known."""

    regime: Regime
    confidence: float
    trend_pct: float | None
    volatility_pct: float | None
    pinned: bool = False
    severe: bool = False

    @property
    def text(self) -> str:
        """The finding in words, with its numbers."""
        if self.pinned:
            return f"{self.regime.value}, pinned by signals.regime.pinned"
        if self.trend_pct is None or self.volatility_pct is None:
            return f"{self.regime.value}, for want of a week of hours"
        severe = "severe " if self.severe else ""
        return f"{severe}{self.regime.value}: {self.trend_pct:+.1f} % in 7 days, volatility {self.volatility_pct:.0f} %"


def regime_of(board: MarketBoard | None, terms: RegimeTerms) -> RegimeFound:
    """The regime by the board of the instrument that is looked at."""
    trend = board.trend_7d_pct if board is not None else None
    volatility = board.volatility_pct if board is not None else None
    pinned = terms.pinned.pinned
    if pinned is not None:
        return RegimeFound(pinned, 1.0, trend, volatility, pinned=True)
    if trend is None or volatility is None:
        return RegimeFound(Regime.CHOP, 0.5, trend, volatility)
    if trend < terms.crash_trend_pct or volatility > terms.crash_volatility_pct:
        severe = trend < terms.crash_trend_pct * 1.5 and volatility > terms.crash_volatility_pct * 1.2
        return RegimeFound(Regime.CRASH, 1.0, trend, volatility, severe=severe)
    if trend >= terms.bull_trend_pct and volatility < terms.bull_volatility_pct:
        return RegimeFound(Regime.BULL, 1.0, trend, volatility)
    if trend <= terms.bear_trend_pct:
        return RegimeFound(Regime.BEAR, 1.0, trend, volatility)
    return RegimeFound(Regime.CHOP, 1.0, trend, volatility)


def tier_share(tier: Tier, regime: Regime) -> Decimal:
    """What share of a tier's configured allocation may be used: a crash closes all, rotation shrinks first."""
    if regime is Regime.CRASH:
        return Decimal(0)
    return _ROTATIONAL[regime] if tier is Tier.ROTATIONAL else Decimal(1)
