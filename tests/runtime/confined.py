"""Runs a piece of code in a process of its own that has put walls around itself, and gives back what it said."""

import subprocess
import sys
import textwrap
from pathlib import Path

import trader247

SOURCE = str(Path(trader247.__file__ or "").parent.parent)
PRELUDE = """
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)

def tried(deed):
    try:
        return f"done {deed()}"
    except (OSError, MemoryError, RuntimeError) as error:
        return f"{type(error).__name__} {getattr(error, 'errno', None)}"

def call(name, *arguments):
    ctypes.set_errno(0)
    found = getattr(libc, name)(*arguments)
    if found < 0:
        raise OSError(ctypes.get_errno(), name)
    return found
"""


def said_by(code: str) -> list[str]:
    """The lines it printed. It has our code on its path, and nothing else of ours."""
    done = subprocess.run(
        [sys.executable, "-B", "-c", PRELUDE + textwrap.dedent(code)],
        check=False,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": SOURCE},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()
