"""A daemon killed at any point leaves nothing behind that its next life does not put right."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.mutants.catalogue import MUTANTS
from tests.mutants.sandbox import sandbox

TOP = Path(__file__).parents[2]

KILLED, KILLED_RESTING = 600, 430
"""First deaths, each at a point of its own: a thousand together, not counted those in a recovery."""


def enumerated(*arguments: str, source: Path = TOP / "src") -> tuple[int, str, dict[str, object]]:
    """The program in a process of its own: it forks, and a test's process has threads. ``source``: of the daemon."""
    command = [sys.executable, "-m", "tests.crashes.enumerate_points", "--jobs", "1", *arguments]
    path = f"{source}:{TOP}"
    done = subprocess.run(
        command, cwd=TOP, env={"PYTHONPATH": path}, capture_output=True, text=True, check=False, timeout=600
    )
    assert done.stdout, done.stderr
    told = done.stdout.splitlines()
    return done.returncode, "\n".join(told[:-1]), json.loads(told[-1])


@pytest.mark.timeout(600)
@pytest.mark.req("REC1", "X1", "OM1")
@pytest.mark.fault("PR-01", "PR-02", "PR-03", "PR-04", "PR-06", "OL-22")
@pytest.mark.parametrize("seed", [1])
def test_no_death_loses_or_doubles_an_order_or_a_fill_not_in_a_drain_nor_in_a_recovery(seed: int) -> None:
    arguments = ("--minutes", "14", "--stride", "3", "--again", "12", "--trading", "18", "--seed", str(seed))
    code, violated, summary = enumerated(*arguments)
    assert violated == ""
    assert code == 0
    assert int(str(summary["killed"])) >= KILLED, f"seed {seed}"
    assert int(str(summary["killed_draining"])) >= 2
    assert int(str(summary["killed_again"])) >= 40


@pytest.mark.timeout(600)
@pytest.mark.req("R3", "REC1", "X1")
@pytest.mark.fault("PR-01", "PR-02", "PR-03", "PR-04")
def test_no_death_loses_or_doubles_what_rests_to_protect() -> None:
    arguments = ("--minutes", "14", "--stride", "3", "--again", "12", "--trading", "18", "--exits", "stop_limit")
    code, violated, summary = enumerated(*arguments)
    assert violated == ""
    assert code == 0
    assert int(str(summary["killed"])) >= KILLED_RESTING


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("mutant", "stride"),
    [("sent_before_written", 11), ("doubt_is_given_up_at_restart", 11), ("error_is_absence", 5), ("dedupe_off", 23)],
)
def test_a_broken_promise_is_found(mutant: str, stride: int) -> None:
    with sandbox(MUTANTS[mutant]) as folder:
        code, violated, _ = enumerated("--minutes", "2", "--stride", str(stride), source=folder / "src")
    assert code == 1
    assert violated
