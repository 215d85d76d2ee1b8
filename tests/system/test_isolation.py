"""A daemon whose strategy has a process of its own: it trades, loses the process, goes on, and stops in order."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from tests.system.daemon_process import DaemonProcess
from tests.system.test_reload import Files

pytestmark = [pytest.mark.timeout(240), pytest.mark.req("SUP5", "STR2")]


def children(pid: int) -> list[int]:
    """The processes that this one began."""
    return [int(word) for task in Path(f"/proc/{pid}/task").iterdir() for word in _words(task / "children")]


def _words(path: Path) -> list[str]:
    try:
        return path.read_text().split()
    except (FileNotFoundError, ProcessLookupError):  # that thread has ended
        return []


@pytest.mark.fault("ST-01")
def test_a_strategy_apart_trades_is_quarantined_when_its_process_is_lost_and_a_reload_lifts_it(tmp_path: Path) -> None:
    files, data = Files(tmp_path / "config"), tmp_path / "data"
    files.change("strategies", "isolation: inline", "isolation: process")
    files.change("strategies", "quarantine_after: 3", "quarantine_after: 1")
    with DaemonProcess(data, "--config", str(files.folder)) as daemon:

        def strategy() -> dict[str, Any]:
            (answered,) = daemon.status()["strategies"]
            assert isinstance(answered, dict)
            return answered

        daemon.until_traded()
        (child,) = children(daemon.process.pid)
        os.kill(child, signal.SIGKILL)
        daemon.wait_for("the quarantine", lambda: strategy()["quarantined"])
        assert strategy()["skipped"] == "quarantined: 1 breach, the last: it was ended by signal SIGKILL"
        assert children(daemon.process.pid) == []
        assert "CRITICAL" in {alert["severity"] for alert in daemon.ask("/api/v1/alerts")["alerts"]}

        files.change("strategies", "quarantine_after: 1", "quarantine_after: 2")
        daemon.process.send_signal(signal.SIGHUP)
        daemon.wait_for("an answer again", lambda: not strategy()["skipped"])
        assert daemon.status()["counts"]["alerts_standing"] == 0
        (child,) = children(daemon.process.pid)
        assert daemon.stop() == 0
    assert not Path(f"/proc/{child}").exists()
