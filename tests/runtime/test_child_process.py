"""A child that is not trusted: real processes, asked on the machine's own clock."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import trader247
from trader247.runtime.child_process import ChildLost, ChildProcess, environment, interpreter

pytestmark = pytest.mark.req("SUP5")

SOURCE = str(Path(trader247.__file__ or "").parent.parent)
WIDE_S = 30.0
ECHO = """
    from trader247.runtime.frames import read_frame, write_frame
    while (body := read_frame(0)) is not None:
        write_frame(1, body)
"""
Begin = Callable[..., ChildProcess]


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Begin]:
    begun: list[ChildProcess] = []

    def start(code: str) -> ChildProcess:
        (tmp_path / "acting.py").write_text("def main():\n" + textwrap.indent(textwrap.dedent(code), "    "))
        child = ChildProcess(interpreter([SOURCE, str(tmp_path)], "acting:main"), environment({}))
        child.begin()
        begun.append(child)
        return child

    yield start
    for child in begun:
        child.end()


def state(pid: int) -> str:
    """The letter the kernel gives it, or nothing where it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def ended(handle: int) -> bool:
    """Whether this process is over, within a time that only a broken one needs."""
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    over = bool(poll.poll(WIDE_S * 1000))
    os.close(handle)
    return over


def test_it_answers_what_it_is_asked_also_where_that_is_more_than_a_pipe_holds(begin: Begin) -> None:
    child = begin(ECHO)
    for body in (b"one", b"x" * 1_000_000, b""):
        assert child.ask(body, WIDE_S) == body


def test_one_that_does_not_answer_is_lost_at_the_deadline_and_killed_for_good(begin: Begin) -> None:
    child = begin("while True: pass")
    with pytest.raises(ChildLost, match=r"no answer within 0\.1 s"):
        child.ask(b"?", 0.1)
    assert child.kill() == -signal.SIGKILL
    assert child.pid is not None
    assert state(child.pid) == ""


def test_one_that_does_not_even_read_is_lost_at_the_deadline(begin: Begin) -> None:
    child = begin("import signal; signal.pause()")
    with pytest.raises(ChildLost, match="no answer"):
        child.ask(b"x" * 1_000_000, 0.1)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import os; os._exit(7)", "it ended with code 7$"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "it was ended by signal SIGSEGV"),
        ("import no_such_module", "it ended with code 1: ModuleNotFoundError: No module named 'no_such_module'"),
        ("import os; os.write(1, bytes([255] * 8))", "it answered a frame of 4294967295 bytes"),
        ("import os; os.write(1, bytes(4) + b'more')", "it answered 4 bytes behind the end of a frame"),
        ("import os, time; os.close(1); time.sleep(1000)", "it was ended by signal SIGKILL"),
    ],
)
def test_however_it_fails_the_reason_is_told_in_one_line(begin: Begin, code: str, words: str) -> None:
    with pytest.raises(ChildLost, match=words):
        begin(code).ask(b"?", WIDE_S)


def test_it_is_born_with_three_pipes_an_empty_folder_of_its_own_and_nothing_of_our_environment(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_SECRET", "hunter2")
    inherited = os.dup(2)
    os.set_inheritable(inherited, True)
    child = begin(
        """
        import os
        from trader247.runtime.frames import read_frame, write_frame
        read_frame(0)
        open_now = [number for number in map(int, os.listdir("/proc/self/fd")) if os.path.exists(f"/dev/fd/{number}")]
        own = os.getsid(0) == os.getpid()
        write_frame(1, repr((open_now, os.listdir(), sorted(os.environ), own, os.getcwd())).encode())
        """
    )
    told = child.ask(b"?", WIDE_S).decode()
    os.close(inherited)
    assert told.startswith("([0, 1, 2], [], ['LANG', 'OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'PATH', 'TZ'], True,")
    assert "trader247-" in told


def test_told_to_end_it_leaves_by_itself_and_its_folder_is_gone(begin: Begin) -> None:
    child = begin(ECHO)
    child.ask(b"?", WIDE_S)
    folder = Path(child._folder)
    assert folder.is_dir()
    child.end()
    assert child._process is not None
    assert child._process.returncode == 0
    assert not folder.exists()
    child.end()  # and again is harmless


def test_who_does_not_leave_is_killed_with_all_it_started(begin: Begin) -> None:
    child = begin(
        """
        import os, signal
        from trader247.runtime.frames import read_frame, write_frame
        read_frame(0)
        other = os.fork()
        if other:
            write_frame(1, str(other).encode())
        signal.pause()
        """
    )
    other = os.pidfd_open(int(child.ask(b"?", WIDE_S)))
    child.end()
    assert ended(other), "what it started outlived it"


def test_what_cannot_be_started_is_lost_in_words() -> None:
    child = ChildProcess(("/no/such/interpreter",), {})
    with pytest.raises(ChildLost, match="no process could be started: No such file"):
        child.begin()
    with pytest.raises(ChildLost, match="not running"):
        child.ask(b"?", WIDE_S)
    child.kill_now()
    assert child.kill() is None
    child.end()


def test_the_environment_keeps_nothing_of_ours_but_where_libraries_are() -> None:
    ours = {"HOME": "/home", "TRADER247_KEY": "secret", "LD_LIBRARY_PATH": "/opt/lib", "PATH": "/evil"}
    kept = environment(ours)
    assert kept.keys() & ours.keys() == {"LD_LIBRARY_PATH", "PATH"}
    assert kept["PATH"] == "/usr/bin:/bin"


def test_the_interpreter_is_isolated() -> None:
    assert interpreter(["/code"], "a.b:main")[:3] == (sys.executable, "-I", "-B")


def test_it_dies_with_its_parent_though_it_neither_reads_nor_waits(tmp_path: Path) -> None:
    (tmp_path / "looping.py").write_text(
        "from trader247.runtime.confinement import confine, folders_of_the_interpreter\n"
        "from trader247.runtime.frames import write_frame\n"
        "def main():\n    confine(512, folders_of_the_interpreter())\n    write_frame(1, b'up')\n    while True: pass\n"
    )
    parent = f"""
import os
from trader247.runtime.child_process import ChildProcess, environment, interpreter
child = ChildProcess(interpreter([{SOURCE!r}, {str(tmp_path)!r}], "looping:main"), environment({{}}))
child.begin()
child.ask(b"", 30.0)
print(child.pid, flush=True)
os.kill(os.getpid(), 9)
"""
    code = [sys.executable, "-c", parent]
    env = {"PYTHONPATH": SOURCE, "TMPDIR": str(tmp_path)}
    done = subprocess.run(code, check=False, capture_output=True, text=True, env=env)
    assert done.returncode == -signal.SIGKILL, done.stderr
    try:
        orphan = os.pidfd_open(int(done.stdout))
    except ProcessLookupError:
        return
    assert ended(orphan), "it outlived its parent"
