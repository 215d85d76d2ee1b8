"""The daemon's deciders in one plain loop: the same objects and the same routing table, and no event loop.

What the daemon's shells do is done here as calls: the journal is durable at once, requests to the venue are
appointments in the timetable, and timers ring where they can matter:

* the **permit** is renewed before each cycle and before each order is judged by the gate. Guards that watch the
  machine (clock, loop, journal, streams, breakers, reconciler) say yes: nothing of it exists here;
* the order manager's **tick** rings before each cycle, and every 250 ms while an order is not settled;
* the market feed's tick rings with the permit and where bars are due.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol, TypeVar

from trader247.config.schema import Configuration
from trader247.core.cycle import Cycle
from trader247.core.integrator import Budget
from trader247.core.journal import JournalFact, JournalIn, waits_for_disk
from trader247.core.kill_switch import KillSwitch, SwitchIn
from trader247.core.market_feed import MarketFeed
from trader247.core.order_manager import OrderManager
from trader247.core.permit import HaltSeen, PermitDesk
from trader247.core.risk_arbiter import RiskArbiter
from trader247.core.status_board import BoardFact
from trader247.core.strategy_worker import StrategyWorker
from trader247.drivers.backtest.line import Line, Queue, Queues
from trader247.drivers.backtest.polls import Polls
from trader247.drivers.backtest.requests import Requests
from trader247.drivers.backtest.timetable import Timetable
from trader247.drivers.backtest.venue import BacktestVenue
from trader247.drivers.routing import RoutingTable
from trader247.messages.base import Tick
from trader247.messages.control import Guard, HaltTripped, TripHalt
from trader247.messages.market import (
    DepthsRead,
    InstrumentsListed,
    QuoteRejected,
    StreamChanged,
)
from trader247.messages.orders import (
    BalancesSeen,
    BooksLoaded,
    Drained,
    FillBooked,
    LoadBooks,
    OrderChanged,
    PortfolioChanged,
    ReconcileFinished,
)
from trader247.messages.trading import CycleDue
from trader247.model.ids import RunEpoch, StrategyName
from trader247.model.instant import MILLISECOND
from trader247.model.instrument import Symbol
from trader247.model.mode import Mode, TradingState
from trader247.model.money import NO_NOTIONAL
from trader247.runtime.routes import Routes
from trader247.strategies.registry import BUILDERS, Builder, build

__all__ = ["Pipeline"]

In_contra = TypeVar("In_contra", contravariant=True)
Out = TypeVar("Out")

_MANAGER_TICK: Final = 250 * MILLISECOND
"""As the daemon's order manager ticks."""
_WATCH_NOTHING_HERE: Final = (
    Guard.MODE,
    Guard.JOURNAL,
    Guard.CLOCK,
    Guard.LOOP,
    Guard.MAILBOXES,
    Guard.VENUE,
    Guard.USER_FEED,
    Guard.RECONCILER,
    Guard.BREAKERS,
)


class _Decider(Protocol[In_contra, Out]):
    def handle(self, message: In_contra, now: Any) -> list[Out]: ...


