"""The report of a run as one JSON document: the same bytes from the same data, configuration and seed, anywhere.

Nothing of the machine stands in it: no clock, no paths beyond the files' names, no hash order. Money is decimal text,
statistics are numbers rounded to six digits, times are RFC 3339.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from attrs import frozen

from trader247.drivers.backtest.metrics import Outcome, drawdown_days, outcome_of, ratios
from trader247.drivers.backtest.recorder import BookedFill, Recorder, RoundTrip
from trader247.model.instant import DAY, Instant, rfc3339
from trader247.model.instrument import Symbol
from trader247.model.money import HUNDRED, ZERO, plain
from trader247.model.policy_universe import Universe

__all__ = ["FORMAT", "GATED", "REPORT_BEGINS", "Run", "as_text", "report_of"]

FORMAT: Final = 1
REPORT_BEGINS: Final = '{\n "buy_and_hold":'
"""How the text of every report begins: its keys are sorted."""

GATED: Final = ("trades", "win_rate_pct", "pnl_pct", "max_drawdown_pct", "profit_factor")
"""The five figures that ``backtest compare`` compares (requirement BT3)."""

_CENTS: Final = 8
"""Decimals of money in the report: those of the smallest quantity, so that nothing that counts is cut."""

Json = dict[str, Any]


@frozen
class Run:
    """What was run: enough to run it again. ``files`` are name, instrument, digest and span of each."""

    version: str
    files: Sequence[Mapping[str, str]]
    start: Instant
    end: Instant
    reached: Instant
    seed: int
    config_hash: str
    strategies: Sequence[str]
    costs: Mapping[str, str]
    cycles: int


def as_text(report: Json) -> str:
    """The document's bytes-to-be."""
    return json.dumps(report, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def report_of(found: Recorder, run: Run, universe: Universe) -> Json:
    """The whole document."""
    return {
        "format": FORMAT,
        "partial": run.reached < run.end,
        "run": _run(run),
        "summary": _summary(found, run),
        "by_strategy": _attributed(found.trips, lambda trip: str(trip.strategy)),
        "by_rule": _attributed(found.trips, lambda trip: trip.rule),
        "by_instrument": _attributed(found.trips, lambda trip: str(trip.symbol)),
        "by_exit": _attributed(found.trips, lambda trip: trip.exit_reason.partition(":")[0]),
        "verdicts": _verdicts(found),
        "triggers": {kind.value: count for kind, count in sorted(found.fired.items())},
        "idle": dict(sorted(found.idle.items())),
        "regimes": [{"at": _time(at), "regime": each.now.value} for at, each in found.regimes],
        "halts": [{"at": _time(each.at.utc), "by": each.by, "reason": each.reason} for each in found.halts],
        "buy_and_hold": _buy_and_hold(found),
        "round_trips": [_round_trip(trip) for trip in found.trips],
        "trades": [_trade(fill) for fill in found.fills],
        "series": _series(found, universe),
    }


def _run(run: Run) -> Json:
    return {
        "trader247": run.version,
        "files": [dict(sorted(each.items())) for each in run.files],
        "from": _time(run.start),
        "to": _time(run.end),
        "reached": _time(run.reached),
        "seed": run.seed,
        "config_hash": run.config_hash,
        "strategies": list(run.strategies),
        "costs": dict(run.costs),
        "cycles": run.cycles,
    }


def _summary(found: Recorder, run: Run) -> Json:
    opening, closing, outcome = found.opening or ZERO, found.nlv, outcome_of(found.trips)
    sharpe, sortino, calmar = ratios(found.equity, opening, found.drawdown_pct) if opening else (None, None, None)
    turnover = sum((each.fill.price * each.fill.quantity for each in found.fills), ZERO)
    span = max(run.reached - run.start, 1)
    return {
        **_outcome(outcome),
        "opening": _money(opening),
        "closing": _money(closing),
        "pnl": _money(closing - opening),
        "pnl_pct": _number((closing - opening) / opening * HUNDRED) if opening else None,
        "max_drawdown_pct": _number(found.drawdown_pct),
        "longest_drawdown_days": _number(drawdown_days(found.equity)),
        "fees_paid": _money(sum((each.fill.fee for each in found.fills), ZERO)),
        "turnover": _money(turnover),
        "turnover_x": _number(turnover / opening) if opening else None,
        "sharpe": _number(sharpe),
        "sortino": _number(sortino),
        "calmar": _number(calmar),
        "time_in_market_pct": _number(found.invested_ns / span * 100.0),
        "days": _number(span / DAY),
        "orders": len(found.orders),
        "fills": len(found.fills),
        "open_at_the_end": sum(trip.closed_at is None for trip in found.trips),
        "maker_share_pct": _number(_maker_share_pct(found.fills)),
    }


def _outcome(outcome: Outcome) -> Json:
    return {
        "trades": outcome.trades,
        "wins": outcome.wins,
        "win_rate_pct": _number(outcome.win_rate_pct),
        "profit_factor": _number(outcome.profit_factor),
        "gained": _money(outcome.gained),
        "lost": _money(outcome.lost),
        "realised": _money(outcome.realised),
    }


def _maker_share_pct(fills: Sequence[BookedFill]) -> float | None:
    if not fills:
        return None
    return sum(each.fill.liquidity.value == "MAKER" for each in fills) / len(fills) * 100.0


def _attributed(trips: Sequence[RoundTrip], name_of: Any) -> Json:
    groups: dict[str, list[RoundTrip]] = {}
    for trip in trips:
        if trip.closed_at is not None:
            groups.setdefault(name_of(trip), []).append(trip)
    return {name: _outcome(outcome_of(group)) | {"fees": _fees(group)} for name, group in sorted(groups.items())}


def _fees(trips: Sequence[RoundTrip]) -> str:
    return _money(sum((trip.fees for trip in trips), ZERO))


def _verdicts(found: Recorder) -> Json:
    rules = Counter(verdict.rule for verdict in found.verdicts)
    approved = rules.pop("", 0)
    return {"approved": approved, "refused": sum(rules.values()), "refused_by_rule": dict(sorted(rules.items()))}


def _buy_and_hold(found: Recorder) -> Json:
    """Every instrument bought at its first hour's price, held to its last, without fees; and all in equal parts."""
    moved = {
        symbol: (prices[-1][1] / prices[0][1] - 1.0) * 100.0
        for symbol, prices in sorted(found.prices.items())
        if prices
    }
    equal = sum(moved.values()) / len(moved) if moved else None
    return {
        "by_instrument_pct": {name: _number(each) for name, each in moved.items()},
        "equal_parts_pct": _number(equal),
    }


def _round_trip(trip: RoundTrip) -> Json:
    return {
        "instrument": trip.symbol,
        "strategy": trip.strategy,
        "rule": trip.rule,
        "why": trip.entry_reason,
        "opened": _time(trip.opened_at),
        "closed": _time(trip.closed_at) if trip.closed_at is not None else None,
        "exit": trip.exit_reason,
        "quantity": plain(trip.bought),
        "entry_price": _money(trip.spent / trip.bought) if trip.bought else None,
        "exit_price": _money(trip.earned / trip.sold) if trip.sold else None,
        "fees": _money(trip.fees),
        "realised": _money(trip.realised),
    }


def _trade(booked: BookedFill) -> Json:
    fill = booked.fill
    return {
        "at": _time(fill.at),
        "instrument": fill.symbol,
        "side": fill.side.value,
        "price": plain(fill.price),
        "quantity": plain(fill.quantity),
        "fee": _money(fill.fee),
        "liquidity": fill.liquidity.value,
        "kind": booked.kind.value,
        "strategy": booked.strategy,
        "realised": _money(booked.realised),
    }


def _series(found: Recorder, universe: Universe) -> Json:
    peak, equity = ZERO, []
    themes: dict[str, list[float | None]] = {}
    assets: dict[str, list[float | None]] = {}
    names = sorted({symbol for point in found.equity for symbol, _ in point.at_risk})
    for point in found.equity:
        peak = max(peak, point.nlv)
        down = (peak - point.nlv) / peak * HUNDRED if peak > 0 else ZERO
        equity.append([_time(point.at), _money(point.nlv), _number(down)])
        held = dict(point.at_risk)
        for name in names:
            assets.setdefault(name, []).append(_share_pct(held.get(name, ZERO), point.nlv))
        for theme, members in sorted(universe.themes.items()):
            if any(name in members for name in names):
                total = sum((amount for symbol, amount in point.at_risk if symbol in members), ZERO)
                themes.setdefault(theme, []).append(_share_pct(total, point.nlv))
    return {
        "equity": equity,
        "exposure_by_asset_pct": assets,
        "exposure_by_theme_pct": themes,
        "prices": {symbol: [[_time(at), _number(price)] for at, price in rows] for symbol, rows in _prices(found)},
    }


def _prices(found: Recorder) -> list[tuple[Symbol, list[tuple[Instant, float]]]]:
    return sorted(found.prices.items())


def _share_pct(part: Decimal, whole: Decimal) -> float | None:
    return _number(part / whole * HUNDRED) if whole > 0 else None


def _number(value: Decimal | float | None) -> float | None:
    return None if value is None else round(float(value), 6)


def _money(value: Decimal) -> str:
    return plain(round(value, _CENTS))


def _time(at: Instant) -> str:
    return rfc3339(at, 0)
