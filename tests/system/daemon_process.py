"""A real daemon in a real process, for tests that send real signals."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from trader247.cli.socket_client import ControlClient
from trader247.errors import Trader247Error

ROOT = Path(__file__).resolve().parents[2]
START_S_MAX = 60.0
"""A loaded machine compiles the whole program at the first start."""


class DaemonProcess:
    """``python -m trader247 supervise`` on its own data folder."""

    def __init__(
        self,
        data_dir: Path,
        *options: str,
        mode: str | None = "paper",
        beside: Path | None = None,
        sabotage: str | None = None,
        program: str = "trader247",
        cwd: Path = ROOT,
        umask: int = -1,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        """``beside``: where the log and the compiled code go. ``sabotage``: one of ``sabotaged.KINDS``.

        ``program``: the module that is run; one of the tests' own ends in ``trader247``, too.
        """
        self.data_dir = data_dir
        beside = beside or data_dir.parent
        self.log = beside / "daemon.log"
        started = [program] if sabotage is None else ["tests.system.sabotaged", sabotage]
        command = [sys.executable, "-m", *started, "supervise", "--data-dir", str(data_dir), "--port", "0"]
        command += ["--log-format", "json", *(("--mode", mode) if mode else ()), *options]
        env = {**environment(beside), "SABOTAGE": str(beside), **(environ or {})}
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                command, cwd=cwd, env=env, umask=umask, stdout=out, stderr=subprocess.STDOUT
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    # ------------------------------------------------------------------------------------------------------- asking
    def ask(self, path: str) -> Any:
        """What the control socket answers."""
        return ControlClient(self.data_dir).ask(path)

    def wait_for(self, what: str, holds: Callable[[], Any], within_s: float = START_S_MAX) -> Any:
        """What ``holds`` answers once it is true."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"ended with {self.process.returncode} before {what}:\n{self.text()}")
            try:
                if found := holds():
                    return found
            except (Trader247Error, OSError):
                pass
            time.sleep(0.05)
        raise AssertionError(f"no {what} within {within_s} s:\n{self.text()}")

    def status(self) -> Any:
        return self.ask("/api/v1/status")

    def until_ready(self) -> None:
        self.wait_for("an entry permit", lambda: self.status()["permit"]["entry"])

    def until_traded(self) -> None:
        self.wait_for("a position", lambda: self.ask("/api/v1/positions")["positions"])

    def until_written(self, text: str, within_s: float = START_S_MAX) -> None:
        """Until the log says so; the process may end meanwhile."""
        if self.process.poll() is None or text not in self.text():
            self.wait_for(repr(text), lambda: text in self.text(), within_s)

    # ------------------------------------------------------------------------------------------------------- ending
    def stop(self, how: signal.Signals = signal.SIGINT, within_s: float = 40.0) -> int:
        """Send the signal and wait for the exit code."""
        self.process.send_signal(how)
        return self.process.wait(within_s)

    def text(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")


def environment(cache: Path) -> dict[str, str]:
    """The process environment, with compiled code kept beside the test's data so that a second start is quick."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TRADER247_")}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return {**kept, "PYTHONPYCACHEPREFIX": str(cache / "pycache"), "PYTHONWARNINGS": "default"}


def run(*arguments: str, cache: Path, timeout_s: float = 60.0) -> subprocess.CompletedProcess[str]:
    """One command of the program, to its end."""
    command = [sys.executable, "-m", "trader247", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=environment(cache), capture_output=True, text=True, timeout=timeout_s, check=False
    )


def loaded(completed: subprocess.CompletedProcess[str]) -> Any:
    """What a command printed with ``--json``."""
    return json.loads(completed.stdout)


@contextmanager
def small_disk(path: Path, megabytes: int) -> Iterator[Path]:
    """A file system of a few megabytes; needs the right to mount."""
    path.mkdir()
    options = f"size={megabytes}m,mode=0700"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(path)], check=True, capture_output=True)
    try:
        yield path
    finally:
        subprocess.run(["umount", "-l", str(path)], check=True, capture_output=True)
