"""Who is sent what, on one page: one table per actor, checked by the type checker and complete by a check at start.

``board`` stands for the faces (dashboard, metrics, log): they are told facts and never asked.
"""

from typing import Any

from trader247.core.alerter import AlerterOut
from trader247.core.breakers import BreakerOut
from trader247.core.clock_guard import GuardOut
from trader247.core.cycle import CycleOut
from trader247.core.kill_switch import SwitchOut
from trader247.core.market_feed import FeedOut
from trader247.core.order_manager import ManagerOut
from trader247.core.permit import DeskOut
from trader247.core.reconciler import ReconcilerOut
from trader247.core.risk_arbiter import ArbiterOut
from trader247.core.signal_intake import IntakeOut
from trader247.core.strategy_process import ProcessSaid
from trader247.core.strategy_worker import WorkerOut
from trader247.core.user_feed import UserFeedOut
from trader247.drivers.boxes import Boxes
from trader247.messages.bans import BanLapsed, BansListed
from trader247.messages.breakers import BreakerChanged, BreakersListed
from trader247.messages.control import (
    AlertChanged,
    AlertCleared,
    AlertDue,
    AlertRaised,
    FlattenEnded,
    GuardVoted,
    HaltCleared,
    HaltRequested,
    HaltTripped,
    LossAcknowledged,
    PermitRenewed,
    TripHalt,
)
from trader247.messages.market import (
    CandleClosed,
    DepthsRead,
    FeeTierSeen,
    FetchHistory,
    FetchMinutes,
    HistoryWanted,
    InstrumentsListed,
    MarketHistory,
    QuoteAccepted,
    QuoteRejected,
    StreamChanged,
)
from trader247.messages.orders import (
    AccountOpened,
    CancelAll,
    CancelOrders,
    Drained,
    EquityMarked,
    FetchFills,
    FillBooked,
    LoadBooks,
    LookUpOrder,
    OrderChanged,
    OrderReported,
    OrderWithheld,
    PlaceOrder,
    PortfolioChanged,
    ReconcileNow,
    ReconcilePass,
    ResumeOrders,
    StopRaised,
    TrimEnded,
)
from trader247.messages.reconciling import AccountCompared, BalancesAccepted, DifferenceFound
from trader247.messages.trading import (
    CycleFinished,
    Deliberate,
    EligibilityChanged,
    ProposalRefused,
    ProposalsIntegrated,
    ProposalsMade,
    RegimeChanged,
    RiskApproved,
    SignalReceived,
    SignalRefused,
)
from trader247.model.ids import StrategyName
from trader247.runtime.routes import Edge, Routes, Sender

__all__ = ["RoutingTable"]


