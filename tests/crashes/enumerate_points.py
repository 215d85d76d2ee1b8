"""Kills a trading daemon at every point where something leaves it or becomes durable, and looks what the next one does.

    python -m tests.crashes.enumerate_points [--minutes 10] [--stride 1] [--offset 0] [--again 3]
        [--seed 1] [--jobs 2] [--trading 1] [--exits none|stop_limit|bracket]

A point is a journal write or a request to the exchange, just before or just after it. At each the process forks: the
child *is* the dead daemon's world, the exchange with all its memory and the files as the kernel has them, and starts a
new life over them; the parent lives on to the next point, and at the end of its time through every point of its drain.
In one of ``--again`` new lives death strikes again at a drawn point of the recovery, and then once or twice the life
after it. One of ``--trading`` new lives goes on trading for a while; the others settle what they find. Prints one line
per violated point and a summary as JSON.
"""

import argparse
import collections
import contextlib
import gc
import json
import os
import random
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NoReturn

import httpx
import trio
from attrs import Factory, define, evolve, frozen
from tests.crashes import life
from tests.crashes.truth import violations
from tests.runtime.scripted import virtually

from trader247.drivers.disk import CRASH_LOOP_S, CRASH_LOOP_STARTS
from trader247.drivers.memory_venue import Stage
from trader247.model.instant import SECOND, Instant
from trader247.ports import Recorded
from trader247.venues.simulated.exchange import SimulatedExchange
from trader247.venues.simulated.http_shapes import Request

DOWN_S = 3
"""Seconds between a death and the next start: the market goes on."""

RECOVERY_S = 20.0
"""A next life that trades does so for this long before it is drained and looked at."""

SETTLING_S = 2.0
"""One that only settles what it found has this long before it is drained; it cannot read the market's past, and so
decides nothing: most of what a start costs."""

SHAKY_S = 30.0
"""In every fourth second life the lists cannot be read for so long: longer than an absence takes to prove."""

RECOVERY_POINTS = 40
"""A death in a recovery is drawn from so many of its first points: opening, first listings, first looks for orders."""

_LIFE_S_MAX = 900.0
_KEPT = ("trader247.db", "trader247.db-wal")


@frozen
class Next:
    """What becomes of the lives after a death. ``deaths``: how many more; ``died``: how many there were."""

    told: Path
    exits: str
    trading: bool = True
    shaky: bool = False
    deaths: int = 0
    died: int = 1


@define
class Enumeration:
    """One forward life and what its forks reported."""

    minutes: float
    stride: int
    offset: int
    seed: int
    jobs: int
    again: int
    folder: Path
    exits: str = "none"
    trading: int = 1
    labels: collections.Counter[str] = Factory(collections.Counter)
    points: int = 0
    forked: int = 0
    died_again: int = 0
    killed_draining: int = 0
    draining: bool = False
    failures: list[str] = Factory(list)
    _running: dict[int, tuple[str, Path]] = Factory(dict)

    def run(self) -> None:
        """The whole life; returns when every fork has reported."""
        virtually(self._forward, seed=self.seed)
        while self._running:
            self._reap()

    async def _forward(self) -> None:
        world = life.exchange(self.seed)
        home = self.folder / "forward"

        def on_call(stage: Stage, request: Request) -> None:
            self._point(f"{stage.value} {request.method} {_kind(request.path)}", world, home, now())

        def on_write(stage: str, facts: Sequence[Recorded]) -> None:
            kinds = "+".join(dict.fromkeys(type(recorded.fact).__name__ for recorded in facts))
            self._point(f"{stage} write {kinds}", world, home, now())

        reached = life.venue(world, life.START, self.seed, on_call)

        def now() -> Instant:
            return reached.clock.now().utc

        async with trio.open_nursery() as nursery:
            await nursery.start(reached.run)
            daemon = life.daemon(reached, home, self.seed, on_write, self.exits)
            await nursery.start(daemon.run)
            await trio.sleep(self.minutes * 60)
            self.draining = True
            with trio.fail_after(_LIFE_S_MAX):
                await daemon.drain()
            nursery.cancel_scope.cancel()

    # ------------------------------------------------------------------------------------------------------ one point
    def _point(self, label: str, world: SimulatedExchange, home: Path, at: Instant) -> None:
        self.points += 1
        if self.points % self.stride != self.offset and not self.draining:
            return
        self.labels[label] += 1
        self.forked += 1
        self.killed_draining += self.draining
        while len(self._running) >= self.jobs:
            self._reap()
        folder = self.folder / f"point-{self.points}"
        folder.mkdir()
        _leave_behind(home, folder)
        again = self.again and self.forked % self.again == 0
        deaths = 1 + self.forked // self.again % 2 if again else 0
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            gc.freeze()  # what was inherited is not looked through again: that would copy every page of it
            trading = self.forked % self.trading == 0
            following = Next(folder, self.exits, trading, shaky=self.forked % 4 == 0, deaths=deaths)
            _next_life(world, folder, at, self.seed + self.points, following)
        self._running[child] = (f"point {self.points} at {label}", folder)

    def _reap(self) -> None:
        child, status = os.wait()
        what, folder = self._running.pop(child)
        told = folder / "violations.json"
        if status or not told.exists():
            self.failures.append(f"{what}: the second life ended with status {status}: {_words(folder)}")
        else:
            died, found = json.loads(told.read_text())
            self.died_again += died > 1
            times = f" after {died} deaths" if died > 1 else ""
            self.failures += [f"{what}{times}: {each}" for each in found]
        shutil.rmtree(folder, ignore_errors=True)


