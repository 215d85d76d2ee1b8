"""What policy.yaml says, as values the deciders are given: caps, bounds, limits and terms. No arithmetic here.

Every number carries its reason, unit and bounds (``policy_terms.Term``). Percentages and basis points are Decimal and
in percent or basis points (5 is 5 %), percentages of account equity are of NLV; durations end in their unit, seconds
are floats where a fraction makes sense. Every attribute has a default, so ``Policy()`` is what a silent file means.
"""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from attrs import field, frozen

from trader247.model.policy_breakers import BreakerTerms
from trader247.model.policy_terms import Term, bounded

__all__ = [
    "AlertTerms",
    "Caps",
    "EntryBounds",
    "Execution",
    "ExitTerms",
    "Fees",
    "Intensity",
    "KillSwitchTerms",
    "LossLimits",
    "Outliers",
    "Pacing",
    "PermitTerms",
    "Policy",
    "RestAtVenue",
    "Staleness",
    "SupervisionLimits",
    "TrimTerms",
]


@frozen(field_transformer=bounded)
class Caps:
    """The most that may be at risk (requirement E1). Exactly at a cap passes."""

    total_pct: Annotated[
        Decimal, Term("Positions and working orders together.", "% of NLV", above=0, most=100, ceiling=50)
    ] = Decimal(15)
    per_asset_pct: Annotated[
        Decimal, Term("Positions and working orders of one asset.", "% of NLV", above=0, most=100, ceiling=25)
    ] = Decimal(5)
    per_theme_pct: Annotated[
        Decimal, Term("All assets of one theme of universe.yaml.", "% of NLV", above=0, most=100, ceiling=40)
    ] = Decimal(10)
    open_positions: Annotated[
        int, Term("Positions held at once, entries in flight included.", "positions", least=1, most=1000, ceiling=50)
    ] = 5


@frozen(field_transformer=bounded)
class EntryBounds:
    """What a proposal must keep to (requirement R2). Stop and target are distances from the entry."""

    stop_pct_min: Annotated[Decimal, Term("A nearer stop is hit by noise and fees alone.", "%", above=0, most=100)] = (
        Decimal("0.5")
    )
    stop_pct_max: Annotated[Decimal, Term("A farther stop is none.", "%", above=0, most=100, ceiling=50)] = Decimal(20)
    target_pct_min: Annotated[
        Decimal, Term("A nearer target does not pay two taker fees.", "%", above=0, most=1000)
    ] = Decimal("1.5")
    target_pct_max: Annotated[Decimal, Term("A farther target is a wish.", "%", above=0, most=1000)] = Decimal(60)
    depth_multiple: Annotated[
        Decimal,
        Term("The asks within 20 bps hold at least so many times an entry; 0 is off.", "times", least=0, most=1000),
    ] = Decimal(4)
    min_conviction: Annotated[float, Term("Less convinced proposals are refused.", "of 1", least=0, most=1)] = 0.40
    volatility_pct_max: Annotated[
        float,
        Term(
            "An instrument that swings more is not entered; twice what is a crash in BTC.",
            "% a year",
            above=0,
            most=2000,
        ),
    ] = 200.0
    canary_margin: Annotated[
        float, Term("A canary may be this much less convinced; 0 allows none.", "of 1", least=0, most=1)
    ] = 0.04
    canary_pct_max: Annotated[
        Decimal, Term("The most that a canary may be.", "% of NLV", above=0, most=100, ceiling=5)
    ] = Decimal("0.75")


@frozen(field_transformer=bounded)
class Staleness:
    """When the market's word is too old to act on (requirement ST1)."""

    quote_s: Annotated[float, Term("An older quote blocks its instrument.", "s", above=0, most=3600, ceiling=60)] = 5.0
    bar_s: Annotated[
        float, Term("A one-minute bar closed longer ago blocks its instrument.", "s", least=60, most=3600, ceiling=600)
    ] = 90.0


@frozen(field_transformer=bounded)
class Outliers:
    """Which ticks are not believed at first, and how a market that really moved is believed (requirement O1)."""

    sigmas: Annotated[
        float, Term("A jump over this many deviations of the window's jumps.", "deviations", above=0, most=100)
    ] = 6.0
    window_s: Annotated[float, Term("The window of the jumps.", "s", above=0, most=3600)] = 60.0
    jump_bps_least: Annotated[
        float, Term("A smaller jump is never an outlier, however calm the market.", "bps", above=0, most=10_000)
    ] = 50.0
    spread_bps_max: Annotated[float, Term("A wider spread is an outlier.", "bps of the mid", above=0, most=10_000)] = (
        300.0
    )
    mean_pct: Annotated[
        float, Term("So is a price this far off the mean of 20 bars without volume.", "%", above=0, most=1000)
    ] = 10.0
    volume_ratio: Annotated[
        float, Term("The last bar is without volume under this share of the mean.", "times", least=0, most=100)
    ] = 0.1
    confirm_ticks: Annotated[
        int, Term("So many ticks at one level are believed all the same.", "ticks", least=1, most=100)
    ] = 3
    confirm_s: Annotated[float, Term("Where they span this long.", "s", least=0, most=60, ceiling=10)] = 1.0


