"""One daemon per data folder, whatever way the first one ends."""

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.store.samples import NOON

from trader247.errors import AnotherInstanceRuns
from trader247.store import instance_lock as subject
from trader247.store.faults import DatabaseUnreadable
from trader247.store.instance_lock import LOCK_NAME, InstanceLock

_HOLDER = """
import sys, time
from pathlib import Path
from trader247.store.instance_lock import InstanceLock
try:
    lock = InstanceLock(Path(sys.argv[1]), since=0, host="there")
except Exception as error:
    print(type(error).__name__, flush=True)
else:
    print("held", flush=True)
sys.stdin.read()
"""


def take(folder: Path) -> InstanceLock:
    return InstanceLock(folder, since=NOON, host="here")


@contextmanager
def holder(folder: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(subject.__file__).parents[2])},
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def answer(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.mark.req("SI1")
@pytest.mark.fault("PR-08")
def test_a_second_holder_is_told_who_the_first_is(tmp_path: Path) -> None:
    with take(tmp_path), pytest.raises(AnotherInstanceRuns) as refused:
        take(tmp_path)
    assert f"single-instance lock {tmp_path / LOCK_NAME}" in str(refused.value)
    assert f"pid {os.getpid()} on here since 2026-10-01T12:00:00.000000Z" in str(refused.value)
    assert refused.value.exit_code == 4


@pytest.mark.req("SI1")
@pytest.mark.fault("PR-09")
def test_another_process_holds_it_until_it_is_killed(tmp_path: Path) -> None:
    with holder(tmp_path) as process:
        assert answer(process) == "held"
        with pytest.raises(AnotherInstanceRuns, match=f"pid {process.pid} on there since 1970"):
            take(tmp_path)
        process.send_signal(signal.SIGKILL)
        process.wait()
        with take(tmp_path) as lock:
            assert str(os.getpid()) in lock.path.read_text(encoding="ascii")


@pytest.mark.req("SI1")
def test_of_several_that_start_at_once_one_runs(tmp_path: Path) -> None:
    with holder(tmp_path) as one, holder(tmp_path) as two, holder(tmp_path) as three:
        answers = sorted(answer(process) for process in (one, two, three))
    assert answers == ["AnotherInstanceRuns", "AnotherInstanceRuns", "held"]


def test_a_program_started_by_the_holder_does_not_inherit_the_lock(tmp_path: Path) -> None:
    with take(tmp_path) as lock:
        child = subprocess.Popen(
            [sys.executable, "-c", "import sys; print(flush=True); sys.stdin.read()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            close_fds=False,
        )
        with child:
            assert child.stdout is not None
            child.stdout.readline()  # a spawn may return a moment before the kernel has closed what exec closes
            lock.release()
            take(tmp_path).release()
            child.kill()


def test_what_a_crash_left_behind_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / LOCK_NAME).write_text("pid 1, a long story " * 50)
    with take(tmp_path) as lock:
        assert lock.path.read_text(encoding="ascii").count("\n") == 1
        assert stat.S_IMODE(lock.path.stat().st_mode) & 0o077 in {0, 0o044}


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 1}', "null"])
def test_a_holder_that_has_not_written_its_name_yet_is_still_a_holder(tmp_path: Path, content: str) -> None:
    with take(tmp_path) as lock:
        lock.path.write_text(content)
        with pytest.raises(AnotherInstanceRuns, match="has not written its name yet"):
            take(tmp_path)


def test_a_released_lock_is_free_and_releasing_twice_is_harmless(tmp_path: Path) -> None:
    lock = take(tmp_path)
    lock.release()
    lock.release()
    take(tmp_path).release()


def test_a_missing_folder_and_a_planted_link_are_named(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnreadable, match="data_dir exists"):
        take(tmp_path / "nowhere")
    (tmp_path / LOCK_NAME).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DatabaseUnreadable, match="cannot be opened"):
        take(tmp_path)
    assert not (tmp_path / "elsewhere").exists()