class Pipeline:
    """One run of the deciders over one venue. ``hear`` is told every journal fact and every portfolio."""

    def __init__(
        self,
        config: Configuration,
        epoch: RunEpoch,
        venue: BacktestVenue,
        time: Timetable,
        *,
        hear: Callable[[JournalFact | PortfolioChanged], None],
        latency_ns: int = 0,
        builders: Mapping[str, Builder] = BUILDERS,
    ) -> None:
        """Puts the deciders together as ``drivers.topology`` does; nothing is said yet."""
        self._venue, self._time, self._hear = venue, time, hear
        names = tuple(StrategyName(name) for name in sorted(config.strategies))
        self.line = Line()
        self.box = Queues(self.line, names)
        self.routes = RoutingTable(self.box, Queue[Drained]("drained", self.line))
        policy, universe = config.policy, config.universe
        self.feed = MarketFeed(tuple(sorted(universe.tradable)), policy.staleness, policy.outliers)
        self.manager = OrderManager(policy, Mode.PAPER, epoch, groups=universe.groups)
        self._arbiter = RiskArbiter(policy, universe)
        self._desk = PermitDesk(tuple(Guard), policy.permit, TradingState.ACTIVE)
        self._switch = KillSwitch(None)
        budgets = {
            StrategyName(name): Budget(terms.max_at_risk_pct, terms.max_trades_per_cycle)
            for name, terms in config.strategies.items()
        }
        self.cycle = Cycle(epoch, universe, config.signals, budgets)
        self.halted: HaltTripped | None = None
        self.portfolio: PortfolioChanged | None = None
        self._ticking = False
        self.polls = Polls(venue, time, self.feed, self.box)
        self._requests = Requests(
            venue, time, self.box, latency_ns=latency_ns, renew=self.renew, halted=lambda: self.halted is not None
        )
        self._connect()
        self.workers: list[StrategyWorker] = []
        for name in names:
            terms = config.strategies[name]
            worker = StrategyWorker(build(name, terms, policy.entry, builders), enabled=terms.enabled)
            self.workers.append(worker)
            self._join(self.box.strategies[name], worker, self.routes.strategies[name])

    def _connect(self) -> None:
        box, routes = self.box, self.routes
        self._join(box.market_feed, self.feed, routes.market_feed)
        self._join(box.order_manager, self.manager, routes.order_manager)
        self._join(box.risk_arbiter, self._arbiter, routes.risk_arbiter)
        self._join(box.permit_desk, self._desk, routes.permit_desk)
        self._join(box.cycle, self.cycle, routes.cycle)
        box.kill_switch.take = self._take_switch
        box.journal.take = self._take_journal
        box.board.take = self._take_board

    def _join(self, queue: Queue[Any], decider: _Decider[Any, Any], routes: Routes[Any]) -> None:
        time, handle, emit = self._time, decider.handle, routes.emit

        def take(message: object) -> None:
            out = handle(message, time.now)
            if out:
                emit(out)

        queue.take = take

    # ------------------------------------------------------------------------------------------------------- a run
    def begin(self) -> None:
        """As the daemon starts: books, listing, fees, depths, history, and the venue's confirmation."""
        now, box = self._time.now, self.box
        self.routes.order_manager.emit(self.manager.start(now))
        self.routes.permit_desk.emit(self._desk.start(now))
        self.routes.risk_arbiter.emit(self._arbiter.start(now))
        box.market_feed.post(StreamChanged(up=True))
        box.market_feed.post(InstrumentsListed(self._venue.instruments(), self._venue.missing))
        box.market_feed.post(self._venue.fee_tier(now.utc))
        self.routes.cycle.emit(self.cycle.start(now))
        self.line.run()
        box.order_manager.post(BalancesSeen(self._venue.balances(), now.utc))
        box.order_manager.post(ReconcileFinished(now.utc))
        self.line.run()

    def read_depths(self) -> None:
        """One round over all books."""
        now = self._time.now.utc
        found = [self._venue.depth(symbol, now) for symbol in self._venue.symbols]
        self.box.market_feed.post(DepthsRead(tuple(depth for depth in found if depth is not None)))

    def begin_cycle(self, number: int, jitter_s: float = 0.0) -> None:
        """Let a cycle be due, with everything it looks at brought up to date first."""
        self.polls.due()
        self.read_depths()
        self.box.order_manager.post(Tick())
        self.line.run()
        self.renew()
        self._time.at(self._time.now.utc, lambda: self.box.cycle.post(CycleDue(number, jitter_s)))

    def renew(self) -> None:
        """Renew the permit, by the votes of this instant; done once the messages on their way are heard."""
        now = self._time.now.utc
        self._time.at(now, self._vote)
        self._time.at(now, lambda: self.box.permit_desk.post(Tick()))

    def _vote(self) -> None:
        self._desk.vouch(_WATCH_NOTHING_HERE, self._time.now)
        for ticking in (self.box.market_feed, self.box.risk_arbiter, self.box.order_manager, self.box.kill_switch):
            ticking.post(Tick())

    def tick_manager(self) -> None:
        """The order manager looks at its timers; again in 250 ms while an order of ours is not settled."""
        self._ticking = False
        working = self.portfolio.working if self.portfolio is not None else ()
        if working:
            self.polls.due(frozenset(order.intent.symbol for order in working))
        self.box.order_manager.post(Tick())
        self._keep_ticking()

    def _keep_ticking(self) -> None:
        if not self._ticking and self.portfolio is not None and self.portfolio.working:
            self._ticking = True
            self._time.after(_MANAGER_TICK, self.tick_manager)

    @property
    def involved(self) -> frozenset[Symbol]:
        """What is held or being traded: its quotes matter the moment they come."""
        portfolio = self.portfolio
        if portfolio is None:
            return frozenset()
        held = (position.symbol for position in portfolio.positions)
        return frozenset(held) | {order.intent.symbol for order in portfolio.working}

    # -------------------------------------------------------------------------------------------------- the shells
    def _take_journal(self, fact: JournalIn) -> None:
        if isinstance(fact, LoadBooks):
            self.box.order_manager.post(_EMPTY_BOOKS)
            return
        self._hear(fact)
        if isinstance(fact, OrderChanged | FillBooked):
            self.polls.changed(fact)
        answer = waits_for_disk(fact)
        if answer is not None:
            self.box.order_manager.post(answer)

    def _take_board(self, fact: BoardFact) -> None:
        if isinstance(fact, PortfolioChanged):
            self.portfolio = fact
            self._keep_ticking()
            self._hear(fact)
        elif isinstance(fact, QuoteRejected):
            self.polls.doubted(fact.quote.symbol)

    def _take_switch(self, message: SwitchIn) -> None:
        now = self._time.now
        out = self._switch.handle(message, now)
        for said in out:
            if isinstance(said, TripHalt) and self.halted is None:
                self.halted = HaltTripped(said.reason, said.by, now)
                self.box.permit_desk.post(HaltSeen(tripped=True))
                self.box.kill_switch.post(self.halted)
        self.routes.kill_switch.emit(out)


_EMPTY_BOOKS: Final = BooksLoaded((), (), frozenset(), None, (), NO_NOTIONAL, (), (), None, 0)
