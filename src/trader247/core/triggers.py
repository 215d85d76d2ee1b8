"""The triggers: what draws attention to an instrument, and why nothing did (requirement S1).

Each trigger yields strength and confidence in [0, 1]; it fires when their product reaches ``min_score``. Of several
triggers of one instrument the strongest survives; on a tie the one listed first in ``TRIGGERS``.

==============  ==========================================  =========================================================
trigger         measures                                    strength and confidence
==============  ==========================================  =========================================================
price_move      15 and 60 minute move against the regime's  both over: 0.8, 0.85; 15 m only: 0.6, 0.7; 60 m only:
                thresholds                                  0.7, 0.75
volume_spike    last hour's volume over the mean hour of    min((r - 1) / 3, 1), min(r / 4, 1)
                24 h
breakout        close near the 24 h high                    0.7, 0.8
momentum        24 h return                                 min(|r| / 10 %, 1), share of the last 12 hourly moves in
                                                            its direction
reversal        recovery from the 24 h low while still      min(recovery / 20 %, 1), 0.6
                near it, with the trend and three of four
                confirmations
mean_reversion  deviations under the mean close of 24 h,    min(|z| / 3, 1), 0.6
                fall spent; in chop only
ema_cross       a fast average of the closes over a slow    0.5, 0.5: less than any other, so that it never takes
                one or under it, bar by bar; off unless     another's place
                it is switched on
==============  ==========================================  =========================================================

Thresholds for volume, momentum and breakout are scaled by the regime (``SCALES``); in bear and crash only downward
momentum counts. Two filters come before all: an outlier bar, and a market too calm for its own last week.

This runs once per bar and instrument, so it is floats and plain tuples; words are made for what fired, or was asked.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from attrs import frozen

from trader247.core.market_board import MarketBoard
from trader247.model.instrument import Symbol
from trader247.model.policy_signals import Triggers
from trader247.model.signals import Regime, Trigger, TriggerKind, TriggerReading

__all__ = [
    "TRIGGERS",
    "Measured",
    "Thresholds",
    "burning",
    "calm",
    "filtered",
    "fired",
    "measure",
    "outlying",
    "reading_of",
    "trigger_of",
]


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


@frozen
class Thresholds:
    """What the triggers want in one regime; ``relax`` below 1 makes each easier to reach (the fallback scan)."""

    move_15m_pct: float
    move_60m_pct: float
    volume_ratio: float
    breakout_pct: float
    momentum_pct: float
    rising_counts: bool
    near_low_pct: float
    recovered_pct: float
    slope_pct_per_h: float
    confirmations: int
    bounce_pct: float
    z_score: float | None
    exhausted_rsi: float
    min_score: float
    outlier_pct: float
    outlier_volume_ratio: float
    atr_ratio: float

    @classmethod
    def of(cls, terms: Triggers, regime: Regime, *, relax: float = 1.0) -> "Thresholds":
        """The thresholds of a regime. ``relax`` is above 0 and at most 1; filters and scores stay as they are."""
        scale, move, reversal = SCALES[regime], terms.price_move.of(regime), terms.reversal
        ratio = terms.volume_spike.chop_ratio if regime is Regime.CHOP else terms.volume_spike.ratio
        return cls(
            move_15m_pct=move.move_15m_pct * relax,
            move_60m_pct=move.move_60m_pct * relax,
            volume_ratio=ratio * scale.volume * relax,
            breakout_pct=terms.breakout.distance_pct / scale.breakout / relax,
            momentum_pct=terms.momentum.return_24h_pct * scale.momentum * relax,
            rising_counts=regime in {Regime.BULL, Regime.CHOP},
            near_low_pct=reversal.near_low_pct / relax,
            recovered_pct=reversal.recovered_pct * relax,
            slope_pct_per_h=reversal.slope_pct_per_h,
            confirmations=reversal.confirmations,
            bounce_pct=reversal.bounce_pct,
            z_score=-terms.mean_reversion.z_score * relax if regime is Regime.CHOP else None,
            exhausted_rsi=terms.mean_reversion.exhausted_rsi,
            min_score=terms.min_score,
            outlier_pct=terms.filters.outlier_pct,
            outlier_volume_ratio=terms.filters.outlier_volume_ratio,
            atr_ratio=terms.filters.atr_ratio,
        )


class Measured(NamedTuple):
    """What one trigger measured. Strength, confidence and change mean something only where it fired."""

    kind: TriggerKind
    value: float
    threshold: float
    unit: str
    fired: bool
    strength: float = 0.0
    confidence: float = 0.0
    change_pct: float = 0.0
    confirmations: int = 0

    @property
    def score(self) -> float:
        """Strength times confidence, in [0, 1]."""
        return self.strength * self.confidence


_MOVE, _SPIKE, _BREAKOUT = TriggerKind.PRICE_MOVE, TriggerKind.VOLUME_SPIKE, TriggerKind.BREAKOUT
_CROSS = TriggerKind.EMA_CROSS
_MOMENTUM, _REVERSAL, _REVERSION = TriggerKind.MOMENTUM, TriggerKind.REVERSAL, TriggerKind.MEAN_REVERSION
"""Names of their own: to look a member up in its enumeration costs as much as the comparison it is for."""

Measure = Callable[[MarketBoard, Thresholds], Measured | None]


def price_move(board: MarketBoard, want: Thresholds) -> Measured | None:
    """The 15 and 60 minute moves; the value shown is the one nearer to its threshold."""
    short, long = board.change_pct(15), board.change_pct(60)
    if short is None or long is None:
        return None
    short_share, long_share = abs(short) / want.move_15m_pct, abs(long) / want.move_60m_pct
    if short_share >= long_share:
        value, limit, unit = short, want.move_15m_pct, "% in 15 min"
    else:
        value, limit, unit = long, want.move_60m_pct, "% in 60 min"
    if short_share < 1.0 and long_share < 1.0:
        return Measured(_MOVE, value, limit, unit, False)
    both = short_share >= 1.0 and long_share >= 1.0
    score = (0.8, 0.85) if both else (0.6, 0.7) if short_share >= 1.0 else (0.7, 0.75)
    return _scored(want, _MOVE, (value, limit, unit), score, value)


def volume_spike(board: MarketBoard, want: Thresholds) -> Measured | None:
    """The last hour's volume against the mean hour."""
    ratio, change, limit = board.volume_ratio, board.change_pct(60), want.volume_ratio
    if ratio is None or change is None:
        return None
    if ratio < limit:
        return Measured(_SPIKE, ratio, limit, "x mean hour", False)
    score = max(min((ratio - 1.0) / 3.0, 1.0), 0.0), min(ratio / 4.0, 1.0)
    return _scored(want, _SPIKE, (ratio, limit, "x mean hour"), score, change)


