"""The program with a strategy that never rests, for tests that kill it while it trades.

    python -m tests.crashes.restless_daemon supervise --mode paper --data-dir FOLDER [...]

With ``APART`` in the environment, ``PORT ACCOUNT KEY_FILE`` of an exchange that this machine serves in a process of its
own, the embedded exchange is that one: it outlives the daemon. Configuration and mode are the embedded venue's, so
every gate before a start is asked as ever; the port is on 127.0.0.1 and nowhere else. With ``DEATHS_FAR_APART`` the
deaths before this start do not count as a crash loop, as if ten minutes lay between any two.
"""

import os
import sys
from decimal import Decimal
from pathlib import Path

import trio
from attrs import evolve, frozen
from tests.crashes import life

from trader247.cli.main import main
from trader247.drivers import disk, starting
from trader247.messages.trading import CycleContext, TradeProposal
from trader247.model.ids import StrategyName
from trader247.model.instant import Instant
from trader247.strategies.registry import BUILDERS

_RESTLESS = (
    *life.BUSY,
    "policy.execution.entry_ttl_s=1",
    "universe.tiers.rotational.enabled=true",
    "signals.cycle.interval_s=1",
    "signals.cycle.proposal_deadline_s=0.5",
    "app.venue.step_s=0.1",
)


@frozen
class _Restless:
    """Buys a little of everything, held or not, and wants to be out of it two seconds later."""

    name: StrategyName

    def generate_proposals(self, context: CycleContext) -> list[TradeProposal]:
        wishes = life.Busy(self.name).generate_proposals(evolve(context, positions=()))
        return [evolve(wish, notional_pct=Decimal("0.2"), max_hold_s=2) for wish in wishes]


class _Nothing:
    """What the daemon's own process holds of the books of an exchange that is elsewhere."""

    fill_count = 0

    def books(self) -> "_Nothing":
        return self

    def close(self) -> None:
        """Nothing is open."""


class _ServedElsewhere:
    """Stands where ``drivers.embedded.EmbeddedVenue`` stands: an address, an account, a key, and no exchange."""

    def __init__(self, port: int, account_id: str, key_text: str) -> None:
        self.number, self.account_id, self.key_text = port, account_id, key_text
        self.port, self.exchange, self.books = self, _Nothing(), _Nothing()
        self.rest_url, self.stream_url = f"http://127.0.0.1:{port}", f"ws://127.0.0.1:{port}/ws"

    async def listen(self) -> list[trio.SocketListener]:
        return []

    async def serve(self, _listeners: list[trio.SocketListener], task_status: trio.TaskStatus[object]) -> None:
        task_status.started()
        await trio.sleep_forever()

    def next_step_at(self) -> Instant:
        return Instant(0)


def _serve_elsewhere(port: str, account_id: str, key_file: str) -> None:
    venue = _ServedElsewhere(int(port), account_id, Path(key_file).read_text())
    vars(starting)["embedded_venue"] = lambda *_arguments: venue
    # whoever killed it reads both books itself; a comparison in here would be with nothing
    disk.Disk.compare = lambda *_arguments: None  # type: ignore[method-assign, assignment]


if __name__ == "__main__":
    BUILDERS["rules"] = lambda name, _terms, _conviction: _Restless(name)  # type: ignore[index]
    if "APART" in os.environ:
        _serve_elsewhere(*os.environ["APART"].split(" ", 2))
    if "DEATHS_FAR_APART" in os.environ:
        disk.CRASH_LOOP_STARTS = sys.maxsize  # type: ignore[misc]
    sys.argv += [part for override in _RESTLESS for part in ("--set", override)]
    main()
