"""Everything that a kind of fault may lay its hands on, and how a fault of the plan gets there.

A standing trouble (a disk that is full, a partition, a frozen market) is a value here with its end; whoever is troubled
looks at it. ``heal`` ends all of them at once: what is wrong afterwards is the daemon's own doing.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import trio
from attrs import Factory, define, field

from trader247.drivers.memory_venue import MemoryVenue
from trader247.drivers.simulation.desk import PlanDesk
from trader247.drivers.simulation.hearing import Hearing
from trader247.drivers.simulation.life import Life
from trader247.drivers.simulation.plan import Fault, KindRule, Layer, Point, Stage
from trader247.drivers.simulation.points import Points
from trader247.drivers.simulation.strategy_trouble import StrategyTrouble
from trader247.drivers.simulation.troubles import (
    ActorTrouble,
    DiskTrouble,
    LineTrouble,
    MarketTrouble,
    PulseTrouble,
)
from trader247.drivers.simulation.virtual_time import HostClock, TrueClock, VirtualClock
from trader247.drivers.simulation.witness import Struck, Witness
from trader247.errors import Trader247Error
from trader247.model.instant import Instant
from trader247.runtime.alarms import sleep_to
from trader247.venues.simulated.delays import Delays
from trader247.venues.simulated.exchange import SimulatedExchange
from trader247.venues.simulated.faults.desk import Hit
from trader247.venues.simulated.faults.injector import thrown_of

__all__ = ["Scene"]

_PAUSE_STEP_S: Final = 0.5
"""While the daemon stands still the world goes on in steps of this."""


@define(slots=False)
class Scene:
    """One history's world."""

    loop: VirtualClock
    true: TrueClock
    host: HostClock
    exchange: SimulatedExchange
    points: Points
    folder: Path
    rng: random.Random
    disk: DiskTrouble
    line: LineTrouble
    market: MarketTrouble
    actors: ActorTrouble
    witness: Witness = Factory(Witness)
    heard: Hearing = Factory(lambda scene: Hearing(scene.witness), takes_self=True)
    strategies: StrategyTrouble = Factory(StrategyTrouble)
    pulse: PulseTrouble = Factory(PulseTrouble)
    hearing: LineTrouble = field(default=Factory(lambda scene: LineTrouble(scene.loop), takes_self=True))
    venue: MemoryVenue = field(init=False)
    desk: PlanDesk = field(init=False)
    life: Life | None = None
    rules: Mapping[Layer, Mapping[str, KindRule]] = Factory(dict)
    nursery: trio.Nursery | None = None
    flag_moved: trio.Event = Factory(trio.Event)

    @property
    def now(self) -> Instant:
        """The true time."""
        return self.true.now().utc

    # ----------------------------------------------------------------------------------------------------- the plan
    def reached(self, point: Point, name: str, stage: Stage) -> list[Hit]:
        """An event: do what the plan has for it; what is left for the exchange's own machinery comes back."""
        hits = []
        for number, fault in self.points.reached(point, name, stage, self.loop.now_s):
            rule = self.rules[fault.layer][fault.kind]
            if rule.hit is not None:
                self.strike(number, fault)
                hits.append(rule.hit(fault.arguments))
            elif fault.at.delta_s and self.nursery is not None:
                self.nursery.start_soon(self._act_later, number, fault)
            else:
                self.act(number, fault)
        return hits

    def act(self, number: int, fault: Fault) -> None:
        """Do it now. What the daemon refuses, as it refuses an operator, is counted and no more."""
        self.strike(number, fault)
        act = self.rules[fault.layer][fault.kind].act
        assert act is not None  # noqa: S101 - a kind has either a hit or an act
        try:
            act(self, fault.arguments)
        except Trader247Error:
            self.witness.refused += 1

    def strike(self, number: int, fault: Fault) -> None:
        """Note that it happens."""
        self.witness.struck.append(Struck(self.now, number, fault))

    async def _act_later(self, number: int, fault: Fault) -> None:
        await trio.sleep(fault.at.delta_s)
        if not self.points.healed:
            self.act(number, fault)

    def later(self, seconds: float, what: Callable[[], None]) -> None:
        """Do something in so many seconds."""

        async def wait() -> None:
            await trio.sleep(seconds)
            what()

        if self.nursery is not None:
            self.nursery.start_soon(wait)

    async def follow_times(self) -> None:
        """Do what the plan has at a time, until nothing is left."""
        for number, fault in self.points.timed:
            await trio.sleep(max(0.0, fault.at.after_s - self.loop.now_s))
            if self.points.healed:
                return
            self.act(number, fault)

    # -------------------------------------------------------------------------------------------------- what acts use
    def throw(self, hit: Hit) -> None:
        """Throw the exchange's own switches: modes, maintenance, its clock."""
        for thrown in thrown_of(hit, self.now):
            self.venue.server.switches.throw(thrown, self.now)

    def pause(self, seconds: float) -> None:
        """The process stands still while the world goes on: a stopped process, a machine that is suspended."""
        self.witness.breach("frozen", self.now, seconds)
        left = seconds
        while left > 0:
            step = min(left, _PAUSE_STEP_S)
            self.loop.skip(step)
            self.venue.server.go_on(self.now)
            left -= step
        self.heard.stood_still(self.now)
        self.pulse.lagged(seconds)

    def hung(self, actor: str) -> Callable[[], None]:
        """An actor takes nothing any more, until what comes back is called."""
        breach = self.witness.breach("hung", self.now, None, actor)

        def over() -> None:
            breach.until = self.now if breach.until is None else min(breach.until, self.now)

        return over

    def crash(self) -> None:
        """The life is over here: nothing of it reaches the world from now on."""
        if self.life is not None:
            self.life.die("crashed")

    def kill_file(self, for_s: float, text: str) -> None:
        """Somebody puts the kill file there, and takes it away later."""
        path = self.folder / "KILL_SWITCH"
        self.folder.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        self.flag_moved.set()
        self.witness.breach("kill", self.now, for_s)
        self.later(for_s, self._take_flag_away)

    def _take_flag_away(self) -> None:
        (self.folder / "KILL_SWITCH").unlink(missing_ok=True)
        self.flag_moved.set()

    async def until_flag(self, poll_s: float) -> None:
        """Until the kill switch looks again. It polls; but looks at nothing, which change nothing, are left out."""
        if not (self.folder / "KILL_SWITCH").exists():
            await self.flag_moved.wait()
        self.flag_moved = trio.Event()
        await sleep_to(poll_s)

    def heal(self) -> None:
        """The last fault is over, and everything outside the daemon is well."""
        now = self.now
        self.points.heal()
        self.host.heal()
        for each in (self.disk, self.line, self.market, self.strategies, self.actors, self.pulse, self.hearing):
            each.heal()
        self._take_flag_away()
        self.venue.server.switches.clear(now)
        self.exchange.take_delays(Delays())
        for breach in self.witness.breaches:
            if breach.until is None or breach.until > now:
                breach.until = now

    def symbols(self) -> Sequence[str]:
        """What is traded, in a fixed order."""
        return tuple(self.exchange.products)
