"""One history: lives of the daemon over one exchange and one folder, while the plan strikes; then peace, then the end.

*Safety*: the plan is in force. A life that dies is followed by another, as a service manager would have it. *Liveness*:
everything outside is healed, and within a minute the daemon has to be well again. *Drain*: it is told to stop, and its
books are compared with the exchange's. Nothing is judged here: what was seen is evidence, and judged elsewhere.
"""

import random
import tempfile
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Final

import trio
from attrs import define, field, frozen
from structlog.testing import capture_logs

from trader247.actors.journal import JOURNAL
from trader247.core.clock_guard import MEMORY
from trader247.drivers.memory_venue import MemoryVenue
from trader247.drivers.simulate import SimulatedDaemon
from trader247.drivers.simulation.desk import PlanDesk
from trader247.drivers.simulation.layers import RULES
from trader247.drivers.simulation.life import Life
from trader247.drivers.simulation.plan import Plan
from trader247.drivers.simulation.points import Points
from trader247.drivers.simulation.scene import Scene
from trader247.drivers.simulation.staging import Terms, put_on, steered
from trader247.drivers.simulation.troubles import (
    ActorTrouble,
    DiskTrouble,
    LineTrouble,
    MarketTrouble,
    TroubledMarket,
)
from trader247.drivers.simulation.virtual_time import HostClock, TrueClock, VirtualClock, collecting, run_seeded
from trader247.drivers.simulation.witness import Lived
from trader247.errors import Trader247Error
from trader247.model.instant import Instant, instant
from trader247.runtime.exits import ActorError, first_error
from trader247.runtime.halt import Cleared, Halted
from trader247.venues.coinbase.rate_limit import RateLimits
from trader247.venues.simulated.exchange import SimulatedExchange
from trader247.venues.simulated.generated_market import GeneratedMarket

__all__ = ["FUNDS", "LIVENESS_S", "PRODUCTS", "RATES", "START", "Disorder", "History", "Lived", "Past", "room"]

START: Final = instant("2026-09-27T10:00:00Z")
PRODUCTS: Final = ("BTC-USD", "ETH-USD", "SOL-USD")
FUNDS: Final[Mapping[str, Decimal]] = {"USD": Decimal(100_000)}
STEP_S: Final = 2.0
"""Between two steps of the market: under half the age at which a quote is too old."""

RATES: Final = RateLimits()
"""Requests per second as a live daemon allows them to itself."""

LIVENESS_S: Final = 60.0
"""Within so many seconds after the last fault everything is as it should be."""

DOWN_S: Final = (1.0, 10.0)
"""A service manager starts the next life so many seconds after a death."""

RESUME_S: Final = 45.0
"""Somebody looks after a halt so long after it began, and resumes."""

_SITTER_S: Final = 5.0
_MARK_S: Final = 5.0
_DRAIN_S_MAX: Final = 300.0
"""An order in doubt is settled within a minute of answers; more is a drain that hangs, and evidence."""

_START_S_MAX: Final = 120.0
_FAULT_DRAIN_S: Final = 25.0
"""As in ``live``: so long for cancels before the process ends by a fault."""


@frozen
class Disorder:
    """What no plan says and every history has.

    ``late_rate``: of the takes of messages, late by up to ``late_s``; ``delay_s``: each way between daemon and venue.
    """

    late_rate: float = 0.02
    late_s: float = 0.005
    delay_s: float = 0.01


@frozen
class Past:
    """What a history left: what was seen, the exchange's books, and where the daemon's are."""

    seed: int
    scene: Scene
    folder: Path
    began: Instant
    healed: Instant
    ended: Instant
    halted_at_end: str
    hung: bool


