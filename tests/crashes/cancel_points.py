"""Ends each actor of a trading daemon at every one of its steps, and looks what its supervisor makes of it.

    python -m tests.crashes.cancel_points [--few N] [--actor NAME] [--seed 1] [--jobs 2] [--mutant NAME]

A step is what a task does between two checkpoints; the tasks an actor starts count as the actor. A reference life in
virtual time says how many steps each one has. Then that life is lived again for every step: it is the same to the last
step, and there the actor is ended, either by a cancellation of its scope at the checkpoint where it waits, or by an
error raised where it was about to go on. It must be back, the permit must be back, and the books must be equal. With
``--few`` so many steps of each actor, spread over its life, are enough. Prints one line per violated step and a summary
as JSON.
"""

import argparse
import collections
import contextlib
import gc
import inspect
import itertools
import json
import os
import shutil
import sys
import traceback
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import NoReturn
from weakref import WeakKeyDictionary

import outcome
import trio
from attrs import Factory, define, frozen
from tests.crashes import life
from tests.crashes.enumerate_points import room
from tests.crashes.truth import violations
from tests.runtime.scripted import virtually

from trader247.actors.journal import JournalActor
from trader247.core.order_gateway import OrderGate
from trader247.core.order_manager import ManagerOut, OrderManager
from trader247.drivers.memory_venue import MemoryVenue
from trader247.drivers.simulate import SimulatedDaemon
from trader247.drivers.topology import Topology
from trader247.messages.control import PermitRenewed
from trader247.model.instant import SECOND, Moment
from trader247.runtime.exits import StartFailed
from trader247.runtime.incarnation import Cell, State, incarnate
from trader247.runtime.specs import Group
from trader247.venues.simulated.exchange import SimulatedExchange

LIFE_S = 60.0
"""The reference life trades for so long before it is drained."""

BACK_S_MAX = 45.0
"""Within so long the permit is back: an order whose answer died with its actor takes 30 s to be proven absent."""

MORE_S = 5.0
"""It trades on for so long after that."""

_DRAIN_S_MAX = 300.0
_LOOK_S = 0.05
_CYCLES = "signals.cycle.interval_s=5"
_ROOT = "trader247"
WAYS = ("cancel", "raise")


class Struck(RuntimeError):
    """What the actor is ended with."""


@frozen
class Strike:
    """Which step of whom, counted over all its incarnations, and how."""

    actor: str
    step: int
    how: str = "cancel"

    def __str__(self) -> str:
        return f"{self.actor}, step {self.step}, {self.how}"


@define(eq=False)
class Steps(trio.abc.Instrument):
    """Counts the steps of each actor; at the one of ``strike`` it strikes."""

    strike: Strike | None = None
    counted: collections.Counter[str] = Factory(collections.Counter)
    groups: set[str] = Factory(set)
    cell: Cell | None = None
    struck_at: float | None = None
    life_struck: int = 0
    happened: trio.Event = Factory(trio.Event)
    _owners: WeakKeyDictionary[trio.lowlevel.Task, Cell | None] = Factory(WeakKeyDictionary)

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        """To raise is to replace what the task was about to be given; before its first step it has no place for it."""
        cell = self._is_due(task, "raise")
        if cell is not None and inspect.getcoroutinestate(task.coro) == inspect.CORO_SUSPENDED:
            task._next_send = outcome.Error(Struck(str(self.strike)))
            self._note(cell)

    def after_task_step(self, task: trio.lowlevel.Task) -> None:
        """The task now waits at its checkpoint: to cancel here is to cancel there."""
        cell = self._is_due(task, "cancel")
        if cell is not None and cell.crash(Struck(str(self.strike))):
            self._note(cell)
        owner = self._owner(task)
        if owner is not None:
            self.counted[owner.name] += 1
            if isinstance(owner.spec, Group):
                self.groups.add(owner.name)

    def _is_due(self, task: trio.lowlevel.Task, how: str) -> Cell | None:
        strike = self.strike
        if strike is None or self.cell is not None or strike.how != how:
            return None
        cell = self._owner(task)
        due = cell is not None and cell.name == strike.actor and self.counted[cell.name] + 1 == strike.step
        return cell if due else None

    def _owner(self, task: trio.lowlevel.Task) -> Cell | None:
        """Whose incarnation it works for. The exchange's end of a stream, too, is started by an actor, and is not."""
        if task not in self._owners:
            above: trio.lowlevel.Task | None = task
            while above is not None and _code_of(above) is not incarnate.__code__:
                above = above.parent_nursery.parent_task if above.parent_nursery is not None else None
            frame = above.coro.cr_frame if above is not None else None
            self._owners[task] = frame.f_locals["cell"] if frame is not None else None
        return self._owners[task]

    def _note(self, cell: Cell) -> None:
        self.cell, self.struck_at, self.life_struck = cell, trio.current_time(), cell.incarnation
        self.happened.set()


