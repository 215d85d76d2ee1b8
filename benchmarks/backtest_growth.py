"""What a backtest costs as it grows: more bars, more instruments, more strategies, each on its own.

Run ``python benchmarks/backtest_growth.py``; with ``--draw FILE`` the table is drawn as well. The strategies are those
of ``peers/ours.py`` on made markets that differ by their seed. Figures are microseconds of CPU per bar of one
instrument: what grows in proportion stays a level line.
"""

import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path

from attrs import evolve
from benchmarks.peers import ours
from benchmarks.peers.market import START_S, minutes

from trader247.config.loading import load
from trader247.drivers.backtest.plan import Plan, prepare
from trader247.model.instant import SECOND, Instant

NAMES = ("PEER-USD", "BTC-USD", "ETH-USD", "SOL-USD")
BARS = 10_000
STEPS = (1, 2, 4)


def files(folder: Path, bars: int, instruments: int) -> list[Path]:
    """A made market of each instrument."""
    return [
        ours.rewritten((",".join(map(str, row)) for row in minutes(bars, 247 + n)), folder, name).path
        for n, name in enumerate(NAMES[:instruments])
    ]


def cost_us(bars: int, instruments: int, strategies: int) -> float:
    """Microseconds of CPU per bar of one instrument; the best of two runs."""
    with tempfile.TemporaryDirectory() as name:
        paths = files(Path(name), bars, instruments)
        symbols = f"universe.tiers.core.symbols=[{', '.join(NAMES)}]"
        more = tuple(
            f"strategies.cross{n}.{term}"
            for n in range(strategies)
            for term in ("kind=ema_cross", "enabled=true", "parameters.notional_pct=0.5")
        )
        config = load(ours.CONFIG, environ={}, overrides=(*ours.OPEN, symbols, *more)).configuration
        names = tuple(f"cross{n}" for n in range(strategies))
        start = Instant(START_S * SECOND)
        plan = Plan(config, [(path, None) for path in paths], names, start, funds=Decimal(1_000_000), costs=ours.COSTS)
        took = []
        for _ in range(2):
            test = prepare(evolve(plan)).test
            begun = time.process_time()
            test.run()
            took.append(time.process_time() - begun)
    return min(took) / bars / instruments * 1e6


def drawn(lines: dict[str, list[float]]) -> str:
    """The table as a small picture."""
    most = max(value for values in lines.values() for value in values)
    shapes = []
    for number, (name, values) in enumerate(lines.items()):
        shade = ("#1f77b4", "#d62728", "#2ca02c")[number]
        points = [(60 + 150 * place, 190 - 160 * value / most) for place, value in enumerate(values)]
        way = " ".join(f"{x:.0f},{y:.0f}" for x, y in points)
        shapes.append(f'<polyline points="{way}" fill="none" stroke="{shade}" stroke-width="2"/>')
        shapes += [f'<circle cx="{x:.0f}" cy="{y:.0f}" r="3" fill="{shade}"/>' for x, y in points]
        shapes.append(f'<text x="380" y="{40 + 18 * number}" fill="{shade}">{name}</text>')
    shapes += [f'<text x="{55 + 150 * place}" y="212">x {step}</text>' for place, step in enumerate(STEPS)]
    shapes += [f'<text x="4" y="34">{most:.0f} us</text>', '<text x="4" y="194">0 us</text>']
    axes = '<path d="M50 20V190H370" fill="none" stroke="#777"/>'
    head = '<svg xmlns="http://www.w3.org/2000/svg" width="500" height="220" font-family="sans-serif" font-size="12">'
    return "\n".join([head, '<rect width="500" height="220" fill="#fff"/>', axes, *shapes, "</svg>", ""])


def main() -> None:
    lines = {
        "bars": [cost_us(BARS * step, 1, 1) for step in STEPS],
        "instruments": [cost_us(BARS, step, 1) for step in STEPS],
        "strategies": [cost_us(BARS, 1, step) for step in STEPS],
    }
    print(f"us of CPU per bar of one instrument; x 1 is {BARS:,} bars, one instrument, one strategy")
    for name, values in lines.items():
        print(f"{name:12} " + "  ".join(f"x {step}: {value:6.1f}" for step, value in zip(STEPS, values, strict=True)))
    if "--draw" in sys.argv[1:]:
        Path(sys.argv[sys.argv.index("--draw") + 1]).write_text(drawn(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