def breakout(board: MarketBoard, want: Thresholds) -> Measured | None:
    """The close against the 24 h high; the value is the distance to it, which must be small."""
    high, close, change = board.high_24h, board.close, board.return_24h_pct
    if high is None or close is None or change is None:
        return None
    below_pct, unit = (1.0 - close / high) * 100.0, "% under the 24 h high"
    if below_pct > want.breakout_pct:
        return Measured(_BREAKOUT, below_pct, want.breakout_pct, unit, False)
    return _scored(want, _BREAKOUT, (below_pct, want.breakout_pct, unit), (0.7, 0.8), change)


def momentum(board: MarketBoard, want: Thresholds) -> Measured | None:
    """The 24 h return."""
    change = board.return_24h_pct
    if change is None:
        return None
    if abs(change) < want.momentum_pct or (change > 0 and not want.rising_counts):
        return Measured(_MOMENTUM, change, want.momentum_pct, "% in 24 h", False)
    score = min(abs(change) / 10.0, 1.0), board.hourly_agreement(change)
    return _scored(want, _MOMENTUM, (change, want.momentum_pct, "% in 24 h"), score, change)


def reversal(board: MarketBoard, want: Thresholds) -> Measured | None:
    """The recovery from the 24 h low, while the close is still near it."""
    low, close = board.low_24h, board.close
    if low is None or close is None or low <= 0:
        return None
    recovery, unit = (close / low - 1.0) * 100.0, "% over the 24 h low"
    slope = board.slope_pct_per_h
    candidate = want.recovered_pct < recovery <= want.near_low_pct
    if not candidate or slope is None or slope < want.slope_pct_per_h:
        return Measured(_REVERSAL, recovery, want.recovered_pct, unit, False)
    confirmed = _confirmations(board, close, want)
    if confirmed < want.confirmations:
        return Measured(_REVERSAL, recovery, want.recovered_pct, unit, fired=False, confirmations=confirmed)
    found = _scored(want, _REVERSAL, (recovery, want.recovered_pct, unit), (min(recovery / 20.0, 1.0), 0.6), recovery)
    return found._replace(confirmations=confirmed)


