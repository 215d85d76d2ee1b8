"""A real process whose exchange, disk, loop, machine or operator does the worst."""

import locale
import signal
import stat
import time
from pathlib import Path

import pytest
from tests.system.daemon_process import ROOT, DaemonProcess, loaded, run
from tests.system.sabotaged import BREAK, BROKEN

pytestmark = pytest.mark.timeout(300)

END_S_MAX = 90.0
"""Far more than any ordered end takes, on a machine that does much else."""

LEASE_S = 2.0
"""How long a permit lets orders out."""


def broken(daemon: DaemonProcess, beside: Path) -> None:
    """The sabotage is on, and has happened."""
    (beside / BREAK).touch()
    daemon.until_written(BROKEN)


def goes_on_with_equal_books(data: Path) -> None:
    """A next start trades, ends in order, and finds the exchange's books equal to its own."""
    beside = data.parent / "next"
    beside.mkdir()
    # what broke the life before opened a breaker, which stays open over a restart: here for a second
    calm = ("--set", "policy.breakers.api_errors.open_s=1", "--set", "policy.breakers.work.open_s=1")
    with DaemonProcess(data, *calm, beside=beside) as daemon:
        daemon.until_ready()
        daemon.wait_for("no order in doubt", lambda: daemon.status()["counts"]["in_doubt"] == 0)
        assert daemon.stop(within_s=END_S_MAX) == 0
        assert "DIFFERENT" not in daemon.text()
    verified = run("audit", "verify", "--data-dir", str(data), "--json", cache=data.parent)
    assert loaded(verified)["intact"], verified.stdout


@pytest.mark.req("SUP6")
@pytest.mark.fault("PR-05")
def test_told_to_stop_while_the_exchange_answers_nothing_it_ends_in_time_and_says_what_may_still_live(
    tmp_path: Path,
) -> None:
    data = tmp_path / "data"
    (tmp_path / BREAK).touch()
    with DaemonProcess(data, "--set", "app.shutdown_deadline_s=5", sabotage="no_answers") as daemon:
        daemon.until_written(BROKEN)
        assert daemon.stop(signal.SIGTERM, within_s=END_S_MAX) == 1
        assert "orders may still be live" in daemon.text()
    goes_on_with_equal_books(data)


