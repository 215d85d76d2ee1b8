"""Looks at every instrument of the universe: the regime, what fired, and each one as a strategy will see it.

What was measured on an instrument's last bar is kept until its next one, so that a scan at the cycle's moment only
adds quotes and statuses, and stays short however many instruments there are. Where two scans in a row find no trigger
at all, the second looks again with relaxed thresholds and shows the one strongest find.
"""

from collections.abc import Generator, Mapping
from typing import Final, NamedTuple

from attrs import Factory, define, evolve, frozen

from trader247.core.market_board import HOURS_PER_WEEK, MarketBoard
from trader247.core.regime import RegimeFound, regime_of
from trader247.core.slices import SLICE
from trader247.core.triggers import (
    Measured,
    Thresholds,
    burning,
    calm,
    filtered,
    fired,
    measure,
    outlying,
    reading_of,
    trigger_of,
)
from trader247.core.universe import DEPTH_S_MAX, Eligibility, Exclusion, Touch
from trader247.indicators.bars import Minute
from trader247.messages.market import MarketHistory
from trader247.model.instant import HOUR, MINUTE, SECOND, Moment
from trader247.model.instrument import ProductStatus, Symbol
from trader247.model.market import Candle, Depth, Quote
from trader247.model.money import Notional
from trader247.model.policy_signals import Signals
from trader247.model.policy_universe import Universe
from trader247.model.signals import InstrumentView, Regime, Tier, Trigger, TriggerReading

__all__ = ["Glimpse", "Scan", "Scanner"]

_HUNDRED, _BPS = 100.0, 10_000.0
_BARS_PER_SLICE: Final = 500
"""Bars of the past learned between two pauses: some 3 ms."""


@frozen
class Scan:
    """What one look found: instruments in canonical order, triggers strongest first, cut to the configured number."""

    regime: RegimeFound
    views: tuple[InstrumentView, ...]
    triggers: tuple[Trigger, ...]
    excluded: Mapping[Symbol, Exclusion]


class Glimpse(NamedTuple):
    """What fired, in numbers: of all instruments strongest first, and of each that is not left out."""

    triggers: tuple[tuple[Symbol, Measured], ...]
    fired: Mapping[Symbol, list[Measured]]
    empty_scans: int


@define
class _Sight:
    """An instrument's board, and what its last bar gave under the regime of then."""

    symbol: Symbol
    tier: Tier
    board: MarketBoard
    regime: Regime | None = None
    measured: list[Measured] = Factory(list)
    held_back: str = ""
    worded: bool = False
    readings: tuple[TriggerReading, ...] = ()
    fired: tuple[Trigger, ...] = ()

    def look(self, want: Thresholds, regime: Regime) -> None:
        """Measure, unless this bar was measured under this regime before, and find the words for it."""
        self.measure(want, regime)
        if not self.worded:
            self.worded = True
            self.readings = tuple([reading_of(found, want) for found in self.measured])
            self.fired = () if self.held_back else _triggers(self.symbol, self.measured)

    def fires(self, want: Thresholds, regime: Regime) -> list[Measured]:
        """What fires, strongest first, of an instrument with an hour of bars. Nothing else is measured for it."""
        if self.regime is regime:
            return [] if self.held_back else fired(self.measured)
        self.held_back = "calm" if calm(self.board, want) else outlying(self.board, want)  # until it is measured
        return [] if self.held_back else burning(self.board, want)

    def measure(self, want: Thresholds, regime: Regime) -> None:
        """The numbers alone, unless this bar was measured under this regime before."""
        if self.regime is regime:
            return
        self.regime, self.worded = regime, False
        self.measured = measure(self.board, want)
        self.held_back = filtered(self.board, want) if self.measured else ""

    def view(self, quote: Quote, status: ProductStatus, depth: Depth | None) -> InstrumentView | None:
        """The instrument as a strategy sees it; None before an hour of bars is known."""
        board = self.board
        short, long = board.change_pct(15), board.change_pct(60)
        if board.closed_at is None or short is None or long is None:
            return None
        return InstrumentView(
            symbol=self.symbol,
            tier=self.tier,
            status=status,
            quote=quote,
            bar_closed_at=board.closed_at,
            move_15m_pct=short,
            move_60m_pct=long,
            return_24h_pct=board.return_24h_pct or 0.0,
            volume_ratio=board.volume_ratio or 0.0,
            volatility_pct=board.volatility_pct or 0.0,
            readings=self.readings,
            fired=self.fired,
            filtered=self.held_back,
            atr_pct=board.atr_pct or 0.0,
            z_score=board.z_score_24h or 0.0,
            slope_pct_per_h=board.slope_pct_per_h or 0.0,
            turnover_24h=board.turnover_24h or 0.0,
            depth=depth,
        )


