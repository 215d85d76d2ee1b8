"""What a study ranks its trials by: one figure of the backtest's summary, and whether more of it is better."""

from collections.abc import Mapping
from typing import Any, Final

from trader247.errors import ConfigurationInvalid

__all__ = ["METRICS", "is_better", "rank_of", "score_of"]

METRICS: Final[Mapping[str, bool]] = {
    "pnl_pct": True,
    "sharpe": True,
    "sortino": True,
    "calmar": True,
    "profit_factor": True,
    "win_rate_pct": True,
    "trades": True,
    "max_drawdown_pct": False,
    "longest_drawdown_days": False,
    "turnover_x": False,
    "time_in_market_pct": False,
}
"""Name in the report's summary, and whether more is better."""


def score_of(summary: Mapping[str, Any] | None, metric: str) -> float | None:
    """The figure, or None where the trial has none: too short for it, without a trade, or not run."""
    value = summary.get(metric) if summary is not None else None
    return None if value is None else float(value)


def rank_of(score: float | None, number: int, metric: str) -> tuple[bool, float, int]:
    """What to sort trials by, best first: those without a score come last, equals by number.

    Raises:
        ConfigurationInvalid: there is no such metric.
    """
    if metric not in METRICS:
        raise ConfigurationInvalid(f"metric {metric!r} is unknown; there are {', '.join(METRICS)}")
    return score is None, (-score if METRICS[metric] else score) if score is not None else 0.0, number


def is_better(metric: str) -> str:
    """``higher`` or ``lower``."""
    return "higher" if METRICS[metric] else "lower"
