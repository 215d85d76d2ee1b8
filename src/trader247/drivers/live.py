"""The daemon on real sockets and a real disk: real time, or the scaled time of the embedded market.

Order of a start: lock, disk, venue, tree. Order of an end: no new entries, cancel what works, wait for terminal
states, stop the tree in reverse, compare the books with the embedded exchange's, say that the stop was clean. What
holds any of this up is cut off at the shutdown deadline, and says so.
"""

import math
import random
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Final

import structlog
import trio
from attrs import Factory, define, field, frozen

from trader247 import __version__
from trader247.actors.exchange import ExchangeActor
from trader247.actors.journal import JOURNAL
from trader247.actors.roster import Desk
from trader247.actors.signal_intake import SignalDesk
from trader247.actors.strategy_process import Processes
from trader247.actors.web_face import WebFace
from trader247.config.schema import Configuration
from trader247.core.clock_guard import MEMORY
from trader247.core.status_board import StatusBoard
from trader247.core.why import WhyTerms
from trader247.drivers import last_words
from trader247.drivers.call_watch import CallWatch, vocabulary
from trader247.drivers.comparison import BooksCompared
from trader247.drivers.control import Control
from trader247.drivers.disk import Disk, once_free
from trader247.drivers.draining import DrainSink, drain, write_last
from trader247.drivers.embedded import EmbeddedVenue
from trader247.drivers.history import History
from trader247.drivers.key_check import check_key
from trader247.drivers.left_over import LeftOver
from trader247.drivers.once_desk import OnceDesk
from trader247.drivers.pulse import Pulse
from trader247.drivers.reloading import Reloader, Source
from trader247.drivers.signal_folder import drop_desks
from trader247.drivers.topology import Topology
from trader247.drivers.worker_main import ENTRY
from trader247.drivers.world import World
from trader247.errors import RefusedByGate, UnrecoverableFault
from trader247.messages.control import DaemonStarted
from trader247.model.ids import RunEpoch
from trader247.model.instant import Instant, rfc3339
from trader247.model.mode import Mode
from trader247.observe.channels import LogChannel
from trader247.observe.logs import Logs, report_actor
from trader247.observe.metrics import Metrics
from trader247.observe.redaction import Redactor
from trader247.ports import Clock
from trader247.runtime.channels import Switchboard
from trader247.runtime.clock import PacedClock
from trader247.runtime.dead_letters import DeadLetters
from trader247.runtime.exits import ActorError, first_error
from trader247.runtime.garbage import full_passes, short_passes
from trader247.runtime.halt import Cleared, Halt, Halted
from trader247.runtime.offload import ThreadOffload
from trader247.runtime.reports import Report
from trader247.runtime.running import Running
from trader247.runtime.signals import watch_signals
from trader247.runtime.watchdog import LoopWatch
from trader247.store.faults import StoreError
from trader247.store.kill_file import KillFlag
from trader247.store.once import SqlOnceGuard
from trader247.venues.coinbase.auth import ApiKey
from trader247.venues.coinbase.rate_limit import RateLimiter, RateLimits
from trader247.venues.coinbase.stream import CoinbaseMarketStream, CoinbaseUserStream
from trader247.venues.coinbase.venue import CoinbaseVenue, coinbase_venue
from trader247.web.events import Fanout
from trader247.web.ports import Face, FaceSettings
from trader247.web.site import FaceSockets, WebSite

__all__ = ["Daemon", "Outcome", "Start"]

_DRAIN_SHARE = 5 / 6
"""Of the shutdown's deadline: 25 of 30 s, so that an order in doubt, which takes 20 s to settle, can be resolved. The
rest is for the actors' ends and the journal's last batch."""

SPEED_GUESS: Final = 600.0
"""Market seconds per real second that a machine reaches when told no speed: the pace at which the kill file is read."""


