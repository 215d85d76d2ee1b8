"""The daemon's actors put together: every decider in its shell, every shell at its desk (``actors/roster.py``).

What drives them is elsewhere: real time in ``live``, and whatever else can give them a clock, a venue and a disk.
"""

import random
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial

from attrs import define, field

from trader247.actors.alerter import AlerterActor
from trader247.actors.clock_guard import ClockGuardActor
from trader247.actors.cycle import CycleActor, CycleCount
from trader247.actors.journal import JournalActor
from trader247.actors.kill_switch import KillSwitchActor
from trader247.actors.market_feed import MarketFeedActor
from trader247.actors.order_gateway import OrderGatewayActor
from trader247.actors.reconciler import ReconcilerActor
from trader247.actors.roster import Desk, roster
from trader247.actors.signal_intake import SignalDesk
from trader247.actors.strategy_process import Asking, StrategyProcessActor
from trader247.actors.user_feed import UserFeedActor
from trader247.config.schema import Configuration
from trader247.core.alerter import Alerter
from trader247.core.breakers import Breakers, breaker_names
from trader247.core.clock_guard import ClockGuard
from trader247.core.cycle import Cycle
from trader247.core.integrator import Budget
from trader247.core.kill_switch import KillSwitch
from trader247.core.market_feed import MarketFeed
from trader247.core.order_gateway import OrderGate
from trader247.core.order_manager import OrderManager
from trader247.core.permit import DeskIn, HaltSeen, PermitDesk
from trader247.core.reconciler import Reconciler
from trader247.core.risk_arbiter import RiskArbiter
from trader247.core.signal_intake import SignalIntake
from trader247.core.status_facts import BoardFact
from trader247.core.strategy_process import Conduct, StrategyProcess
from trader247.core.strategy_worker import StrategyWorker
from trader247.core.user_feed import UserFeed
from trader247.drivers.left_over import LeftOver
from trader247.drivers.mailboxes import Mailboxes
from trader247.drivers.routing import RoutingTable
from trader247.drivers.world import World
from trader247.messages.base import Tick
from trader247.messages.breakers import Outcome, SetBreaker, WorkEnded
from trader247.messages.control import (
    GroupsChanged,
    Guard,
    GuardVoted,
    HaltCleared,
    HaltTripped,
    PolicyChanged,
)
from trader247.messages.orders import Drained, LoadBooks
from trader247.messages.worker_wire import Setup
from trader247.model.ids import RunEpoch, StrategyName
from trader247.model.instant import Moment
from trader247.model.instrument import Symbol
from trader247.model.mode import Mode
from trader247.model.policy_strategies import Isolation
from trader247.ports import (
    OncePort,
    Recorded,
)
from trader247.runtime.actor import Actor, DeciderActor, Timer
from trader247.runtime.channels import Mailbox, Sender, Switchboard
from trader247.runtime.halt import Cleared, Halt, Halted
from trader247.runtime.reports import Event, Report
from trader247.runtime.sealing import Sealed
from trader247.runtime.specs import Group, Limit
from trader247.strategies.registry import BUILDERS, Builder, build

__all__ = ["Topology"]

_TICK_S = 1.0
"""How often a decider looks at its timers and votes: half the age at which a vote expires by default."""
_CYCLE_TICK_S = 0.5
_CRASHES = frozenset({Event.RESTARTING, Event.START_FAILED, Event.EXHAUSTED})
_MANAGER_TICK_S = 0.25
"""The first step of the cancel retries."""
_PROCESS_SPARE_S = 10.0
"""What a strategy's actor may take beyond the deadline of its process: to see it dead, on a machine that is busy."""


