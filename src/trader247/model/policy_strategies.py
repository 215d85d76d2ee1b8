"""What strategies.yaml says: each strategy's kind, budget and parameters, and the rule table of the baseline.

A strategy that the file does not enable is off (requirement STR2). Budgets are in percent of NLV; stops, targets and
thresholds are distances in percent, or in average true ranges (ATR) where the key says so; size factors multiply.
"""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Final

from attrs import AttrsInstance, field, frozen

from trader247.model.instrument import Symbol
from trader247.model.order import Side
from trader247.model.policy_terms import Term, bounded
from trader247.model.secret import SecretReference
from trader247.model.signals import Tier

__all__ = [
    "KINDS",
    "Boosts",
    "BreakoutParameters",
    "EmaCrossParameters",
    "ExternalParameters",
    "Isolation",
    "MeanReversionParameters",
    "MomentumParameters",
    "PlainParameters",
    "ProcessTerms",
    "Rule",
    "RuleTable",
    "RulesParameters",
    "Sizing",
    "StrategyTerms",
    "TierSizes",
]


class Isolation(StrEnum):
    """Where a strategy runs."""

    INLINE = "inline"
    PROCESS = "process"


@frozen(field_transformer=bounded)
class ProcessTerms:
    """What a strategy with a process of its own may take, and when it is put out (requirement SUP5).

    A breach is no answer within ``signals.cycle.proposal_deadline_s``, a crash, an error, or an answer that is none.
    """

    memory_mb: Annotated[
        int, Term("Its address space; the interpreter and what it loads take 25.", "MB", least=64, most=65_536)
    ] = 512
    quarantine_after: Annotated[
        int, Term("With so many breaches within the window it is not started again.", "breaches", least=1, most=1000)
    ] = 3
    quarantine_window_s: Annotated[float, Term("Breaches longer ago do not count.", "s", above=0, most=604_800)] = (
        3600.0
    )


@frozen(field_transformer=bounded)
class Rule:
    """One row of the baseline's table: what a fired trigger becomes."""

    stop_pct: Annotated[Decimal, Term("Distance of the stop below the entry.", "%", above=0, most=100, ceiling=50)]
    target_pct: Annotated[Decimal, Term("Distance of the target above the entry.", "%", above=0, most=1000)]
    max_hold_h: Annotated[int, Term("Sold after this long whatever happens.", "hours", least=1, most=8760)]
    size_factor: Annotated[Decimal, Term("Multiplies the size.", "times", least=0, most=10, ceiling=3)] = Decimal(1)
    confidence_factor: Annotated[float, Term("Multiplies the trigger's confidence.", "times", least=0, most=1)] = 1.0
    min_change_pct: Annotated[
        float, Term("The change, in the rule's direction, that the trigger must have seen.", "%", least=0, most=100)
    ] = 0.0
    enabled: Annotated[bool, Term("Whether the rule proposes.")] = True


@frozen(field_transformer=bounded)
class RuleTable:
    """The baseline's rules, long only. A rule named ``down`` or ``flush`` buys a fall; the others follow a rise."""

    price_move_up: Rule = Rule(Decimal(6), Decimal(12), 48, min_change_pct=1.5)
    price_move_down: Rule = Rule(Decimal(10), Decimal(20), 24, Decimal("0.7"), min_change_pct=2.5)
    volume_spike: Rule = Rule(Decimal(8), Decimal(15), 72, min_change_pct=2.0)
    breakout: Rule = Rule(Decimal(6), Decimal(20), 120, Decimal("1.2"))
    momentum_up: Rule = Rule(Decimal(8), Decimal(15), 72)
    momentum_flush: Rule = Rule(
        Decimal(10), Decimal(18), 48, Decimal("0.85"), confidence_factor=0.9, min_change_pct=3.0
    )
    reversal: Rule = Rule(Decimal(12), Decimal(25), 48, Decimal("0.8"), confidence_factor=0.8)


@frozen(field_transformer=bounded)
class TierSizes:
    """A size by tier, in percent of NLV."""

    core: Annotated[Decimal, Term("For the core tier.", "% of NLV", least=0, most=100, ceiling=25)]
    rotational: Annotated[Decimal, Term("For the rotational tier.", "% of NLV", least=0, most=100, ceiling=25)]
    event_driven: Annotated[Decimal, Term("For the event-driven tier.", "% of NLV", least=0, most=100, ceiling=25)]

    def of(self, tier: Tier) -> Decimal:
        """The size of one tier."""
        return {Tier.CORE: self.core, Tier.ROTATIONAL: self.rotational, Tier.EVENT_DRIVEN: self.event_driven}[tier]