def _code_of(task: trio.lowlevel.Task) -> object:
    return getattr(task.coro, "cr_code", None)


@define
class Played:
    """What came of one life. ``struck``: False where the actor was over already, or about to be told so."""

    steps: Steps
    struck: bool = False
    back_s: float = 0.0
    found: list[str] = Factory(list)


def play(strike: Strike | None, folder: Path, seed: int, world: SimulatedExchange | None = None) -> Played:
    """One life, struck or not. ``world``: a fresh one, where making it takes longer than living in it."""
    played = Played(Steps(strike))
    permits: list[tuple[float, PermitRenewed]] = []
    with _heard(permits):
        virtually(partial(_main, played, permits, folder, seed, world or life.exchange(seed)), seed=seed)
    played.struck = played.steps.cell is not None
    return played


async def _main(
    played: Played, permits: list[tuple[float, PermitRenewed]], folder: Path, seed: int, world: SimulatedExchange
) -> None:
    reached = life.venue(world, life.START, seed)
    lives = _Lives(world, reached, folder, seed, played, permits)
    trio.lowlevel.add_instrument(played.steps)
    async with trio.open_nursery() as outside:
        await outside.start(reached.run)
        try:
            await lives.live()
        except* StartFailed:  # a boot is not tried again by its supervisor, but by whoever started the process
            lives.born_at = trio.current_time()
            await lives.live()
        outside.cancel_scope.cancel()
    played.found += violations(world, folder)


@define
class _Lives:
    world: SimulatedExchange
    reached: MemoryVenue
    folder: Path
    seed: int
    played: Played
    permits: list[tuple[float, PermitRenewed]]
    born_at: float = 0.0

    async def live(self) -> None:
        async with trio.open_nursery() as inside:
            config, seed = life.busy(_CYCLES), self.seed + bool(self.born_at)
            daemon = SimulatedDaemon(config, self.folder, self.reached, seed, disk_s=life.DISK_S)
            await inside.start(daemon.run)
            await self._until_back()
            if daemon.halt.tripped is not None:
                self.played.found.append(f"it halted: {daemon.halt.tripped.reason}")
            with trio.move_on_after(_DRAIN_S_MAX) as patience:
                await daemon.drain()
            if patience.cancelled_caught:
                self.played.found.append(f"it was not drained within {_DRAIN_S_MAX} s")
                daemon.running.stop("the drain does not end")

    async def _until_back(self) -> None:
        """The reference life, up to where it is struck; then until it trades again, and a little longer."""
        steps = self.played.steps
        with trio.move_on_at(LIFE_S):
            await steps.happened.wait()
        if steps.cell is None or steps.struck_at is None:
            return
        with trio.move_on_at(steps.struck_at + BACK_S_MAX) as patience:
            while not self._is_back(steps.cell):  # noqa: ASYNC110 - a fact of several, none of which is an event
                await trio.sleep(_LOOK_S)
        if patience.cancelled_caught:
            self.played.found.append(f"not back in {BACK_S_MAX} s: {steps.cell.state}, life {steps.cell.incarnation}")
        await trio.sleep(MORE_S)

    def _is_back(self, cell: Cell) -> bool:
        """There is a new incarnation, or a new tree, and an entry permit that came after it."""
        since = self.born_at
        if not since:
            if cell.state is not State.UP or cell.incarnation == self.played.steps.life_struck:
                return False
            since = cell.up_since or 0.0
        granted = next((at for at, permit in self.permits if at > since and permit.entry_until is not None), None)
        if granted is not None:
            self.played.back_s = granted - (self.played.steps.struck_at or 0.0)
        return granted is not None


@contextlib.contextmanager
def _heard(permits: list[tuple[float, PermitRenewed]]) -> Iterator[None]:
    """Every permit that the gate is told of."""
    renew = OrderGate.renew

    def noted(self: OrderGate, permit: PermitRenewed) -> None:
        permits.append((trio.current_time(), permit))
        renew(self, permit)

    OrderGate.renew = noted  # type: ignore[method-assign]
    try:
        yield
    finally:
        OrderGate.renew = renew  # type: ignore[method-assign]


