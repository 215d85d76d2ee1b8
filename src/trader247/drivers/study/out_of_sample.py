"""The tests of all windows put together: one equity, as if each had gone on with what the one before had made.

Every window's backtest begins with the same funds and without positions; its equity is scaled to where the one before
ended. What was open at a window's end counts at its last price, without the cost of selling it.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from trader247.drivers.backtest.metrics import drawdown_days, ratios
from trader247.drivers.backtest.recorder import EquityPoint
from trader247.drivers.study.trial import Found
from trader247.model.instant import instant, rfc3339
from trader247.model.money import HUNDRED, ZERO, plain

__all__ = ["joined"]


def joined(tests: Sequence[Found], funds: Decimal) -> dict[str, Any]:
    """Summary and equity over all of them, in their order; without the summary where there are none."""
    points: list[EquityPoint] = []
    level = funds
    for test in tests:
        opening = Decimal(test.summary["opening"]) if test.summary else funds
        scale = level / opening
        points += [EquityPoint(instant(at), Decimal(nlv) * scale, ()) for at, nlv in test.equity]
        level = Decimal(test.summary["closing"]) * scale if test.summary else level
    peak, drawdown, rows = funds, ZERO, []
    for point in points:
        peak = max(peak, point.nlv)
        down = (peak - point.nlv) / peak * HUNDRED
        drawdown = max(drawdown, down)
        rows.append([rfc3339(point.at, 0), plain(round(point.nlv, 2)), round(float(down), 6)])
    summaries = [test.summary for test in tests if test.summary]
    # inside a window it is known at every change, over all of them only by the hour
    within = max((Decimal(str(each["max_drawdown_pct"])) for each in summaries), default=ZERO)
    drawdown = max(drawdown, within)
    return {
        "equity": rows,
        "summary": _summary(points, summaries, funds, level, drawdown),
    }


def _summary(
    points: Sequence[EquityPoint],
    summaries: Sequence[Mapping[str, Any]],
    funds: Decimal,
    level: Decimal,
    drawdown_pct: Decimal,
) -> dict[str, Any]:
    trades, wins = (sum(each[name] for each in summaries) for name in ("trades", "wins"))
    gained, lost = (sum((Decimal(each[name]) for each in summaries), ZERO) for name in ("gained", "lost"))
    sharpe, sortino, calmar = ratios(points, funds, drawdown_pct)
    return {
        "trades": trades,
        "win_rate_pct": _number(wins * 100 / trades) if trades else None,
        "profit_factor": _number(gained / lost) if lost else None,
        "pnl_pct": _number((level - funds) / funds * HUNDRED),
        "max_drawdown_pct": _number(drawdown_pct),
        "longest_drawdown_days": _number(drawdown_days(points)),
        "sharpe": _number(sharpe),
        "sortino": _number(sortino),
        "calmar": _number(calmar),
        "days": _number(sum(each["days"] for each in summaries)),
    }


def _number(value: Decimal | float | None) -> float | None:
    return None if value is None else round(float(value), 6)