@frozen(field_transformer=bounded)
class Sizing:
    """``min(target_risk / stop * 100 * anchor / max(volatility, floor), tier base * factor) * confidence``."""

    target_risk_pct: Annotated[
        Decimal, Term("What a stopped-out trade may cost.", "% of NLV", above=0, most=100, ceiling=5)
    ] = Decimal(1)
    volatility_anchor_pct: Annotated[
        Decimal, Term("At this annualised volatility the size is neither raised nor lowered.", "%", above=0, most=1000)
    ] = Decimal(50)
    volatility_floor_pct: Annotated[
        Decimal, Term("A calmer market counts as this volatile.", "%", above=0, most=1000)
    ] = Decimal(10)
    tier_base_pct: TierSizes = TierSizes(Decimal("1.5"), Decimal("1.0"), Decimal("0.5"))
    size_pct_min: Annotated[
        Decimal, Term("A smaller size is raised to this.", "% of NLV", least=0, most=100, ceiling=5)
    ] = Decimal("0.5")
    max_position_pct: TierSizes = TierSizes(Decimal(3), Decimal(2), Decimal(1))


@frozen(field_transformer=bounded)
class Boosts:
    """What is added to a conviction of ``0.5 * strength + 0.3 * confidence``."""

    core_tier: Annotated[float, Term("For an instrument of the core tier.", "of 1", least=0, most=1)] = 0.02
    confirmation: Annotated[float, Term("For each confirmation of a reversal.", "of 1", least=0, most=1)] = 0.03
    bull: Annotated[float, Term("In a bull.", "of 1", least=-1, most=1)] = 0.05
    momentum_in_chop: Annotated[float, Term("For momentum in chop.", "of 1", least=-1, most=1)] = -0.10


@frozen(field_transformer=bounded)
class RulesParameters:
    """The parameters of a strategy of kind ``rules``."""

    rules: RuleTable = RuleTable()
    sizing: Sizing = Sizing()
    boosts: Boosts = Boosts()
    canary_size_factor: Annotated[
        Decimal, Term("What is just not convincing enough is tried at this share; 0 is off.", "times", least=0, most=1)
    ] = Decimal("0.25")


_StopAtr = Annotated[Decimal, Term("Distance of the stop below the entry.", "ATR", above=0, most=100)]
_TargetAtr = Annotated[Decimal, Term("Distance of the target above the entry.", "ATR", above=0, most=100)]
_MaxHold = Annotated[int, Term("Sold after this long whatever happens.", "hours", least=1, most=8760)]
_SizeFactor = Annotated[Decimal, Term("Multiplies the size.", "times", least=0, most=10, ceiling=3)]
_Boost = Annotated[
    float, Term("Added to the conviction of 0.5 * strength + 0.3 * confidence.", "of 1", least=-1, most=1)
]


@frozen(field_transformer=bounded)
class MeanReversionParameters:
    """The parameters of a strategy of kind ``mean_reversion``: it buys a spent fall under the mean of a day."""

    stop_atr: _StopAtr = Decimal("1.2")
    target_atr: _TargetAtr = Decimal("1.8")
    max_hold_h: _MaxHold = 24
    min_deviations: Annotated[
        float, Term("How far under the mean the close must lie, over what the trigger asks.", "", least=0, most=20)
    ] = 0.0
    size_factor: _SizeFactor = Decimal(1)
    boost: _Boost = 0.0
    sizing: Sizing = Sizing()


@frozen(field_transformer=bounded)
class MomentumParameters:
    """The parameters of a strategy of kind ``momentum``: it follows a day's rise while the trend still points up."""

    stop_atr: _StopAtr = Decimal(4)
    target_atr: _TargetAtr = Decimal(8)
    max_hold_h: _MaxHold = 72
    min_slope_pct_per_h: Annotated[
        float, Term("The least slope of the 21 hour average.", "% per hour", least=-100, most=100)
    ] = 0.05
    size_factor: _SizeFactor = Decimal(1)
    boost: _Boost = 0.0
    sizing: Sizing = Sizing()


