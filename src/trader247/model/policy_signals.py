"""What signals.yaml says: when a cycle runs and what the market must do for a trigger to fire.

These numbers meet statistics only, so they are floats; percentages are in percent (1.2 is 1.2 %). ``Signals()`` is
what a silent file means.
"""

from typing import Annotated

from attrs import frozen

from trader247.model.policy_terms import Term, bounded
from trader247.model.signals import Regime

__all__ = ["Breakout", "CycleTerms", "Momentum", "MoveThreshold", "PriceMove", "Signals", "Triggers", "VolumeSpike"]


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


@frozen(field_transformer=bounded)
class Signals:
    """All of signals.yaml."""

    cycle: CycleTerms = CycleTerms()
    triggers: Triggers = Triggers()
    warm_up_hours: Annotated[
        int, Term("History fetched at start; the regime needs 168 hourly bars.", "hours", least=24, most=720)
    ] = 168
