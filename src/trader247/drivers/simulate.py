"""A life of the daemon in virtual time: the very actors, roster, supervisor, client, store and alerter of ``live``.

What differs is the world: a virtual clock, the exchange in memory (``memory_venue``), and disk work done on the loop,
since a thread would let virtual time run away. For the same reason every strategy runs inline, whatever its isolation,
unless the clock is one that can be held and ``processes`` are given. Everything random comes from one seed.
"""

import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, TypeVar, TypeVarTuple

import httpx
import trio
from attrs import Factory, define, field, frozen

from trader247 import __version__
from trader247.actors.clock_guard import Pulse
from trader247.actors.journal import JOURNAL
from trader247.actors.strategy_process import Processes
from trader247.config.fingerprint import fingerprint
from trader247.config.schema import Configuration
from trader247.core.status_board import BoardFact
from trader247.drivers.call_watch import CallWatch
from trader247.drivers.disk import Disk, open_disk
from trader247.drivers.draining import DrainSink, write_last
from trader247.drivers.memory_venue import MemoryVenue, OpenStream
from trader247.drivers.once_desk import OnceDesk
from trader247.drivers.topology import Topology
from trader247.drivers.world import World
from trader247.messages.control import AlertChanged, DaemonStarted
from trader247.messages.health import HealthSeen
from trader247.messages.orders import BooksLoaded, DrainOrders
from trader247.model.ids import RunEpoch
from trader247.model.instant import Instant
from trader247.model.mode import Mode
from trader247.ports import Clock, JournalStore, KillFile, Offload, Recorded
from trader247.runtime.alarms import sleep_to
from trader247.runtime.channels import Mailbox, Switchboard
from trader247.runtime.dead_letters import DeadLetters
from trader247.runtime.halt import Halt
from trader247.runtime.offload import InlineOffload
from trader247.runtime.reports import Report
from trader247.runtime.running import Running
from trader247.store.kill_file import KillFlag
from trader247.store.once import SqlOnceGuard
from trader247.strategies.registry import BUILDERS, Builder
from trader247.venues.coinbase.rest import Purpose
from trader247.venues.coinbase.venue import CoinbaseVenue

__all__ = ["Heard", "Quiet", "Seams", "SimulatedDaemon", "WatchedStore"]

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


@define
class Heard:
    """What a life said to people: alerts in the order of their delivery, and the supervisor's reports."""

    name: ClassVar[str] = "heard"
    alerts: list[AlertChanged] = Factory(list)
    reports: list[Report] = Factory(list)

    async def deliver(self, alert: AlertChanged) -> None:
        """Implements ``ports.AlertChannel``."""
        self.alerts.append(alert)


class WatchedStore:
    """A journal's disk that tells when a write is about to begin and when it is durable."""

    def __init__(self, inner: JournalStore, on_write: Callable[[str, Sequence[Recorded]], None]) -> None:
        """``on_write`` gets ``before`` or ``after``, and the facts."""
        self._inner = inner
        self._on_write = on_write

    def record(self, facts: Sequence[Recorded]) -> int:
        """See ``ports.JournalStore``."""
        self._on_write("before", facts)
        number = self._inner.record(facts)
        self._on_write("after", facts)
        return number

    def check(self) -> None:
        """See ``ports.JournalStore``."""
        self._inner.check()

    def books(self, now: Instant) -> BooksLoaded:
        """See ``ports.JournalStore``."""
        return self._inner.books(now)

    def prune(self, now: Instant) -> int:
        """See ``ports.JournalStore``."""
        return self._inner.prune(now)

    def restamp(self, config_hash: str) -> None:
        """See ``ports.JournalStore``."""
        self._inner.restamp(config_hash)


class Quiet:
    """In virtual time the loop never lags; what waits in mailboxes is looked at in ``live`` alone."""

    @staticmethod
    def health() -> HealthSeen:
        """Implements ``actors.clock_guard.Pulse``."""
        return HealthSeen(0.0, 0.0, "none")


