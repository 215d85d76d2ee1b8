"""The daemon on a real PostgreSQL server, end to end."""

import json
import signal
from pathlib import Path

import pytest
from tests.postgres_server import PostgresServer, running_server
from tests.system.daemon_process import DaemonProcess, loaded, run

from trader247.store.server import Server

pytestmark = pytest.mark.timeout(240)

SECRET = "BOOK_PASSWORD"


@pytest.fixture
def options(on_server: Server, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    assert on_server.password is not None
    monkeypatch.setenv(SECRET, on_server.password)
    return ("--set", f"app.database.url='{on_server.url}'", "--set", f"app.database.password=env:{SECRET}")


@pytest.mark.req("OM3", "AUD1", "PNL1", "SI1")
def test_a_paper_daemon_trades_on_a_server_stops_in_order_and_its_journal_verifies(
    tmp_path: Path, options: tuple[str, ...], on_server: Server
) -> None:
    data = tmp_path / "data"
    with DaemonProcess(data, *options, "--duration", "10m", "--speed", "10") as daemon:
        daemon.until_traded()
        second = run("supervise", "--data-dir", str(tmp_path / "other"), "--port", "0", *options, cache=tmp_path)
        assert second.returncode == 4, second.stderr
        assert f"held by another instance (trader247 pid {daemon.process.pid} on" in second.stderr
        if daemon.process.poll() is None:
            daemon.process.send_signal(signal.SIGINT)
        assert daemon.process.wait(60) == 0, daemon.text()
        assert "DIFFERENT" not in daemon.text()
        assert "fills" in daemon.text()
        assert str(on_server.password) not in daemon.text()
    assert not (data / "trader247.db").exists()
    where = ("--data-dir", str(data), *options)
    verified = run("audit", "verify", "--json", *where, cache=tmp_path)
    assert loaded(verified)["intact"], verified.stdout
    rebuilt = run("db", "rebuild", "--json", *where, cache=tmp_path)
    assert loaded(rebuilt)["identical"], rebuilt.stdout
    exported = run("audit", "export", *where, cache=tmp_path).stdout.splitlines()
    assert len(exported) == loaded(verified)["rows"]
    assert {"daemon_started", "fill_booked", "daemon_stopped"} <= {json.loads(line)["kind"] for line in exported}


@pytest.mark.req("SUP3")
@pytest.mark.fault("SS-02", "DB-15")
def test_a_daemon_whose_connection_is_ended_stops_and_the_next_start_goes_on_with_the_same_books(
    tmp_path: Path, options: tuple[str, ...], postgres_server: PostgresServer
) -> None:
    data = tmp_path / "data"
    with DaemonProcess(data, *options) as daemon:
        daemon.until_traded()
        assert postgres_server.terminate() == 1
        assert daemon.process.wait(60) == 5, daemon.text()
        assert "the journal cannot write" in daemon.text()
        assert "DIFFERENT" not in daemon.text()
    with DaemonProcess(data, *options) as daemon:
        daemon.until_traded()
        if daemon.status()["state"] == "HALTED":  # where the last words still found a connection
            resumed = run("resume", "--reason", "seen", "--data-dir", str(data), cache=tmp_path)
            assert resumed.returncode == 0, resumed.stderr
        daemon.until_ready()
        assert daemon.stop() == 0
        assert "DIFFERENT" not in daemon.text()
    verified = run("audit", "verify", "--json", "--data-dir", str(data), *options, cache=tmp_path)
    assert loaded(verified)["intact"], verified.stdout


@pytest.mark.req("SUP3")
@pytest.mark.usefixtures("postgres_server")  # skips, or fails, where there is none
def test_a_server_that_crashes_ends_the_daemon_with_the_code_of_a_fault_and_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running_server() as server:
        address = server.address(server.new_schema(), tmp_path)
        monkeypatch.setenv(SECRET, server.password)
        options = ("--set", f"app.database.url='{address.url}'", "--set", f"app.database.password=env:{SECRET}")
        with DaemonProcess(tmp_path / "data", *options) as daemon:
            daemon.until_traded()
            server.stop(signal.SIGQUIT)
            assert daemon.process.wait(60) == 5, daemon.text()
            assert "HALTED" in daemon.text()
            assert "Traceback" not in daemon.text()


@pytest.mark.req("SUP3")
@pytest.mark.fault("SS-17")
@pytest.mark.usefixtures("postgres_server")  # skips, or fails, where there is none
def test_a_server_that_stands_still_halts_the_daemon_and_ends_it_with_the_code_of_a_fault_in_bounded_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running_server() as server:
        address = server.address(server.new_schema(), tmp_path)
        monkeypatch.setenv(SECRET, server.password)
        options = ("--set", f"app.database.url='{address.url}'", "--set", f"app.database.password=env:{SECRET}")
        with DaemonProcess(tmp_path / "data", *options) as daemon:
            daemon.until_traded()
            with server.standing_still():
                assert daemon.process.wait(150) == 5, daemon.text()
            assert "HALTED" in daemon.text()
            assert "did not answer within 35 s" in daemon.text()
            assert "Traceback" not in daemon.text()
