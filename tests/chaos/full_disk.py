"""Fills the disk under a trading daemon, four kibibytes earlier each time, and looks what its next life finds.

    unshare -rm python -m tests.chaos.full_disk [--kib-max 256] [--stride 1] [--offset 0] [--seed 1]

It mounts a file system of a few megabytes, for which ``unshare -rm`` gives anybody the right, and which is gone with
the process. The daemon lives in virtual time, its database in this file system. Once it is ready all but so many pages
are taken away; some write then finds no room, wherever in a transaction, a log or a file beside that falls. It has to
halt for that reason and to end; with room again the next life has to start halted, and the books have to be the
exchange's.
Prints what was violated, and a summary as JSON.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import trio
from attrs import Factory, define
from tests.crashes import life
from tests.crashes.truth import violations
from tests.runtime.scripted import virtually

from trader247.actors.journal import JOURNAL
from trader247.drivers.simulate import SimulatedDaemon
from trader247.errors import Trader247Error
from trader247.model.instant import SECOND, Instant
from trader247.runtime.exits import ActorError
from trader247.venues.simulated.exchange import SimulatedExchange

PAGE_BYTES = 4096
"""The step of the sweep: a page of the database, and of this file system."""

DISK_MB = 8
"""Room for a database, its log and the ballast, several times over."""

HALTED_S_MAX = 300.0
"""A daemon that trades every few seconds has used up a megabyte by then."""

DRAIN_S = 25.0
"""As a live daemon does: so long for cancels before the process ends by a fault."""

DOWN_S = 3
NEXT_S = 20.0
_LIFE_S_MAX = 900.0


@define
class Sweep:
    """One life after the other, each with a little more room. ``full``: how many were halted by the full disk."""

    folder: Path
    seed: int
    full: int = 0
    _until: Instant = life.START
    found: list[str] = Factory(list)

    def run(self, pages: int) -> None:
        """A life that has so many pages left, and the one after it."""
        home = self.folder / "data"
        world = life.exchange(self.seed)
        try:
            virtually(partial(self._fill, world, home, pages), seed=self.seed)
            (self.folder / "filler").unlink()
            after = virtually(partial(self._next_life, world, home), seed=self.seed + 1)
            self.found += [f"{pages} pages left: {each}" for each in after]
        finally:
            (self.folder / "filler").unlink(missing_ok=True)
            shutil.rmtree(home)

    async def _fill(self, world: SimulatedExchange, home: Path, pages: int) -> None:
        reached = life.venue(world, life.START, self.seed)
        daemon = life.daemon(reached, home, self.seed)
        with trio.move_on_after(_LIFE_S_MAX) as patience:
            async with trio.open_nursery() as outside:
                await outside.start(reached.run)
                try:
                    async with trio.open_nursery() as inside:
                        await inside.start(daemon.run)
                        leave(self.folder, pages)
                        await self._until_halted(daemon, pages)
                        with trio.move_on_after(DRAIN_S):
                            await daemon.drain()
                        daemon.running.stop("a fault")
                except* (ActorError, OSError, Trader247Error):
                    pass  # it may end by what it cannot write
                outside.cancel_scope.cancel()
        self._until = reached.clock.now().utc
        if patience.cancelled_caught:
            self.found.append(f"{pages} pages left: the daemon did not end")

    async def _until_halted(self, daemon: SimulatedDaemon, pages: int) -> None:
        with trio.move_on_after(HALTED_S_MAX):
            while daemon.halt.tripped is None:  # noqa: ASYNC110 - the latch has no event to offer
                await trio.sleep(0.1)
        halted = daemon.halt.tripped
        if halted is None or halted.by != JOURNAL:
            self.found.append(f"{pages} pages left: the full disk halts nothing: {halted}")
        self.full += halted is not None and "full" in halted.reason

    async def _next_life(self, world: SimulatedExchange, home: Path) -> list[str]:
        at = Instant(self._until + DOWN_S * SECOND)
        reached = life.venue(world, at, self.seed + 1)
        world.advance(at)
        async with trio.open_nursery() as outside:
            await outside.start(reached.run)
            async with trio.open_nursery() as inside:
                daemon = life.daemon(reached, home, self.seed + 1)
                await inside.start(daemon.run)
                halted = daemon.halt.tripped
                await trio.sleep(NEXT_S)
                with trio.fail_after(_LIFE_S_MAX):
                    await daemon.drain()
            outside.cancel_scope.cancel()
        forgotten = [] if halted is not None and halted.by == JOURNAL else [f"I-21: the next life begins with {halted}"]
        return forgotten + violations(world, home)


def leave(folder: Path, pages: int) -> None:
    """Take up everything but so many pages."""
    stands = os.statvfs(folder)
    taken = stands.f_bavail * stands.f_bsize - pages * PAGE_BYTES
    descriptor = os.open(folder / "filler", os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    try:
        os.posix_fallocate(descriptor, 0, taken)
    finally:
        os.close(descriptor)


def main() -> int:
    """0 where nothing was violated."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kib-max", type=int, default=256)
    parser.add_argument("--stride", type=int, default=1, help="with --stride N, offsets 0 to N-1 are the whole")
    parser.add_argument("--offset", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    steps = range(asked.offset, asked.kib_max * 1024 // PAGE_BYTES, asked.stride)
    with tempfile.TemporaryDirectory() as name:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m,mode=0700", "tmpfs", name]
        subprocess.run(mount, check=True)
        sweep = Sweep(Path(name), asked.seed)
        try:
            for pages in steps:
                sweep.run(pages)
        finally:
            subprocess.run(["umount", "-l", name], check=True)
    for each in sweep.found[:20]:
        print(each)
    print(json.dumps({"lives": len(steps), "halted": sweep.full, "violated": len(sweep.found)}))
    return 1 if sweep.found else 0


if __name__ == "__main__":
    sys.exit(main())