@pytest.mark.fault("PR-06")
def test_killed_in_the_middle_of_cancelling_the_next_start_takes_up_what_still_rests(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (tmp_path / BREAK).touch()
    with DaemonProcess(data, sabotage="no_answers") as daemon:
        daemon.until_written(BROKEN)
        daemon.process.send_signal(signal.SIGTERM)
        daemon.until_written("cancelling what works")
        daemon.process.kill()
        daemon.process.wait()
    goes_on_with_equal_books(data)


@pytest.mark.fault("PR-13")
def test_a_commit_that_never_returns_does_not_keep_the_process_alive(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with DaemonProcess(data, "--set", "app.shutdown_deadline_s=5", sabotage="stuck_commit") as daemon:
        daemon.until_ready()
        broken(daemon, tmp_path)
        assert daemon.stop(signal.SIGTERM, within_s=END_S_MAX) == 75
        assert "cannot be stopped: journal" in daemon.text()
    goes_on_with_equal_books(data)


@pytest.mark.fault("PR-11", "AR-10")
def test_a_loop_that_stands_still_ends_the_process_with_the_line_that_holds_it(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with DaemonProcess(data, sabotage="stuck_loop") as daemon:
        daemon.until_ready()
        broken(daemon, tmp_path)
        assert daemon.process.wait(END_S_MAX) == 75
        assert "the loop is blocked by order_manager" in daemon.text()
        assert "threading.Event().wait()" in daemon.text()
    goes_on_with_equal_books(data)


@pytest.mark.fault("PR-14")
def test_a_storm_of_signals_reloads_and_halts_once_and_two_stops_are_one_end(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with DaemonProcess(data) as daemon:
        daemon.until_ready()
        for number in range(50):
            daemon.process.send_signal(signal.SIGUSR1 if number % 10 == 7 else signal.SIGHUP)
        daemon.wait_for("a halt", lambda: daemon.status()["state"] == "HALTED")
        assert "SIGUSR1" in daemon.status()["halt"]["reason"]
        daemon.process.send_signal(signal.SIGINT)
        assert daemon.stop(signal.SIGTERM, within_s=END_S_MAX) in {0, 130}
        assert "Traceback" not in daemon.text()
    told = run("audit", "tail", "-n", "1000", "--json", "--data-dir", str(data), cache=tmp_path)
    assert told.stdout.count("halt_tripped") <= 1  # the second stop may be faster than the row; it leaves a note
    with DaemonProcess(data) as daemon:
        daemon.wait_for("the halt of before", lambda: daemon.status()["state"] == "HALTED")
        assert daemon.stop(within_s=END_S_MAX) == 0


@pytest.mark.fault("PR-14")
def test_a_halt_and_two_stops_in_one_breath_leave_the_next_start_halted(tmp_path: Path) -> None:
    """The second stop ends the process at once: the halt may be in no row yet."""
    data = tmp_path / "data"
    with DaemonProcess(data) as daemon:
        daemon.until_ready()
        for told in (signal.SIGUSR1, signal.SIGINT):
            daemon.process.send_signal(told)
        assert daemon.stop(signal.SIGTERM, within_s=END_S_MAX) in {0, 130}
    with DaemonProcess(data) as daemon:
        daemon.wait_for("the halt of before", lambda: daemon.status()["state"] == "HALTED")
        assert daemon.stop(within_s=END_S_MAX) == 0


@pytest.mark.fault("PR-14")
@pytest.mark.parametrize("made", ["trader247.db", "web.token"])
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_in_the_middle_of_the_start_ends_it_and_the_next_start_is_none_the_worse(
    tmp_path: Path, made: str, how: signal.Signals
) -> None:
    data = tmp_path / "data"
    with DaemonProcess(data) as daemon:
        daemon.wait_for(made, (data / made).exists)
        daemon.stop(how, within_s=END_S_MAX)
    with DaemonProcess(data) as daemon:
        daemon.until_ready()
        assert daemon.stop(within_s=END_S_MAX) == 0


@pytest.mark.fault("PR-16")
def test_folder_umask_and_locale_of_whoever_starts_it_change_nothing(tmp_path: Path) -> None:
    data, elsewhere = tmp_path / "data", tmp_path / "elsewhere"
    elsewhere.mkdir()
    foreign = next((name for name in ("de_DE.UTF-8", "fr_FR.UTF-8") if _installed(name)), "C")
    strange = {
        "LC_ALL": foreign, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"
    }  # fmt: skip
    options = ("--config", str(ROOT / "config"))
    with DaemonProcess(data, *options, cwd=elsewhere, umask=0, environ=strange) as daemon:
        daemon.until_traded()
        assert daemon.stop(within_s=END_S_MAX) == 0
        assert "DIFFERENT" not in daemon.text()
    open_to_all = [path for path in (data, *data.rglob("*")) if stat.S_IMODE(path.lstat().st_mode) & 0o077]
    assert not open_to_all
    assert not list(elsewhere.iterdir())


def _installed(name: str) -> bool:
    before = locale.setlocale(locale.LC_ALL)
    try:
        locale.setlocale(locale.LC_ALL, name)
    except locale.Error:
        return False
    locale.setlocale(locale.LC_ALL, before)
    return True


@pytest.mark.fault("PR-12")
def test_a_process_that_was_stopped_and_goes_on_trades_again_with_equal_books(tmp_path: Path) -> None:
    # a line a cycle: the next one says that it goes on
    with DaemonProcess(tmp_path / "data", "--set", "signals.cycle.interval_s=5") as daemon:
        daemon.until_traded()
        daemon.process.send_signal(signal.SIGSTOP)
        state = Path(f"/proc/{daemon.process.pid}/stat")
        daemon.wait_for("a stopped process", lambda: state.read_text().rpartition(")")[2].split()[0] == "T")
        lines, until = daemon.text().count("\n"), time.monotonic() + LEASE_S + 1
        daemon.wait_for("the end of its lease", lambda: time.monotonic() > until)
        daemon.process.send_signal(signal.SIGCONT)
        daemon.wait_for("another line", lambda: daemon.text().count("\n") > lines)
        daemon.until_ready()
        assert daemon.stop(within_s=END_S_MAX) == 0
        assert "DIFFERENT" not in daemon.text()