@frozen
class Start:
    """Everything that is decided before the event loop runs. ``until``: end the run at this market time, or None."""

    config: Configuration
    source: Source
    mode: Mode
    epoch: RunEpoch
    rng: random.Random
    clock: Clock
    paced: PacedClock | None
    disk: Disk
    embedded: EmbeddedVenue | None
    key: ApiKey
    sockets: FaceSockets
    settings: FaceSettings
    redactor: Redactor
    logs: Logs
    halted: Halted | None
    left: LeftOver
    until: Instant | None


@frozen
class Outcome:
    """How a run ended: ``fault`` for want of a journal; ``books`` of an embedded venue; ``resting`` to protect."""

    reason: str
    fault: str
    left: int
    books: BooksCompared | None
    speed: float | None
    resting: tuple[str, ...] = ()


@define
class Daemon:
    """One run."""

    start: Start
    halt: Halt = field(init=False)
    letters: DeadLetters = Factory(DeadLetters)
    drained: DrainSink = Factory(DrainSink)
    _stop: trio.Event = Factory(trio.Event)
    _why: str = ""
    _fault: str = ""
    _topology: Topology = field(init=False)
    _running: Running = field(init=False)
    _reloader: Reloader = field(init=False)
    _watch: LoopWatch = field(init=False)
    _last_words: last_words.LastWords = field(init=False)
    _venue: CoinbaseVenue = field(init=False)
    _metrics: Metrics = field(init=False)
    _calls: CallWatch = field(init=False)
    _journal_thread: ThreadOffload = field(init=False)

    def run(self) -> Outcome:
        """The whole run, blocking. Raises what ended it, where that was not an order to stop.

        Raises:
            UnrecoverableFault: the tree could not go on; working orders were cancelled as far as the venue let us.
        """
        with short_passes():
            return trio.run(self._main, clock=self.start.paced, restrict_keyboard_interrupt_to_checkpoints=True)

    def stop(self, reason: str) -> None:
        """Begin to drain."""
        if not self._why:
            self._why = reason
            self._stop.set()

    def _end_by_fault(self, event: Halted | Cleared) -> None:
        """What no minute mends, a journal that cannot write or full memory: end with a fault, to be started again."""
        if isinstance(event, Halted) and event.by in {JOURNAL, MEMORY}:
            self._fault = event.reason
            self.stop(event.reason)

    # ------------------------------------------------------------------------------------------------------ assembly
    async def _main(self) -> Outcome:
        start = self.start
        self.halt = Halt(start.clock, start.halted)
        self.halt.listen(self._end_by_fault)
        self._last_words = last_words.LastWords(lambda: start.disk.note_halt(self.halt.tripped))
        self._watch = LoopWatch(on_slow=last_words.slow, on_blocked=self._last_words.blocked)
        if start.embedded is not None:
            await self._open_port(start.embedded)
        self._venue = self._connect()
        try:
            if start.embedded is None:
                await check_key(self._venue, start.config.app.venue.portfolio)
            self._assemble()
            return await self._live()
        finally:
            with trio.move_on_after(3, shield=True):
                await self._venue.aclose()

    async def _open_port(self, embedded: EmbeddedVenue) -> None:
        """Learn the port before the clients are made; the exchange's actor opens it again for good."""
        for listener in await embedded.port.listen():
            await listener.aclose()

    def _connect(self) -> CoinbaseVenue:
        start = self.start
        url = start.embedded.rest_url if start.embedded is not None else start.config.app.venue.rest_url
        self._metrics = Metrics(vocabulary(start.config))
        self._calls = CallWatch(self._metrics.on_call, timed=start.paced is None)
        # the embedded exchange is our own: what protects a stranger's would only slow the start here
        limits = RateLimits(private_per_s=5_000, public_per_s=5_000) if start.embedded is not None else RateLimits()
        limiter = RateLimiter(start.clock, limits)
        return coinbase_venue(url, start.key, start.clock, start.rng, limiter=limiter, on_call=self._calls.on_call)

    def _assemble(self) -> None:
        start, config = self.start, self.start.config
        hold: Callable[[], AbstractContextManager[None]] = start.paced.hold if start.paced else nullcontext
        self._journal_thread = ThreadOffload(1, hold)
        stream_url = start.embedded.stream_url if start.embedded is not None else config.app.venue.stream_url
        kill_file = KillFlag(start.disk.data_dir)
        third = start.source.loaded.third
        once = OnceDesk(SqlOnceGuard(start.disk.database), start.epoch, start.clock, self._journal_thread)
        world = World(
            clock=start.clock,
            offload=self._journal_thread,
            files=ThreadOffload(2, hold),
            rng=start.rng,
            venue=self._venue,
            market_stream=CoinbaseMarketStream(stream_url, start.clock, start.rng),
            user_stream=CoinbaseUserStream(stream_url, start.key, start.clock, start.rng),
            open_store=partial(start.disk.open_recorder, self._disk_full),
            kill_file=kill_file,
            channels=(LogChannel(),),
            processes=Processes(ThreadOffload(max(1, len(config.strategies)), hold), ENTRY, third.third),
            pulse=Pulse(self._watch, lambda: self._topology.box),
            calls=self._calls,
            once=once,
        )
        pace = start.paced.speed if start.paced is not None else 1.0
        poll_s = config.policy.kill_switch.poll_s * max(1.0, pace if math.isfinite(pace) else SPEED_GUESS)
        switchboard = Switchboard(start.clock, on_overflow=self._overflow)
        self._topology = Topology(
            config,
            start.mode,
            start.epoch,
            world,
            self.halt,
            switchboard,
            self.drained,
            poll_s,
            start.left,
            third.builders(),
        )
        desks = self._topology.desks()
        if start.embedded is not None:
            host = start.embedded
            desks["exchange"] = Desk(lambda: ExchangeActor(host, host.port.listen))
        signals = self._topology.signal_desk(once)
        desks |= drop_desks(signals, start.disk.data_dir, world.files)
        desks["web_face"] = Desk(self._face(kill_file, hold, once, signals), self._topology.box.board)
        self._running = Running(
            self._topology.tree(desks),
            halt=self.halt,
            clock=start.clock,
            rng=start.rng,
            report=self._report,
            dead_letters=self.letters,
            on_stuck=self._last_words.stuck,
        )

    def _face(
        self,
        kill_file: KillFlag,
        hold: Callable[[], AbstractContextManager[None]],
        once: OnceDesk,
        signals: SignalDesk,
    ) -> Callable[[], WebFace]:
        start, box = self.start, self._topology.box
        board = StatusBoard(WhyTerms.of(start.config.policy, start.config.signals), start.left.orders)
        self._reloader = Reloader(
            start.source,
            self._topology,
            lambda: self._running,
            offload=ThreadOffload(1, hold),
            stopping=lambda: self._why,
            set_faces=lambda config: board.take_terms(WhyTerms.of(config.policy, config.signals)),
        )
        control = Control(
            self.halt,
            box.permit_desk,
            box.journal,
            box.board,
            box.reconciler,
            breakers=self._topology.breakers,
            bans=(box.journal, box.risk_arbiter, box.order_manager, box.board),
            ban_hours=lambda: self._topology.config.policy.ban_hours,
            clock=start.clock,
            manager=box.order_manager,
            kill_file=kill_file,
            running=lambda: self._running,
            watch=self._watch,
            letters=self.letters,
            reloader=self._reloader,
            redact=start.redactor.text,
        )
        face = Face(
            settings=start.settings,
            board=board,
            metrics=self._metrics,
            control=control,
            clock=start.clock,
            offload=ThreadOffload(1, hold),
            fanout=Fanout(),
            redact=start.redactor.value,
            history=History(start.disk.database, self._journal_thread),
            once=once,
            signals=signals,
        )
        site = WebSite(face, start.sockets)
        return lambda: WebFace(box.board, site)

    # ----------------------------------------------------------------------------------------------------- the run
    async def _live(self) -> Outcome:
        try:
            async with trio.open_nursery() as nursery:
                await nursery.start(self._watch_signals)
                await nursery.start(self._watch.run)
                self._announce()
                await nursery.start(self._reloader.serve)
                nursery.start_soon(self._watch_end)
                nursery.start_soon(full_passes)
                nursery.start_soon(self._end_when_told, nursery.cancel_scope)
                await self._running.run()
                nursery.cancel_scope.cancel()
        except* (ActorError, OSError) as group:
            write_last(self._topology, self.start.disk)
            await self._last_gasp()
            raise UnrecoverableFault(f"the daemon cannot go on: {first_error(group)}") from group
        try:
            return await once_free(self._journal_thread, self._outcome)
        except StoreError as error:
            raise UnrecoverableFault(f"the run is over, and its books cannot be read: {error}") from error

    def _announce(self) -> None:
        start, box = self.start, self._topology.box
        venue, mark = start.config.app.venue.kind.value, start.source.loaded.fingerprint
        started = DaemonStarted(start.epoch, __version__, start.mode, venue, start.disk.account_id, mark)
        box.journal.post(started)
        box.board.post(started)

    async def _watch_signals(self, task_status: trio.TaskStatus[None]) -> None:
        await watch_signals(
            drain=lambda name: self.stop(f"received {name}"),
            hurry=self._last_words.hurried,
            reload=self._reload,
            halt=self._halt_by_signal,
            task_status=task_status,
        )

    async def _watch_end(self) -> None:
        """A recorded market ends, or the time that was asked for is over."""
        while True:
            await trio.sleep(1.0)
            if self.start.until is not None and self.start.clock.now().utc >= self.start.until:
                self.stop(f"the time asked for is over ({rfc3339(self.start.until, 0)})")
            if self.start.embedded is not None and self.start.embedded.next_step_at() is None:
                self.stop("the recorded market is over")

    async def _end_when_told(self, _scope: trio.CancelScope) -> None:
        await self._stop.wait()
        within_s = self._topology.config.app.shutdown_deadline_s * _DRAIN_SHARE
        await drain(self._topology.box, self.drained, self._why, within_s=within_s)
        self._running.stop(self._why)

    def _outcome(self) -> Outcome:
        start = self.start
        write_last(self._topology, start.disk)
        clean = self.drained.done.is_set()
        left = 0 if clean else len(self.start.disk.unsettled())
        books = start.disk.compare(start.embedded) if start.embedded is not None else None
        if clean and not self._fault:
            start.disk.record_clean_stop(start.clock.now().utc)
        speed = start.paced.achieved_speed() if start.paced is not None else None
        return Outcome(self._why, self._fault, left, books, speed, self.drained.left_on_purpose)

    async def _last_gasp(self) -> None:
        try:
            # the embedded exchange ended with the tree; what works there is taken up at the next start
            if self.start.mode is not Mode.DRY_RUN and self.start.embedded is None:
                left = await once_free(self._journal_thread, self.start.disk.unsettled)
                ours = last_words.to_cancel(left, halted=bool(self.halt.tripped))
                await last_words.cancel_everything(self._venue, ours)
        finally:
            write_last(self._topology, self.start.disk)

    # ------------------------------------------------------------------------------------------------- callbacks
    def _halt_by_signal(self, name: str) -> None:
        self.halt.trip(f"received {name}", "signal")

    def _reload(self) -> None:
        try:
            self._reloader.begin("received SIGHUP", "signal")
        except RefusedByGate as error:
            structlog.get_logger().warning("reload", text=str(error))

    def _overflow(self, mailbox: str, lane: str) -> None:
        self.halt.trip(f"mailbox {mailbox} is full (lane {lane})", "mailboxes")

    def _disk_full(self, why: str) -> None:
        """In the journal's thread, as the halt latch allows."""
        self.halt.trip(f"the disk is full: {why}", JOURNAL)

    def _report(self, report: Report) -> None:
        self._topology.on_report(report)
        report_actor(report)
