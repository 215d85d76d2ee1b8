"""Everything the order manager is told and everything it says, as two unions: its mailbox and its routes."""

from trader247.messages.bans import BanLifted, InstrumentBanned
from trader247.messages.base import Tick
from trader247.messages.control import (
    AlertCleared,
    AlertRaised,
    FlattenEnded,
    FlattenOrdered,
    GroupsChanged,
    GuardVoted,
    HaltRequested,
    PolicyChanged,
)
from trader247.messages.market import FeeTierSeen, InstrumentsListed, QuoteAccepted
from trader247.messages.orders import (
    AccountOpened,
    BalancesSeen,
    BooksLoaded,
    CancelAll,
    CancelFinished,
    CancelOrders,
    Drained,
    DrainOrders,
    EquityMarked,
    FetchFills,
    FillBooked,
    FillsFetched,
    IntentDurable,
    LoadBooks,
    LookUpOrder,
    OrderChanged,
    OrderLookedUp,
    OrderReported,
    OrderWithheld,
    PlaceFinished,
    PlaceOrder,
    PortfolioChanged,
    ReconcileFinished,
    ResumeOrders,
    StopRaised,
    TrimEnded,
)
from trader247.messages.reconciling import BalancesAccepted
from trader247.messages.trading import ProposalRefused, RiskApproved

__all__ = ["ManagerIn", "ManagerOut"]

ManagerIn = (
    BooksLoaded
    | RiskApproved
    | IntentDurable
    | PlaceFinished
    | CancelFinished
    | OrderReported
    | FillsFetched
    | OrderLookedUp
    | BalancesSeen
    | ReconcileFinished
    | QuoteAccepted
    | InstrumentsListed
    | FeeTierSeen
    | CancelAll
    | ResumeOrders
    | DrainOrders
    | PolicyChanged
    | BalancesAccepted
    | GroupsChanged
    | FlattenOrdered
    | InstrumentBanned
    | BanLifted
    | Tick
)
ManagerOut = (
    LoadBooks
    | AccountOpened
    | OrderChanged
    | FillBooked
    | OrderWithheld
    | PlaceOrder
    | CancelOrders
    | FetchFills
    | LookUpOrder
    | PortfolioChanged
    | EquityMarked
    | StopRaised
    | AlertRaised
    | AlertCleared
    | GuardVoted
    | HaltRequested
    | ProposalRefused
    | Drained
    | TrimEnded
    | FlattenEnded
)
