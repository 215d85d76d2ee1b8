"""All walls together, as a strategy's process puts them up."""

from __future__ import annotations

import os
import sys
import sysconfig

import pytest
from tests.runtime.confined import said_by

from trader247.runtime.confinement import folders_of_the_interpreter

pytestmark = [pytest.mark.req("SUP5", "STR1"), pytest.mark.fault("ST-08")]


def confined(*deeds: str, before: str = "") -> list[str]:
    """What became of each deed inside; the first line are the walls this kernel does not give."""
    lines = "\n".join(f"print(tried(lambda: {deed}))" for deed in deeds)
    return said_by(
        "import resource, socket, subprocess, threading\n"
        "from trader247.runtime.confinement import confine, folders_of_the_interpreter\n"
        f"{before}\n"
        f"print(confine(512, folders_of_the_interpreter()))\n{lines}\n"
    )


@pytest.mark.fault("ST-04")
def test_memory_files_processes_and_core_dumps_have_a_limit_that_cannot_be_raised() -> None:
    _, limits, more, priority = confined(
        "[resource.getrlimit(kind) for kind in (resource.RLIMIT_AS, resource.RLIMIT_NOFILE, resource.RLIMIT_NPROC,"
        " resource.RLIMIT_CORE, resource.RLIMIT_FSIZE)]",
        "bytearray(600 * 1024 * 1024) and None",
        "os.getpriority(os.PRIO_PROCESS, 0) - BEFORE",
        before="BEFORE = os.getpriority(os.PRIO_PROCESS, 0)",
    )
    size = 512 * 1024 * 1024
    assert limits == f"done [({size}, {size}), (64, 64), (0, 0), (0, 0), (0, 0)]"
    assert more == "MemoryError None"
    assert priority == "done 10"


@pytest.mark.parametrize(
    "deed",
    [
        "socket.socket()",
        "socket.getaddrinfo('localhost', 80)",
        "subprocess.run(['true'])",
        "os.system('true')",
        "os.fork()",
        "os.kill(os.getppid(), 0)",
        "open('/etc/passwd')",
        "open(f'/proc/{os.getppid()}/environ', 'rb')",
        "open('notes', 'w')",
        "os.open('notes', os.O_WRONLY | os.O_CREAT)",
        "os.remove('/tmp/notes')",
        "os.listdir('/')",
        "os.scandir()",
        "ctypes.CDLL(None)",
    ],
)
def test_the_interpreter_refuses_in_words_what_the_kernel_refuses_in_numbers(deed: str) -> None:
    (_, refused) = confined(
        f"exec('try:\\n    {deed.replace(chr(39), chr(92) + chr(39))}\\nexcept PermissionError as e:\\n    print(e)')"
    )[:2]
    assert refused.startswith("a strategy's process may not")


def test_what_is_left_is_computing_and_importing_of_what_is_installed() -> None:
    _, imported, read = confined(
        "[__import__(name).__name__ for name in ('statistics', 'sqlite3', 'zoneinfo', 'msgspec')]",
        "len(open(os.__file__).read()) > 0",
    )
    assert imported == "done ['statistics', 'sqlite3', 'zoneinfo', 'msgspec']"
    assert read == "done True"


def test_a_wall_that_the_kernel_does_not_give_is_told_and_the_others_stand() -> None:
    without = (
        "import trader247.runtime.confinement as c\n"
        "def missing(*_):\n    raise OSError(38, 'Function not implemented')\n"
        "c.forbid_files = missing"
    )
    loose, refused = confined("os.fork()", before=without)
    assert loose == "('files are kept from it by the interpreter alone (Function not implemented)',)"
    assert refused.startswith("PermissionError")


def test_code_is_read_where_the_interpreter_and_what_is_installed_lie() -> None:
    folders = folders_of_the_interpreter()
    assert os.path.realpath(sysconfig.get_paths()["stdlib"]) in folders
    assert all(os.path.isabs(folder) for folder in folders)  # noqa: PTH117
    assert {"/", "/etc", "/proc", "/home", os.path.expanduser("~")}.isdisjoint(folders)  # noqa: PTH111
    assert {os.path.realpath(path) for path in sys.path if os.path.isdir(path)} <= set(folders)  # noqa: PTH112
