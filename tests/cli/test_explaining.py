"""``explain``, of a daemon that has stopped and of one that runs."""

import json
import socket
from pathlib import Path

import pytest
from tests.cli.daemon_samples import call, daemon, typed
from tests.story_samples import RUN, WISH, write

from trader247.store.database import open_database
from trader247.web.sockets import CONTROL_NAME


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    with open_database(tmp_path / "trader247.db") as database:
        write(database)
    return tmp_path


@pytest.mark.req("X2")
def test_a_stopped_daemons_story_is_read_from_its_journal(data_dir: Path) -> None:
    told = call("explain", "v1", "--data-dir", str(data_dir))
    assert told.exit_code == 0, told.output
    lines = told.output.splitlines()
    assert lines[0] == "venue order v1"
    assert lines[-1] == "PnL of BTC-USD: realised 17.9 USD after fees, fees paid 2.1 USD; closed"


@pytest.mark.req("X2")
def test_the_longest_hold_is_told_in_hours_and_kept_in_seconds_for_programs(data_dir: Path) -> None:
    told = call("explain", WISH, "--data-dir", str(data_dir))
    assert "to be held at most 1 h: breakout" in told.output
    assert "at most 3600 s" not in told.output
    view = json.loads(call("explain", WISH, "--data-dir", str(data_dir), "--json").output)
    assert 3600 in {step["facts"].get("max_hold_s") for step in view["steps"]}


@pytest.mark.req("X2")
def test_for_programs_there_are_the_same_facts(data_dir: Path) -> None:
    told = call("explain", WISH, "--data-dir", str(data_dir), "--json")
    view = json.loads(told.output)
    assert view["subject"] == {"what": "proposal", "id": WISH}
    assert view["positions"][0]["exits"] == [f"{RUN}-i3"]


@pytest.mark.req("X2")
async def test_a_running_daemon_is_asked_over_its_socket(tmp_path: Path) -> None:
    async with daemon(tmp_path):
        told = await typed(tmp_path, "explain", WISH)
        unknown = await typed(tmp_path, "explain", "nobody at all?")
    assert told.exit_code == 0, told.output
    assert told.output.splitlines()[0] == f"proposal {WISH}"
    assert (unknown.exit_code, unknown.output.count("\n")) == (1, 1)
    assert "knows no proposal" in unknown.output


def test_a_socket_that_a_killed_daemon_left_behind_is_no_daemon(data_dir: Path) -> None:
    left = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    left.bind(str(data_dir / CONTROL_NAME))
    left.close()
    assert call("explain", "v1", "--data-dir", str(data_dir)).exit_code == 0


@pytest.mark.parametrize("key", ["nobody", RUN, "99", "v"])
def test_what_is_unknown_or_ambiguous_is_one_line_and_exit_code_1(data_dir: Path, key: str) -> None:
    told = call("explain", key, "--data-dir", str(data_dir))
    assert (told.exit_code, told.output.count("\n")) == (1, 1)
    assert repr(key) in told.output


def test_a_folder_without_a_journal_is_one_clear_message(tmp_path: Path) -> None:
    told = call("explain", "v1", "--data-dir", str(tmp_path))
    assert told.exit_code == 2
    assert str(tmp_path) in told.output
