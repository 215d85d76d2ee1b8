"""Kills a real daemon with SIGKILL while it trades, again and again, and looks whether anything was lost or doubled.

    python -m tests.crashes.kill_cycles [--cycles 100] [--seed 1] [--apart]

Daemon and exchange are one process, whose two books are on disk and die together; with ``--apart`` the exchange is a
process of its own, which lives on, fills what rests there, and remembers. A life ends at a drawn moment of its start,
of its trading, of an order or of its drain. After each death it is looked at whether all that the exchange has is
durable with us; the life after the last drains, and then the books are compared. Prints what was violated, and a
summary as JSON.
"""

import argparse
import json
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

from attrs import Factory, define
from tests.crashes.outside import from_file, over_rest
from tests.crashes.truth import Theirs, judged, judged_in_flight
from tests.system.daemon_process import DaemonProcess
from tests.system.exchange_process import Served, served

from trader247.cli.socket_client import ControlClient

READY_S_MAX = 180.0
"""An order whose answer died with the daemon is proven absent only after longer than any request lives; on a machine
that is busy with something else all of it takes several times as long."""

TRADING_S = 4.0
"""A life is killed within so many seconds after it may trade."""

ORDER_S = 0.1
"""A life that is to die with orders in flight is killed so soon after one is seen."""

DRAINING_S = 0.5
"""A drain is killed within so many seconds of its SIGTERM."""

STARTING_S = 3.0
"""How long a start is guessed to take until one was seen."""

FILLS_MORE = 10
"""The last life is drained once it has seen so many fills of its own."""

_DRAIN_S_MAX = 90.0
_BOOKS = ("trader247.db", "trader247.db-wal")
_CRASH_LOOP = "did not end in order"


