"""``simulate`` as it is typed."""

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.config.loadable import SHIPPED
from tests.drivers.simulation.histories import event, fault

from trader247.cli import simulating
from trader247.cli.main import main
from trader247.drivers.simulation import judging
from trader247.drivers.simulation.judging import Asked, Judged
from trader247.drivers.simulation.plan import Plan
from trader247.drivers.simulation.plan_file import Replay, plan_plain, read_replay, replay_text

pytestmark = pytest.mark.req("SE4")

CULPRIT = fault("process", "crash", event("time", after_s=5.0))
NOISE = tuple(fault("rest", "garbage", event("call", nth=at)) for at in range(1, 9))


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["simulate", *words])


def judge(asked: Asked) -> Judged:
    """A history that goes wrong wherever the process crashes."""
    violations = [("I-04", "a fill was lost")] if CULPRIT in asked.plan.faults else []
    return Judged(
        asked.seed, asked.hours, "0" * 64, {"rest.garbage": 1}, 2, 1, 1, 9, {"I-04": 3}, violations, "the story"
    )


@pytest.fixture
def plan_file(tmp_path: Path) -> Path:
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(plan_plain(Plan((*NOISE[:5], CULPRIT, *NOISE[5:])))))
    return path


def test_a_history_without_a_violation_is_told_with_its_digest_and_ends_well() -> None:
    done = run("--hours", "0.005", "--faults", "none")
    assert done.exit_code == 0, done.output
    assert "no invariant was violated" in done.output
    assert "not shown to hold, for want of facts: I-17, I-20," in done.output
    assert "1 history, " in done.output
    assert "digest " in done.output


def test_a_violation_is_told_written_down_and_shrunk_to_what_matters(
    monkeypatch: pytest.MonkeyPatch, plan_file: Path, tmp_path: Path
) -> None:
    monkeypatch.setattr(judging, "judged", judge)
    done = run("--faults", str(plan_file), "--keep", str(tmp_path), "--shrink", "--seed", "7")
    assert done.exit_code == 1
    for word in ("I-04: a fill was lost", "the story", "again: trader247 simulate --replay"):
        assert word in done.output
    replay = read_replay(tmp_path / "I-04-seed-7.json")
    assert tuple(replay.plan.faults) == (CULPRIT,)
    assert (replay.seed, replay.violated, replay.story) == (7, ("I-04",), "the story")


def test_a_replay_ends_badly_while_it_is_violated_and_well_once_it_is_mended(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(judging, "judged", judge)
    path = tmp_path / "replay.json"
    for faults, code in (((CULPRIT,), 1), (NOISE, 0)):
        path.write_text(replay_text(Replay(3, 0.1, Plan(faults))))
        assert run("--replay", str(path), "--keep", str(tmp_path)).exit_code == code


def test_programs_get_json(monkeypatch: pytest.MonkeyPatch, plan_file: Path, tmp_path: Path) -> None:
    monkeypatch.setattr(judging, "judged", judge)
    done = run("--faults", str(plan_file), "--histories", "2", "--jobs", "1", "--json", "--keep", str(tmp_path))
    told = json.loads(done.stdout)
    assert (done.exit_code, told["violated"], len(told["replays"])) == (1, 2, 2)
    assert [each["seed"] for each in told["histories"]] == [1, 2]
    assert told["histories"][0]["violations"] == [{"invariant": "I-04", "text": "a fill was lost"}]


def test_where_nothing_can_be_kept_nothing_is_run(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = run("--hours", "9000", "--keep", str(tmp_path / "file"))
    assert (done.exit_code, "cannot be made" in done.output) == (2, True)


def test_what_is_neither_a_profile_nor_a_file_is_a_usage_error_that_says_what_there_is() -> None:
    done = run("--faults", "weather")
    assert done.exit_code == 2
    assert "swarm" in done.stderr


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize("jobs", [1, 2])
def test_ctrl_c_ends_every_history_at_once_and_tells_what_is_known_so_far(jobs: int, tmp_path: Path) -> None:
    words = ("--hours", "0.005", "--histories", "2000", "--faults", "none", "--jobs", str(jobs))
    command = [sys.executable, "-m", "trader247", "simulate", *words, "--keep", str(tmp_path)]
    # a group of its own, which gets the signal as a terminal gives it: parent and children alike
    with subprocess.Popen(
        command, cwd=SHIPPED.parent, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, process_group=0
    ) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        os.killpg(process.pid, signal.SIGINT)
        told, complaints = process.communicate(timeout=60)  # to the end of both pipes, which the children hold, too
    assert (process.returncode, complaints) == (130, "")
    assert first.startswith("seed ")
    assert "interrupted after " in told
    assert "no invariant was violated" in told


def test_another_configuration_than_the_replays_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(judging, "judged", judge)
    path = tmp_path / "replay.json"
    path.write_text(replay_text(Replay(3, 0.1, Plan(NOISE), fingerprint="other")))
    done = run("--replay", str(path), "--keep", str(tmp_path))
    assert "another history" in done.stderr


def test_a_terminal_is_told_how_long_it_takes_before_the_first_history_is_judged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    told = simulating._Progress(2, quiet=False)
    told.begin()
    assert screen.getvalue() == "0 of 2 histories; an hour of virtual time takes a minute or more, Ctrl-C ends it"
    told.one(judge(Asked(1, 0.1, Plan(), SHIPPED)))
    assert screen.getvalue().rpartition("\r")[2].rstrip() == "1 of 2 histories, 0 violated"
    simulating._Progress(2, quiet=True).begin()
    assert screen.getvalue().count("0 of 2 histories;") == 1
