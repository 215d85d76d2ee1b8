"""What signals.yaml says: when a cycle runs and what the market must do for a trigger to fire.

These numbers meet statistics only, so they are floats; percentages are in percent (1.2 is 1.2 %). ``Signals()`` is
what a silent file means.
"""

from typing import Annotated, Final

from attrs import frozen

from trader247.model.instrument import Symbol
from trader247.model.policy_terms import Term, bounded
from trader247.model.signals import Regime, RegimeChoice

_BTC: Final = Symbol("BTC-USD")

__all__ = [
    "Breakout",
    "CycleTerms",
    "EmaCross",
    "FallbackScan",
    "Filters",
    "MeanReversion",
    "Momentum",
    "MoveThreshold",
    "PriceMove",
    "RegimeTerms",
    "Reversal",
    "Signals",
    "Triggers",
    "VolumeSpike",
]


@frozen(field_transformer=bounded)
class CycleTerms:
    """When decisions are made (requirements SCH1 and OB1)."""

    interval_s: Annotated[
        float, Term("From the start of one cycle to the start of the next.", "s", least=1, most=86_400)
    ] = 60.0
    jitter_pct: Annotated[
        float, Term("Each cycle starts later by a random share of the interval up to this.", "%", least=0, most=50)
    ] = 10.0
    proposal_deadline_s: Annotated[
        float, Term("A strategy that has not answered by then is left out of the cycle.", "s", least=0.01, most=60)
    ] = 2.0


@frozen(field_transformer=bounded)
class MoveThreshold:
    """How far a price must move, up or down, to be noticed."""

    move_15m_pct: Annotated[float, Term("Over 15 minutes.", "%", above=0, most=100)]
    move_60m_pct: Annotated[float, Term("Over 60 minutes.", "%", above=0, most=100)]


@frozen(field_transformer=bounded)
class PriceMove:
    """The price_move trigger, by regime; a crash uses the bear's thresholds."""

    chop: MoveThreshold = MoveThreshold(1.2, 2.5)
    bull: MoveThreshold = MoveThreshold(3.5, 7.0)
    bear: MoveThreshold = MoveThreshold(3.0, 7.0)

    def of(self, regime: Regime) -> MoveThreshold:
        """The thresholds of a regime."""
        return {Regime.BULL: self.bull, Regime.CHOP: self.chop}.get(regime, self.bear)


@frozen(field_transformer=bounded)
class VolumeSpike:
    """The volume_spike trigger: the last hour's volume over the mean hourly volume of 24 hours."""

    chop_ratio: Annotated[float, Term("In the chop regime.", "times", least=1, most=100)] = 1.8
    ratio: Annotated[float, Term("In every other regime.", "times", least=1, most=100)] = 2.0


@frozen(field_transformer=bounded)
class Breakout:
    """The breakout trigger."""

    distance_pct: Annotated[
        float, Term("A close this near under the 24 h high, or above it.", "%", least=0, most=100)
    ] = 0.5


@frozen(field_transformer=bounded)
class Momentum:
    """The momentum trigger."""

    return_24h_pct: Annotated[float, Term("The 24 h return, up or down, from which on.", "%", above=0, most=100)] = 2.0


@frozen(field_transformer=bounded)
class Reversal:
    """The reversal trigger: near the low of the day, some way up from it, with the trend and most confirmations."""

    near_low_pct: Annotated[float, Term("A close at most this far over the 24 h low.", "%", above=0, most=100)] = 10.0
    recovered_pct: Annotated[float, Term("And at least this far over it.", "%", above=0, most=100)] = 5.0
    slope_pct_per_h: Annotated[
        float, Term("The 21-hour average rises at least this fast over three hours.", "%/h", least=-100, most=100)
    ] = 0.05
    confirmations: Annotated[
        int, Term("So many of: over the hour's VWAP, higher low, RSI over 50, bounce.", "of 4", least=0, most=4)
    ] = 3
    bounce_pct: Annotated[float, Term("A bounce is this far over the low of an hour.", "%", above=0, most=100)] = 0.6


@frozen(field_transformer=bounded)
class MeanReversion:
    """The mean_reversion trigger: a close far under the mean of 24 hours whose fall is spent; in chop only."""

    z_score: Annotated[
        float, Term("Standard deviations under the mean close of 24 h.", "deviations", above=0, most=10)
    ] = 1.2
    exhausted_rsi: Annotated[
        float,
        Term("A fall is spent when the RSI-14 of 5 minutes is under this and rises.", "of 100", above=0, most=100),
    ] = 35.0


