"""A real process stopped by a signal and let go on, while the exchange goes on without it."""

import signal
import time
from pathlib import Path

import pytest
from tests.chaos.bad_wire import PATIENCE
from tests.chaos.witness import LEFT, PERMIT
from tests.crashes.outside import over_rest
from tests.crashes.truth import judged
from tests.system.daemon_process import DaemonProcess
from tests.system.exchange_process import served

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

LEASE_S = 2.0
FREEZES = 3
END_S_MAX = 90.0


def frozen(daemon: DaemonProcess, seconds: float) -> None:
    """Stopped for so long, and certainly so before the time counts."""
    daemon.process.send_signal(signal.SIGSTOP)
    state = Path(f"/proc/{daemon.process.pid}/stat")
    daemon.wait_for("a stopped process", lambda: state.read_text().rpartition(")")[2].split()[0] == "T")
    until = time.monotonic() + seconds
    daemon.wait_for("the end of its lease", lambda: time.monotonic() > until)


@pytest.mark.req("M1", "X1")
@pytest.mark.fault("PR-12", "HC-05")
def test_what_leaves_after_a_freeze_leaves_under_a_permit_that_came_after_it(tmp_path: Path) -> None:
    data, witness = tmp_path / "data", tmp_path / "witness"
    thaws: list[int] = []

    def told() -> list[str]:
        return witness.read_text().splitlines()

    def left() -> int:
        return sum(line.startswith(LEFT) for line in told())

    with served(tmp_path, "--balance", "USD=100000", "--market", "generated:step=0.1", "--no-rate-limits") as exchange:
        port = exchange.host.partition(":")[2]
        environ = {"APART": f"{port} {exchange.account} {exchange.key_file}", "WITNESS": str(witness)}
        with DaemonProcess(data, *PATIENCE, program="tests.chaos.witness", environ=environ) as daemon:
            daemon.until_ready()
            for _ in range(FREEZES):
                daemon.wait_for("a working order", lambda: daemon.status()["counts"]["working_orders"])
                frozen(daemon, LEASE_S + 1)
                thaws.append(len(told()))
                before = left()
                daemon.process.send_signal(signal.SIGCONT)
                daemon.wait_for("orders again", lambda more=before: left() > more + 2)  # type: ignore[misc]
            daemon.wait_for("no order in doubt", lambda: daemon.status()["counts"]["in_doubt"] == 0)
            assert daemon.stop(signal.SIGTERM, END_S_MAX) == 0, daemon.text()[-4000:]
        assert judged(over_rest(exchange), data) == []
    for thaw in thaws:
        granted: set[str] = set()
        for line in told()[thaw : thaw + 500]:
            what, _, rest = line.partition(" ")
            if what == PERMIT:
                granted |= set(rest.split(","))
            else:
                assert rest.split()[0] in granted, f"{line}: it left before any permit that came after the thaw"
