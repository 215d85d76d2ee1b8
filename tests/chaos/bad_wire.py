"""Spoils the wire between a real daemon and a real exchange while they trade, in one way after the other.

    python -m tests.chaos.bad_wire [--rounds 40] [--seed 1]

The exchange is a process of its own, reached through ``proxy``. Each round one fault strikes some dozens of chunks,
then the wire is good again: the permit must come back, and orders must be filled again. After the last round the daemon
drains, and the books must be equal. Prints what was violated, and a summary as JSON.
"""

import argparse
import json
import random
import signal
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from attrs import Factory, define
from tests.chaos.proxy import Fault, Kind, Proxy, Way, proxy
from tests.crashes.outside import over_rest
from tests.crashes.truth import judged
from tests.system.daemon_process import DaemonProcess
from tests.system.exchange_process import Served, served

BACK_S_MAX = 180.0
"""The permit is back so soon after the wire is: an order in doubt takes 30 s to be proven absent, and the machine may
be busy with something else."""

STRIKE_S_MAX = 60.0
"""Some chunk passes at least this often, though all connections were lost and their next try waits."""

_DRAIN_S_MAX = 60.0
_STRIKES = {Kind.RESET: 3, Kind.TRUNCATE: 3, Kind.CORRUPT: 6, Kind.DUPLICATE: 10}
"""How many strikes a round has; 25 of the kinds that leave the connection alone."""

PATIENCE = tuple(
    part
    for override in (
        *(f"policy.breakers.{name}.open_s=1" for name in ("work", "stream", "api_errors")),
        f"app.shutdown_deadline_s={_DRAIN_S_MAX}",
    )
    for part in ("--set", override)
)
"""Breakers open as ever, and are probed at once: minutes of caution after each round prove nothing. The drain may wait
until an order in doubt is proven absent."""


def drawn(rng: random.Random) -> Fault:
    """Any fault."""
    kind, way = rng.choice(list(Kind)), rng.choice(list(Way))
    match kind:
        case Kind.LATENCY:
            return Fault(kind, way, seconds=rng.uniform(0.05, 1.0))
        case Kind.BANDWIDTH:
            return Fault(kind, way, at=rng.randint(50, 500), seconds=0.01)
        case Kind.DUPLICATE:
            return Fault(kind, Way.OUT, seconds=0.5)
        case _:
            return Fault(kind, way, at=rng.randrange(400))


@define
class Rounds:
    """One daemon through all of them."""

    daemon: DaemonProcess
    exchange: Served
    wire: Proxy
    halted: list[str] = Factory(list)

    def play(self, faults: Sequence[Fault]) -> None:
        """Raises ``AssertionError`` where trading does not come back."""
        self.daemon.wait_for("an entry permit", self._permitted, BACK_S_MAX)
        for fault in faults:
            struck = self.wire.struck[fault.kind] + _STRIKES.get(fault.kind, 25)
            self.wire.fault = fault
            self.daemon.wait_for(f"strikes of {fault}", partial(self._struck, fault.kind, struck), STRIKE_S_MAX)
            self.wire.fault = None
            fills = self._fills()
            self.daemon.wait_for(f"a permit after {fault}", self._permitted, BACK_S_MAX)
            self.daemon.wait_for(f"fills after {fault}", partial(self._filled, fills), BACK_S_MAX)

    def _struck(self, kind: Kind, times: int) -> bool:
        return self.wire.struck[kind] >= times

    def _filled(self, before: int) -> bool:
        return self._fills() > before

    def _permitted(self) -> bool:
        status = self.daemon.status()
        if status["state"] == "HALTED":
            raise AssertionError(f"halted: {status['halt']['reason']}\n{self.daemon.text()[-4000:]}")
        return bool(status["permit"]["entry"])

    def _fills(self) -> int:
        return len(over_rest(self.exchange).fills)


def spoiled(folder: Path, faults: Sequence[Fault]) -> tuple[list[str], dict[str, Any]]:
    """What was violated, and the summary."""
    folder.mkdir(exist_ok=True)
    market = ("--balance", "USD=100000", "--market", "generated:step=0.1", "--no-rate-limits")
    data = folder / "data"
    with served(folder, *market) as exchange, proxy(int(exchange.host.partition(":")[2])) as wire:
        environ = {"APART": f"{wire.port} {exchange.account} {exchange.key_file}"}
        with DaemonProcess(data, *PATIENCE, program="tests.crashes.restless_daemon", environ=environ) as daemon:
            Rounds(daemon, exchange, wire).play(faults)
            code = daemon.stop(signal.SIGTERM, 2 * _DRAIN_S_MAX)
            said = daemon.text()
        theirs = over_rest(exchange)
    violated = judged(theirs, data)
    if code:
        violated.append(f"it ended with {code}: {said[-4000:]}")
    struck = {kind.value: count for kind, count in sorted(wire.struck.items())}
    return violated, {"struck": struck, "orders": len(theirs.orders), "fills": len(theirs.fills)}


def main() -> int:
    """0 where nothing was violated."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    rng = random.Random(asked.seed)
    with tempfile.TemporaryDirectory() as folder:
        violated, summary = spoiled(Path(folder) / "wire", [drawn(rng) for _ in range(asked.rounds)])
    for each in violated[:20]:
        print(each)
    print(json.dumps({"rounds": asked.rounds, "seed": asked.seed, **summary, "violated": len(violated)}))
    return 1 if violated else 0


if __name__ == "__main__":
    sys.exit(main())