@frozen(field_transformer=bounded)
class EmaCross:
    """The ema_cross trigger: a fast average of the one-minute closes is over a slow one, or under it; off by default.

    Each average begins with the first close; a new one weighs ``2 / (bars + 1)``.
    """

    enabled: Annotated[bool, Term("Whether the averages are kept; each bar of each instrument is over or under.")] = (
        False
    )
    fast_bars: Annotated[int, Term("The fast average.", "bars", least=1, most=10_000)] = 20
    slow_bars: Annotated[
        int, Term("The slow one, and how many bars come before the first word.", "bars", least=2, most=10_000)
    ] = 50


@frozen(field_transformer=bounded)
class Filters:
    """What keeps every trigger of an instrument from firing (requirements O1 and VOL1)."""

    outlier_pct: Annotated[
        float, Term("A close this far off the mean of 20 bars may be an outlier.", "%", above=0, most=1000)
    ] = 10.0
    outlier_volume_ratio: Annotated[
        float, Term("It is one where its volume is under this share of their mean.", "times", least=0, most=100)
    ] = 0.1
    atr_ratio: Annotated[
        float, Term("The ATR-14 of hours against its median of 7 days, at least; 0 is off.", "times", least=0, most=10)
    ] = 1.05


@frozen(field_transformer=bounded)
class FallbackScan:
    """After a cycle in which nothing fired, the next one that finds nothing looks again with lower thresholds."""

    enabled: Annotated[bool, Term("Whether it looks again.")] = True
    relax_pct: Annotated[float, Term("Thresholds are relaxed by this.", "%", least=0, most=90)] = 30.0


@frozen(field_transformer=bounded)
class Triggers:
    """All triggers, and what a trigger must score (strength times confidence) to count (requirement S1)."""

    min_score: Annotated[float, Term("A trigger that scores less does not fire.", "of 1", least=0, most=1)] = 0.2
    max_triggers_per_cycle: Annotated[
        int, Term("The strongest so many are shown to each strategy in a cycle.", "triggers", least=1, most=1000)
    ] = 10
    price_move: PriceMove = PriceMove()
    volume_spike: VolumeSpike = VolumeSpike()
    breakout: Breakout = Breakout()
    momentum: Momentum = Momentum()
    reversal: Reversal = Reversal()
    mean_reversion: MeanReversion = MeanReversion()
    ema_cross: EmaCross = EmaCross()
    filters: Filters = Filters()
    fallback: FallbackScan = FallbackScan()


@frozen(field_transformer=bounded)
class RegimeTerms:
    """How the regime is told from the hours of one instrument over a week (requirement U3).

    Tests in this order: crash, bull, bear, else chop. A trend is a change in percent, a volatility is annualised.
    """

    pinned: Annotated[RegimeChoice, Term("auto detects; a name pins the regime.")] = RegimeChoice.AUTO
    symbol: Annotated[Symbol, Term("The instrument that is looked at.")] = _BTC
    crash_trend_pct: Annotated[float, Term("A fall beyond this is a crash.", "%", least=-100, most=0)] = -10.0
    crash_volatility_pct: Annotated[float, Term("Or a volatility beyond this.", "%", above=0, most=10_000)] = 100.0
    bull_trend_pct: Annotated[float, Term("A rise of at least this may be a bull.", "%", least=0, most=1000)] = 10.0
    bull_volatility_pct: Annotated[
        float, Term("It is one where the volatility is under this.", "%", above=0, most=10_000)
    ] = 60.0
    bear_trend_pct: Annotated[float, Term("A fall of at least this is a bear.", "%", least=-100, most=0)] = -5.0


@frozen(field_transformer=bounded)
class Signals:
    """All of signals.yaml."""

    cycle: CycleTerms = CycleTerms()
    triggers: Triggers = Triggers()
    regime: RegimeTerms = RegimeTerms()
    warm_up_hours: Annotated[
        int,
        Term(
            "History fetched at start; the regime needs 169 hours, the week's median of the ATR 182.",
            "hours",
            least=24,
            most=720,
        ),
    ] = 192