@frozen(field_transformer=bounded)
class PermitTerms:
    """The lease without which no order leaves: how long it lives, how often it is renewed, how old a vote may be."""

    lease_s: Annotated[float, Term("A permit not renewed dies after this long.", "s", above=0, most=60, ceiling=10)] = (
        2.0
    )
    renew_s: Annotated[
        float, Term("How often the permit desk counts the votes and renews.", "s", least=0.05, most=60, ceiling=5)
    ] = 0.5
    vote_max_age_s: Annotated[
        float, Term("A guard silent for longer has not voted.", "s", above=0, most=60, ceiling=10)
    ] = 2.0


@frozen(field_transformer=bounded)
class KillSwitchTerms:
    """How closely the kill switch file is watched (requirement K1: seen within 3 s)."""

    poll_s: Annotated[
        float,
        Term(
            "Time between two looks at the file; the kill switch is not taken down to change it.",
            "s",
            least=0.01,
            most=60,
            ceiling=2,
            reload=False,
        ),
    ] = 0.1


@frozen(field_transformer=bounded)
class Pacing:
    """How often entries may happen (requirement CD1). Exits are never paced."""

    trades_per_day: Annotated[int, Term("Entries in any 24 hours.", "trades", least=0, most=10_000)] = 120
    trades_per_hour: Annotated[int, Term("Entries in any hour.", "trades", least=0, most=1_000)] = 5
    new_per_hour: Annotated[
        int, Term("Entries into assets not yet held, in any hour.", "trades", least=0, most=1_000)
    ] = 3
    min_spacing_s: Annotated[float, Term("Between any two entries.", "s", least=0, most=86_400)] = 90.0
    per_symbol_s: Annotated[float, Term("Between two entries of one instrument.", "s", least=0, most=86_400)] = 900.0
    adds_per_day: Annotated[
        int, Term("Entries into one asset already held, in any 24 hours.", "trades", least=0, most=1_000)
    ] = 1


@frozen(field_transformer=bounded)
class Execution:
    """How an approved order meets the book (requirement OM1), and how an exit escalates (requirement R3)."""

    entry_ttl_s: Annotated[
        float, Term("A post-only entry rests this long before it is cancelled.", "s", least=1, most=3600)
    ] = 15.0
    reprices: Annotated[
        int,
        Term("Times a stale entry is quoted again before the taker fallback.", "times", least=0, most=100, ceiling=10),
    ] = 1
    maker_first: Annotated[
        bool, Term("Whether an entry rests as a maker first; else it takes at once, inside the slippage budget.")
    ] = True
    taker_fallback: Annotated[
        bool, Term("Whether an entry that never filled as a maker may take, inside the slippage budget.")
    ] = True
    slippage_budget_bps: Annotated[
        Decimal, Term("The worst price of a taker entry, from the mid.", "bps", least=0, most=10_000, ceiling=200)
    ] = Decimal(40)
    exit_tolerance_bps: Annotated[
        Decimal,
        Term("The worst price of an exit's first try, from the bid.", "bps", above=0, most=10_000, ceiling=1000),
    ] = Decimal(100)
    exit_escalation: Annotated[
        Decimal, Term("Each exit that did not fill widens the tolerance by this factor.", "times", least=1, most=10)
    ] = Decimal(2)
    exit_tolerance_bps_max: Annotated[
        Decimal, Term("No exit is ever priced farther from the bid.", "bps", above=0, most=10_000, ceiling=2000)
    ] = Decimal(800)


class RestAtVenue(StrEnum):
    """What protects a position at the venue itself, while the daemon runs and while it does not."""

    NONE = "none"
    STOP_LIMIT = "stop_limit"
    BRACKET = "bracket"


@frozen(field_transformer=bounded)
class ExitTerms:
    """What protects a position beside the stop and the target its entry gave it (requirement R3)."""

    trailing_stop_pct: Annotated[
        Decimal,
        Term(
            "The stop follows the highest bid at this distance, upwards only; 0: it stays where the entry put it.",
            "%",
            least=0,
            most=100,
            ceiling=50,
        ),
    ] = Decimal(0)
    rest_at_venue: Annotated[
        RestAtVenue,
        Term("The order that waits at the venue for the stop, or for stop and target, of every position."),
    ] = RestAtVenue.NONE


