"""The strategy on trader247, with the whole way of risk and orders: kind ``ema_cross``, costs to match.

What would keep the strategy from trading as the plain loop does is set wide open: cooldowns, pacing, the depth,
turnover and ATR floors, loss limits as far as they go. Every rule is asked all the same, every order goes through
approval, intent, gate, exchange, fills and books. Entries take at once, and a buy is for 1 % of the cash at the limit,
fee included. Ten flat minutes come before the market, since no instrument is shown before it has an hour of bars.
"""

import json
import sys
import tempfile
import time
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from benchmarks.peers.reading import report

from trader247.config.loading import load
from trader247.drivers.backtest.plan import Costs, Plan, Prepared, prepare
from trader247.model.instant import SECOND, Instant

CONFIG = Path(__file__).resolve().parents[2] / "config"
BEFORE = 10
"""Flat minutes before the market: the sixty-first bar, the first to be traded on, is then its fifty-first."""
FEE, REACH = Decimal("1.006"), Decimal("1.0001")
"""What a buy costs over its price, and how far its limit lies over the mid."""
OPEN = (
    "signals.regime.pinned=chop",
    "signals.triggers.filters.atr_ratio=0",
    "signals.triggers.fallback.enabled=false",
    "signals.triggers.ema_cross.enabled=true",
    "signals.cycle.jitter_pct=0",
    "universe.tiers.rotational.enabled=false",
    "universe.tiers.core.min_turnover_usd=0",
    "universe.tiers.core.min_depth_usd=0",
    "universe.min_eligible_assets=1",
    "policy.entry.depth_multiple=0",
    "policy.entry.min_conviction=0.4",
    "policy.entry.volatility_pct_max=2000",
    "policy.execution.maker_first=false",
    "policy.execution.slippage_budget_bps=1",
    "policy.pacing.trades_per_day=10000",
    "policy.pacing.trades_per_hour=1000",
    "policy.pacing.new_per_hour=1000",
    "policy.pacing.min_spacing_s=0",
    "policy.pacing.per_symbol_s=0",
    "policy.cooldown_minutes=0",
    "policy.cooldown_after_stop_minutes=0",
    "policy.cooldown_after_win_minutes=0",
    "policy.cooldown_after_loss_minutes=0",
    "policy.loss_streak_pause_minutes=0",
    "policy.loss_limits.daily_stop_pct=20",
    "policy.loss_limits.weekly_stop_pct=35",
    "policy.loss_limits.max_drawdown_pct=50",
    "strategies.cross.kind=ema_cross",
    f"strategies.cross.parameters.notional_pct={FEE * REACH}",
    "strategies.cross.parameters.stop_pct=20",
    "strategies.cross.parameters.target_pct=60",
)
COSTS = Costs(maker_bps=Decimal(60), latency_ms=0, slippage=0.0, partial_pct=0.0, spread=0.0)


class Market(NamedTuple):
    """A file of ours, when it begins in Unix seconds, how many minutes it has, and its last close."""

    path: Path
    start_s: int
    bars: int
    last: float


def rewritten(lines: Iterable[str], folder: Path, name: str) -> Market:
    """The market as a file of ours: sizes in millionths, and a tick so fine that a spread of two costs nothing."""
    path, start_s, bars, close = folder / f"made_{name}_1m.csv", 0, 0, "0"
    with path.open("w") as file:
        file.write("time,open,high,low,close,volume\n")
        for line in lines:
            at, opened, high, low, close, volume = line.split(",")
            if not bars:
                start_s = int(at)
                flat = f"{close},{close}00000001,{close},{close},1.000001\n"
                file.writelines(f"{start_s - 60 * n},{flat}" for n in range(BEFORE, 0, -1))
            file.write(f"{at},{opened},{high},{low},{close},{max(float(volume), 0.0001):.6f}\n")
            bars += 1
    return Market(path, start_s, bars, float(close))


def prepared(market: Market, name: str, more: tuple[str, ...] = ()) -> Prepared:
    """A run over it."""
    symbols = f"universe.tiers.core.symbols=[{name}, BTC-USD, ETH-USD, SOL-USD]"
    config = load(CONFIG, environ={}, overrides=(*OPEN, symbols, *more)).configuration
    start = Instant(market.start_s * SECOND)
    plan = Plan(config, [(market.path, None)], ("cross",), start, funds=Decimal(1_000_000), costs=COSTS)
    return prepare(plan)


def main() -> None:
    if sys.argv[1] != "bars":
        raise SystemExit("cycles are at least a second apart: a strategy is not asked at each quote")
    with tempfile.TemporaryDirectory() as name, Path(sys.argv[2]).open() as file:
        next(file)
        market = rewritten(file, Path(name), "PEER-USD")
        ready = prepared(market, "PEER-USD")
    begun = time.process_time()
    found = ready.test.run()
    took = time.process_time() - begun
    portfolio = ready.test.pipeline.portfolio
    if portfolio is None or found.halts:
        raise SystemExit(f"it did not trade to the end: {found.halts}")
    held = sum(float(position.quantity) for position in portfolio.positions)
    trades = sum(trip.closed_at is not None for trip in found.trips)
    print(json.dumps(report(market.bars, took, trades, round(float(portfolio.cash) + held * market.last, 2))))


if __name__ == "__main__":
    main()
