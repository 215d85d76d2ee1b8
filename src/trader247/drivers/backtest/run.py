"""One backtest: the market on one clock, the daemon's deciders over it, and what came of it.

A minute of the clock::

    :00 :15 :30 :45   the market's steps; the quotes of what is held or being traded are told at once
    :02               the minute's bars, as the daemon's feed gets them once they have settled
    :03               the quotes of the rest: one that is not believed at first is by :05, and none is stale then
    :05.25            a cycle is due

Quotes of an instrument that is neither held nor being traded decide nothing before the next cycle asks for them.
"""

from collections.abc import Callable, Mapping
from typing import Final

from trader247.config.schema import Configuration
from trader247.drivers.backtest.pipeline import Pipeline
from trader247.drivers.backtest.quiet import Passed, QuietMinutes
from trader247.drivers.backtest.recorder import Recorder
from trader247.drivers.backtest.timetable import Timetable
from trader247.drivers.backtest.venue import BacktestVenue
from trader247.messages.base import Tick
from trader247.model.ids import RunEpoch
from trader247.model.instant import HOUR, MILLISECOND, MINUTE, SECOND, Instant
from trader247.strategies.registry import BUILDERS, Builder
from trader247.venues.simulated.bar_steps import QUARTER, BarSteps
from trader247.venues.simulated.exchange import SimulatedExchange

__all__ = ["Backtest"]

_BARS_AT: Final = 2 * SECOND
_QUOTES_AT: Final = 3 * SECOND
_CYCLE_AT: Final = 5_250 * MILLISECOND


def _nothing() -> None:
    """Nobody watches."""