@frozen(field_transformer=bounded)
class TrimTerms:
    """When positions are sold in part because they have outgrown a cap of ``caps`` or ``universe`` (requirement R3)."""

    enabled: Annotated[bool, Term("Whether exposure over its cap is sold down at all.")] = True
    tolerance_pct: Annotated[
        Decimal, Term("Exposure may be this much over a cap before anything is sold.", "% of NLV", least=0, most=100)
    ] = Decimal("0.25")
    buffer_share: Annotated[
        Decimal, Term("Then it is sold down to the cap less this share of it.", "of 1", least=0, most=1, ceiling=0.5)
    ] = Decimal("0.10")
    sales_max: Annotated[int, Term("Sales in one turn; the rest waits for the next.", "sales", least=1, most=1000)] = 5
    least_usd: Annotated[Decimal, Term("A position worth less is not trimmed.", "USD", least=0, most=10_000)] = Decimal(
        5
    )
    every_s: Annotated[float, Term("Time between two turns.", "s", least=30, most=86_400)] = 60.0


@frozen(field_transformer=bounded)
class LossLimits:
    """Losses that halt (requirement DD1), as positive numbers."""

    max_drawdown_pct: Annotated[Decimal, Term("From the highest NLV seen.", "%", above=0, most=100, ceiling=50)] = (
        Decimal(10)
    )
    daily_stop_pct: Annotated[Decimal, Term("Since the start of the UTC day.", "%", above=0, most=100, ceiling=20)] = (
        Decimal(3)
    )
    weekly_stop_pct: Annotated[
        Decimal, Term("Since the start of the UTC week (Monday).", "%", above=0, most=100, ceiling=35)
    ] = Decimal(7)
    step_pct: Annotated[
        Decimal, Term("A loss that was resumed over halts again once it is this much larger.", "%", above=0, most=10)
    ] = Decimal(1)


@frozen(field_transformer=bounded)
class AlertTerms:
    """When an alert is repeated and when it is raised (requirement AL1)."""

    dedupe_s: Annotated[
        float, Term("An identical alert is not sent again within this time.", "s", least=0, most=86_400, ceiling=3600)
    ] = 60.0
    escalate_after_s: Annotated[
        float, Term("An alert unresolved for longer is escalated.", "s", above=0, most=86_400, ceiling=3600)
    ] = 120.0


@frozen(field_transformer=bounded)
class Fees:
    """The fee that sizing and risk reckon with (requirement X3), or the account's own where that is dearer.

    It is the taker's for all, since a resting order may yet take. What an order really cost is taken from its fills.
    """

    taker_bps: Annotated[
        Decimal, Term("Fee reckoned with, unless the account's own is dearer.", "bps", least=0, most=500)
    ] = Decimal(60)


@frozen(field_transformer=bounded)
class Intensity:
    """At most ``restarts`` in any closed window of ``per_s``; one more ends the supervisor."""

    restarts: Annotated[int, Term("Restarts allowed inside the window.", "restarts", least=0, most=1000, reload=False)]
    per_s: Annotated[float, Term("Length of the window.", "s", above=0, most=604_800, reload=False)]


@frozen(field_transformer=bounded)
class SupervisionLimits:
    """When a supervisor gives up (requirement SUP2). The slow window catches what stays under the fast one."""

    fast: Intensity = Intensity(restarts=5, per_s=30.0)
    slow: Intensity = Intensity(restarts=20, per_s=21_600.0)


@frozen(field_transformer=bounded)
class Policy:
    """All of policy.yaml."""

    caps: Caps = Caps()
    entry: EntryBounds = EntryBounds()
    staleness: Staleness = Staleness()
    outliers: Outliers = Outliers()
    permit: PermitTerms = PermitTerms()
    kill_switch: KillSwitchTerms = KillSwitchTerms()
    cooldown_minutes: Annotated[
        float, Term("No entry into an instrument after any fill of it.", "minutes", least=0, most=1_440)
    ] = 30.0
    cooldown_after_win_minutes: Annotated[
        float, Term("The same after a trade of it that won.", "minutes", least=0, most=1_440)
    ] = 10.0
    cooldown_after_loss_minutes: Annotated[
        float, Term("The same after a trade of it that lost.", "minutes", least=0, most=1_440)
    ] = 60.0
    cooldown_after_stop_minutes: Annotated[
        float, Term("No entry into an instrument after its stop was hit.", "minutes", least=0, most=1_440)
    ] = 120.0
    loss_streak: Annotated[
        int, Term("So many trades in a row that lost pause all entries.", "trades", least=1, most=20)
    ] = 3
    loss_streak_pause_minutes: Annotated[
        float, Term("No entry at all after a streak of losses; 0 makes no pause.", "minutes", least=0, most=1_440)
    ] = 60.0
    pacing: Pacing = Pacing()
    execution: Execution = Execution()
    exits: ExitTerms = ExitTerms()
    trim: TrimTerms = TrimTerms()
    loss_limits: LossLimits = LossLimits()
    breakers: BreakerTerms = field(factory=BreakerTerms)
    alerts: AlertTerms = AlertTerms()
    fees: Fees = Fees()
    ban_hours: Annotated[float, Term("A ban lasts so long unless its hours are said.", "h", above=0, most=8_760)] = (
        168.0
    )
    dust_usd: Annotated[Decimal, Term("A position worth less is ignored everywhere.", "USD", least=0, most=100)] = (
        Decimal(1)
    )
    supervision: SupervisionLimits = SupervisionLimits()