class Scanner:
    """Boards and triggers of all instruments that may be traded, and of the one the regime is told from."""

    def __init__(self, universe: Universe, signals: Signals) -> None:
        """All terms are fixed for the life of the scanner."""
        self._signals = signals
        self._tradable = universe.tradable
        self._tiers = {symbol: universe.tier_of(symbol) or Tier.EVENT_DRIVEN for symbol in self._tradable}
        self._sights: dict[Symbol, _Sight] = {}
        self._sights_in_order: list[tuple[Symbol, _Sight]] = []
        self._thresholds = {regime: Thresholds.of(signals.triggers, regime) for regime in Regime}
        relax = 1.0 - signals.triggers.fallback.relax_pct / _HUNDRED
        self._thresholds_relaxed = {r: Thresholds.of(signals.triggers, r, relax=relax) for r in Regime}
        self._eligibility = Eligibility(universe)
        self._empty_scans = 0
        self.regime = regime_of(None, signals.regime)

    def knows(self, symbol: Symbol) -> bool:
        """Whether the instrument's past was learned."""
        return symbol in self._sights

    def learn(self, history: MarketHistory) -> Generator[None, None, None]:
        """Take an instrument's whole past, in slices; what was known of it before is dropped at the end."""
        cross = self._signals.triggers.ema_cross
        board = MarketBoard(HOURS_PER_WEEK, (cross.fast_bars, cross.slow_bars) if cross.enabled else None)
        for hour in history.hours:
            board.push_hour(hour)
        for place, minute in enumerate(history.minutes, start=1):
            board.push(minute)
            if place % _BARS_PER_SLICE == 0:
                yield
        self._sights[history.symbol] = _Sight(history.symbol, self._tiers.get(history.symbol, Tier.EVENT_DRIVEN), board)
        self._sights_in_order = [(name, self._sights[name]) for name in self._tradable if name in self._sights]
        self._looked(history.symbol)

    def push(self, candle: Candle) -> None:
        """Take the next bar of an instrument; one whose past is not known yet is left alone."""
        sight = self._sights.get(candle.symbol)
        if sight is not None:
            sight.board.push(candle)
            sight.regime = None
            self._looked(candle.symbol)

    def take(self, symbol: Symbol, bar: Minute) -> None:
        """``push`` in numbers. Nothing is measured before somebody asks."""
        sight = self._sights.get(symbol)
        if sight is None:
            return
        sight.board.take(bar)
        sight.regime = None
        if (bar[0] + MINUTE) % HOUR == 0 and symbol == self._signals.regime.symbol:
            self.regime = regime_of(sight.board, self._signals.regime)  # nothing else moves what it is told from

    def glance(self, touches: Mapping[Symbol, Touch], statuses: Mapping[Symbol, ProductStatus]) -> Glimpse | None:
        """What ``scan`` would find, without a word of it; None where that takes a closer look. Remembers nothing.

        ``touches`` are the newest quotes in numbers.
        """
        regime, want = self.regime.regime, self._thresholds[self.regime.regime]
        seen: dict[Symbol, list[Measured]] = {}
        in_sight = False
        for symbol, sight in self._sights_in_order:
            touch = touches.get(symbol)
            if touch is None:
                continue
            board = sight.board
            if board.change_pct(60) is None or not statuses.get(symbol, ProductStatus.UNKNOWN).admits_entries:
                return None
            in_sight = True
            settled = self._eligibility.settled((symbol, sight.tier), regime, touch, board.turnover_24h or 0.0)
            if settled is None:
                return None
            if settled:
                seen[symbol] = sight.fires(want, regime)
        if not self._eligibility.enough(len(seen)):
            return None
        triggers = [(symbol, found[0]) for symbol, found in seen.items() if found]
        empty = (0 if triggers else self._empty_scans + 1) if in_sight else self._empty_scans
        if empty > 1 and self._signals.triggers.fallback.enabled:
            triggers = self._relaxed(list(seen))
        triggers.sort(key=_by_score)
        return Glimpse(tuple(triggers[: self._signals.triggers.max_triggers_per_cycle]), seen, empty)

    def passed(self, glimpse: Glimpse) -> None:
        """Nobody wants a closer look at what was found."""
        self._empty_scans = glimpse.empty_scans

    def scan(
        self,
        quotes: Mapping[Symbol, Quote],
        statuses: Mapping[Symbol, ProductStatus],
        depths: Mapping[Symbol, Depth],
        nlv: Notional,
        now: Moment,
    ) -> Generator[None, None, Scan]:
        """Look at everything now, in slices. What the universe leaves out is seen, and fires nothing."""
        regime, want = self.regime.regime, self._thresholds[self.regime.regime]
        views: list[InstrumentView] = []
        excluded: dict[Symbol, Exclusion] = {}
        for place, symbol in enumerate(self._tradable, start=1):
            sight, quote = self._sights.get(symbol), quotes.get(symbol)
            if sight is not None and quote is not None:
                sight.look(want, regime)
                view = sight.view(quote, statuses.get(symbol, ProductStatus.UNKNOWN), depths.get(symbol))
                if view is not None:
                    views.append(view)
                    fault = None if self._surely_in(view, now) else self._eligibility.judge(view, regime, nlv, now)
                    if fault is not None:
                        excluded[symbol] = fault
            if place % SLICE == 0:
                yield
        excluded |= self._eligibility.surplus([view for view in views if view.symbol not in excluded])
        if excluded:
            yield
            views = [
                evolve(view, excluded=excluded[view.symbol].text, fired=()) if view.symbol in excluded else view
                for view in views
            ]
        return Scan(self.regime, tuple(views), self._strongest(views), excluded)

    def _surely_in(self, view: InstrumentView, now: Moment) -> bool:
        depth, quote = view.depth, view.quote
        if depth is None or now.utc - depth.at > DEPTH_S_MAX * SECOND or not view.status.admits_entries:
            return False
        mid, spread = float(quote.mid), float(quote.ask - quote.bid)
        touch = mid, spread / mid * _BPS, float(depth.thinner)
        return self._eligibility.settled((view.symbol, view.tier), self.regime.regime, touch, view.turnover_24h) is True

    def _strongest(self, views: list[InstrumentView]) -> tuple[Trigger, ...]:
        triggers = [trigger for view in views for trigger in view.fired[:1]]
        if views:
            self._empty_scans = 0 if triggers else self._empty_scans + 1
        if self._empty_scans > 1 and self._signals.triggers.fallback.enabled:
            triggers = self._fallback([view.symbol for view in views if not view.excluded])
        triggers.sort(key=lambda trigger: (-trigger.score, trigger.symbol))
        return tuple(triggers[: self._signals.triggers.max_triggers_per_cycle])

    def _fallback(self, symbols: list[Symbol]) -> list[Trigger]:
        """The one strongest find under relaxed thresholds: at most one new position may come of it."""
        return [trigger_of(symbol, found, fallback=True) for symbol, found in self._relaxed(symbols)]

    def _relaxed(self, symbols: list[Symbol]) -> list[tuple[Symbol, Measured]]:
        want = self._thresholds_relaxed[self.regime.regime]
        found = [
            (symbol, strongest)
            for symbol in symbols
            if not self._sights[symbol].held_back
            for strongest in fired(measure(self._sights[symbol].board, want))[:1]
        ]
        return sorted(found, key=_by_score)[:1]

    def _looked(self, symbol: Symbol) -> None:
        """The regime first, where this is its instrument; then the instrument itself, ahead of the next scan."""
        if symbol == self._signals.regime.symbol:
            self.regime = regime_of(self._sights[symbol].board, self._signals.regime)
        self._sights[symbol].look(self._thresholds[self.regime.regime], self.regime.regime)


def _by_score(found: tuple[Symbol, Measured]) -> tuple[float, Symbol]:
    return -found[1].score, found[0]


def _triggers(symbol: Symbol, measured: list[Measured], *, fallback: bool = False) -> tuple[Trigger, ...]:
    return tuple([trigger_of(symbol, found, fallback=fallback) for found in fired(measured)])
