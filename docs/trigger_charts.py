"""Draws when each trigger fired over recorded markets: ``python docs/trigger_charts.py [--numbers]``.

The decision code is the daemon's own (``core/market_board``, ``core/triggers``, ``core/regime``), with the shipped
thresholds. The recordings are not in the repository: they are looked for in ``$TRADER247_TEST_DATA`` or in
``../shared/data``. Written are the drawings in docs/explanation/triggers and the tables of the page beside it;
``--numbers`` also counts over the whole recordings, which takes some minutes.
"""

import os
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from attrs import Factory, define, frozen

from trader247.config.loading import load
from trader247.core.market_board import HOURS_PER_WEEK, MarketBoard
from trader247.core.regime import regime_of
from trader247.core.triggers import Thresholds, filtered, fired, measure
from trader247.model.instant import DAY, MINUTE, SECOND, Instant, instant, rfc3339
from trader247.model.instrument import Symbol
from trader247.model.market import Candle
from trader247.model.policy_signals import Signals
from trader247.model.signals import Regime, TriggerKind
from trader247.venues.simulated.bar_path import minutes_of
from trader247.venues.simulated.recorded_files import Recording, read_recording

ROOT: Final = Path(__file__).resolve().parent.parent
PAGE: Final = ROOT / "docs" / "explanation" / "triggers.md"
DRAWINGS: Final = ROOT / "docs" / "explanation" / "triggers"
WARM_UP: Final = 8 * DAY
SEED: Final = 247
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 280, 64, 12, 34, 26
POINTS_MAX: Final = 240
"""Points of a line: one for every three pixels."""
MARKS_MAX: Final = 120
LEADER: Final = "BTC-USD"

YEAR: Final = ("coinbase_BTC-USD_15m_20240418_20250630", "coinbase_ETH-USD_15m_20240418_20250630")
YEAR_SOL: Final = "coinbase_SOL-USD_15m_20240418_20250630"
CRASH: Final = ("binance_BTC-USDT_1m_20210402_20210514", "binance_ETH-USDT_1m_20210402_20210514")
SETS: Final = {
    "2024-04 to 2025-06, quarter hours, Coinbase": (*YEAR, YEAR_SOL),
    "2021-04 to 2021-05, minutes, Binance": (*CRASH, "binance_DOGE-USDT_1m_20210402_20210514"),
}


@frozen
class Window:
    """One drawing: which trigger, over which file, from when and for how many days."""

    kind: TriggerKind
    file: str
    leader: str
    start: str
    days: int
    what: str


WINDOWS: Final = (
    Window(TriggerKind.PRICE_MOVE, CRASH[0], CRASH[0], "2021-04-17T00:00:00Z", 3, "the fall of 18 April 2021"),
    Window(TriggerKind.VOLUME_SPIKE, YEAR[1], YEAR[0], "2024-05-19T00:00:00Z", 5, "ether before the funds' admission"),
    Window(TriggerKind.BREAKOUT, YEAR[0], YEAR[0], "2024-11-05T00:00:00Z", 6, "the days after the election of 2024"),
    Window(TriggerKind.REVERSAL, YEAR_SOL, YEAR[0], "2025-04-06T00:00:00Z", 7, "the recovery of April 2025"),
    Window(TriggerKind.MOMENTUM, YEAR[0], YEAR[0], "2025-02-27T00:00:00Z", 6, "a fall and its rebound"),
)


def folder() -> Path:
    """Where the recordings are."""
    named = os.environ.get("TRADER247_TEST_DATA")
    return Path(named) if named else ROOT.parent / "shared" / "data"


def recording(name: str) -> Recording:
    """One file of them."""
    return read_recording(folder() / f"{name}.csv.gz")


def minutes(found: Recording, start: int, end: int) -> Iterator[Candle]:
    """The file's minutes within a span, without holes: a minute that nothing traded in is flat."""
    rng, span_s = random.Random(f"triggers:{SEED}:{found.product_id}"), found.span_s or 60  # noqa: S311 - repeatable
    price, size, last = 10.0**found.price_digits, 10.0**found.size_digits, None
    for bar in found.bars:
        if not start <= bar.start_s * SECOND < end or not bar.volume:
            continue
        for each in minutes_of(bar, span_s, rng) if span_s > 60 else (bar,):
            at = each.start_s * SECOND
            prices = [ticks / price for ticks in each[1:5]]
            while last is not None and last.start + MINUTE < at:
                close = last.close
                last = Candle(last.symbol, Instant(last.start + MINUTE), 60, close, close, close, close, 0.0)
                yield last
            last = Candle(Symbol(found.product_id), Instant(at), 60, *prices, each.volume / size)
            yield last


@define
class Seen:
    """An instrument looked at minute by minute: what fired on each bar, and what began to."""

    closes: list[tuple[Instant, float]] = Factory(list)
    bars: Counter[TriggerKind] = Factory(Counter)
    began: dict[TriggerKind, list[tuple[Instant, float]]] = Factory(dict)
    held_back: int = 0
    _burning: frozenset[TriggerKind] = frozenset()

    def note(self, candle: Candle, kinds: Sequence[TriggerKind], *, held_back: bool) -> None:
        """One closed bar."""
        at = Instant(candle.start + MINUTE)
        self.closes.append((at, candle.close))
        self.held_back += held_back
        for kind in kinds:
            self.bars[kind] += 1
            if kind not in self._burning:
                self.began.setdefault(kind, []).append((at, candle.close))
        self._burning = frozenset(kinds)