class Backtest:
    """Made over a fresh exchange; ``run`` once."""

    def __init__(
        self,
        config: Configuration,
        exchange: SimulatedExchange,
        end: Instant,
        *,
        epoch: RunEpoch,
        latency_ns: int = 0,
        builders: Mapping[str, Builder] = BUILDERS,
        in_numbers: bool = True,
    ) -> None:
        """From the market's start until ``end``. ``in_numbers`` False makes messages of every minute, however quiet."""
        self.start, self.end = exchange.market.start, end
        self.recorder = Recorder()
        self._time = Timetable(self.start)
        self._venue = BacktestVenue(exchange, tuple(sorted(config.universe.tradable)), config.signals.warm_up_hours)
        self._interval = round(config.signals.cycle.interval_s * SECOND)
        self.pipeline = Pipeline(
            config,
            epoch,
            self._venue,
            self._time,
            hear=lambda fact: self.recorder.hear(fact, self._time.now),
            latency_ns=latency_ns,
            builders=builders,
        )
        self._quiet = QuietMinutes(self.pipeline, self._venue, self._time, self.recorder, quotes_at=_QUOTES_AT)
        self._in_numbers = in_numbers
        self._cycles = 0
        self._cycled_at: Instant | None = None
        self._on_cycle: Callable[[], None] = _nothing
        self.stopped = False

    def stop(self) -> None:
        """End at the next cycle; what was recorded until then is a report of so far."""
        self.stopped = True

    @property
    def cycles(self) -> int:
        """Cycles that were due so far."""
        return self._cycles

    @property
    def now(self) -> Instant:
        """How far the run has come."""
        return self._time.now.utc

    def run(self, on_cycle: Callable[[], None] = _nothing) -> Recorder:
        """Until the end of the data or ``stop``; ``on_cycle`` is called before each cycle."""
        time, venue, pipeline = self._time, self._venue, self.pipeline
        self._on_cycle = on_cycle
        self._market()
        pipeline.begin()
        time.regularly(self.start + _QUOTES_AT, self._quotes)
        time.regularly(self.start + _CYCLE_AT, self._cycle)
        minute = Instant(-(-self.start // MINUTE) * MINUTE)
        time.regularly(minute + MINUTE + _BARS_AT, self._bars)
        self._prices()
        while not self.stopped:
            if self._cycled_at is not None:
                self._let_pass(self._cycled_at)
            appointed, step = time.next_at(), venue.exchange.next_step_at()
            due = min(each for each in (appointed, step, self.end) if each is not None)
            if due >= self.end:
                break
            if step is not None and step <= due:
                time.go(step)
                self._market()
            else:
                time.take()()
            pipeline.line.run()
        self.recorder.close(self._time.now)
        return self.recorder

    def _market(self) -> None:
        pipeline = self.pipeline
        moved = self._venue.advance(self._time.now.utc)
        involved = pipeline.involved
        if not involved:
            return
        for symbol in moved:
            if symbol in involved:
                pipeline.polls.tell(symbol)

    def _prices(self) -> None:
        """The last price of every instrument, at the start and with every full hour."""
        now = self._time.now.utc
        self._time.regularly((now // HOUR + 1) * HOUR, self._prices)
        self._see_prices(now)

    def _see_prices(self, now: Instant) -> None:
        for symbol in self._venue.symbols:
            price = self._venue.last_price(symbol)
            if price is not None:
                self.recorder.see_price(symbol, now, price)

    def _quotes(self) -> None:
        self._time.regularly(self._time.now.utc + MINUTE, self._quotes)
        self.pipeline.polls.due()

    def _bars(self) -> None:
        self._time.regularly(self._time.now.utc + MINUTE, self._bars)
        self.pipeline.box.market_feed.post(Tick())

    def _cycle(self) -> None:
        self._on_cycle()
        if self.stopped:
            return
        self._time.regularly(self._time.now.utc + self._interval, self._cycle)
        self._cycles += 1
        self._cycled_at = self._time.now.utc
        self.pipeline.begin_cycle(self._cycles)

    # ------------------------------------------------------------------------------------------------ quiet minutes
    def _let_pass(self, cycled_at: Instant) -> None:
        """After a cycle, before the market's next step: let minutes pass at which nobody has anything to say."""
        time, now = self._time, self._time.now.utc
        next_at, appointed, step = Instant(cycled_at + MINUTE), time.next_at(), self._venue.exchange.next_step_at()
        if not self._in_numbers or self._interval != MINUTE or now >= min(next_at, now - now % MINUTE + QUARTER):
            self._cycled_at = None
            return
        if (appointed is not None and appointed <= now) or (step is not None and step <= now):
            return
        another = time.another_at
        steps = self._quiet.begin() if another is None or another > next_at else None
        if steps is None:
            return
        self._cycled_at = None
        due = time.withdraw()
        asked, told = self._pass_minutes(steps, next_at, another)
        for act, minutes in ((self._bars, told), (self._quotes, told), (self._cycle, asked)):
            time.regularly(due[act] + minutes * MINUTE, act)
        time.regularly(self._prices_at(due[self._prices]), self._prices)

    def _prices_at(self, when: Instant) -> Instant:
        """The first full hour of which the prices were not seen."""
        return max(when, Instant((self._time.now.utc // HOUR + 1) * HOUR))

    def _pass_minutes(self, steps: BarSteps, cycle_at: Instant, appointed: Instant | None) -> tuple[int, int]:
        """How many cycles passed, or were begun; and how many minutes' bars and quotes. ``appointed``: another's."""
        time, quiet, exchange = self._time, self._quiet, self._venue.exchange
        asked, told, passed = 0, 0, Passed.NOTHING
        until = self.end if appointed is None else min(self.end, appointed)
        while cycle_at < until:
            hour = cycle_at // HOUR
            passed = quiet.market(steps)
            if passed is Passed.NOTHING:
                break
            told += 1
            if hour != (cycle_at - MINUTE) // HOUR:
                self._see_prices(Instant(hour * HOUR))
            if passed is Passed.UNTIL_A_DOUBT:
                break
            time.go(cycle_at)
            self._on_cycle()
            if self.stopped:
                break
            asked += 1
            self._cycles += 1
            if not quiet.cycle():
                exchange.by_steps()
                self._cycled_at = cycle_at
                self.pipeline.begin_cycle(self._cycles)
                return asked, told
            cycle_at = Instant(cycle_at + MINUTE)
        exchange.by_steps()
        quiet.settle()
        if passed is not Passed.UNTIL_A_DOUBT and told:
            self.pipeline.box.order_manager.post(Tick())  # what the last of these cycles would have said it is worth
            self.pipeline.line.run()
        return asked, told