@define
class Cycles:
    """Lives and deaths over one account. ``exchange``: the one that lives on, or None where it dies with the daemon."""

    folder: Path
    rng: random.Random
    exchange: Served | None = None
    died: Counter[str] = Factory(Counter)
    resumed: int = 0
    unsettled: int = 0
    starting_s: float = STARTING_S
    violated: list[str] = Factory(list)

    @property
    def data(self) -> Path:
        """The daemon's folder."""
        return self.folder / "data"

    def run(self, cycles: int) -> dict[str, Any]:
        """All of it; the summary."""
        for number in range(1, cycles + 1):
            with self._life() as daemon:
                where = self._killed(daemon)
            self.died[where] += 1
            self.violated += [f"death {number}, in its {where}: {each}" for each in self._after_death()]
        fills = self._last_life()
        return {
            "cycles": cycles,
            "apart": self.exchange is not None,
            "died": dict(sorted(self.died.items())),
            "resumed_after_crash_loop": self.resumed,
            "unsettled_at_deaths": self.unsettled,
            "orders": len(self._theirs().orders),
            "fills": fills,
            "violated": len(self.violated),
        }

    # ------------------------------------------------------------------------------------------------------- one life
    @contextmanager
    def _life(self) -> Iterator[DaemonProcess]:
        environ = {}
        if self.rng.random() < 3 / 4:  # in every fourth life the guard against crash loops holds
            environ["DEATHS_FAR_APART"] = "1"
        if self.exchange is not None:
            port = self.exchange.host.partition(":")[2]
            environ["APART"] = f"{port} {self.exchange.account} {self.exchange.key_file}"
        self.folder.mkdir(exist_ok=True)
        (self.folder / "daemon.log").unlink(missing_ok=True)
        with DaemonProcess(self.data, program="tests.crashes.restless_daemon", environ=environ) as daemon:
            yield daemon

    def _killed(self, daemon: DaemonProcess) -> str:
        """Where it was when it died."""
        where = self.rng.choices(("start", "trading", "order", "drain"), (4, 4, 5, 2))[0]
        if where == "start":
            self._let_live(daemon, self.starting_s * self.rng.uniform(0.1, 1.2))
        else:
            self._until_ready(daemon)
            self._let_live(daemon, self.rng.uniform(0, TRADING_S))
        if where == "order":
            daemon.wait_for("a working order", lambda: daemon.status()["counts"]["working_orders"], READY_S_MAX)
            self._let_live(daemon, self.rng.uniform(0, ORDER_S))
        if where == "drain":
            daemon.process.send_signal(signal.SIGTERM)
            self._let_live(daemon, self.rng.uniform(0, DRAINING_S), may_end=True)
        daemon.process.kill()
        daemon.process.wait()
        return where

    def _let_live(self, daemon: DaemonProcess, seconds: float, *, may_end: bool = False) -> None:
        try:
            code = daemon.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return
        if not (may_end and code == 0):
            self.violated.append(f"it ended by itself with {code}: {daemon.text()[-2000:]}")

    def _until_ready(self, daemon: DaemonProcess) -> None:
        began = time.monotonic()
        daemon.wait_for("an entry permit", lambda: self._permitted(daemon), READY_S_MAX)
        self.starting_s = max(1.0, min(time.monotonic() - began, 4 * STARTING_S))

    def _permitted(self, daemon: DaemonProcess) -> bool:
        status = daemon.status()
        if status["state"] == "HALTED":
            reason = str(status["halt"]["reason"])
            if _CRASH_LOOP not in reason:
                raise AssertionError(f"halted: {reason}\n{daemon.text()[-4000:]}")
            ControlClient(self.data).tell("/api/v1/resume", {"reason": "the deaths were meant"})
            self.resumed += 1
        return bool(status["permit"]["entry"])

    def _last_life(self) -> int:
        """Trades, drains, and is compared; answers how many fills there were in all lives."""
        before = len(self._theirs().fills)
        with self._life() as daemon:
            self._until_ready(daemon)
            daemon.wait_for("fills", lambda: len(self._theirs().fills) >= before + FILLS_MORE, READY_S_MAX)
            code = daemon.stop(signal.SIGTERM, _DRAIN_S_MAX)
            if code or "DIFFERENT" in daemon.text():
                self.violated.append(f"the last life ended with {code}: {daemon.text()[-4000:]}")
        theirs = self._theirs()
        self.violated += judged(theirs, self.data)
        return len(theirs.fills)

    # ---------------------------------------------------------------------------------------------------- the books
    def _theirs(self) -> Theirs:
        return from_file(self.data / "exchange.jsonl") if self.exchange is None else over_rest(self.exchange)

    def _after_death(self) -> list[str]:
        """Looks at copies: opening the database itself would tidy up what the next life is to find."""
        with tempfile.TemporaryDirectory() as place:
            copy = Path(place)
            for name in _BOOKS:
                if (self.data / name).exists():
                    shutil.copy(self.data / name, copy / name)
            theirs = self._theirs()
            if not _has_tables(copy / _BOOKS[0]):
                return ["the exchange has orders and we have no journal"] if theirs.orders else []
            with closing(sqlite3.connect(copy / _BOOKS[0])) as books:
                live = "status NOT IN ('FILLED', 'CANCELED', 'REJECTED', 'EXPIRED', 'FAILED')"
                self.unsettled += books.execute(f"SELECT count(*) FROM orders WHERE {live}").fetchone()[0]  # noqa: S608
            return judged_in_flight(theirs, copy)


def _has_tables(path: Path) -> bool:
    if not path.exists():
        return False
    with closing(sqlite3.connect(path)) as books:
        named = books.execute("SELECT count(*) FROM sqlite_master WHERE name IN ('orders', 'fills', 'journal')")
        return int(named.fetchone()[0]) == 3


def killed(folder: Path, cycles: int, seed: int, *, apart: bool) -> tuple[list[str], dict[str, Any]]:
    """What was violated, and the summary."""
    with ExitStack() as stack:
        exchange = None
        if apart:
            folder.mkdir(exist_ok=True)
            options = ("--balance", "USD=100000", "--market", "generated:step=0.1", "--no-rate-limits")
            exchange = stack.enter_context(served(folder, *options))
        found = Cycles(folder, random.Random(seed), exchange)
        summary = found.run(cycles)
    return found.violated, {"seed": seed, **summary}


def main() -> int:
    """0 where nothing was violated."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cycles", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--apart", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        violated, summary = killed(Path(folder) / "lives", asked.cycles, asked.seed, apart=asked.apart)
    for each in violated[:20]:
        print(each)
    print(json.dumps(summary))
    return 1 if violated else 0


if __name__ == "__main__":
    sys.exit(main())
