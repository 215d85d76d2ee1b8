"""An actor ended at any of its steps is back, the daemon trades again, and its books are the exchange's."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def tried(*arguments: str) -> tuple[int, list[str], dict[str, object]]:
    """The program in a process of its own: it forks, and a test's process has threads."""
    command = [sys.executable, "-m", "tests.crashes.cancel_points", "--jobs", "1", *arguments]
    path = f"{TOP / 'src'}:{TOP}"
    done = subprocess.run(
        command, cwd=TOP, env={"PYTHONPATH": path}, capture_output=True, text=True, check=False, timeout=600
    )
    assert done.stdout, done.stderr
    *violated, summary = done.stdout.splitlines()
    return done.returncode, violated, json.loads(summary)


@pytest.mark.req("SUP2", "SUP3", "REC1", "X1")
@pytest.mark.fault("AR-01", "AR-05")
def test_each_actor_may_end_at_any_of_its_steps() -> None:
    code, violated, summary = tried("--few", "1")
    assert violated == []
    assert code == 0
    assert int(str(summary["struck"])) >= 27


@pytest.mark.parametrize(
    ("mutant", "actor", "few"),
    [("facts_die_with_their_writer", "journal", "16"), ("books_are_not_loaded_again", "order_manager", "1")],
)
def test_an_actor_that_does_not_take_up_what_its_last_life_left_is_found(mutant: str, actor: str, few: str) -> None:
    code, violated, _ = tried("--mutant", mutant, "--actor", actor, "--few", few)
    assert code == 1
    assert violated