class RoutingTable:
    """The tables. ``edges`` is the whole topology for the documentation and for people."""

    def __init__(self, box: Boxes, drained: Sender[Drained], processes: frozenset[StrategyName] = frozenset()) -> None:
        """``drained``: who waits for the order manager to have nothing working left. ``processes``: the strategies with
        a process of their own.

        Raises:
            NoRoute: an actor can say something that goes nowhere.
        """
        self._safety(box, drained)
        self._trading(box)
        self._strategies(box, processes)
        self._check()

    def _safety(self, box: Boxes, drained: Sender[Drained]) -> None:
        alert, desk, journal, board = box.alerter, box.permit_desk, box.journal, box.board
        manager, switch = box.order_manager, box.kill_switch

        self.alerter: Routes[AlerterOut] = Routes("alerter")
        self.alerter.to(AlertChanged, journal, board).to(AlertDue, box.alerts_due)

        self.permit_desk: Routes[DeskOut] = Routes("permit_desk")
        self.permit_desk.to(PermitRenewed, box.order_gateway, box.cycle, board)

        self.breakers = _breakers(box)
        self.order_manager: Routes[ManagerOut] = Routes("order_manager")
        self.order_manager.to(LoadBooks, journal)
        self.order_manager.to(AccountOpened, journal)
        self.order_manager.to(OrderChanged, journal, board)
        self.order_manager.to(FillBooked, journal, board)
        self.order_manager.to(OrderWithheld, journal, board)
        self.order_manager.to(EquityMarked, journal)
        self.order_manager.to(StopRaised, journal)
        self.order_manager.to(FlattenEnded, journal, board).to(TrimEnded, board)
        self.order_manager.to(PlaceOrder, box.order_gateway)
        self.order_manager.to(CancelOrders, box.order_gateway)
        self.order_manager.to(FetchFills, box.questions)
        self.order_manager.to(LookUpOrder, box.questions)
        self.order_manager.to(PortfolioChanged, box.risk_arbiter, box.cycle, box.reconciler, board)
        self.order_manager.to(ProposalRefused, journal, board)
        self.order_manager.to(AlertRaised, alert).to(AlertCleared, alert)
        self.order_manager.to(GuardVoted, desk).to(HaltRequested, switch).to(Drained, drained)

        self.user_feed: Routes[UserFeedOut] = Routes("user_feed")
        self.user_feed.to(OrderReported, manager).to(ReconcileNow, box.reconciler)
        self.user_feed.to(GuardVoted, desk).to(AlertRaised, alert).to(AlertCleared, alert)

        self.reconciler: Routes[ReconcilerOut] = Routes("reconciler")
        self.reconciler.to(ReconcilePass, box.questions).to(LookUpOrder, box.questions).to(FetchFills, box.questions)
        self.reconciler.to(CancelOrders, box.order_gateway)
        self.reconciler.to(DifferenceFound, journal).to(AccountCompared, board)
        self.reconciler.to(BalancesAccepted, journal, manager)
        self.reconciler.to(GuardVoted, desk).to(AlertRaised, alert).to(AlertCleared, alert)

        self.kill_switch: Routes[SwitchOut] = Routes("kill_switch")
        self.kill_switch.to(TripHalt)  # its shell has tripped the latch by then
        self.kill_switch.to(CancelAll, manager).to(ResumeOrders, manager)
        self.kill_switch.to(HaltTripped, journal, board).to(HaltCleared, journal, box.risk_arbiter, board)
        self.kill_switch.to(GuardVoted, desk).to(AlertRaised, alert).to(AlertCleared, alert)

        self.clock_guard: Routes[GuardOut] = Routes("clock_guard")
        self.clock_guard.to(HaltRequested, switch)
        self.clock_guard.to(GuardVoted, desk).to(AlertRaised, alert).to(AlertCleared, alert)

    def _trading(self, box: Boxes) -> None:
        alert, desk, journal, board = box.alerter, box.permit_desk, box.journal, box.board
        manager = box.order_manager

        self.market_feed: Routes[FeedOut] = Routes("market_feed")
        self.market_feed.to(QuoteAccepted, manager, box.cycle, board)
        self.market_feed.to(QuoteRejected, board)
        self.market_feed.to(CandleClosed, box.cycle).to(MarketHistory, box.cycle)
        self.market_feed.to(InstrumentsListed, manager, box.cycle, box.risk_arbiter, board)
        self.market_feed.to(FeeTierSeen, manager, box.risk_arbiter).to(DepthsRead, box.cycle)
        self.market_feed.to(FetchMinutes, box.reads).to(FetchHistory, box.reads)
        self.market_feed.to(StreamChanged, box.breakers, board)
        self.market_feed.to(GuardVoted, desk).to(AlertRaised, alert).to(AlertCleared, alert)

        self.cycle: Routes[CycleOut] = Routes("cycle")
        self.cycle.to(HistoryWanted, box.market_feed).to(Deliberate, *box.strategies.values())
        self.cycle.to(ProposalsIntegrated, box.risk_arbiter)
        self.cycle.to(ProposalRefused, journal, board).to(CycleFinished, journal, box.breakers, board)
        self.cycle.to(RegimeChanged, journal, board).to(EligibilityChanged, journal, board)
        self.cycle.to(AlertRaised, alert).to(AlertCleared, alert)

        self.risk_arbiter = _risk_arbiter(box)
        self.signal_intake: Routes[IntakeOut] = Routes("signal_intake")
        self.signal_intake.to(SignalReceived, journal, box.cycle, board).to(SignalRefused, journal, board)

    def _strategies(self, box: Boxes, processes: frozenset[StrategyName]) -> None:
        self.strategies: dict[str, Routes[WorkerOut]] = {}
        self.processes: dict[str, Routes[ProcessSaid]] = {}
        for name in box.strategies:
            if name in processes:
                apart: Routes[ProcessSaid] = Routes(f"strategy:{name}")
                apart.to(AlertRaised, box.alerter).to(AlertCleared, box.alerter)
                self.processes[name] = apart.to(ProposalsMade, box.cycle, box.board)
            else:
                routes: Routes[WorkerOut] = Routes(f"strategy:{name}")
                self.strategies[name] = routes.to(ProposalsMade, box.cycle, box.board)

    def edges(self) -> tuple[Edge, ...]:
        """Every sender, message and target."""
        tables: list[Routes[Any]] = [r for r in vars(self).values() if isinstance(r, Routes)]
        return tuple(
            edge for routes in (*tables, *self.strategies.values(), *self.processes.values()) for edge in routes.edges()
        )

    def _check(self) -> None:
        tables: tuple[tuple[Routes[Any], Any], ...] = (
            (self.alerter, AlerterOut),
            (self.permit_desk, DeskOut),
            (self.breakers, BreakerOut),
            (self.order_manager, ManagerOut),
            (self.user_feed, UserFeedOut),
            (self.reconciler, ReconcilerOut),
            (self.kill_switch, SwitchOut),
            (self.clock_guard, GuardOut),
            (self.market_feed, FeedOut),
            (self.cycle, CycleOut),
            (self.risk_arbiter, ArbiterOut),
            (self.signal_intake, IntakeOut),
            *((routes, WorkerOut) for routes in self.strategies.values()),
            *((routes, ProcessSaid) for routes in self.processes.values()),
        )
        for routes, union in tables:
            routes.missing(union)


def _breakers(box: Boxes) -> Routes[BreakerOut]:
    routes: Routes[BreakerOut] = Routes("breakers")
    routes.to(BreakerChanged, box.journal, box.board).to(BreakersListed, box.risk_arbiter, box.cycle, box.board)
    routes.to(GuardVoted, box.permit_desk).to(AlertRaised, box.alerter).to(AlertCleared, box.alerter)
    return routes


def _risk_arbiter(box: Boxes) -> Routes[ArbiterOut]:
    routes: Routes[ArbiterOut] = Routes("risk_arbiter")
    routes.to(RiskApproved, box.order_manager, box.journal, box.board).to(ProposalRefused, box.journal, box.board)
    routes.to(GuardVoted, box.permit_desk).to(HaltRequested, box.kill_switch)
    routes.to(LossAcknowledged, box.journal, box.board)
    return routes.to(BanLapsed, box.journal, box.board).to(BansListed, box.board)
