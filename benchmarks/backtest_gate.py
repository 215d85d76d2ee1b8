"""The backtest's regression gate: a made market, a restless configuration, and the report it once gave.

Run ``python benchmarks/backtest_gate.py`` to compare with the baseline beside this file (0 alike, 1 not), and
with ``--write`` to make that baseline anew after a change that was meant. The shipped rules trade a few times a week;
here stops are near, holds short and cooldowns off, so three days have over a hundred trades.
"""

import random
import resource
import sys
import time
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from trader247.config.loading import load
from trader247.drivers.backtest.compare import compared, read_report
from trader247.drivers.backtest.plan import Plan, prepare
from trader247.drivers.backtest.report import GATED, as_text
from trader247.model.instant import SECOND, Instant, instant

BASELINE: Final = Path(__file__).with_name("backtest_baseline.json")
CONFIG: Final = Path(__file__).resolve().parent.parent / "config"
START: Final = instant("2026-09-20T00:00:00Z")
WARM_UP_DAYS: Final = 8
PRODUCTS: Final = {"BTC-USD": 60_000.0, "ETH-USD": 3_000.0, "SOL-USD": 150.0}
RULES: Final = ("price_move_up", "price_move_down", "volume_spike", "breakout", "momentum_up", "momentum_flush")
RESTLESS: Final = (
    "signals.regime.pinned=chop",
    "signals.triggers.filters.atr_ratio=0",
    "signals.cycle.jitter_pct=0",
    "universe.tiers.rotational.enabled=false",
    "policy.pacing.trades_per_day=10000",
    "policy.pacing.trades_per_hour=1000",
    "policy.pacing.new_per_hour=1000",
    "policy.pacing.min_spacing_s=0",
    "policy.pacing.per_symbol_s=0",
    "policy.pacing.adds_per_day=1000",
    "policy.cooldown_minutes=0",
    "policy.cooldown_after_stop_minutes=0",
    "policy.cooldown_after_win_minutes=0",
    "policy.cooldown_after_loss_minutes=0",
    "policy.loss_streak_pause_minutes=0",
    "policy.loss_limits.daily_stop_pct=20",
    "policy.loss_limits.weekly_stop_pct=35",
    "policy.loss_limits.max_drawdown_pct=50",
    *(
        f"strategies.baseline.parameters.rules.{rule}.{key}"
        for rule in RULES
        for key in ("stop_pct=0.6", "target_pct=1.5", "max_hold_h=1", "min_change_pct=0")
    ),
)


def bars(product_id: str, days: float, seed: int = 247) -> list[str]:
    """Made minutes as the lines of a file: a random walk whose volatility comes in waves, volume that follows it."""
    draw, price, rows = random.Random(f"{product_id}:{seed}"), PRODUCTS[product_id], ["time,open,high,low,close,volume"]
    wave, begun = 0.0009, START // SECOND
    for number in range(round(days * 1440)):
        wave += 0.01 * (0.0009 - wave) + 0.00005 * draw.gauss(0.0, 1.0)
        swing = max(wave, 0.0002)
        closing = round(price * (1 + draw.gauss(0.0, swing)), 2)
        high = round(max(price, closing) * (1 + abs(draw.gauss(0.0, swing / 2))), 2)
        low = round(min(price, closing) * (1 - abs(draw.gauss(0.0, swing / 2))), 2)
        volume = 3e6 / price * draw.lognormvariate(0.0, 0.5) * (1 + abs(closing / price - 1) / swing)
        rows.append(f"{begun + 60 * number},{price:.2f},{high:.2f},{low:.2f},{closing:.2f},{volume:.8f}")
        price = closing
    return rows


def make_files(folder: Path, days: float) -> list[Path]:
    """One file for each instrument, with the warm-up before ``days``; those that are there are kept."""
    paths = [folder / f"made_{product_id}_1m.csv" for product_id in PRODUCTS]
    for product_id, path in zip(PRODUCTS, paths, strict=True):
        if not path.exists():
            path.write_text("\n".join(bars(product_id, WARM_UP_DAYS + days)) + "\n")
    return paths


def report(folder: Path, days: float = 2.75, more: Sequence[str] = ()) -> dict[str, Any]:
    """What a run over ``days`` of it says, with these further overrides of the configuration."""
    files = [(path, None) for path in make_files(folder, days)]
    config = load(CONFIG, environ={}, overrides=(*RESTLESS, *more)).configuration
    start = Instant(START + WARM_UP_DAYS * 86_400 * SECOND)
    ready = prepare(Plan(config, files, start=start, funds=Decimal(100_000)))
    return ready.report(ready.test.run())


def kept(found: dict[str, Any]) -> dict[str, Any]:
    """What of a report the baseline keeps: what it was made of, and the figures."""
    return {name: found[name] for name in ("format", "partial", "run", "summary", "by_rule", "verdicts", "triggers")}


def main() -> int:
    """Write or compare."""
    with TemporaryDirectory() as folder:
        make_files(Path(folder), 2.75)
        begun = time.process_time()
        found = report(Path(folder))
    took = time.process_time() - begun
    minutes, peak_mb = found["run"]["cycles"] * len(PRODUCTS), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{minutes:,} minutes in {took:.1f} s of CPU: {minutes / took:,.0f} a second, at most {peak_mb:.0f} MB")
    if "--write" in sys.argv[1:]:
        BASELINE.write_text(as_text(kept(found)), encoding="utf-8")
        return 0
    figures = compared(read_report(BASELINE), found, 2.0)
    for each in figures:
        print(f"{each.name:20} {each.baseline!s:>14} {each.current!s:>14} {'ok' if each.passes else 'differs'}")
    assert len(figures) == len(GATED)
    return 0 if all(each.passes for each in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
