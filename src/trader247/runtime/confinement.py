"""Walls around the process we are in, before it loads code that is not ours. What is put up here never comes down.

In this order: limits of memory, files, processes and core dumps; the least priority; death with the parent; a user and
network namespace of its own, empty; the kernel's own walls (``kernel_walls``); and last a hook in the interpreter,
which refuses by name what the kernel refuses by number. The hook alone is no wall: code that wants to can get around
it. Each wall that this kernel does not give is told, by name and reason; none of them is needed for the others.
"""

import os
import resource
import signal
import sys
import sysconfig
from collections.abc import Callable, Sequence
from typing import Any, Final

from trader247.runtime.kernel_walls import forbid_calls, forbid_files, libc_call

__all__ = ["confine", "folders_of_the_interpreter"]

_PR_SET_PDEATHSIG: Final = 1
_CLONE_NEWUSER: Final = 0x10000000
_CLONE_NEWNET: Final = 0x40000000
_DESCRIPTORS: Final = 64
"""Open files: a handful are open, an import opens one at a time."""
_NICENESS: Final = 10
"""Half the way down: it gets what the daemon leaves, and on an idle machine all it wants."""
_MEGABYTE: Final = 1024 * 1024

_REFUSED: Final = (
    "socket.",
    "subprocess.",
    "ctypes.",
    "pty.",
    "os.system",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.spawn",
    "os.kill",
    "os.putenv",
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.mkdir",
    "os.link",
    "os.symlink",
    "os.truncate",
    "os.chmod",
    "os.chown",
    "signal.pthread_kill",
)
"""Beginnings of the names of audit events (https://docs.python.org/3/library/audit_events.html)."""
_WRITES: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def confine(memory_mb: int, readable: Sequence[str]) -> tuple[str, ...]:
    """Puts up the walls; ``readable`` are the folders and files that may be read. Answers what could not be had.

    Raises:
        OSError: not even the limits could be set; nothing of others may be run here.
    """
    _limit(memory_mb)
    loose = [_unless(_empty_network, "no network namespace of its own")]
    parent = os.getppid()
    libc_call("prctl", _PR_SET_PDEATHSIG, signal.SIGKILL)  # after the namespace: new credentials would clear it
    if os.getppid() != parent:
        sys.exit("the parent ended")
    loose.append(_unless(lambda: forbid_files(readable), "files are kept from it by the interpreter alone"))
    loose.append(_unless(forbid_calls, "system calls are kept from it by the interpreter alone"))
    sys.addaudithook(_hook(tuple(os.path.realpath(folder) for folder in readable)))
    return tuple(reason for reason in loose if reason)


def folders_of_the_interpreter() -> tuple[str, ...]:
    """Where Python's own library, installed packages and shared libraries live, as far as they exist."""
    paths = sysconfig.get_paths()
    known = [*(paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")), *sys.path]
    known += ["/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/share/zoneinfo"]
    return tuple(sorted({os.path.realpath(path) for path in known if path and os.path.isdir(path)}))  # noqa: PTH112


def _limit(memory_mb: int) -> None:
    rows = (
        (resource.RLIMIT_AS, memory_mb * _MEGABYTE),
        (resource.RLIMIT_NOFILE, _DESCRIPTORS),
        (resource.RLIMIT_NPROC, 0),  # not even threads; does not bind root, whom the kernel's own walls bind
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    )
    for kind, most in rows:
        _, hard = resource.getrlimit(kind)
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (bound, bound))
    os.nice(_NICENESS)


def _empty_network() -> None:
    libc_call("unshare", _CLONE_NEWUSER | _CLONE_NEWNET)


def _unless(wall: Callable[[], None], missing: str) -> str:
    try:
        wall()
    except OSError as error:
        return f"{missing} ({error.strerror or error})"
    return ""


def _hook(readable: tuple[str, ...]) -> Callable[[str, tuple[Any, ...]], None]:
    def look(event: str, details: tuple[Any, ...]) -> None:
        if event == "open":
            _look_at_open(readable, details)
        elif event in {"os.listdir", "os.scandir"}:
            _look_at_path(readable, details[0] or ".", event)
        elif event.startswith(_REFUSED):
            raise PermissionError(f"a strategy's process may not do this: {event}")

    return look


def _look_at_open(readable: tuple[str, ...], details: tuple[Any, ...]) -> None:
    path, mode, flags = details
    if isinstance(path, int):
        return
    if (isinstance(mode, str) and set(mode) & set("wax+")) or (isinstance(flags, int) and flags & _WRITES):
        raise PermissionError(f"a strategy's process may not write: {os.fspath(path)!r}")
    _look_at_path(readable, path, "open")


def _look_at_path(readable: tuple[str, ...], path: Any, event: str) -> None:
    if isinstance(path, int):
        return
    found = os.path.realpath(os.fsdecode(path))
    if not any(found == folder or found.startswith(folder + os.sep) for folder in readable):
        raise PermissionError(f"a strategy's process may not do this: {event} of {found!r}")
