"""The triggers: what draws attention to an instrument, and why nothing did (requirement S1).

Each trigger yields strength and confidence in [0, 1]; it fires when their product reaches ``min_score``. Of several
triggers of one instrument the strongest survives; on a tie the one listed first in ``TRIGGERS``.

=============  ===========================================  =========================================================
trigger        measures                                     strength and confidence
=============  ===========================================  =========================================================
price_move     15 and 60 minute move against the regime's   both over: 0.8, 0.85; 15 m only: 0.6, 0.7; 60 m only:
               thresholds                                   0.7, 0.75
volume_spike   last hour's volume over the mean hour of     min((r - 1) / 3, 1), min(r / 4, 1)
               24 h
breakout       close near the 24 h high                     0.7, 0.8
momentum       24 h return                                  min(|r| / 10 %, 1), share of the last 12 hourly moves in
                                                            its direction
=============  ===========================================  =========================================================

Thresholds for volume, momentum and breakout are scaled by the regime (``SCALES``); in bear and crash only downward
momentum counts. Trend reversal and mean reversion, with their filters, are not built yet.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from attrs import evolve

from trader247.core.market_board import MarketBoard
from trader247.model.instrument import Symbol
from trader247.model.policy_signals import Triggers
from trader247.model.signals import Regime, Trigger, TriggerKind, TriggerReading

__all__ = ["TRIGGERS", "Measured", "strongest"]


class _Scale(NamedTuple):
    volume: float
    momentum: float
    breakout: float


SCALES: Final[dict[Regime, _Scale]] = {
    Regime.BULL: _Scale(0.8, 0.75, 0.9),
    Regime.CHOP: _Scale(1.0, 1.0, 1.0),
    Regime.BEAR: _Scale(1.2, 1.25, 1.1),
    Regime.CRASH: _Scale(1.5, 1.5, 1.3),
}


class Measured(NamedTuple):
    """A trigger's reading and, where it fired, the trigger."""

    reading: TriggerReading
    trigger: Trigger | None


Measure = Callable[[Symbol, MarketBoard, Regime, Triggers], Measured | None]


def price_move(symbol: Symbol, board: MarketBoard, regime: Regime, terms: Triggers) -> Measured | None:
    """The 15 and 60 minute moves; the reading shows the one nearer to its threshold."""
    short, long = board.move_15m_pct, board.move_60m_pct
    if short is None or long is None:
        return None
    limits = terms.price_move.of(regime)
    over_15, over_60 = abs(short) >= limits.move_15m_pct, abs(long) >= limits.move_60m_pct
    nearer_short = abs(short) / limits.move_15m_pct >= abs(long) / limits.move_60m_pct
    value, limit, window = (
        (short, limits.move_15m_pct, "15 min") if nearer_short else (long, limits.move_60m_pct, "60 min")
    )
    strength, confidence = (0.8, 0.85) if over_15 and over_60 else (0.6, 0.7) if over_15 else (0.7, 0.75)
    fired = over_15 or over_60
    text = f"{value:+.2f} % in {window}"
    reading = TriggerReading(TriggerKind.PRICE_MOVE, value, limit, f"% in {window}", fired)
    return _measured(reading, Trigger(symbol, reading.kind, strength, confidence, value, text), terms)


def volume_spike(symbol: Symbol, board: MarketBoard, regime: Regime, terms: Triggers) -> Measured | None:
    """The last hour's volume against the mean hour."""
    ratio, change = board.volume_ratio, board.move_60m_pct
    if ratio is None or change is None:
        return None
    base = terms.volume_spike.chop_ratio if regime is Regime.CHOP else terms.volume_spike.ratio
    limit = base * SCALES[regime].volume
    reading = TriggerReading(TriggerKind.VOLUME_SPIKE, ratio, limit, "x mean hour", ratio >= limit)
    text = f"volume {ratio:.1f} x the mean hour, price {change:+.2f} %"
    strength, confidence = max(min((ratio - 1.0) / 3.0, 1.0), 0.0), min(ratio / 4.0, 1.0)
    return _measured(reading, Trigger(symbol, reading.kind, strength, confidence, change, text), terms)


def breakout(symbol: Symbol, board: MarketBoard, regime: Regime, terms: Triggers) -> Measured | None:
    """The close against the 24 h high; the reading is the distance to it, which must be small."""
    high, close, change = board.high_24h, board.close, board.return_24h_pct
    if high is None or close is None or change is None:
        return None
    below_pct = (1.0 - close / high) * 100.0
    limit = terms.breakout.distance_pct / SCALES[regime].breakout
    reading = TriggerReading(TriggerKind.BREAKOUT, below_pct, limit, "% under the 24 h high", below_pct <= limit)
    text = f"{below_pct:.2f} % under the 24 h high {high:g}"
    return _measured(reading, Trigger(symbol, reading.kind, 0.7, 0.8, change, text), terms)


def momentum(symbol: Symbol, board: MarketBoard, regime: Regime, terms: Triggers) -> Measured | None:
    """The 24 h return."""
    change = board.return_24h_pct
    if change is None:
        return None
    limit = terms.momentum.return_24h_pct * SCALES[regime].momentum
    counts = change < 0 or regime in {Regime.BULL, Regime.CHOP}
    reading = TriggerReading(TriggerKind.MOMENTUM, change, limit, "% in 24 h", abs(change) >= limit and counts)
    strength, confidence = min(abs(change) / 10.0, 1.0), board.hourly_agreement(change)
    text = f"{change:+.2f} % in 24 h"
    return _measured(reading, Trigger(symbol, reading.kind, strength, confidence, change, text), terms)


TRIGGERS: Final[tuple[Measure, ...]] = (price_move, volume_spike, breakout, momentum)


def strongest(
    symbol: Symbol, board: MarketBoard, regime: Regime, terms: Triggers
) -> tuple[Trigger | None, tuple[TriggerReading, ...]]:
    """The instrument's strongest trigger that fired, and every reading that could be taken."""
    measured = [found for measure in TRIGGERS if (found := measure(symbol, board, regime, terms)) is not None]
    fired = [found.trigger for found in measured if found.trigger is not None]
    best = max(fired, key=lambda trigger: trigger.score, default=None)
    return best, tuple(found.reading for found in measured)


def _measured(reading: TriggerReading, trigger: Trigger, terms: Triggers) -> Measured:
    if reading.fired and trigger.score < terms.min_score:
        reading = evolve(reading, fired=False)  # over its threshold, and still not worth anybody's attention
    return Measured(reading, trigger if reading.fired else None)