@define
class Trial:
    """Every strike in a process of its own, forked from one in which the world is made and nothing moves."""

    seed: int
    jobs: int
    room: Path
    world: SimulatedExchange
    struck: collections.Counter[str] = Factory(collections.Counter)
    over: int = 0
    back_s: list[float] = Factory(list)
    failures: list[str] = Factory(list)
    _running: dict[int, Strike] = Factory(dict)

    def run(self, strikes: list[Strike]) -> None:
        """All of them; returns when every one was judged."""
        for strike in strikes:
            while len(self._running) >= self.jobs:
                self._reap()
            sys.stdout.flush()
            child = os.fork()
            if child == 0:
                self._play(strike)
            self._running[child] = strike
        while self._running:
            self._reap()

    def _play(self, strike: Strike) -> NoReturn:
        gc.freeze()  # what was inherited is not looked through again: that would copy every page of it
        told = self.room / str(os.getpid())
        told.mkdir()
        os.dup2(os.open(told / "stderr", os.O_CREAT | os.O_WRONLY), 2)
        code = 1
        try:
            played = play(strike, told / "home", self.seed, self.world)
            (told / "played.json").write_text(json.dumps([played.struck, played.back_s, played.found]))
            code = 0
        finally:
            if code:
                traceback.print_exc()
            os._exit(code)

    def _reap(self) -> None:
        child, status = os.wait()
        known = len(self.failures)
        strike, told = self._running.pop(child), self.room / str(child)
        if status:
            last = (told / "stderr").read_text().strip(" +-|\n").rpartition("\n")[2].strip(" |")
            self.failures.append(f"{strike}: the life ended with {last}")
        else:
            struck, back_s, found = json.loads((told / "played.json").read_text())
            self.failures += [f"{strike}: {each}" for each in found]
            self.over += not struck
            if struck:
                self.struck[strike.actor] += 1
                self.back_s.append(back_s)
        shutil.rmtree(told)
        for failure in self.failures[known:]:
            print(failure, flush=True)


def strikes(counted: Mapping[str, int], groups: Collection[str], few: int | None) -> list[Strike]:
    """Every step of every actor but the root, both ways; or so many of each. A supervisor's own code raises nothing."""
    return [
        Strike(actor, step, how)
        for actor, how in itertools.product(sorted(counted), WAYS)
        if actor != _ROOT and not (how == "raise" and actor in groups)
        for step in _spread(counted[actor], few)
    ]


def _spread(count: int, few: int | None) -> Iterable[int]:
    if few is None or few >= count:
        return range(1, count + 1)
    return [1 + (2 * number + 1) * count // (2 * few) for number in range(few)]


def _facts_die_with_their_writer() -> None:
    """What the journal took and did not write goes with it."""
    make = Topology._journal

    def mutated(self: Topology) -> JournalActor:
        self.backlog = collections.deque()
        return make(self)

    del JournalActor.close
    Topology._journal = mutated  # type: ignore[method-assign]


def _books_are_not_loaded_again() -> None:
    """A manager of orders begins with nothing, as if it were the first."""

    def mutated(self: OrderManager, now: Moment) -> list[ManagerOut]:
        return [] if now.utc > life.START + SECOND else start(self, now)

    start = OrderManager.start
    OrderManager.start = mutated  # type: ignore[method-assign]


MUTANTS = {each.__name__.strip("_"): each for each in (_facts_die_with_their_writer, _books_are_not_loaded_again)}


def main() -> int:
    """0 where nothing was violated."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--few", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--mutant", choices=sorted(MUTANTS))
    parser.add_argument("--actor", action="append", help="only of this one; may be repeated")
    asked = parser.parse_args()
    if asked.mutant:
        MUTANTS[asked.mutant]()
    with room() as folder:
        reference = play(None, folder / "reference", asked.seed)
        assert reference.found == [], "the life that nobody strikes"
        points = strikes(reference.steps.counted, reference.steps.groups, asked.few)
        chosen = [each for each in points if not asked.actor or each.actor in asked.actor]
        trial = Trial(asked.seed, asked.jobs, folder, life.exchange(asked.seed))
        trial.run(chosen)
    summary = {
        "steps": sum(reference.steps.counted.values()),
        "struck": sum(trial.struck.values()),
        "over_already": trial.over,
        "back_s_max": round(max(trial.back_s, default=0.0), 1),
        "violated": len(trial.failures),
        "actors": dict(sorted(trial.struck.items())),
    }
    print(json.dumps(summary))
    return 1 if trial.failures else 0


if __name__ == "__main__":
    sys.exit(main())
