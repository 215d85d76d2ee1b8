"""Minutes at which nobody has anything to say: the market goes on in numbers, and no message is made of it.

Such a minute runs from one cycle to the next: no order is under way, no bid reaches what an exit waits for, every quote
is believed, and at its end no strategy wants to act on what fired. Whether that is so, the deciders say themselves
(``quiet`` of the order manager, ``believes`` of the feed, ``glance`` of the cycle, ``waits`` of the strategies); what
they keep of the market, bars, quotes, ticks, they are given in numbers. At the first minute that may be otherwise, all
that was not told is told (``settle``), and the messages take over where the numbers end.
"""

from collections.abc import Mapping, Sequence
from enum import Enum, auto
from math import ceil, floor
from typing import Final

from attrs import define

from trader247.core.exits import Band
from trader247.core.outliers import TickFilter
from trader247.core.scanner import Glimpse as Found
from trader247.core.universe import Touch
from trader247.drivers.backtest.pipeline import Pipeline
from trader247.drivers.backtest.recorder import Recorder
from trader247.drivers.backtest.timetable import Timetable
from trader247.drivers.backtest.venue import BacktestVenue
from trader247.messages.base import Tick
from trader247.model.instant import MINUTE, SECOND, Instant
from trader247.model.instrument import Symbol
from trader247.model.market import DEPTH_BPS, Candle
from trader247.model.portfolio import Position
from trader247.strategies.contract import Glimpse
from trader247.venues.simulated.bar_steps import QUARTER, BarSteps, MinutePath
from trader247.venues.simulated.candles import CandleStore
from trader247.venues.simulated.idle_books import IdleBooks

__all__ = ["Passed", "QuietMinutes"]

_BPS: Final = 20_000.0
"""Of the sum of bid and ask, which is twice the mid."""

_PATIENCE_S_MAX: Final = 2
"""From the quotes of all to the cycle; who takes longer to be believed is told again by messages."""


class Passed(Enum):
    """What became of a minute: not begun, gone until a quote that was not believed, or gone."""

    NOTHING = auto()
    UNTIL_A_DOUBT = auto()
    ALL = auto()


@define
class _Line:
    """One instrument: how its ticks, units and both together become numbers, and its standing quote in ticks."""

    symbol: Symbol
    candles: CandleStore
    filter: TickFilter
    ticks: int
    units: float
    value: float
    close: float = 0.0  # of the newest bar
    bid: int = 0
    ask: int = 0
    told: Instant | None = None
    closed: bool = False
    held: Position | None = None
    low: float = 0.0
    high: float = 0.0
    until: int | None = None

    def seen(self, bid: int, ask: int) -> tuple[float, float]:
        """Mid and spread in bps of it."""
        both = bid + ask
        return both / (2 * self.ticks), (ask - bid) / both * _BPS

    def hold(self, position: Position, band: Band) -> None:
        """Bounds in ticks of the bids that call for nothing."""
        self.held, self.until = position, band.until
        self.low = float("inf") if band.low.is_infinite() else floor(band.low * self.ticks)
        self.high = float("inf") if band.high is None else ceil(band.high * self.ticks)