def _kind(path: str) -> str:
    return path.removeprefix("/api/v3/brokerage").strip("/").split("/historical")[0].split("/")[0]


def _words(folder: Path) -> str:
    with contextlib.suppress(OSError):
        return (folder / "stderr").read_text()[-2000:]
    return "no word"


def _leave_behind(home: Path, folder: Path) -> None:
    """The files of the dead, as the kernel has them."""
    for name in (each.name for each in home.iterdir() if each.name in _KEPT or each.name.endswith(".head")):
        shutil.copy(home / name, folder / name)


def _next_life(world: SimulatedExchange, folder: Path, died: Instant, seed: int, following: Next) -> NoReturn:
    """In a thread, because this one is inside the dead daemon's event loop."""
    error = os.open(following.told / "stderr", os.O_CREAT | os.O_WRONLY)
    os.dup2(error, 2)
    result: list[list[str]] = []

    def live() -> None:
        at = Instant(died + DOWN_S * SECOND)
        result.append(virtually(partial(_recover, world, folder, at, seed, following), seed=seed))

    thread = threading.Thread(target=live)
    thread.start()
    thread.join()
    if result:
        (following.told / "violations.json").write_text(json.dumps([following.died, result[0]]))
    os._exit(0 if result else 1)


async def _recover(world: SimulatedExchange, folder: Path, at: Instant, seed: int, following: Next) -> list[str]:
    reached = life.venue(world, at, seed)
    shaky_s = SHAKY_S if following.shaky else 0.0
    left = random.Random(seed).randint(1, RECOVERY_POINTS) if following.deaths else 0

    def point() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            after = folder / "after"
            after.mkdir()
            _leave_behind(folder, after)
            now = reached.clock.now().utc
            _next_life(
                world, after, now, seed + 1, evolve(following, deaths=following.deaths - 1, died=following.died + 1)
            )

    def on_call(stage: Stage, request: Request) -> None:
        point()
        shaken = "/orders/historical" in request.path and trio.current_time() < shaky_s
        if stage is Stage.BEFORE and (shaken or (not following.trading and "/candles" in request.path)):
            raise httpx.ReadError("the connection was cut by the exchange")

    reached.on_call = on_call
    world.advance(at)
    halted = None
    with trio.move_on_after(_LIFE_S_MAX) as patience:
        async with trio.open_nursery() as outside:
            await outside.start(reached.run)
            async with trio.open_nursery() as inside:
                daemon = life.daemon(reached, folder, seed, lambda _stage, _facts: point(), following.exits)
                await inside.start(daemon.run)
                await trio.sleep((RECOVERY_S if following.trading else SETTLING_S) + shaky_s)
                halted = daemon.halt.tripped
                await daemon.drain()
            outside.cancel_scope.cancel()
    if patience.cancelled_caught:
        return ["I-23: the next life did not come to its end within 15 minutes"]
    by, reason = (halted.by, halted.reason) if halted else ("", "")
    # starts count, not deaths: one that had lived for longer than the window before it died is no part of a loop
    counted = following.died - (at - life.START >= CRASH_LOOP_S * SECOND)
    if counted >= CRASH_LOOP_STARTS:
        looping = (
            [] if by == "crash_loop" else [f"I-35: {following.died} deaths in a row, and it starts as if nothing were"]
        )
        return looping + violations(world, folder, "" if by == "crash_loop" else reason)
    return violations(world, folder, reason)


@contextlib.contextmanager
def room() -> Iterator[Path]:
    """In memory where there is such a place: forks are many."""
    memory = Path("/dev/shm")  # noqa: S108 - a fresh folder below it
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


def main() -> int:
    """0 where no invariant was violated."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--stride", type=int, default=1)
    parser.add_argument("--offset", type=int, default=0, help="with --stride N, runs 0 to N-1 are the whole")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--again", type=int, default=3)
    parser.add_argument("--trading", type=int, default=1, help="so many new lives, and one of them trades")
    parser.add_argument("--exits", choices=("none", "stop_limit", "bracket"), default="none")
    asked = parser.parse_args()
    with room() as folder:
        found = Enumeration(
            asked.minutes,
            asked.stride,
            asked.offset,
            asked.seed,
            asked.jobs,
            asked.again,
            folder,
            asked.exits,
            asked.trading,
        )
        found.run()
    for failure in found.failures[:20]:
        print(failure)
    summary = {
        "points": found.points,
        "killed": found.forked,
        "killed_draining": found.killed_draining,
        "killed_again": found.died_again,
        "violated": len(found.failures),
        "kinds": dict(sorted(found.labels.items())),
    }
    print(json.dumps(summary))
    return 1 if found.failures else 0


if __name__ == "__main__":
    sys.exit(main())
