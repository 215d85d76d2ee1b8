"""The daemon as its operator meets it: a process, signals, files, exit codes."""

import contextlib
import json
import os
import signal
import socket
from pathlib import Path

import pytest
from tests.system.daemon_process import DaemonProcess, loaded, run, small_disk

pytestmark = pytest.mark.timeout(240)


@pytest.mark.req("SUP6", "M1", "X2", "SI1")
def test_a_paper_daemon_trades_drains_on_ctrl_c_and_agrees_with_the_exchange_to_the_last_digit(tmp_path: Path) -> None:
    with DaemonProcess(tmp_path / "data") as daemon:
        daemon.until_traded()
        assert daemon.status()["mode"] == "PAPER"
        second = run("supervise", "--data-dir", str(tmp_path / "data"), "--port", "0", cache=tmp_path)
        assert second.returncode == 4
        assert "single-instance lock" in second.stderr
        assert str(daemon.process.pid) in second.stderr
        bought = daemon.ask("/api/v1/fills")["fills"][-1]["fill_id"]
        explained = run("explain", bought, "--data-dir", str(tmp_path / "data"), "--json", cache=tmp_path)
        assert bought in loaded(explained)["orders"][0]["fill_ids"]
        assert daemon.stop(signal.SIGINT) == 0
        assert "DIFFERENT" not in daemon.text()
        assert "fills" in daemon.text()
    verified = run("audit", "verify", "--data-dir", str(tmp_path / "data"), "--json", cache=tmp_path)
    assert loaded(verified)["intact"], verified.stdout
    later = run("explain", bought, "--data-dir", str(tmp_path / "data"), "--json", cache=tmp_path)
    assert loaded(later)["steps"][: len(loaded(explained)["steps"])] == loaded(explained)["steps"]


