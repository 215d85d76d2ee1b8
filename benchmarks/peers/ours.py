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
from decimal import Decimal
from pathlib import Path

from benchmarks.peers.reading import columns, report

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


def rewritten(data: dict[str, list[float]], folder: Path, name: str) -> Path:
    """The market as a file of ours: sizes in millionths, and a tick so fine that a spread of two costs nothing."""
    begun, first = round(data["timestamp"][0]), data["close"][0]
    flat = f"{first:.2f},{first:.2f}00000001,{first:.2f},{first:.2f},1.000001"
    rows = ["time,open,high,low,close,volume", *(f"{begun - 60 * n},{flat}" for n in range(BEFORE, 0, -1))]
    for at, opened, high, low, close, volume in zip(*data.values(), strict=True):
        rows.append(f"{at:.0f},{opened:.2f},{high:.2f},{low:.2f},{close:.2f},{max(volume, 0.0001):.6f}")
    path = folder / f"made_{name}_1m.csv"
    path.write_text("\n".join(rows) + "\n")
    return path


def prepared(path: Path, start: float, name: str, more: tuple[str, ...] = ()) -> Prepared:
    """A run over it."""
    symbols = f"universe.tiers.core.symbols=[{name}, BTC-USD, ETH-USD, SOL-USD]"
    config = load(CONFIG, environ={}, overrides=(*OPEN, symbols, *more)).configuration
    plan = Plan(
        config, [(path, None)], ("cross",), Instant(round(start) * SECOND), funds=Decimal(1_000_000), costs=COSTS
    )
    return prepare(plan)


def main() -> None:
    if sys.argv[1] != "bars":
        raise SystemExit("cycles are at least a second apart: a strategy is not asked at each quote")
    data = columns(Path(sys.argv[2]))
    with tempfile.TemporaryDirectory() as name:
        ready = prepared(rewritten(data, Path(name), "PEER-USD"), data["timestamp"][0], "PEER-USD")
    bars, last = len(data["close"]), data["close"][-1]
    data.clear()
    begun = time.process_time()
    found = ready.test.run()
    took = time.process_time() - begun
    portfolio = ready.test.pipeline.portfolio
    if portfolio is None or found.halts:
        raise SystemExit(f"it did not trade to the end: {found.halts}")
    held = sum(float(position.quantity) for position in portfolio.positions)
    trades = sum(trip.closed_at is not None for trip in found.trips)
    print(json.dumps(report(bars, took, trades, round(float(portfolio.cash) + held * last, 2))))


if __name__ == "__main__":
    main()
