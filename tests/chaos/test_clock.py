"""A daemon whose wall clock is wrong, by libfaketime, over an exchange whose clock is right."""

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from tests.chaos.bad_wire import BACK_S_MAX, PATIENCE
from tests.chaos.witness import LEFT
from tests.crashes.outside import over_rest
from tests.crashes.truth import judged
from tests.system.daemon_process import DaemonProcess
from tests.system.exchange_process import served

FOUND = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
CYCLES = 3
END_S_MAX = 90.0
LIBRARY = os.environ.get("LIBFAKETIME", str(FOUND) if FOUND is not None else "")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not LIBRARY, reason="libfaketime is not installed (apt-get install faketime)"),
]


def alerts(daemon: DaemonProcess) -> list[str]:
    told: list[dict[str, Any]] = [json.loads(line) for line in daemon.text().splitlines() if line.startswith("{")]
    return [line["text"] for line in told if line["event"] == "alert"]


@pytest.mark.req("M1")
@pytest.mark.fault("HC-01", "HC-02")
@pytest.mark.parametrize("offset", ["+90", "-90"])
def test_a_clock_that_steps_stops_entries_until_it_is_right_again(tmp_path: Path, offset: str) -> None:
    clock = tmp_path / "clock"
    clock.write_text("+0")
    data, witness = tmp_path / "data", tmp_path / "witness"

    def entries() -> int:
        return witness.read_text().count(f"{LEFT} entry")

    with served(tmp_path, "--balance", "USD=100000", "--market", "generated:step=0.1", "--no-rate-limits") as exchange:
        environ = {
            "APART": f"{exchange.host.partition(':')[2]} {exchange.account} {exchange.key_file}",
            "LD_PRELOAD": LIBRARY,
            "FAKETIME_TIMESTAMP_FILE": str(clock),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "WITNESS": str(witness),
        }
        with DaemonProcess(data, *PATIENCE, program="tests.chaos.witness", environ=environ) as daemon:
            daemon.wait_for("an entry permit", lambda: daemon.status()["permit"]["entry"], BACK_S_MAX)
            clock.write_text(offset)
            daemon.wait_for("a step that was seen", lambda: any("stepped by" in text for text in alerts(daemon)))
            daemon.wait_for("no entry permit", lambda: not daemon.status()["permit"]["entry"])
            before, cycles = entries(), daemon.text().count("no entry permit")
            daemon.wait_for("more cycles", lambda: daemon.text().count("no entry permit") >= cycles + CYCLES)
            assert entries() == before
            clock.write_text("+0")
            daemon.wait_for("an entry permit again", lambda: daemon.status()["permit"]["entry"], BACK_S_MAX)
            daemon.wait_for("entries again", lambda: entries() > before + 2)
            daemon.wait_for("no order in doubt", lambda: daemon.status()["counts"]["in_doubt"] == 0)
            assert daemon.stop(signal.SIGTERM, END_S_MAX) == 0, daemon.text()[-4000:]
        assert judged(over_rest(exchange), data) == []