class _SlowDisk:
    """Work that takes virtual time before it is done, and is done whoever cancels, as in a thread."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    async def run(self, work: Callable[[*Ts], T], *args: *Ts) -> T:
        with trio.CancelScope(shield=True):  # bounded by the seconds given
            await trio.sleep(self._seconds)
        return work(*args)


@frozen
class Seams:
    """Where a simulation stands between a daemon and its world; None is the plain thing.

    ``clock`` is the host's, which may be wrong where the exchange's is right. ``around_store`` gets every store that is
    opened. ``faces`` makes the mailbox of what people look at. ``alive``: asked before anything is written for good.
    ``on_open`` gets the disk once it is open. ``until_look``: see ``KillSwitchActor``.
    """

    clock: Clock | None = None
    transport: Callable[[Purpose], httpx.AsyncBaseTransport] | None = None
    open_stream: OpenStream | None = None
    offload: Offload | None = None
    files: Offload | None = None
    pulse: Pulse = Factory(Quiet)
    builders: Mapping[str, Builder] | None = None
    around_store: Callable[[JournalStore], JournalStore] | None = None
    perturb: Callable[[str], Awaitable[None]] | None = None
    on_taken: Callable[[str, object], None] | None = None
    faces: Callable[[Switchboard], Mailbox[BoardFact]] | None = None
    kill_file: KillFile | None = None
    until_look: Callable[[float], Awaitable[None]] = sleep_to
    alive: Callable[[], bool] = lambda: True
    on_open: Callable[[Disk], None] = lambda _disk: None


@define
class SimulatedDaemon:
    """One life, from its start to its end or its death; the next one is made over the same folder and venue.

    ``disk_s``: virtual seconds a write of the journal takes.
    """

    config: Configuration
    folder: Path
    venue: MemoryVenue
    seed: int
    mode: Mode = Mode.PAPER
    disk_s: float = 0.0
    watch: Callable[[str, Sequence[Recorded]], None] | None = None
    processes: Processes | None = None
    heard: Heard = Factory(Heard)
    seams: Seams = Factory(Seams)
    epoch: RunEpoch = field(init=False)
    clock: Clock = field(init=False)
    halt: Halt = field(init=False)
    disk: Disk = field(init=False)
    topology: Topology = field(init=False)
    running: Running = field(init=False)
    letters: DeadLetters = Factory(DeadLetters)
    _drained: DrainSink = Factory(DrainSink)

    async def run(self, task_status: trio.TaskStatus["SimulatedDaemon"] = trio.TASK_STATUS_IGNORED) -> None:
        """Until ``running.stop`` or cancelled, which ends it as an orderly stop of the tree without draining does.

        ``task_status`` is told once every actor is ready.
        """
        rng = random.Random(self.seed)  # noqa: S311 - repeatable on purpose
        self.clock = clock = self.seams.clock or self.venue.clock
        calls = CallWatch()
        client = self.venue.client(calls.on_call, clock=clock, transport=self.seams.transport)
        self.epoch = epoch = RunEpoch(f"{rng.getrandbits(40):010x}")
        now = clock.now().utc
        mark = fingerprint(self.config)
        self.folder.mkdir(parents=True, exist_ok=True)
        account = self.venue.exchange.portfolio_id
        self.disk = open_disk(
            self.folder, self.folder, venue="embedded", account_id=account, epoch=epoch, config_hash=mark, now=now
        )
        try:
            self.seams.on_open(self.disk)
            self.halt = Halt(clock, self.disk.halted(now))
            self._assemble(epoch, rng, client, calls)
            started = DaemonStarted(epoch, __version__, self.mode, "embedded", account, mark)
            self.topology.box.journal.post(started)
            try:
                async with trio.open_nursery() as nursery:
                    await nursery.start(self.running.run)
                    task_status.started(self)
            finally:
                if self.seams.alive():
                    write_last(self.topology, self.disk)
            if (
                self._drained.done.is_set() and self.seams.alive()
            ):  # as in ``live``: only once the tree is down was the stop a clean one
                self.disk.record_clean_stop(clock.now().utc)
        finally:
            self.disk.close()
            with trio.CancelScope(shield=True, deadline=trio.current_time() + 3):
                await client.aclose()

    async def drain(self) -> None:
        """Cancel what works, wait until all of it is over, and end. Cancelled: ends where it is."""
        self.topology.box.order_manager.post(DrainOrders())
        await self._drained.done.wait()
        self.running.stop("drained")

    def _assemble(self, epoch: RunEpoch, rng: random.Random, client: CoinbaseVenue, calls: CallWatch) -> None:
        clock, venue, seams = self.clock, self.venue, self.seams
        offload = seams.offload or (_SlowDisk(self.disk_s) if self.disk_s else InlineOffload())
        world = World(
            clock=clock,
            offload=offload,
            files=seams.files or InlineOffload(),
            rng=rng,
            venue=client,
            market_stream=venue.market_stream(clock, seams.open_stream),
            user_stream=venue.user_stream(clock, seams.open_stream),
            open_store=self._store,
            kill_file=seams.kill_file or KillFlag(self.folder),
            until_look=seams.until_look,
            channels=(self.heard,),
            pulse=seams.pulse,
            calls=calls,
            processes=self.processes,
            once=OnceDesk(SqlOnceGuard(self.disk.database), epoch, clock, offload),
        )
        switchboard = Switchboard(clock, on_overflow=self._overflow, perturb=seams.perturb, on_taken=seams.on_taken)
        poll_s = self.config.policy.kill_switch.poll_s
        self.topology = Topology(
            self.config,
            self.mode,
            epoch,
            world,
            self.halt,
            switchboard,
            self._drained,
            poll_s,
            self.disk.left_over(),
            seams.builders or BUILDERS,
            faces=seams.faces,
        )
        self.running = Running(
            self.topology.tree(self.topology.desks()),
            halt=self.halt,
            clock=clock,
            rng=rng,
            report=self._report,
            dead_letters=self.letters,
        )

    def _report(self, report: Report) -> None:
        self.heard.reports.append(report)
        self.topology.on_report(report)

    def _store(self) -> JournalStore:
        store = self.disk.open_recorder(self._full)
        if self.seams.around_store is not None:
            store = self.seams.around_store(store)
        return store if self.watch is None else WatchedStore(store, self.watch)

    def _full(self, why: str) -> None:
        self.halt.trip(f"the disk is full: {why}", JOURNAL)

    def _overflow(self, mailbox: str, lane: str) -> None:
        self.halt.trip(f"mailbox {mailbox} is full (lane {lane})", "mailboxes")