@define
class Topology:
    """Mailboxes, routes, and a desk per actor, who reads the configuration of the moment in which it is made.

    ``poll_s``: time between looks at the kill file, in loop seconds. ``left``: by an earlier run. ``builders``: every
    kind of strategy there is. ``faces`` makes another mailbox for what people look at than the faces' own.
    """

    config: Configuration
    mode: Mode
    epoch: RunEpoch
    world: World
    halt: Halt
    switchboard: Switchboard
    drained: Sender[Drained]
    poll_s: float
    left: LeftOver = field(factory=LeftOver)
    builders: Mapping[str, Builder] = field(factory=lambda: BUILDERS)
    backlog: deque[Recorded] = field(factory=deque)
    count: CycleCount = field(factory=CycleCount)
    faces: Callable[[Switchboard], Mailbox[BoardFact]] | None = None
    arbiters: int = 0
    conducts: dict[StrategyName, Conduct] = field(factory=dict)
    box: Mailboxes = field(init=False)
    routes: RoutingTable = field(init=False)
    _desk: PermitDesk | None = field(init=False, default=None)
    _arbiter: RiskArbiter | None = field(init=False, default=None)
    _breaker_desk: Breakers | None = field(init=False, default=None)
    _alerts: Alerter | None = field(init=False, default=None)
    _manager: OrderManager | None = field(init=False, default=None)
    _watched: frozenset[Symbol] = frozenset()

    def __attrs_post_init__(self) -> None:
        """Mailboxes and routes are made at once; actors only when their supervisor begins them."""
        self.box = Mailboxes(self.switchboard, self.strategy_names)
        if self.faces is not None:
            self.box.board = self.faces(self.switchboard)
        self.routes = RoutingTable(self.box, self.drained, frozenset(filter(self._apart, self.strategy_names)))
        self.halt.listen(self._tell_of_halt)
        self.world.calls.report_to(self.box.breakers)

    def take(self, config: Configuration) -> None:
        """Actors made from now on read this configuration. Those that hold what a restart would lose are told of it:
        the order manager (orders in flight, exits under way), the alerter (what stands, and since when) and the
        breakers (what failed). A strategy whose terms have changed is no longer quarantined.
        """
        for name, terms in config.strategies.items():
            if terms != self.config.strategies.get(name):
                self.conducts.pop(StrategyName(name), None)
        self.config = config
        changed = PolicyChanged(config.policy)
        self.box.order_manager.post(changed)
        self.box.order_manager.post(GroupsChanged(config.universe.groups))
        self.box.alerter.post(changed)
        self.box.breakers.post(changed)

    def on_report(self, report: Report) -> None:
        """What a supervisor decided: a strategy that crashed, or did not start, failed its breaker's work."""
        if report.child.startswith("strategy:") and report.event in _CRASHES:
            self.box.breakers.post(WorkEnded(report.child, Outcome.FAILED, f"it crashed: {report.reason}"))

    @property
    def strategy_names(self) -> tuple[StrategyName, ...]:
        """Every configured strategy, enabled or not, by name."""
        return tuple(StrategyName(name) for name in sorted(self.config.strategies))

    @property
    def breakers(self) -> dict[str, Sender[SetBreaker]]:
        """Who is told of a breaker, by its name."""
        return dict.fromkeys(breaker_names(self.strategy_names), self.box.breakers)

    @property
    def guards(self) -> tuple[Guard, ...]:
        """Whose votes this installation asks for."""
        return tuple(Guard)

    def desks(self) -> dict[str, Desk]:
        """One desk per actor but the web face and the embedded exchange, which their driver adds."""
        desks = {
            "journal": Desk(self._journal, self.box.journal),
            "alerter": Desk(self._alerter, self.box.alerter),
            "permit_desk": Desk(self._permit_desk, self.box.permit_desk),
            "breakers": Desk(self._breakers, self.box.breakers),
            "order_gateway": Desk(self._order_gateway, self.box.order_gateway),
            "order_manager": Desk(self._order_manager, self.box.order_manager),
            "user_feed": Desk(self._user_feed, self.box.user_feed),
            "reconciler": Desk(self._reconciler, self.box.reconciler),
            "kill_switch": Desk(self._kill_switch, self.box.kill_switch),
            "clock_guard": Desk(self._clock_guard, self.box.clock_guard),
            "market_feed": Desk(self._market_feed, self.box.market_feed),
            "cycle": Desk(self._cycle, self.box.cycle),
            "risk_arbiter": Desk(self._risk_arbiter, self.box.risk_arbiter),
        }
        for name in self.strategy_names:
            make, limit_s = (self._process, self._process_busy_s) if self._apart(name) else (self._strategy, None)
            desks[f"strategy:{name}"] = Desk(partial(make, name), self.box.strategies[name], limit_s)
        return desks

    def unwritten(self) -> list[Recorded]:
        """The facts that the journal's actor has left, once it is down for good: it may end between two incarnations,
        and with it a halt that no start would know of.
        """
        for each in self.box.journal.clear_out():
            if not isinstance(each.body, LoadBooks):
                self.backlog.append(Recorded(each.body, each.at.utc, each.cause))
        return list(self.backlog)

    def tree(self, desks: Mapping[str, Desk]) -> Group:
        """The supervision tree over ``desks``: those of ``desks()`` and what the driver added to them."""
        limits = self.config.policy.supervision
        return roster(
            desks,
            tuple(f"strategy:{name}" for name in self.strategy_names),
            tuple(Limit(limit.restarts, limit.per_s) for limit in (limits.fast, limits.slow)),
        )

    # ------------------------------------------------------------------------------------------------------ safety
    def _journal(self) -> JournalActor:
        return JournalActor(
            self.box.journal,
            self.world.open_store,
            self.backlog,
            manager=self.box.order_manager,
            desk=self.box.permit_desk,
            alerter=self.box.alerter,
            halt=self.halt,
            clock=self.world.clock,
            offload=self.world.offload,
        )

    def _alerter(self) -> AlerterActor:
        self._alerts = decider = Alerter(self.config.policy.alerts, self.left.standing, before=self._alerts)
        shell = DeciderActor(decider, self.box.alerter, self.routes.alerter, self.world.clock, _every(_TICK_S))
        return AlerterActor(shell.run, self.box.alerts_due, self.world.channels, self.world.once)

    def _permit_desk(self) -> Actor:
        # what an operator ordered outlives the desk that heard it
        state = self._desk.state if self._desk is not None else self.left.state
        decider = PermitDesk(self.guards, self.config.policy.permit, state, halted=self.halt.tripped is not None)
        self._desk = decider
        renew_s = self.config.policy.permit.renew_s
        timers: tuple[Timer[DeskIn], ...] = (Timer(self._mode_vote, renew_s), *_every(renew_s))
        return DeciderActor(decider, self.box.permit_desk, self.routes.permit_desk, self.world.clock, timers)

    def _mode_vote(self, _now: Moment) -> GuardVoted:
        live = self.mode is Mode.LIVE
        text = "DRY_RUN: decides, sends nothing" if self.mode is Mode.DRY_RUN else self.mode.value
        return GuardVoted(Guard.MODE, yes=not live, reason="no gate to LIVE exists yet" if live else text)

    def _breakers(self) -> Actor:
        terms = self.config.policy.breakers
        left, before = self.left, self._breaker_desk
        self._breaker_desk = Breakers(self.strategy_names, terms, held=left.held, opened=left.opened, before=before)
        return DeciderActor(
            self._breaker_desk, self.box.breakers, self.routes.breakers, self.world.clock, _every(_TICK_S)
        )

    def _order_gateway(self) -> OrderGatewayActor:
        return OrderGatewayActor(
            self.box.order_gateway,
            OrderGate(self.mode),
            self.world.venue,
            manager=self.box.order_manager,
            halt=self.halt,
            clock=self.world.clock,
        )

    def _order_manager(self) -> Actor:
        before = self._manager  # an order to sell everything outlives the manager that heard it, as do bans
        self._manager = decider = OrderManager(
            self.config.policy,
            self.mode,
            self.epoch,
            groups=self.config.universe.groups,
            halted=self.halt.tripped is not None,
            flattening=before.flattening if before is not None else None,
            bans=(self._arbiter or self.left).bans,
        )
        timers = _every(_MANAGER_TICK_S)
        return DeciderActor(decider, self.box.order_manager, self.routes.order_manager, self.world.clock, timers)

    def _user_feed(self) -> UserFeedActor:
        timers = _every(_TICK_S)
        shell = DeciderActor(UserFeed(), self.box.user_feed, self.routes.user_feed, self.world.clock, timers)
        return UserFeedActor(shell.run, self.box.user_feed, self.world.user_stream)

    def _reconciler(self) -> ReconcilerActor:
        timers = _every(_TICK_S)
        shell = DeciderActor(Reconciler(), self.box.reconciler, self.routes.reconciler, self.world.clock, timers)
        return ReconcilerActor(
            shell.run,
            self.box.reconciler,
            self.box.questions,
            manager=self.box.order_manager,
            venue=self.world.venue,
            clock=self.world.clock,
        )

    def _kill_switch(self) -> KillSwitchActor:
        tripped = self.halt.tripped
        return KillSwitchActor(
            KillSwitch(HaltTripped(tripped.reason, tripped.by, tripped.at) if tripped else None),
            self.box.kill_switch,
            self.routes.kill_switch,
            halt=self.halt,
            file=self.world.kill_file,
            until_look=self.world.until_look,
            poll_s=self.poll_s,
            clock=self.world.clock,
            offload=self.world.files,
        )

    # ----------------------------------------------------------------------------------------------------- trading
    def _clock_guard(self) -> ClockGuardActor:
        shell = DeciderActor(
            ClockGuard(self.mode, self.config.app.memory_soft_mb),
            self.box.clock_guard,
            self.routes.clock_guard,
            self.world.clock,
            _every(_TICK_S),
        )
        return ClockGuardActor(shell.run, self.box.clock_guard, self.world.venue, self.world.pulse, self.world.clock)

    def _market_feed(self) -> MarketFeedActor:
        # an instrument that left the universe may still be held, and without its quotes no stop of it would act
        self._watched |= set(self.config.universe.tradable)
        symbols = tuple(sorted(self._watched))
        decider = MarketFeed(symbols, self.config.policy.staleness, self.config.policy.outliers)
        shell = DeciderActor(decider, self.box.market_feed, self.routes.market_feed, self.world.clock, _every(_TICK_S))
        return MarketFeedActor(
            decider,
            shell.run,
            self.box.market_feed,
            self.box.reads,
            symbols=symbols,
            hours=self.config.signals.warm_up_hours,
            venue=self.world.venue,
            stream=self.world.market_stream,
            clock=self.world.clock,
        )

    def _cycle(self) -> CycleActor:
        budgets = {
            StrategyName(name): Budget(terms.max_at_risk_pct, terms.max_trades_per_cycle)
            for name, terms in self.config.strategies.items()
        }
        decider = Cycle(self.epoch, self.config.universe, self.config.signals, budgets)
        shell = DeciderActor(decider, self.box.cycle, self.routes.cycle, self.world.clock, _every(_CYCLE_TICK_S))
        terms = self.config.signals.cycle
        return CycleActor(shell.run, self.box.cycle, terms=terms, count=self.count, rng=self.world.rng)

    def _risk_arbiter(self) -> Actor:
        before = self._arbiter or self.left  # what people said outlives the arbiter that heard it
        self._arbiter = decider = RiskArbiter(
            self.config.policy,
            self.config.universe,
            restarted=self.arbiters > 0,
            bans=before.bans,
            acknowledged=before.acknowledged,
            budgets={StrategyName(name): terms.max_at_risk_pct for name, terms in self.config.strategies.items()},
        )
        self.arbiters += 1
        timers = _every(_TICK_S)
        return DeciderActor(decider, self.box.risk_arbiter, self.routes.risk_arbiter, self.world.clock, timers)

    def _strategy(self, name: StrategyName) -> Actor:
        terms = self.config.strategies[name]
        strategy = build(name, terms, self.config.policy.entry, self.builders)
        decider = StrategyWorker(strategy, enabled=terms.enabled, seal=Sealed)
        return DeciderActor(decider, self.box.strategies[name], self.routes.strategies[name], self.world.clock)

    def _apart(self, name: StrategyName) -> bool:
        apart = self.config.strategies[name].isolation is Isolation.PROCESS
        return apart and self.world.processes is not None

    def _process(self, name: StrategyName) -> Actor:
        terms, processes = self.config.strategies[name], self.world.processes
        assert processes is not None  # noqa: S101 - see _apart
        conduct = self.conducts.setdefault(name, Conduct())
        setup = Setup(name, terms, self.config.policy.entry, processes.third(terms.kind))
        return StrategyProcessActor(
            StrategyProcess(name, enabled=terms.enabled, terms=terms.process, conduct=conduct),
            self.box.strategies[name],
            self.routes.processes[name],
            self.world.clock,
            asking=Asking(setup, self.config.signals.cycle.proposal_deadline_s),
            processes=processes,
            rng=random.Random(f"{self.epoch}:{name}"),  # noqa: S311 - spreads restarts, keeps no secret
        )

    @property
    def _process_busy_s(self) -> float:
        return self.config.signals.cycle.proposal_deadline_s + _PROCESS_SPARE_S

    def signal_desk(self, once: OncePort) -> SignalDesk:
        """Where external signals come in; made once, for the webhook and the file drop."""
        decider = SignalIntake(lambda: self.config.strategies, lambda: self.config.policy.entry)
        return SignalDesk(decider, self.routes.signal_intake, once, self.world.clock)

    # ------------------------------------------------------------------------------------------------------- halt
    def _tell_of_halt(self, event: Halted | Cleared) -> None:
        """The latch moved: those who act on it hear of it in the same step."""
        self.box.permit_desk.post(HaltSeen(tripped=isinstance(event, Halted)))
        if isinstance(event, Halted):
            self.box.kill_switch.post(HaltTripped(event.reason, event.by, event.at))
        else:
            self.box.kill_switch.post(HaltCleared(event.reason, event.by, event.at))


def _every(seconds: float) -> tuple[Timer[Tick], ...]:
    return (Timer(lambda _now: Tick(), seconds),)