@frozen(field_transformer=bounded)
class BreakoutParameters:
    """The parameters of a strategy of kind ``breakout``: it buys at the day's high, where volume comes with it."""

    stop_atr: _StopAtr = Decimal(3)
    target_atr: _TargetAtr = Decimal(9)
    max_hold_h: _MaxHold = 120
    min_volume_ratio: Annotated[
        float, Term("The last hour's volume against the mean hour of the day.", "times", least=0, most=1000)
    ] = 1.2
    size_factor: _SizeFactor = Decimal("1.2")
    boost: _Boost = 0.0
    sizing: Sizing = Sizing()


@frozen(field_transformer=bounded)
class EmaCrossParameters:
    """The parameters of a strategy of kind ``ema_cross``: long while a fast average is over a slow one.

    It goes by the trigger of that name (``signals.triggers.ema_cross``), which is off unless it is switched on.
    """

    notional_pct: Annotated[Decimal, Term("Of each buy, fee included.", "% of NLV", above=0, most=100, ceiling=25)] = (
        Decimal(1)
    )
    stop_pct: Annotated[Decimal, Term("Distance of the stop below the entry.", "%", above=0, most=100, ceiling=50)] = (
        Decimal(10)
    )
    target_pct: Annotated[Decimal, Term("Distance of the target above the entry.", "%", above=0, most=1000)] = Decimal(
        50
    )
    max_hold_h: _MaxHold = 720
    conviction: Annotated[float, Term("How far a crossing is believed.", "of 1", least=0, most=1)] = 0.5


@frozen(field_transformer=bounded)
class ExternalParameters:
    """The parameters of a strategy of kind ``external``: somebody else's signals, under this account's own limits."""

    symbols: Annotated[tuple[Symbol, ...], Term("The instruments a signal may name; empty means none.")] = ()
    sides: Annotated[tuple[Side, ...], Term("The sides a signal may have; a SELL closes what this strategy holds.")] = (
        Side.BUY,
        Side.SELL,
    )
    max_position_pct: Annotated[
        Decimal,
        Term("A BUY that would lift its position over this is dropped.", "% of NLV", above=0, most=100, ceiling=25),
    ] = Decimal(2)
    breaker: Annotated[bool, Term("While true, no signal is taken and none becomes a proposal.")] = False
    max_age_s: Annotated[float, Term("An older signal no longer counts.", "s", least=1, most=86_400)] = 300.0
    stop_pct: Annotated[Decimal, Term("The stop of a signal that names none.", "%", above=0, most=100, ceiling=50)] = (
        Decimal(5)
    )
    target_pct: Annotated[Decimal, Term("The target of a signal that names none.", "%", above=0, most=1000)] = Decimal(
        10
    )
    max_hold_h: Annotated[
        int, Term("The longest holding of a signal that names none.", "hours", least=1, most=8760)
    ] = 48
    conviction: Annotated[
        float, Term("How far a signal that says nothing of it is believed.", "of 1", least=0, most=1)
    ] = 0.5
    secret: Annotated[
        SecretReference | None,
        Term("What the sender signs with, as a reference; without one only the file drop takes signals.", reload=False),
    ] = None


@frozen
class PlainParameters:
    """The parameters of a strategy from elsewhere that has no class for them: what the file says, unchecked."""

    values: Mapping[str, object] = field(factory=dict)


@frozen(field_transformer=bounded)
class StrategyTerms:
    """One strategy, under its name. ``kind`` decides the class of ``parameters`` (``KINDS``)."""

    kind: Annotated[str, Term("What the strategy is; decides its parameters.", reload=False)] = "rules"
    enabled: Annotated[bool, Term("Off unless the file says true.")] = False
    max_at_risk_pct: Annotated[
        Decimal, Term("The strategy's own cap, before the global ones.", "% of NLV", least=0, most=100, ceiling=50)
    ] = Decimal(10)
    max_trades_per_cycle: Annotated[
        int, Term("The strategy's most convinced proposals that count in a cycle.", "proposals", least=0, most=100)
    ] = 3
    isolation: Annotated[
        Isolation, Term("Where the strategy runs: inside the daemon, or in a process of its own.", reload=False)
    ] = Isolation.INLINE
    process: ProcessTerms = ProcessTerms()
    parameters: AttrsInstance = RulesParameters()


KINDS: Final[Mapping[str, type[AttrsInstance]]] = {
    "rules": RulesParameters,
    "mean_reversion": MeanReversionParameters,
    "momentum": MomentumParameters,
    "breakout": BreakoutParameters,
    "ema_cross": EmaCrossParameters,
    "external": ExternalParameters,
}
"""The kinds in the box and the class of their parameters; a registry may pass a longer one to the loader."""
