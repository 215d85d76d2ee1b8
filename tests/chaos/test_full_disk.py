"""Wherever in its writing a daemon finds the disk full, it halts, and its next life knows."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
APART = ("unshare", "-rm")
"""A process that may mount, and whose mounts nobody else sees."""

STRIDE = 9
"""Of the 64 steps of four kibibytes; `make soak` takes them all."""


def may_mount() -> bool:
    try:
        return subprocess.run([*APART, "true"], check=False, capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.req("DD1", "REC1")
@pytest.mark.fault("DB-01")
def test_a_disk_that_is_full_at_any_page_halts_and_the_next_life_starts_halted_with_equal_books() -> None:
    if not may_mount():
        pytest.skip("the small file system this test needs may not be mounted here")
    command = [*APART, sys.executable, "-m", "tests.chaos.full_disk", "--stride", str(STRIDE)]
    environ = {**os.environ, "PYTHONPATH": f"{TOP / 'src'}:{TOP}"}
    done = subprocess.run(command, cwd=TOP, env=environ, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told == {"lives": 8, "halted": 8, "violated": 0}