@define
class History:
    """``hours`` of a plan. ``seed``: of market, schedule and disorder; ``folder``: for the daemon's files, empty."""

    seed: int
    hours: float
    plan: Plan
    terms: Terms
    folder: Path
    disorder: Disorder = field(factory=Disorder)
    scene: Scene = field(init=False)
    _over: bool = False
    _draining: bool = False
    _healed_at: Instant = START
    _halted: str = ""
    _hung: bool = False
    _news: trio.Event = field(factory=trio.Event)

    def run(self) -> Past:
        """All of it, blocking; the same from the same seed, plan, terms and code."""
        loop = VirtualClock()
        rng = random.Random(f"history:{self.seed}")  # noqa: S311 - repeatable on purpose
        self.scene = scene = self._stage(loop, rng)
        with capture_logs() as logs:
            run_seeded(self._main, loop, rng.getrandbits(32))
        for entry in logs:
            scene.witness.say(str(sorted(entry.items(), key=str)))
        return Past(self.seed, scene, self.folder, START, self._healed_at, scene.now, self._halted, self._hung)

    def _stage(self, loop: VirtualClock, rng: random.Random) -> Scene:
        true = TrueClock(START, loop)
        market = MarketTrouble()
        source = TroubledMarket(GeneratedMarket(START, self.seed, PRODUCTS, STEP_S), market)
        exchange = SimulatedExchange(source, funds=FUNDS, seed=self.seed)
        disorder = self.disorder
        actors = ActorTrouble(loop, random.Random(rng.getrandbits(64)), disorder.late_rate, disorder.late_s)  # noqa: S311
        host = HostClock(true)
        scene = Scene(
            loop,
            true,
            host,
            exchange,
            Points(self.plan),
            self.folder,
            rng,
            DiskTrouble(loop),
            LineTrouble(loop),
            market,
            actors,
            rules=RULES,
        )
        scene.strategies.pause, scene.actors.on_hung = scene.pause, scene.hung
        scene.heard.quote_s = self.terms.loaded.configuration.policy.staleness.quote_s
        scene.desk = PlanDesk.asking(scene.reached, START)
        keys = random.Random(rng.getrandbits(64))  # noqa: S311
        scene.venue = MemoryVenue(exchange, true, keys, disorder.delay_s, faults=scene.desk, rates=RATES)
        return scene

    # ------------------------------------------------------------------------------------------------------ the tasks
    async def _main(self) -> None:
        async with trio.open_nursery() as nursery:
            self.scene.nursery = nursery
            await nursery.start(self.scene.venue.run)
            nursery.start_soon(collecting)
            nursery.start_soon(self._mark)
            nursery.start_soon(self.scene.follow_times)
            nursery.start_soon(self._sit)
            nursery.start_soon(self._live_on)
            await self._conduct()
            nursery.cancel_scope.cancel()

    async def _conduct(self) -> None:
        """The three parts of a history."""
        scene = self.scene
        await trio.sleep(self.hours * 3600)
        scene.heal()
        self._healed_at = scene.now
        await trio.sleep(LIVENESS_S)
        with trio.move_on_after(_START_S_MAX):
            while scene.life is None or not scene.life.is_up:
                await self._news.wait()
        life = scene.life
        if life is None or not life.is_up:
            self._hung, self._over = True, True
            return
        halted = life.daemon.halt.tripped
        self._halted = f"{halted.by}: {halted.reason}" if halted else ""
        self._draining = True
        with trio.move_on_after(_DRAIN_S_MAX) as patience:
            await life.daemon.drain()
            await life.over.wait()
        self._hung = patience.cancelled_caught
        self._over = True
        if self._hung:
            life.die("running")
            await life.over.wait()

    async def _live_on(self) -> None:
        """One life after the other."""
        while not self._closing():
            await self._live()
            if self._closing():
                return
            self.scene.witness.saw_no_permit(self.scene.now, "no process")
            await trio.sleep(self.scene.rng.uniform(*DOWN_S))

    def _closing(self) -> bool:
        return self._over or self._draining

    async def _live(self) -> None:
        scene, lived = self.scene, Lived("", self.scene.now)
        scene.witness.lives.append(lived)
        scene.life = life = Life(lived)
        daemon = put_on(scene, life, self.terms, scene.rng.getrandbits(32))
        try:
            with life.scope:
                async with trio.open_nursery() as nursery:
                    await nursery.start(self._host, daemon, nursery.cancel_scope)
                    lived.ready, lived.epoch = scene.now, daemon.epoch
                    self._tell()
                    nursery.start_soon(steered, scene, life, self.terms)
                    daemon.halt.listen(lambda event: self._end_by_fault(life, event))
        except* (ActorError, OSError, Trader247Error) as group:
            if not life.dead:
                lived.how = f"exited 5: {first_error(group)}"
        if lived.how == "running" and not life.dead:
            lived.how = "drained" if self._draining else "exited 5"
        life.dead = True
        lived.ended = scene.now
        scene.heard.over(scene.now)
        if lived.ready is not None:
            scene.witness.saw_mailboxes(daemon.topology.box.all())
        lived.epoch = lived.epoch or daemon.epoch
        life.over.set()

    @staticmethod
    async def _host(daemon: SimulatedDaemon, scope: trio.CancelScope, task_status: trio.TaskStatus[object]) -> None:
        """Control and reloader serve no longer than the daemon runs."""
        await daemon.run(task_status)
        scope.cancel()

    def _tell(self) -> None:
        """Who waits for a life that is up looks again."""
        self._news.set()
        self._news = trio.Event()

    def _end_by_fault(self, life: Life, event: Halted | Cleared) -> None:
        """As ``live``: what a minute more does not mend ends the process, after the cancels."""
        if isinstance(event, Halted) and event.by in {JOURNAL, MEMORY} and not life.dead:
            life.lived.how = f"exited 5: {event.reason}"
            if self.scene.nursery is not None:
                self.scene.nursery.start_soon(self._stop_after_fault, life)

    @staticmethod
    async def _stop_after_fault(life: Life) -> None:
        with trio.move_on_after(_FAULT_DRAIN_S):
            await life.daemon.drain()
        life.daemon.running.stop("a fault")

    async def _sit(self) -> None:
        """The operator of an account: sees a halt, looks, and resumes after a while; with a latch nothing is learnt."""
        since_s = trio.current_time()
        while True:
            await trio.sleep(_SITTER_S)
            life = self.scene.life
            if life is None or not life.is_up or life.control is None or self.scene.points.healed:
                since_s = trio.current_time()  # who comes to another life looks as long again
                continue
            if life.daemon.halt.tripped is None:
                since_s = trio.current_time()
            elif trio.current_time() - since_s > RESUME_S:
                since_s = trio.current_time()
                try:
                    life.control.resume("looked after it", "operator")
                except Trader247Error:
                    self.scene.witness.refused += 1

    async def _mark(self) -> None:
        while True:
            at = self.scene.now
            for symbol in PRODUCTS:
                bid, ask = self.scene.exchange.touch(symbol)
                if bid[0] and ask[0]:
                    self.scene.witness.marks.append((at, symbol, (bid[0] + ask[0]) / 2))
            await trio.sleep(_MARK_S)


def room(within: Path | None = None) -> "tempfile.TemporaryDirectory[str]":
    """A folder in memory where there is such a place: histories write much and keep nothing."""
    memory = within or Path("/dev/shm")  # noqa: S108 - a fresh folder below it
    return tempfile.TemporaryDirectory(prefix="trader247-", dir=memory if memory.is_dir() else None)
