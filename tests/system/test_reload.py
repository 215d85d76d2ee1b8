"""A configuration that changes under a running daemon: real files, real signals, real orders."""

import re
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest
from tests.config.loadable import SHIPPED
from tests.system.daemon_process import DaemonProcess, loaded, run

pytestmark = [pytest.mark.timeout(240), pytest.mark.req("SUP6")]


class Files:
    """A copy of the shipped files to change."""

    def __init__(self, folder: Path) -> None:
        self.folder = shutil.copytree(SHIPPED, folder)
        self.say("signals", "cycle: {interval_s: 3, jitter_pct: 0}")

    def say(self, section: str, text: str) -> None:
        """This is all that the file says."""
        (self.folder / f"{section}.yaml").write_text(text + "\n", encoding="utf-8")

    def change(self, section: str, what: str, by: str) -> None:
        """The first line that says ``what`` says ``by``."""
        path = self.folder / f"{section}.yaml"
        text, count = re.subn(re.escape(what), by, path.read_text(encoding="utf-8"), count=1)
        assert count == 1
        path.write_text(text, encoding="utf-8")


def actors(daemon: DaemonProcess) -> dict[str, dict[str, Any]]:
    def workers(node: dict[str, Any]) -> list[dict[str, Any]]:
        return [node] if node["kind"] == "worker" else [w for child in node["children"] for w in workers(child)]

    return {node["name"]: node for node in workers(daemon.ask("/api/v1/tree")["tree"])}


def test_sighup_and_the_command_take_over_what_is_safe_and_refuse_the_rest_while_positions_are_held(
    tmp_path: Path,
) -> None:
    files, data = Files(tmp_path / "config"), tmp_path / "data"
    with DaemonProcess(data, "--config", str(files.folder)) as daemon:
        daemon.until_traded()
        first = daemon.status()["config_hash"]

        def refused_with(text: str) -> None:
            daemon.process.send_signal(signal.SIGHUP)
            daemon.wait_for(text, lambda: text in daemon.text())
            assert daemon.status()["config_hash"] == first

        files.say("universe", "min_eligible_assets: 0\nmin_eligible_asets: 1")
        refused_with("2 faults; nothing was changed")
        asked = run("reload", "--reason", "x", "--data-dir", str(data), cache=tmp_path)
        assert asked.returncode == 2, asked.stderr
        assert f"{files.folder}/universe.yaml:1:" in asked.stderr
        shutil.copy(SHIPPED / "universe.yaml", files.folder)

        shutil.copy(SHIPPED / "app.yaml", tmp_path / "app.yaml")
        files.change("strategies", "max_at_risk_pct: 10", "max_at_risk_pct: 9")
        files.say("app", "web: {host: 127.0.0.2}")
        refused_with("app.web.host 127.0.0.1 -> 127.0.0.2")
        asked = run("reload", "--reason", "x", "--data-dir", str(data), cache=tmp_path)
        assert asked.returncode == 3, asked.stderr
        assert "restart the daemon" in asked.stderr
        assert "strategies.baseline.max_at_risk_pct" in asked.stderr
        shutil.copy(tmp_path / "app.yaml", files.folder)

        files.change("strategies", "enabled: true", "enabled: false")
        held = {p["symbol"]: p["quantity"] for p in daemon.ask("/api/v1/positions")["positions"]}
        daemon.process.send_signal(signal.SIGHUP)
        daemon.wait_for("another fingerprint", lambda: daemon.status()["config_hash"] != first)
        assert '"event": "reloaded"' in daemon.text()
        daemon.wait_for("a strategy that is off", lambda: daemon.status()["strategies"][0]["skipped"] == "disabled")
        daemon.until_ready()
        now = {p["symbol"]: p["quantity"] for p in daemon.ask("/api/v1/positions")["positions"]}
        assert held.keys() <= now.keys()

        files.change("policy", "per_asset_pct: 5", "per_asset_pct: 4")
        asked = run("reload", "--reason", "calmer", "--data-dir", str(data), "--json", cache=tmp_path)
        told = loaded(asked)
        assert told["changes"] == [{"key": "policy.caps.per_asset_pct", "before": "5", "after": "4"}]
        assert told["config_hash"] == daemon.status()["config_hash"]
        again = run("reload", "--reason", "calmer", "--data-dir", str(data), cache=tmp_path)
        assert (again.returncode, "nothing changed" in again.stdout) == (0, True)
        seen = actors(daemon)
        assert {seen[name]["incarnation"] for name in ("order_manager", "order_gateway", "journal", "web_face")} == {1}
        assert {actor["restarts"] for actor in seen.values()} == {0}
        assert daemon.stop() == 0
        assert "DIFFERENT" not in daemon.text()

    verified = run("audit", "verify", "--data-dir", str(data), "--json", cache=tmp_path)
    assert loaded(verified)["intact"], verified.stdout
    tail = run("audit", "tail", "-n", "1000", "--json", "--data-dir", str(data), cache=tmp_path)
    assert tail.stdout.count('"configuration_reloaded"') == 2
    assert "operator (control socket)" in tail.stdout