def _confirmations(board: MarketBoard, close: float, want: Thresholds) -> int:
    """How many hold: over the hour's VWAP, a higher pivot low, the RSI crossing up 50, a bounce from the hour's low."""
    fives = board.fives
    vwap, rsi, low = fives.vwap.value, fives.rsi, fives.lows.value
    return (
        (vwap is not None and close > vwap)
        + fives.pivots.rising
        + (rsi.before is not None and rsi.value is not None and rsi.before <= 50.0 < rsi.value)
        + (low is not None and low > 0 and (close / low - 1.0) * 100.0 >= want.bounce_pct)
    )


def mean_reversion(board: MarketBoard, want: Thresholds) -> Measured | None:
    """How far the close lies under the mean of a day, where the fall is spent."""
    z = board.z_score_24h
    if z is None or want.z_score is None:
        return None
    unit = "deviations from the 24 h mean"
    if z > want.z_score or not _spent(board, want):
        return Measured(_REVERSION, z, want.z_score, unit, False)
    change = board.return_24h_pct or 0.0
    return _scored(want, _REVERSION, (z, want.z_score, unit), (min(-z / 3.0, 1.0), 0.6), change)


def _spent(board: MarketBoard, want: Thresholds) -> bool:
    rsi = board.fives.rsi
    return rsi.value is not None and rsi.before is not None and rsi.before < rsi.value < want.exhausted_rsi


def ema_cross(board: MarketBoard, want: Thresholds) -> Measured | None:
    """How far the fast average lies over the slow one; as long as they are apart at all."""
    apart_pct = board.averages.apart_pct if board.averages is not None else None
    if apart_pct is None:
        return None
    if not apart_pct:
        return Measured(_CROSS, 0.0, 0.0, "% over the slow average", False)
    return _scored(want, _CROSS, (apart_pct, 0.0, "% over the slow average"), (0.5, 0.5), apart_pct)


TRIGGERS: Final[tuple[Measure, ...]] = (
    price_move,
    volume_spike,
    breakout,
    momentum,
    reversal,
    mean_reversion,
    ema_cross,
)


def measure(board: MarketBoard, want: Thresholds) -> list[Measured]:
    """What every trigger measured, in the order of ``TRIGGERS``; one whose windows are not full is left out."""
    return [found for take in TRIGGERS if (found := take(board, want)) is not None]


def fired(measured: list[Measured]) -> list[Measured]:
    """Those that fired, strongest first; on a tie the one listed first."""
    burning = [found for found in measured if found.fired]
    return sorted(burning, key=_strongest_first) if len(burning) > 1 else burning


def burning(board: MarketBoard, want: Thresholds) -> list[Measured]:
    """``fired(measure(...))``: what is past its threshold alone is measured."""
    found = [found for take in _past(board, want) if (found := take(board, want)) is not None and found.fired]
    return sorted(found, key=_strongest_first) if len(found) > 1 else found


def _past(board: MarketBoard, want: Thresholds) -> list[Measure]:
    """The triggers whose first condition is met, in the order of ``TRIGGERS``; of the others none fires."""
    past: list[Measure] = []
    short, long, close = board.change_pct(15), board.change_pct(60), board.close
    ratio, change, high, low = board.volume_ratio, board.return_24h_pct, board.high_24h, board.low_24h
    if short is not None and long is not None:
        if abs(short) / want.move_15m_pct >= 1.0 or abs(long) / want.move_60m_pct >= 1.0:
            past.append(price_move)
        if ratio is not None and ratio >= want.volume_ratio:
            past.append(volume_spike)
    if close is not None and high is not None and (1.0 - close / high) * 100.0 <= want.breakout_pct:
        past.append(breakout)
    if change is not None and abs(change) >= want.momentum_pct:
        past.append(momentum)
    above_pct = (close / low - 1.0) * 100.0 if close is not None and low is not None and low > 0 else 0.0
    if want.recovered_pct < above_pct <= want.near_low_pct:
        past.append(reversal)
    if want.z_score is not None and _spent(board, want):
        past.append(mean_reversion)
    if board.averages is not None:
        past.append(ema_cross)
    return past