def looked_at(file: str, leader: str, signals: Signals, start: Instant, end: Instant) -> Seen:
    """What the triggers say of a file from ``start`` to ``end``, the regime told by the leader's."""
    found, lead = recording(file), recording(leader) if leader != file else None
    thresholds = {regime: Thresholds.of(signals.triggers, regime) for regime in Regime}
    board, leading = MarketBoard(HOURS_PER_WEEK), MarketBoard(HOURS_PER_WEEK)
    others = minutes(lead, start - WARM_UP, end) if lead is not None else iter(())
    other, seen, regime, hour = next(others, None), Seen(), Regime.CHOP, -1
    for candle in minutes(found, start - WARM_UP, end):
        while other is not None and other.start <= candle.start:
            leading.push(other)
            other = next(others, None)
        board.push(candle)
        if candle.start // (60 * MINUTE) != hour:  # the regime is told from hours
            hour = candle.start // (60 * MINUTE)
            regime = regime_of(leading if lead is not None else board, signals.regime).regime
        if candle.start < start:
            continue
        want = thresholds[regime]
        kinds = [each.kind for each in fired(measure(board, want))]
        held = bool(kinds) and bool(filtered(board, want))
        seen.note(candle, () if held else kinds, held_back=held)
    return seen


def drawing(window: Window, seen: Seen) -> str:
    """The close as a line, and a mark where the trigger began to fire."""
    first, last = seen.closes[0][0], seen.closes[-1][0]
    prices = [close for _, close in seen.closes]
    low, high = min(prices), max(prices)

    def x(at: int) -> float:
        return round(LEFT + (at - first) / (last - first) * (WIDTH - LEFT - RIGHT), 1)

    def y(price: float) -> float:
        return round(TOP + (high - price) / (high - low) * (HEIGHT - TOP - BOTTOM), 1)

    stride = -(-len(seen.closes) // POINTS_MAX)
    line = " ".join(f"{x(at):g},{y(close):g}" for at, close in seen.closes[::stride])
    began = seen.began.get(window.kind, [])
    dots = "".join(f'<circle cx="{x(at):g}" cy="{y(close):g}" r="3.5"/>' for at, close in began[:MARKS_MAX])
    symbol = recording(window.file).product_id
    title = f"{symbol}: {window.kind.value}, {len(began)} times in {window.days} days from {window.start[:10]}"
    days = [first + number * DAY for number in range(window.days + 1)]
    ticks = "".join(
        f'<text x="{x(at):g}" y="{HEIGHT - 8}" text-anchor="middle">{rfc3339(Instant(at), 0)[5:10]}</text>'
        for at in days[:-1]
        if x(at) < WIDTH - 40
    )
    levels = "".join(
        f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(at):g}" y2="{y(at):g}" stroke="#8884"/>'
        f'<text x="{LEFT - 6}" y="{y(at) + 4:g}" text-anchor="end">{at:,.0f}</text>'
        for at in (low, (low + high) / 2, high)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'font-family="sans-serif" font-size="11" fill="#777"><title>{title}</title>'
        f'<text x="{LEFT}" y="18" font-size="13">{title}</text>{levels}{ticks}'
        f'<polyline fill="none" stroke="#4a7ebb" stroke-width="1.2" points="{line}"/>'
        f'<g fill="#d95f02" stroke="#fff" stroke-width="0.6">{dots}</g></svg>\n'
    )


def drawn(signals: Signals) -> dict[str, str]:
    """Every drawing by its file name, and under ``windows`` the table of their numbers."""
    made: dict[str, str] = {}
    rows = ["| trigger | instrument, from, days | bars it fired on | times it began |", "|---|---|---|---|"]
    for window in WINDOWS:
        start = instant(window.start)
        seen = looked_at(window.file, window.leader, signals, start, Instant(start + window.days * DAY))
        made[f"{window.kind.value}.svg"] = drawing(window, seen)
        where = f"{recording(window.file).product_id}, {window.start[:10]}, {window.days}: {window.what}"
        began = len(seen.began.get(window.kind, ()))
        rows.append(f"| {window.kind.value} | {where} | {seen.bars[window.kind]:,} | {began} |")
    made["windows"] = "\n".join(rows)
    return made


def numbers(signals: Signals) -> str:
    """The table over whole recordings: bars a trigger fired on, and times it began, after the filters."""
    rows = ["| recordings | instrument | days | " + " | ".join(kind.value for kind in TriggerKind) + " | held back |"]
    rows.append("|---" * (4 + len(TriggerKind)) + "|")
    for name, files in SETS.items():
        for file in files:
            found = recording(file)
            seen = looked_at(file, files[0], signals, Instant(found.first + WARM_UP), found.end)
            cells = [f"{len(seen.began.get(kind, ())):,} ({seen.bars[kind]:,})" for kind in TriggerKind]
            days = round((found.end - found.first - WARM_UP) / DAY)
            rows.append(f"| {name} | {found.product_id} | {days} | " + " | ".join(cells) + f" | {seen.held_back:,} |")
    return "\n".join(rows)


def placed(page: str, name: str, table: str) -> str:
    """The page with the table between its two marks."""
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    return re.sub(f"{re.escape(begin)}.*?{re.escape(end)}", f"{begin}\n{table}\n{end}", page, flags=re.DOTALL)


def main() -> None:
    """Write drawings and tables."""
    signals = load(ROOT / "config", environ={}).configuration.signals
    made, page = drawn(signals), PAGE.read_text(encoding="utf-8")
    page = placed(page, "windows", made.pop("windows"))
    if "--numbers" in sys.argv[1:]:
        page = placed(page, "numbers", numbers(signals))
    PAGE.write_text(page, encoding="utf-8")
    for name, text in made.items():
        (DRAWINGS / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
