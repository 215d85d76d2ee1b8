"""Snapshots for trying a strategy out: a calm market of your choice, and an account of 10,000 USD.

Say only what the trial is about: ``sample_context(sample_view("BTC-USD", move_60m_pct=2.5))``.
"""

from decimal import Decimal
from typing import Any, Final

from attrs import evolve

from trader247.messages.trading import CycleContext
from trader247.model.ids import CycleId, StrategyName
from trader247.model.instant import HOUR, SECOND, Instant, Moment, Mono
from trader247.model.instrument import ProductStatus, symbol_of
from trader247.model.market import Quote
from trader247.model.money import Notional, Price, Quantity
from trader247.model.portfolio import Position
from trader247.model.signals import InstrumentView, Regime, Tier

__all__ = ["sample_context", "sample_position", "sample_view"]

_AT: Final = Instant(1_772_452_800 * SECOND)
"""2026-03-02T12:00:00Z, a Monday noon."""


def sample_view(symbol: str = "BTC-USD", **changed: Any) -> InstrumentView:
    """An instrument at 100 USD on which nothing happens; ``changed`` are attributes of ``InstrumentView``."""
    named = symbol_of(symbol)
    size = Quantity(Decimal(10))
    calm = InstrumentView(
        symbol=named,
        tier=Tier.CORE,
        status=ProductStatus.ONLINE,
        quote=Quote(named, _AT, Price(Decimal("99.99")), Price(Decimal("100.01")), size, size, Price(Decimal(100))),
        bar_closed_at=_AT,
        move_15m_pct=0.0,
        move_60m_pct=0.0,
        return_24h_pct=0.0,
        volume_ratio=1.0,
        volatility_pct=50.0,
        atr_pct=1.0,
    )
    return evolve(calm, **changed)


def sample_position(symbol: str = "BTC-USD", strategy: str = "mine", **changed: Any) -> Position:
    """One unit bought at 100 USD an hour ago; ``changed`` are attributes of ``Position``."""
    held = Position(
        symbol=symbol_of(symbol),
        quantity=Quantity(Decimal(1)),
        average_entry=Price(Decimal(100)),
        entry_fees=Notional(Decimal(0)),
        opened_at=Instant(_AT - HOUR),
        strategy=StrategyName(strategy),
        stop_price=None,
        target_price=None,
        max_hold_s=None,
    )
    return evolve(held, **changed)


def sample_context(*views: InstrumentView, **changed: Any) -> CycleContext:
    """A snapshot of these instruments in chop; ``changed`` are attributes of ``CycleContext``."""
    calm = CycleContext(
        cycle=CycleId("0000000000-c1"),
        at=Moment(_AT, Mono(SECOND)),
        regime=Regime.CHOP,
        nlv=Notional(Decimal(10_000)),
        instruments=tuple(sorted(views, key=lambda view: view.symbol)),
        triggers=tuple(view.fired[0] for view in views if view.fired),
        positions=(),
    )
    return evolve(calm, **changed)
