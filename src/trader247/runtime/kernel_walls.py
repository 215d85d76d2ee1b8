"""Two walls that Linux lets any process put around itself: Landlock for files, a seccomp filter for system calls.

Landlock (from 5.13 on) leaves reading under given folders, and takes the rest of the file system: with it /proc, where
the environment of the parent could be read; from 6.7 on also TCP, from 6.12 on signals to processes outside.

The filter answers EPERM to what opens a network, starts a process or reaches into another one. It is a list of what is
refused, not of what is allowed: an interpreter uses too much for the latter to hold from one release to the next.
Sources: https://docs.kernel.org/userspace-api/landlock.html, https://docs.kernel.org/userspace-api/seccomp_filter.html.
"""

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Sequence
from typing import Any, Final

__all__ = ["forbid_calls", "forbid_files", "libc_call"]

_LIBC: Final = ctypes.CDLL(None, use_errno=True)
_PR_SET_NO_NEW_PRIVS: Final = 38
_PR_SET_SECCOMP: Final = 22
_SECCOMP_MODE_FILTER: Final = 2

# ------------------------------------------------------------------------------------------------------------ Landlock
_CREATE, _ADD, _RESTRICT = 444, 445, 446  # the same number on every architecture
_VERSION_FLAG: Final = 1
_PATH_BENEATH: Final = 1
_READ_FILE_AND_FOLDER: Final = (1 << 2) | (1 << 3)
_READ_FILE: Final = 1 << 2
_FILE_RIGHTS: Final = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1}
"""Every right there is by version of the interface; from version 5 on ioctl on devices as well."""
_FILE_RIGHTS_SINCE_5: Final = (1 << 16) - 1
_TCP: Final = 0b11
_SCOPES: Final = 0b11  # abstract sockets, signals
_FILES_READ: Final = ("/dev/null", "/dev/urandom", "/etc/ld.so.cache")


def libc_call(name: str, *arguments: Any) -> int:
    """A function of the C library.

    Raises:
        OSError: it answered below 0.
    """
    ctypes.set_errno(0)
    found: int = getattr(_LIBC, name)(*arguments)
    if found < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return found


def forbid_files(folders: Sequence[str]) -> None:
    """From here on nothing but reading under these folders, for ever.

    Raises:
        OSError: this kernel has no Landlock, or it is switched off.
    """
    version = libc_call("syscall", _CREATE, None, 0, _VERSION_FLAG)
    rights = _FILE_RIGHTS.get(version, _FILE_RIGHTS_SINCE_5)
    terms = struct.pack("=QQQ", rights, _TCP, _SCOPES)[: 8 if version < 4 else 16 if version < 6 else 24]
    rules = libc_call("syscall", _CREATE, terms, len(terms), 0)
    try:
        for path, allowed in (
            *((path, _READ_FILE_AND_FOLDER if os.path.isdir(path) else _READ_FILE) for path in folders),  # noqa: PTH112
            *((file, _READ_FILE) for file in _FILES_READ if os.path.exists(file)),  # noqa: PTH110
        ):
            _allow(rules, path, allowed)
        libc_call("prctl", _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        libc_call("syscall", _RESTRICT, rules, 0)
    finally:
        os.close(rules)


def _allow(rules: int, path: str, allowed: int) -> None:
    opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        libc_call("syscall", _ADD, rules, _PATH_BENEATH, struct.pack("=Qi", allowed, opened), 0)
    finally:
        os.close(opened)


# ------------------------------------------------------------------------------------------------------------- seccomp
_ARCHITECTURES: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32: Final = 0x40000000
"""The second numbering of x86_64; a call in it is refused whatever it is."""
_CLONE_THREAD: Final = 0x10000
_CALLS: Final[dict[str, tuple[int | None, int | None]]] = {
    # name: number on x86_64, on aarch64 (None where it has none)
    "socket": (41, 198),
    "connect": (42, 203),
    "accept": (43, 202),
    "sendto": (44, 206),
    "sendmsg": (46, 211),
    "bind": (49, 200),
    "listen": (50, 201),
    "socketpair": (53, 199),
    "fork": (57, None),
    "vfork": (58, None),
    "execve": (59, 221),
    "kill": (62, 129),
    "ptrace": (101, 117),
    "rt_sigqueueinfo": (129, 138),
    "setns": (308, 268),
    "unshare": (272, 97),
    "mount": (165, 40),
    "tkill": (200, 130),
    "tgkill": (234, 131),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "accept4": (288, 242),
    "rt_tgsigqueueinfo": (297, 240),
    "open_by_handle_at": (304, 265),
    "sendmmsg": (307, 269),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "bpf": (321, 280),
    "execveat": (322, 281),
    "userfaultfd": (323, 282),
    "pidfd_send_signal": (424, 424),
    "io_uring_setup": (425, 425),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "process_madvise": (440, 440),
}
_CLONE: Final = {"x86_64": 56, "aarch64": 220}
_CLONE3: Final = 435
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW: Final = 0x7FFF0000
_FAIL: Final = 0x00050000


def forbid_calls() -> None:
    """From here on EPERM for every call of the list, for ever, here and in whatever is started from here.

    Raises:
        OSError: this kernel has no filters, or this machine is neither x86_64 nor aarch64.
    """
    machine = platform.machine()
    if machine not in _ARCHITECTURES:
        raise OSError(errno.ENOTSUP, f"no list of system calls for {machine}")
    program = _program(machine)
    lines = ctypes.create_string_buffer(program, len(program))
    count = len(program) // 8
    header = struct.pack("HxxxxxxP", count, ctypes.addressof(lines))
    libc_call("prctl", _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc_call("prctl", _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, header)


def _program(machine: str) -> bytes:
    """The filter: architecture, numbering, clone (threads only), clone3 (not there), then the list."""
    column = list(_ARCHITECTURES).index(machine)
    numbers = [row[column] for row in _CALLS.values()]
    refused = [number for number in numbers if number is not None]
    lines = [
        _line(_LOAD, 4),
        _line(_EQUAL, _ARCHITECTURES[machine], 1, 0),
        _line(_RETURN, _FAIL | errno.EPERM),
        _line(_LOAD, 0),
        _line(_AT_LEAST, _X32, 0, 1),
        _line(_RETURN, _FAIL | errno.EPERM),
        _line(_EQUAL, _CLONE3, 0, 1),
        _line(_RETURN, _FAIL | errno.ENOSYS),  # the C library then takes clone, whose flags can be seen here
        _line(_EQUAL, _CLONE[machine], 0, 4),
        _line(_LOAD, 16),
        _line(_ANY_BIT, _CLONE_THREAD, 1, 0),
        _line(_RETURN, _FAIL | errno.EPERM),
        _line(_RETURN, _ALLOW),
    ]
    for number in refused:
        lines += [_line(_EQUAL, number, 0, 1), _line(_RETURN, _FAIL | errno.EPERM)]
    return b"".join([*lines, _line(_RETURN, _ALLOW)])


def _line(code: int, operand: int, if_so: int = 0, if_not: int = 0) -> bytes:
    return struct.pack("HBBI", code, if_so, if_not, operand)