class QuietMinutes:
    """Shares everything with the pipeline. A minute of it begins after a cycle, with all messages heard."""

    def __init__(
        self, pipeline: Pipeline, venue: BacktestVenue, time: Timetable, recorder: Recorder, *, quotes_at: int
    ) -> None:
        """``quotes_at``: how long after the full minute the quotes of all are told."""
        self._pipeline, self._venue, self._time, self._recorder = pipeline, venue, time, recorder
        self._quotes_at = quotes_at
        self._idle: IdleBooks | None = venue.exchange.idle
        self._lines: dict[Symbol, _Line] = {}
        for symbol in venue.symbols:
            product = venue.exchange.products[symbol]
            self._lines[symbol] = _Line(
                symbol,
                venue.exchange.candles[symbol],
                pipeline.feed.filter_of(symbol),
                10**product.price_digits,
                10.0**product.size_digits,
                10.0 ** (product.price_digits + product.size_digits),
            )
        self._quoted: list[_Line] = []
        self._touches: dict[Symbol, Touch] = {}
        patience_s = pipeline.feed.patience_s
        self._patience_s = patience_s if patience_s <= _PATIENCE_S_MAX else 0

    def begin(self) -> BarSteps | None:
        """The market by the minute, where everybody is at rest; None where not."""
        pipeline, now = self._pipeline, self._time.now.utc
        rests = pipeline.halted is None and pipeline.manager.quiet.at_rest and pipeline.cycle.at_rest
        if not rests or self._idle is None or not pipeline.feed.caught_up(Instant(now - now % MINUTE)):
            return None
        if pipeline.polls.doubts or not any(worker.enabled for worker in pipeline.workers):
            return None
        self._quoted = [line for line in self._lines.values() if line.candles.last is not None]
        for line in self._quoted:
            line.bid, line.ask = self._idle.touch_in_ticks(line.symbol)
            close = pipeline.feed.last_close(line.symbol)
            if not line.bid or not line.ask or close is None:
                return None
            line.close, line.told, line.closed = close, None, False
        return self._venue.exchange.by_minutes() if len(self._quoted) == len(self._lines) else None

    # ------------------------------------------------------------------------------------------------ the market
    def market(self, steps: BarSteps) -> Passed:
        """Let the market go on to the next cycle."""
        now, idle = self._time.now.utc, self._idle
        minute = Instant(now - now % MINUTE)
        begun = steps.rest(minute // SECOND)
        if begun is None or idle is None:
            return Passed.NOTHING
        opening = steps.opening((minute + MINUTE) // SECOND)
        held = self._pipeline.manager.quiet.held()
        ways: list[tuple[_Line, _Way]] = []
        for symbol, position in held.items():
            line = self._lines[symbol]
            way = _way(line, begun, opening)
            if not self._untouched(line, position, way, minute + 2 * MINUTE):
                return Passed.NOTHING
            ways.append((line, way))
        steps.go((minute + MINUTE) // SECOND)
        for path in begun:
            idle.note_rest(path)
        for path in opening:
            idle.note_opening(path)
        for line, way in ways:
            for at, line.bid, line.ask, mid, spread_bps in way:  # the quotes of what is held are told with each step
                line.told = self._told(line, mid, spread_bps, at)
        self._take_bars(minute)
        if len(ways) < len(self._quoted):  # those of what is held moved along their ways
            self._move(begun, opening)
        return self._tell(Instant(minute + MINUTE + self._quotes_at), idle)

    def _untouched(self, line: _Line, position: Position, way: "_Way", end: int) -> bool:
        """Whether the position sleeps through this way of its price until ``end``."""
        if line.held is not position:
            line.hold(position, self._pipeline.manager.quiet.band(position))
        if line.until is not None and end >= line.until:
            return False
        if not line.low < line.bid < line.high or not all(line.low < step[1] < line.high for step in way):
            return False
        after: float | None = None
        for at, _, _, mid, spread_bps in way:
            # what opens the next minute must be believed at once: bars come before it could be told again
            if not (at % MINUTE and self._patience_s) and not line.filter.believes(mid, spread_bps, after):
                return False
            after = mid
        return True

    def _told(self, line: _Line, mid: float, spread_bps: float, at: Instant) -> Instant | None:
        """Tell a quote, and tell it again each second until it is believed; when it was, or None."""
        objection_to = line.filter.objection_to
        if objection_to(mid, spread_bps, at) is None:
            return at
        for after in range(1, self._patience_s + 1):
            told = Instant(at + after * SECOND)
            if objection_to(mid, spread_bps, told) is None:
                return told
        return None

    def _take_bars(self, minute: Instant) -> None:
        take_bar = self._pipeline.cycle.take_bar
        start_s = minute // SECOND
        for line in self._quoted:
            found = line.candles.minute(start_s)
            if found is None:
                close = line.close
                bar = (minute, close, close, close, close, 0.0)
            else:
                opened, high, low, last, volume = found
                ticks = float(line.ticks)
                line.close = close = last / ticks
                bar = (minute, opened / ticks, high / ticks, low / ticks, close, volume / line.units)
            line.closed = True
            line.filter.see(close, bar[5])
            take_bar(line.symbol, bar)

    def _move(self, begun: Sequence[MinutePath], opening: Sequence[MinutePath]) -> None:
        """The quotes after the rest of one minute and the opening of the next."""
        for path in begun:
            if len(path.prices) > path.opens:
                line = self._lines[Symbol(path.product.product_id)]
                line.bid, line.ask = path.touch(path.prices[-1])
        for path in opening:
            if path.opens:
                line = self._lines[Symbol(path.product.product_id)]
                line.bid, line.ask = path.touch(path.prices[0])

    def _tell(self, at: Instant, idle: IdleBooks) -> Passed:
        doubted = []
        for line in self._quoted:
            mid, spread_bps = line.seen(line.bid, line.ask)
            told = self._told(line, mid, spread_bps, at)
            if told is None:
                doubted.append(line.symbol)
            else:
                line.told = told
                depth = idle.surely_holds(line.symbol, (line.bid, line.ask), DEPTH_BPS) / line.value
                self._touches[line.symbol] = mid, spread_bps, depth
        if not doubted:
            return Passed.ALL
        self._time.go(Instant(at + self._patience_s * SECOND))
        for symbol in doubted:
            self._pipeline.polls.doubted(symbol)
        return Passed.UNTIL_A_DOUBT

    # ------------------------------------------------------------------------------------------------- the cycle
    def cycle(self) -> bool:
        """Let the cycle that is due pass; False where it has to be held, with all that was not told told by then."""
        pipeline, now, held = self._pipeline, self._time.now, self._pipeline.manager.quiet.held()
        nlv = pipeline.manager.quiet.passed({s: self._touches[s][0] for s in held} if held else {}, now)
        if nlv is None or not self._recorder.unmoved(nlv, now.utc):
            self.settle()
            pipeline.box.order_manager.post(Tick())
            pipeline.line.run()
            if pipeline.halted is not None or not pipeline.manager.quiet.at_rest:
                return False
        found = pipeline.cycle.glance(self._touches)
        if found is None or not self._all_wait(found, held):
            self.settle()
            return False
        why = pipeline.cycle.passed(found)
        self._recorder.cycle({symbol: spark.kind for symbol, spark in found.triggers}, why)
        return True

    def _all_wait(self, found: Found, held: Mapping[Symbol, Position]) -> bool:
        glimpse = Glimpse(self._pipeline.cycle.regime, found.triggers, found.fired, held)
        return all(worker.waits(glimpse) for worker in self._pipeline.workers)

    def settle(self) -> None:
        """Tell the deciders what the newest quotes and bars were."""
        pipeline, now = self._pipeline, self._time.now.utc
        for line in self._quoted:
            if line.told is not None:
                quote = pipeline.polls.note(line.symbol, line.told)
                if quote is not None:
                    pipeline.feed.note_quote(quote)
                    pipeline.manager.quiet.note_quote(quote)
                    pipeline.cycle.note_quote(quote)
                line.told = None
            if line.closed:
                start, close = Instant(now - now % MINUTE - MINUTE), line.close
                pipeline.feed.note_bar(Candle(line.symbol, start, 60, close, close, close, close, 0.0))
                line.closed = False


_Way = list[tuple[Instant, int, int, float, float]]
"""When, bid and ask, mid and spread: the steps of a price from one cycle to the next."""


def _way(line: _Line, begun: Sequence[MinutePath], opening: Sequence[MinutePath]) -> _Way:
    way: _Way = []
    for paths in (begun, opening):
        for path in paths:
            if path.product.product_id != line.symbol:
                continue
            begins = path.bar[0] * SECOND
            numbers = range(path.opens) if paths is opening else range(path.opens, len(path.prices))
            for number in numbers:
                bid, ask = path.touch(path.prices[number])
                way.append((Instant(begins + path.parts[number] * QUARTER), bid, ask, *line.seen(bid, ask)))
    return way
