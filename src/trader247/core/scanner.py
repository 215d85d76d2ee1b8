"""Looks at every instrument of the universe: the regime, what fired, and each one as a strategy will see it.

What was measured on an instrument's last bar is kept until its next one, so that a scan at the cycle's moment only
adds quotes and statuses, and stays short however many instruments there are. Where two scans in a row find no trigger
at all, the second looks again with relaxed thresholds and shows the one strongest find.
"""

from collections.abc import Generator, Mapping
from typing import Final

from attrs import define, evolve, frozen

from trader247.core.market_board import HOURS_PER_WEEK, MarketBoard
from trader247.core.regime import RegimeFound, regime_of
from trader247.core.slices import SLICE
from trader247.core.triggers import Measured, Thresholds, filtered, fired, measure, reading_of, trigger_of
from trader247.core.universe import Eligibility, Exclusion
from trader247.messages.market import MarketHistory
from trader247.model.instant import Moment
from trader247.model.instrument import ProductStatus, Symbol
from trader247.model.market import Candle, Depth, Quote
from trader247.model.money import Notional
from trader247.model.policy_signals import Signals
from trader247.model.policy_universe import Universe
from trader247.model.signals import InstrumentView, Regime, Tier, Trigger, TriggerReading

__all__ = ["Scan", "Scanner"]

_HUNDRED: Final = 100.0
_BARS_PER_SLICE: Final = 500
"""Bars of the past learned between two pauses: some 3 ms."""


@frozen
class Scan:
    """What one look found: instruments in canonical order, triggers strongest first, cut to the configured number."""

    regime: RegimeFound
    views: tuple[InstrumentView, ...]
    triggers: tuple[Trigger, ...]
    excluded: Mapping[Symbol, Exclusion]


@define
class _Sight:
    """An instrument's board, and what its last bar gave under the regime of then."""

    symbol: Symbol
    tier: Tier
    board: MarketBoard
    regime: Regime | None = None
    readings: tuple[TriggerReading, ...] = ()
    fired: tuple[Trigger, ...] = ()
    held_back: str = ""

    def look(self, want: Thresholds, regime: Regime) -> None:
        """Measure, unless this bar was measured under this regime before."""
        if self.regime is regime:
            return
        self.regime = regime
        measured = measure(self.board, want)
        self.held_back = filtered(self.board, want) if measured else ""
        self.readings = tuple([reading_of(found, want) for found in measured])
        self.fired = () if self.held_back else _triggers(self.symbol, measured)

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
        self._thresholds = {regime: Thresholds.of(signals.triggers, regime) for regime in Regime}
        self._eligibility = Eligibility(universe)
        self._empty_scans = 0
        self.regime = regime_of(None, signals.regime)

    def knows(self, symbol: Symbol) -> bool:
        """Whether the instrument's past was learned."""
        return symbol in self._sights

    def learn(self, history: MarketHistory) -> Generator[None, None, None]:
        """Take an instrument's whole past, in slices; what was known of it before is dropped at the end."""
        board = MarketBoard(HOURS_PER_WEEK)
        for hour in history.hours:
            board.push_hour(hour)
        for place, minute in enumerate(history.minutes, start=1):
            board.push(minute)
            if place % _BARS_PER_SLICE == 0:
                yield
        self._sights[history.symbol] = _Sight(history.symbol, self._tiers.get(history.symbol, Tier.EVENT_DRIVEN), board)
        self._looked(history.symbol)

    def push(self, candle: Candle) -> None:
        """Take the next bar of an instrument; one whose past is not known yet is left alone."""
        sight = self._sights.get(candle.symbol)
        if sight is not None:
            sight.board.push(candle)
            sight.regime = None
            self._looked(candle.symbol)

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
                    fault = self._eligibility.judge(view, regime, nlv, now)
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
        relax = 1.0 - self._signals.triggers.fallback.relax_pct / _HUNDRED
        want = Thresholds.of(self._signals.triggers, self.regime.regime, relax=relax)
        found = [
            trigger
            for symbol in symbols
            if not self._sights[symbol].held_back
            for trigger in _triggers(symbol, measure(self._sights[symbol].board, want), fallback=True)[:1]
        ]
        return sorted(found, key=lambda trigger: (-trigger.score, trigger.symbol))[:1]

    def _looked(self, symbol: Symbol) -> None:
        """The regime first, where this is its instrument; then the instrument itself, ahead of the next scan."""
        if symbol == self._signals.regime.symbol:
            self.regime = regime_of(self._sights[symbol].board, self._signals.regime)
        self._sights[symbol].look(self._thresholds[self.regime.regime], self.regime.regime)


def _triggers(symbol: Symbol, measured: list[Measured], *, fallback: bool = False) -> tuple[Trigger, ...]:
    return tuple([trigger_of(symbol, found, fallback=fallback) for found in fired(measured)])