def filtered(board: MarketBoard, want: Thresholds) -> str:
    """Why no trigger of the instrument may fire now, or an empty text. A filter without enough history holds back."""
    off = outlying(board, want)
    if off or not calm(board, want):
        return off
    ratio = board.atr_ratio
    if ratio is None:
        return "too little history for the ATR filter, which needs 38 hours"
    return f"calm: the ATR is {ratio:.2f} x its median of 7 days, at least {want.atr_ratio:g} x is wanted"


def outlying(board: MarketBoard, want: Thresholds) -> str:
    """Why the newest bar is an outlier, or an empty text."""
    mean, volume, close = board.recent_mean, board.recent_volume, board.close
    if mean is not None and volume is not None and close is not None and mean > 0:
        off_pct = abs(close / mean - 1.0) * 100.0
        if off_pct > want.outlier_pct and board.volume < want.outlier_volume_ratio * volume:
            return (
                f"outlier: the close is {off_pct:.1f} % off the mean of 20 bars on {board.volume:g} of volume, "
                f"under {want.outlier_volume_ratio:g} x their mean {volume:g}"
            )
    return ""


def calm(board: MarketBoard, want: Thresholds) -> bool:
    """Whether the market is too calm for its own last week, or nobody knows: then nothing may fire."""
    if want.atr_ratio <= 0:
        return False
    ratio = board.atr_ratio
    return ratio is None or ratio < want.atr_ratio


def trigger_of(symbol: Symbol, found: Measured, *, fallback: bool = False) -> Trigger:
    """What fired, in words."""
    return Trigger(
        symbol=symbol,
        kind=found.kind,
        strength=found.strength,
        confidence=found.confidence,
        change_pct=found.change_pct,
        reason=_REASONS[found.kind](found),
        confirmations=found.confirmations,
        fallback=fallback,
    )


def reading_of(found: Measured, want: Thresholds) -> TriggerReading:
    """What was measured, for whoever asks why nothing fired."""
    note = ""
    if found.kind is TriggerKind.REVERSAL and not found.fired and found.value > found.threshold:
        note = f"{found.confirmations} of 4 confirmations, or the trend is too flat or the low too far"
    elif found.kind is TriggerKind.MEAN_REVERSION and not found.fired and found.value <= found.threshold:
        note = "the fall is not spent"
    elif found.kind is TriggerKind.MOMENTUM and not found.fired and abs(found.value) >= found.threshold:
        note = "a rise does not count in this regime"
    if not found.fired and found.strength > 0:
        note = f"scores {found.score:.2f}, at least {want.min_score:g}"
    return TriggerReading(found.kind, found.value, found.threshold, found.unit, found.fired, note)


_REASONS: Final[dict[TriggerKind, Callable[[Measured], str]]] = {
    TriggerKind.PRICE_MOVE: lambda found: f"{found.value:+.2f} {found.unit}",
    TriggerKind.VOLUME_SPIKE: lambda found: (
        f"volume {found.value:.1f} x the mean hour, price {found.change_pct:+.2f} %"
    ),
    TriggerKind.BREAKOUT: lambda found: (
        f"{abs(found.value):.2f} % {'under' if found.value >= 0 else 'over'} the 24 h high"
    ),
    TriggerKind.MOMENTUM: lambda found: f"{found.value:+.2f} % in 24 h",
    TriggerKind.REVERSAL: lambda found: (
        f"{found.value:.2f} % over the 24 h low, {found.confirmations} of 4 confirmations"
    ),
    TriggerKind.MEAN_REVERSION: lambda found: f"{found.value:+.2f} deviations from the 24 h mean, and turning",
    TriggerKind.EMA_CROSS: lambda found: f"the fast average {found.value:+.4f} % over the slow one",
}


def _strongest_first(found: Measured) -> float:
    return -found.strength * found.confidence


def _scored(
    want: Thresholds, kind: TriggerKind, reading: tuple[float, float, str], score: tuple[float, float], change: float
) -> Measured:
    """A trigger over its threshold; it fires where its score, strength times confidence, is worth attention too."""
    return Measured(kind, *reading, score[0] * score[1] >= want.min_score, *score, change)
