"""Puts a life on the scene: the daemon of ``simulate`` with every seam taken, and the people who may steer it."""

from collections.abc import Callable
from functools import partial
from typing import Any

from attrs import evolve, frozen

from trader247.config.loading import Loaded
from trader247.config.schema import Configuration
from trader247.drivers.control import Control
from trader247.drivers.disk import DATABASE_NAME, Disk
from trader247.drivers.reloading import Reloader, Source
from trader247.drivers.simulate import Heard, Seams, SimulatedDaemon
from trader247.drivers.simulation.life import Life, ListeningBoard, TroubledOffload, WatchedRecorder
from trader247.drivers.simulation.plan import Point, Stage
from trader247.drivers.simulation.scene import Scene
from trader247.drivers.simulation.strategy_trouble import builders
from trader247.drivers.simulation.wire import Carrier, open_stream
from trader247.messages.control import AlertChanged, KillFileSeen, PermitRenewed
from trader247.model.mode import Mode
from trader247.ports import JournalStore, Recorded
from trader247.runtime.channels import Mailbox, Switchboard
from trader247.runtime.offload import InlineOffload
from trader247.runtime.watchdog import LoopWatch
from trader247.store.ballast import BALLAST_NAME
from trader247.store.kill_file import KillFlag

__all__ = ["Terms", "put_on", "steered"]


@frozen
class Terms:
    """What every life of a history has in common. ``disk_s``: virtual seconds that a write takes at least.

    ``read`` gives the configuration anew, changed or not, when somebody reloads it.
    """

    loaded: Loaded
    read: Callable[[], Loaded]
    mode: Mode = Mode.PAPER
    disk_s: float = 0.03
    restless: bool = True


class _NamelessFlag(KillFlag):
    """The kill file, told of without the folder, which has another name in every run."""

    def look(self) -> KillFileSeen:
        seen = super().look()
        return evolve(seen, text=seen.text.replace(str(self.path.parent), "."))


class _Ears(Heard):
    """The alert channel of a life: what a dead one says is not heard."""

    def __init__(self, scene: Scene, life: Life) -> None:
        super().__init__()
        self.scene, self.life = scene, life

    async def deliver(self, alert: AlertChanged) -> None:
        await self.scene.hearing.restored()
        if not self.life.dead:
            self.scene.witness.saw_alert(alert, self.scene.now)


def put_on(scene: Scene, life: Life, terms: Terms, seed: int) -> SimulatedDaemon:
    """The daemon of a life, ready to be run in its scope."""
    slow = TroubledOffload(life, lambda: terms.disk_s + scene.disk.extra_s)
    watches = scene.points.watches(Point.TAKE)
    seams = Seams(
        clock=scene.host,
        transport=lambda purpose: Carrier(scene, life, purpose),
        open_stream=partial(open_stream, scene, life),
        offload=slow,
        files=InlineOffload(),
        pulse=scene.pulse,
        builders=builders(scene.strategies, restless=terms.restless, known=terms.loaded.third.builders()),
        around_store=lambda store: _watched(scene, life, store),
        perturb=scene.actors.perturb,
        on_taken=partial(_taken, scene) if watches else None,
        faces=lambda board: _faces(scene, life, board),
        kill_file=_NamelessFlag(scene.folder),
        until_look=scene.until_flag,
        alive=lambda: not life.dead,
        on_open=partial(_trouble_disk, scene, life),
    )
    daemon = SimulatedDaemon(
        terms.loaded.configuration, scene.folder, scene.venue, seed, terms.mode, heard=_Ears(scene, life), seams=seams
    )
    life.daemon = daemon
    scene.pulse.box = lambda: daemon.topology.box if life.is_up else None
    return daemon


def _watched(scene: Scene, life: Life, store: JournalStore) -> JournalStore:
    def on_write(stage: str, facts: Any) -> None:
        if life.dead:
            return
        if stage == Stage.AFTER:
            scene.witness.saw_written(facts, scene.now)
        scene.reached(Point.WRITE, _kinds(facts), Stage(stage))

    return WatchedRecorder(store, life, on_write)


def _kinds(facts: list[Recorded]) -> str:
    return "+".join(dict.fromkeys(type(recorded.fact).__name__ for recorded in facts))


def _taken(scene: Scene, mailbox: str, message: object) -> None:
    scene.reached(Point.TAKE, f"{mailbox} {type(message).__name__}", Stage.BEFORE)
    scene.actors.raise_if_struck(mailbox)


def _faces(scene: Scene, life: Life, board: Switchboard) -> Mailbox[Any]:
    def on_permit(permit: PermitRenewed) -> None:
        if not life.dead:
            halted = life.daemon.halt.tripped
            scene.witness.saw_permit(permit, scene.now, halted.reason if halted else "")

    return ListeningBoard(board, on_permit)


def _trouble_disk(scene: Scene, life: Life, disk: Disk) -> None:
    """Every transaction of the database passes the scene's disk; of a dead life none passes at all."""
    inner = disk.database.transaction
    scene.disk.ballast = scene.folder / BALLAST_NAME
    disk.database.where = DATABASE_NAME  # its folder has another name in every run, and texts reach the journal

    def transaction() -> Any:
        life.check()
        return scene.disk.around(inner)

    disk.database.transaction = transaction  # type: ignore[method-assign]


async def steered(scene: Scene, life: Life, terms: Terms) -> None:
    """Give a life that is up its control and its reloader, until cancelled."""
    daemon = life.daemon
    topology = daemon.topology
    box = topology.box

    def keep(_config: Configuration) -> None:
        """The faces of a simulation compare with nothing."""

    source = Source(terms.loaded, terms.read, lambda config: config, lambda _log: None)
    life.reloader = Reloader(
        source,
        topology,
        lambda: daemon.running,
        offload=InlineOffload(),
        stopping=lambda: "the life is over" if life.dead else "",
        set_faces=keep,
    )
    life.control = Control(
        daemon.halt,
        box.permit_desk,
        box.journal,
        box.board,
        box.reconciler,
        breakers=topology.breakers,
        bans=(box.journal, box.risk_arbiter, box.board),
        ban_hours=lambda: topology.config.policy.ban_hours,
        clock=scene.host,
        manager=box.order_manager,
        kill_file=_NamelessFlag(scene.folder),
        running=lambda: daemon.running,
        watch=LoopWatch(on_slow=lambda _blocked: None, on_blocked=lambda _blocked: None),
        letters=daemon.letters,
        reloader=life.reloader,
    )
    await life.reloader.serve()
