"""Messages from a cycle to a verdict: snapshot, proposals, approvals and refusals."""

from decimal import Decimal

from attrs import frozen

from trader247.messages.orders import Exposure
from trader247.model.external_signal import ExternalSignal
from trader247.model.ids import CycleId, ProposalId, StrategyName
from trader247.model.instant import Instant, Moment
from trader247.model.instrument import Symbol
from trader247.model.money import Notional
from trader247.model.order import Side
from trader247.model.portfolio import Position
from trader247.model.signals import InstrumentView, Regime, Tier, Trigger

__all__ = [
    "CycleContext",
    "CycleDue",
    "CycleFinished",
    "Deliberate",
    "EligibilityChanged",
    "Proposal",
    "ProposalRefused",
    "ProposalsIntegrated",
    "ProposalsMade",
    "RegimeChanged",
    "RiskApproved",
    "RiskReason",
    "SignalReceived",
    "SignalRefused",
    "TradeProposal",
]


@frozen
class TradeProposal:
    """What a strategy would like (requirement R2).

    ``notional_pct`` is a percentage of NLV; ``stop_loss_pct`` and ``take_profit_pct`` are distances from the entry in
    percent, both positive; ``conviction`` is in [0, 1]; ``max_hold_s`` is in seconds. A ``canary`` is a small try on a
    conviction just under the least one: it is entered as a maker only, and its size has a bound of its own.
    """

    symbol: Symbol
    side: Side
    notional_pct: Decimal
    stop_loss_pct: Decimal
    take_profit_pct: Decimal
    conviction: float
    strategy: StrategyName
    reason: str
    max_hold_s: int
    canary: bool = False


@frozen
class Proposal:
    """A proposal with its identity, and the strategies whose equal wish lost to it."""

    proposal_id: ProposalId
    body: TradeProposal
    outvoted: tuple[StrategyName, ...] = ()


@frozen
class CycleDue:
    """Time for a cycle. ``jitter_s`` is how much later than the plain interval it came (requirement SCH1)."""

    number: int
    jitter_s: float


@frozen
class CycleContext:
    """The frozen snapshot a strategy decides on. Every tuple is in canonical order (by symbol).

    ``signals`` are external ones; each strategy is shown its own, in one cycle and never again. ``exposures`` is what
    each instrument could cost at worst, working orders included.
    """

    cycle: CycleId
    at: Moment
    regime: Regime
    nlv: Notional
    instruments: tuple[InstrumentView, ...]
    triggers: tuple[Trigger, ...]
    positions: tuple[Position, ...]
    signals: tuple[ExternalSignal, ...] = ()
    exposures: tuple[Exposure, ...] = ()


@frozen
class Deliberate:
    """Request to the strategies: decide on this snapshot. Those ``held_back`` only say that they were not asked."""

    context: CycleContext
    held_back: tuple[StrategyName, ...] = ()


@frozen
class ProposalsMade:
    """What one strategy answered to one cycle; ``skipped`` says why it did not deliberate.

    ``quarantined``: it will not be asked again before an operator says so.
    """

    cycle: CycleId
    strategy: StrategyName
    proposals: tuple[TradeProposal, ...]
    skipped: str = ""
    quarantined: bool = False


@frozen
class ProposalsIntegrated:
    """The cycle's proposals in canonical order, one per symbol, for the arbiter to rule on."""

    context: CycleContext
    proposals: tuple[Proposal, ...]


@frozen
class RiskReason:
    """A structured refusal (requirement E1): which rule, and the numbers it compared. Percentages are of NLV.

    ``until`` is when it ends by itself, None where that does not hang on time alone.
    """

    rule: str
    text: str
    cap_type: str | None = None
    current_pct: Decimal | None = None
    proposed_pct: Decimal | None = None
    limit_pct: Decimal | None = None
    until: Instant | None = None


@frozen
class RiskApproved:
    """A verdict with one author, ``core/risk_arbiter.py``. ``notional`` bounds the order, fees included.

    ``serial`` counts approvals of this run, so that the arbiter can tell which of them a portfolio already shows.
    """

    proposal: Proposal
    notional: Notional
    serial: int
    expires_at: Moment


@frozen
class ProposalRefused:
    """A proposal that went no further, with the first rule that stopped it.

    So many ``more`` of the same strategy and cycle were stopped by the same rule and are not told one by one.
    """

    proposal: Proposal
    cycle: CycleId
    reason: RiskReason
    more: int = 0


@frozen
class EligibilityChanged:
    """An instrument became eligible or not in this cycle, or was not in the first of this run (requirement U1)."""

    cycle: CycleId
    symbol: Symbol
    tier: Tier
    eligible: bool
    exclusion_reason: str
    text: str


@frozen
class RegimeChanged:
    """The regime of a cycle is another than that of the cycle before, or the first of this run (``before`` is None)."""

    cycle: CycleId
    before: Regime | None
    now: Regime
    confidence: float
    text: str


@frozen
class CycleFinished:
    """What a cycle did: who answered after how many seconds, what was proposed, and every reading behind it."""

    cycle: CycleId
    number: int
    jitter_s: float
    took_s: float
    regime: Regime
    answered: tuple[tuple[StrategyName, float], ...]
    silent: tuple[StrategyName, ...]
    proposals: int
    instruments: tuple[InstrumentView, ...]
    triggers: tuple[Trigger, ...]
    no_trade: str = ""


@frozen
class SignalReceived:
    """An external signal was taken: its sender is known, its terms are allowed, and its id is new."""

    signal: ExternalSignal


@frozen
class SignalRefused:
    """A signal from a known way in was not taken. ``signal_id`` is empty where it could not be read."""

    strategy: StrategyName
    signal_id: str
    source: str
    reason: str
