"""A child process that is not trusted: asked in frames, with a deadline on the machine's own clock, and killed.

It is born with nothing of ours: three pipes, a folder of its own that is empty, an environment that is written here, a
session of its own. What it may do inside stands in ``confinement``, which it runs itself before it loads anything.

The blocking calls are for a worker thread. ``kill_now`` may be called from any thread at any moment, and ends them.
"""

import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from typing import Final

from trader247.runtime.clock import machine_mono_ns
from trader247.runtime.frames import FrameFault, body_of, framed

__all__ = ["ChildLost", "ChildProcess", "environment", "interpreter"]

_CHUNK: Final = 65_536
_END_S: Final = 0.2
"""Seconds a child that was told to end may take; it has nothing to save."""
_REAP_S: Final = 5.0
"""Seconds until a killed process is gone; longer only where the kernel itself holds it."""
_LAST_WORDS: Final = 300
"""Characters of what an interpreter said that could not even begin."""
_INHERITED: Final = ("LD_LIBRARY_PATH",)
"""Some interpreters do not find their own libraries without it."""


class ChildLost(Exception):
    """The child did not do as it was asked; it is to be killed. The text says what happened, in one line."""


def environment(ours: Mapping[str, str]) -> dict[str, str]:
    """What a child sees instead of our environment: fixed values, and of ours the short list above."""
    fixed = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TZ": "UTC", "OMP_NUM_THREADS": "1"}
    return {**fixed, "OPENBLAS_NUM_THREADS": "1", **{name: ours[name] for name in _INHERITED if name in ours}}


def interpreter(roots: Sequence[str], entry: str) -> tuple[str, ...]:
    """The command for this very interpreter, isolated from folder, user site and environment (``-I``).

    ``entry`` is ``module:function``. ``roots`` come first on its path, so that the child is of the same code as we are.
    """
    module, _, function = entry.partition(":")
    code = f"import sys; sys.path[:0] = {list(roots)!r}; from {module} import {function}; {function}()"
    return (sys.executable, "-I", "-B", "-X", "utf8", "-c", code)


class ChildProcess:
    """One life of one child. ``begin`` it from the thread that lives as long as we do: the kernel ends the child with
    the thread that began it.
    """

    def __init__(self, command: Sequence[str], env: Mapping[str, str]) -> None:
        """Nothing is started yet."""
        self._command = command
        self._env = env
        self._process: subprocess.Popen[bytes] | None = None
        self._folder = ""
        self._lock = threading.Lock()
        self._over = False

    @property
    def pid(self) -> int | None:
        """The process, once begun."""
        return self._process.pid if self._process is not None else None

    def begin(self) -> None:
        """Starts the process; some milliseconds.

        Raises:
            ChildLost: the operating system refuses.
        """
        pipe = subprocess.PIPE
        try:
            self._folder = tempfile.mkdtemp(prefix="trader247-")
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter, and a constant
                self._command,
                stdin=pipe,
                stdout=pipe,
                stderr=pipe,
                cwd=self._folder,
                env=dict(self._env),
                close_fds=True,
                start_new_session=True,
                bufsize=0,
            )
        except OSError as error:
            self._leave_folder()
            raise ChildLost(f"no process could be started: {error.strerror or error}") from error
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                os.set_blocking(stream.fileno(), False)

    def ask(self, body: bytes, within_s: float) -> bytes:
        """Its answer, blocking for real seconds whatever clock the loop runs on. After ``ChildLost`` ask no more.

        Raises:
            ChildLost: no whole frame came in time, or something else came.
        """
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise ChildLost("it is not running")
        try:
            return self._exchange(framed(body), process.stdin.fileno(), process.stdout.fileno(), within_s)
        except FrameFault as fault:
            raise ChildLost(f"it answered {fault}") from fault
        except OSError as error:  # it closed its end of a pipe
            raise ChildLost(self._end_in_words()) from error

    def _exchange(self, frame: bytes, inlet: int, outlet: int, within_s: float) -> bytes:
        deadline = machine_mono_ns() + round(within_s * 1e9)
        unsent, received = memoryview(frame), bytearray()
        poll = select.poll()
        poll.register(outlet, select.POLLIN)
        poll.register(inlet, select.POLLOUT)
        while True:  # ends by the deadline; what is received is bounded by ``body_of``
            left_ms = (deadline - machine_mono_ns()) / 1e6
            ready = poll.poll(left_ms) if left_ms > 0 else []
            if not ready:
                raise ChildLost(f"no answer within {within_s:g} s")
            for descriptor, _ in ready:
                if descriptor == inlet:
                    unsent = unsent[os.write(inlet, unsent[:_CHUNK]) :]
                    if not unsent:
                        poll.unregister(inlet)
                    continue
                part = os.read(outlet, _CHUNK)
                if not part:
                    raise ChildLost(self._end_in_words())
                received += part
                body = body_of(received)
                if body is not None:
                    return body

    def _end_in_words(self) -> str:
        """How it ended, where it closed its pipes; it is killed if it only pretended."""
        code = self.kill()
        if self._process is None or code is None:
            return "it ended"
        if code < 0:
            return f"it was ended by signal {signal.Signals(-code).name}"
        said = self._last_words()
        return f"it ended with code {code}" + (f": {said}" if said else "")

    def _last_words(self) -> str:
        """The last line on its stderr, which only an interpreter that cannot begin writes to."""
        if self._process is None or self._process.stderr is None:
            return ""
        try:
            said = os.read(self._process.stderr.fileno(), _CHUNK).decode("utf-8", "replace").strip()
        except OSError:
            return ""
        return said.splitlines()[-1][:_LAST_WORDS] if said else ""

    # ------------------------------------------------------------------------------------------------------- ending
    def kill_now(self) -> None:
        """SIGKILL to it and to all of its session, without waiting; a blocked ``ask`` ends. Safe to repeat."""
        with self._lock:
            if self._process is not None and not self._over:
                try:
                    os.killpg(self._process.pid, signal.SIGKILL)  # its number is taken as long as nobody waited for it
                except ProcessLookupError:
                    return

    def kill(self) -> int | None:
        """As ``kill_now``, and waits until it is gone: its exit code, or None where the kernel does not let go."""
        self.kill_now()
        return self._reap(_REAP_S)

    def end(self) -> None:
        """In order: its input ends, it leaves, else it is killed. Waits, closes the pipes, removes the folder."""
        process = self._process
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        if process.stdout is not None and not self._over:
            poll = select.poll()
            poll.register(process.stdout.fileno(), 0)  # no event but the end of the pipe
            poll.poll(_END_S * 1000)
        self.kill()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()
        self._leave_folder()

    def _reap(self, within_s: float) -> int | None:
        """Waited for in two steps, so that nobody signals its number after the kernel has given that to another."""
        process = self._process
        if process is None or self._over:
            return process.returncode if process is not None else None
        handle = os.pidfd_open(process.pid)
        try:
            poll = select.poll()
            poll.register(handle, select.POLLIN)
            if not poll.poll(within_s * 1000):
                return None
        finally:
            os.close(handle)
        with self._lock:
            self._over = True
            return process.wait()

    def _leave_folder(self) -> None:
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
