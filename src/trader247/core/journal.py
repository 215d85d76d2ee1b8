"""What is written down, and who waits for it.

Every fact that a verdict, an order, a fill, an alert or a halt can be explained from goes into the journal; quotes and
permits do not (there are too many, and the cycle's snapshot keeps the ones that mattered). Nobody waits for the disk
but an intent: it may leave once it is durable, and not before.
"""

from trader247.messages.bans import BanLapsed, BanLifted, InstrumentBanned
from trader247.messages.breakers import BreakerChanged, SetBreaker
from trader247.messages.control import (
    AlertChanged,
    ConfigurationReloaded,
    DaemonStarted,
    DaemonStopped,
    FlattenEnded,
    FlattenOrdered,
    HaltCleared,
    HaltTripped,
    LossAcknowledged,
    SetTradingState,
)
from trader247.messages.orders import (
    AccountOpened,
    EquityMarked,
    FillBooked,
    IntentDurable,
    LoadBooks,
    OrderChanged,
    OrderWithheld,
    StopRaised,
)
from trader247.messages.reconciling import BalancesAccepted, DifferenceFound
from trader247.messages.trading import (
    CycleFinished,
    EligibilityChanged,
    ProposalRefused,
    RegimeChanged,
    RiskApproved,
    SignalReceived,
    SignalRefused,
)

__all__ = ["JournalFact", "JournalIn", "waits_for_disk"]

JournalFact = (
    DaemonStarted
    | DaemonStopped
    | ConfigurationReloaded
    | SetTradingState
    | SetBreaker
    | InstrumentBanned
    | BanLifted
    | BanLapsed
    | LossAcknowledged
    | BreakerChanged
    | FlattenOrdered
    | FlattenEnded
    | HaltTripped
    | HaltCleared
    | AlertChanged
    | AccountOpened
    | EquityMarked
    | DifferenceFound
    | BalancesAccepted
    | CycleFinished
    | RegimeChanged
    | EligibilityChanged
    | SignalReceived
    | SignalRefused
    | RiskApproved
    | ProposalRefused
    | OrderWithheld
    | OrderChanged
    | FillBooked
    | StopRaised
)
JournalIn = JournalFact | LoadBooks


def waits_for_disk(fact: JournalFact) -> IntentDurable | None:
    """What to tell the order manager once the fact is on disk, or None where nobody waits."""
    if isinstance(fact, OrderChanged) and fact.await_durable:
        return IntentDurable(fact.order.intent.intent_id)
    return None
