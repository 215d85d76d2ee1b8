"""``simulate`` as it is typed."""

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
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


def interrupted_after(count: int) -> Callable[[Asked], Judged]:
    """Ctrl-C in the history after so many."""
    done: list[int] = []

    def judge_until(asked: Asked) -> Judged:
        if len(done) == count:
            raise KeyboardInterrupt
        done.append(asked.seed)
        return judge(asked)

    return judge_until


def test_ctrl_c_tells_what_is_finished_and_its_replays_are_written(
    monkeypatch: pytest.MonkeyPatch, plan_file: Path, tmp_path: Path
) -> None:
    words = ("--faults", str(plan_file), "--histories", "9", "--jobs", "1", "--keep", str(tmp_path))
    monkeypatch.setattr(judging, "judged", interrupted_after(2))
    done = run(*words)
    assert done.exit_code == 130
    assert "PARTIAL: interrupted, 2 of 9 histories finished" in done.output
    assert "2 of 2 histories are violated" in done.output
    assert {path.name for path in tmp_path.glob("I-*")} == {"I-04-seed-1.json", "I-04-seed-2.json"}
    monkeypatch.setattr(judging, "judged", interrupted_after(1))
    told = json.loads(run(*words, "--json").stdout)
    assert (told["partial"], told["asked"], len(told["histories"])) == (True, 9, 1)


def test_ctrl_c_while_shrinking_leaves_the_smallest_plan_of_so_far(
    monkeypatch: pytest.MonkeyPatch, plan_file: Path, tmp_path: Path
) -> None:
    monkeypatch.setattr(judging, "judged", interrupted_after(3))
    done = run("--faults", str(plan_file), "--keep", str(tmp_path), "--shrink")
    assert (done.exit_code, "1 of 1 histories are violated" in done.output) == (130, True)
    left = read_replay(tmp_path / "I-04-seed-1.json").plan.faults
    assert CULPRIT in left
    assert len(left) < len(NOISE) + 1


def test_a_worker_that_dies_costs_what_was_not_finished_and_is_no_violation(
    monkeypatch: pytest.MonkeyPatch, plan_file: Path, tmp_path: Path
) -> None:
    def lose(asked: Asked) -> Judged:
        if asked.seed == 2:
            raise judging.HistoriesLost("a worker process died")
        return judge(asked)

    monkeypatch.setattr(judging, "judged", lose)
    done = run("--faults", str(plan_file), "--histories", "3", "--jobs", "1", "--keep", str(tmp_path))
    assert (done.exit_code, done.stderr) == (5, "a worker process died\n")
    assert "PARTIAL: 1 of 3 histories finished" in done.output
    assert (tmp_path / "I-04-seed-1.json").exists()


@pytest.mark.parametrize(
    "words", [("--hours", "2"), ("--seed", "5"), ("--faults", "none"), ("--set", "a=b"), ("--patient",)], ids=str
)
def test_what_a_replay_says_itself_is_not_taken_and_ignored(words: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "replay.json"
    path.write_text(replay_text(Replay(3, 0.1, Plan(NOISE))))
    done = run("--replay", str(path), *words, "--keep", str(tmp_path))
    assert done.exit_code == 2
    assert f"{words[0]} and --replay {path}, which says its own: leave one out" in done.stderr


def test_a_replay_is_not_written_over_by_what_it_shows(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(judging, "judged", judge)
    path = tmp_path / "I-04-seed-3.json"
    before = replay_text(Replay(3, 0.1, Plan((CULPRIT, *NOISE)), fingerprint="of then"))
    path.write_text(before)
    for more in ((), ("--shrink",)):
        assert run("--replay", str(path), "--keep", str(tmp_path), *more).exit_code == 1
        assert path.read_text() == before
    assert tuple(read_replay(tmp_path / "I-04-seed-3-shrunk.json").plan.faults) == (CULPRIT,)


@pytest.mark.parametrize("what", ["folder", "file"])
def test_a_replay_that_cannot_be_written_is_told_and_nothing_of_others_is_replaced(
    what: str, monkeypatch: pytest.MonkeyPatch, plan_file: Path, tmp_path: Path
) -> None:
    monkeypatch.setattr(judging, "judged", judge)
    path = tmp_path / "I-04-seed-1.json"
    if what == "folder":
        path.mkdir()
    else:
        path.write_text("my notes")
    done = run("--faults", str(plan_file), "--keep", str(tmp_path))
    assert (done.exit_code, "the replay is not written" in done.stderr, "again:" in done.output) == (1, True, False)
    assert path.is_dir() or path.read_text() == "my notes"


def test_a_wrong_override_is_told_before_any_process_is_begun(tmp_path: Path) -> None:
    done = run("--histories", "2", "--jobs", "2", "--set", "policy.nope=1", "--keep", str(tmp_path))
    assert (done.exit_code, "policy.nope" in done.stderr) == (2, True)


@pytest.mark.parametrize("words", [("--seed", str(2**63)), ("--histories", str(10**12)), ("--jobs", str(10**6))])
def test_numbers_that_no_machine_or_replay_holds_are_refused(words: tuple[str, ...]) -> None:
    assert run(*words).exit_code == 2


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
    assert "PARTIAL: interrupted, " in told
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
    asked = [Asked(seed, 0.1, Plan(), SHIPPED) for seed in (1, 2)]
    told = simulating._Progress(asked, simulating._Replays(Path(), None), quiet=False)
    told.begin()
    assert screen.getvalue() == "0 of 2 histories; an hour of virtual time takes a minute or more, Ctrl-C ends it"
    told.one(judge(asked[0]))
    assert screen.getvalue().rpartition("\r")[2].rstrip() == "1 of 2 histories, 0 violated"
    simulating._Progress(asked, told.replays, quiet=True).begin()
    assert screen.getvalue().count("0 of 2 histories;") == 1
