"""``new-strategy``: what it writes works at once."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.daemon_samples import call
from tests.config.loadable import SHIPPED, loaded, write
from tests.system.daemon_process import DaemonProcess

from trader247 import __file__ as package

pytestmark = pytest.mark.req("STR5")

ENTRY = "\n\nmy_idea:\n  "


def made(folder: Path, name: str = "my_idea") -> str:
    """What the command printed."""
    done = call("new-strategy", name, "--into", str(folder))
    assert done.exit_code == 0, done.output
    return done.output


def test_its_test_passes_at_once(tmp_path: Path) -> None:
    made(tmp_path / "own")
    environ = {**os.environ, "PYTHONPATH": str(Path(package).parents[1])}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        env=environ,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed" in done.stdout


def test_the_two_lines_it_prints_are_all_the_configuration_needs(tmp_path: Path) -> None:
    printed = made(tmp_path / 'with blanks and "quotes"')
    folder = write(tmp_path / "config", strategies=printed.partition("strategies.yaml:")[2])
    terms = loaded(folder).configuration.strategies["my_idea"]
    assert terms.enabled
    assert len(printed.partition("strategies.yaml:")[2].split("\n\n")[1].splitlines()) == 2


@pytest.mark.timeout(240)
@pytest.mark.slow
@pytest.mark.req("STR1", "STR2")
def test_the_daemon_takes_it_at_once_and_asks_it_in_a_dry_run(tmp_path: Path) -> None:
    printed = made(tmp_path / "own")
    files = {path.stem: path.read_text(encoding="utf-8") for path in SHIPPED.glob("*.yaml")}
    own = printed.partition("strategies.yaml:")[2] + "  \n"
    folder = write(tmp_path / "config", **{**files, "strategies": own.replace("true}", "true, ") + _EAGER})
    with DaemonProcess(tmp_path / "data", "--config", str(folder), mode=None) as daemon:
        daemon.until_ready()
        asked = daemon.wait_for("an answer", lambda: daemon.status()["strategies"])
        assert [(each["strategy"], each["skipped"]) for each in asked] == [("my_idea", "")]
        daemon.until_written("% in an hour")
        assert daemon.stop() == 0
        assert "crash" not in daemon.text()


_EAGER = "   parameters: {min_move_pct: 0.0001}}\n"


def test_nothing_that_is_there_is_replaced(tmp_path: Path) -> None:
    made(tmp_path)
    before = {path.name: path.read_text() for path in tmp_path.iterdir()}
    (tmp_path / "my_idea.py").write_text("mine")
    again = call("new-strategy", "my_idea", "--into", str(tmp_path))
    assert again.exit_code == 1
    assert "my_idea.py is there already; nothing was written" in again.output + again.stderr
    assert (tmp_path / "my_idea.py").read_text() == "mine"
    (tmp_path / "my_idea.py").unlink()
    assert call("new-strategy", "my_idea", "--into", str(tmp_path)).exit_code == 1
    assert {path.name for path in tmp_path.iterdir()} == before.keys() - {"my_idea.py"}


@pytest.mark.parametrize("name", ["My_idea", "1st", "a-b", "", "x" * 41, "class", "../up"])
def test_a_name_that_is_none_is_a_usage_error(tmp_path: Path, name: str) -> None:
    done = call("new-strategy", name, "--into", str(tmp_path))
    assert done.exit_code == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("decimal", "'decimal' will not do: Python has a module of this name; choose another"),
        ("json", "'json' will not do: Python has a module of this name; choose another"),
        ("side", "'side' will not do: its class Side would hide what the file uses; choose another"),
        ("parameters", "'parameters' will not do: its class Parameters would hide what the file uses"),
    ],
)
def test_a_name_whose_file_would_hide_what_it_needs_itself_is_a_usage_error(
    tmp_path: Path, name: str, text: str
) -> None:
    done = call("new-strategy", name, "--into", str(tmp_path))
    assert (done.exit_code, list(tmp_path.iterdir())) == (2, [])
    assert text in " ".join((done.output + done.stderr).split())