@pytest.mark.req("K1", "SUP3")
def test_a_kill_file_halts_cancels_and_survives_a_restart_until_a_person_resumes(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with DaemonProcess(data) as daemon:
        daemon.until_ready()
        (data / "KILL_SWITCH").write_text("a person said so\n")
        daemon.wait_for("a halt", lambda: daemon.status()["state"] == "HALTED", within_s=3)
        daemon.wait_for("no working order", lambda: daemon.status()["counts"]["working_orders"] == 0, within_s=10)
        refused = run("resume", "--reason", "too early", "--data-dir", str(data), cache=tmp_path)
        assert refused.returncode == 3
        assert "KILL_SWITCH" in refused.stderr
        assert daemon.stop(signal.SIGTERM) == 0
    (data / "KILL_SWITCH").unlink()
    with DaemonProcess(data) as daemon:
        daemon.wait_for("the halt of before", lambda: daemon.status()["state"] == "HALTED")
        assert "a person said so" in daemon.status()["halt"]["reason"]
        resumed = run("resume", "--reason", "it is over", "--data-dir", str(data), cache=tmp_path)
        assert resumed.returncode == 0, resumed.stderr
        daemon.until_ready()
        assert daemon.stop() == 0


@pytest.mark.req("SUP3", "SUP7")
def test_a_crashed_actor_comes_back_and_safety_does_not_notice(tmp_path: Path) -> None:
    with DaemonProcess(tmp_path / "data") as daemon:
        daemon.until_ready()
        crashed = run("chaos", "crash", "market_feed", "--data-dir", str(tmp_path / "data"), cache=tmp_path)
        assert crashed.returncode == 0, crashed.stderr

        def restarted() -> bool:
            actors = {node["name"]: node for node in _workers(daemon.ask("/api/v1/tree")["tree"])}
            assert actors["journal"]["incarnation"] == 1
            return actors["market_feed"]["incarnation"] == 2 and actors["market_feed"]["state"] == "up"

        daemon.wait_for("a second market feed", restarted, within_s=10)
        daemon.until_ready()
        assert daemon.stop() == 0


@pytest.mark.req("OM3", "X1", "REC1")
@pytest.mark.fault("PR-02", "PR-03", "PR-09")
def test_after_kill_9_the_daemon_goes_on_with_the_same_books(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with DaemonProcess(data) as daemon:
        daemon.until_traded()
        held = daemon.ask("/api/v1/positions")["positions"][0]["quantity"]
        daemon.process.kill()
        daemon.process.wait()
    with DaemonProcess(data) as daemon:
        daemon.until_ready()
        assert daemon.ask("/api/v1/positions")["positions"][0]["quantity"] == held
        assert daemon.stop() == 0
        assert "DIFFERENT" not in daemon.text()


@pytest.mark.fault("DB-07", "OP-10")
def test_a_journal_that_is_taken_away_ends_the_run_and_the_next_start_is_halted(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with DaemonProcess(data) as daemon:
        daemon.until_traded()
        for lost in data.glob("trader247.db*"):
            lost.unlink()
        assert daemon.process.wait(60) == 5, daemon.text()
        assert "deleted or replaced" in daemon.text()
    with DaemonProcess(data) as daemon:
        daemon.wait_for("a halt", lambda: daemon.status()["state"] == "HALTED")
        assert "deleted or replaced" in daemon.status()["halt"]["reason"], "noted beside the journal that was lost"
        assert daemon.ask("/api/v1/orders")["orders"] == []
        daemon.stop()


@pytest.mark.req("SEC1")
def test_a_secret_in_a_reason_is_not_written_down(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with DaemonProcess(data) as daemon:
        daemon.until_ready()
        token = (data / "web.token").read_text().strip()
        run("halt", "--reason", f"the token is {token}", "--data-dir", str(data), cache=tmp_path)
        daemon.wait_for("a halt", lambda: daemon.status()["state"] == "HALTED")
        assert daemon.stop() == 0
        assert token not in daemon.text()
    tail = run("audit", "tail", "-n", "1000", "--json", "--data-dir", str(data), cache=tmp_path)
    assert "the token is" in tail.stdout
    assert token not in tail.stdout


@pytest.mark.req("M1")
def test_a_bare_supervise_decides_and_sends_nothing(tmp_path: Path) -> None:
    with DaemonProcess(tmp_path / "data", mode=None) as daemon:
        daemon.wait_for("what would have been sent", lambda: '"event": "would"' in daemon.text())
        assert daemon.status()["mode"] == "DRY_RUN"
        assert daemon.ask("/api/v1/positions")["positions"] == []
        assert daemon.stop() == 0
    told = [json.loads(line) for line in daemon.text().splitlines()]
    assert "fills: 0 here, 0 at the exchange: equal" in [line["text"] for line in told if line["event"] == "books"]
    assert told[-1]["event"] == "stopped"


def _workers(node: dict[str, object]) -> list[dict[str, object]]:
    children = node["children"]
    assert isinstance(children, list)
    return [found for child in children for found in _workers(child)] or [node]


# ------------------------------------------------------------------------------------------------------- bad input
@pytest.mark.req("C1")
def test_a_wrong_configuration_stops_the_start_with_every_fault_named(tmp_path: Path) -> None:
    done = run(
        "supervise", "--data-dir", str(tmp_path / "data"), "--set", "policy.caps.total_pct=250", "--set",
        "app.mode=YOLO", cache=tmp_path,
    )  # fmt: skip
    assert done.returncode == 2
    assert "caps.total_pct" in done.stderr
    assert "YOLO" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "data").exists()


def test_an_unknown_flag_is_a_usage_error(tmp_path: Path) -> None:
    done = run("supervise", "--spped", "5", cache=tmp_path)
    assert done.returncode == 2
    assert "--spped" in done.stderr


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("missing.csv", None, "missing.csv"),
        ("broken_BTC-USD_1m.csv", b"time,open,high,low,close,volume\n60,2,banana,1,2,3\n", "banana"),
        ("torn_BTC-USD_1m.csv.gz", b"\x1f\x8b\x08\x00garbage", "torn_BTC-USD_1m.csv.gz"),
    ],
)
def test_an_unreadable_recording_is_one_clear_message(
    tmp_path: Path, name: str, content: bytes | None, expected: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    done = run("supervise", "--data-dir", str(tmp_path / "data"), "--market", f"replay:{path}", cache=tmp_path)
    assert done.returncode == 2, done.stderr
    assert expected in done.stderr
    assert "Traceback" not in done.stderr


def test_a_busy_port_is_named_before_anything_trades(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("supervise", "--data-dir", str(tmp_path / "data"), "--port", str(port), cache=tmp_path)
    assert done.returncode == 2
    assert str(port) in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.req("M1")
def test_live_is_refused_with_what_is_missing(tmp_path: Path) -> None:
    done = run(
        "supervise", "--mode", "live", "--data-dir", str(tmp_path / "data"), "--set", "app.read_only=false", "--set",
        "app.venue.kind=coinbase", "--set", "app.venue.key=env:NO_KEY", cache=tmp_path,
    )  # fmt: skip
    assert done.returncode == 3, done.stderr
    assert "LIVE" in done.stderr


@pytest.mark.fault("DB-01")
@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small file system needs root")
def test_a_full_disk_halts_cancels_and_ends_with_a_clear_message_and_nothing_lost(tmp_path: Path) -> None:
    with small_disk(tmp_path / "small", 8) as disk, DaemonProcess(disk / "data", beside=tmp_path) as daemon:
        daemon.until_ready()
        filler = disk / "filler"
        with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(b"\0" * 65_536)
        code = daemon.process.wait(120)
        assert code == 5, daemon.text()
        assert "disk" in daemon.text().lower() or "full" in daemon.text().lower()
        filler.unlink()
        verified = run("audit", "verify", "--data-dir", str(disk / "data"), "--json", cache=tmp_path)
        assert loaded(verified)["intact"], verified.stdout
