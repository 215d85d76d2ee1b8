"""``python -m trader247``."""

from pathlib import Path

from tests.system.daemon_process import run

from trader247 import __version__


def test_the_module_runs_as_the_command(tmp_path: Path) -> None:
    done = run("--version", cache=tmp_path)
    assert done.returncode == 0
    assert __version__ in done.stdout


def test_help_names_every_command(tmp_path: Path) -> None:
    done = run("--help", cache=tmp_path)
    for command in ("supervise", "check", "status", "tree", "why", "halt", "resume", "audit"):
        assert command in done.stdout
