"""What the kernel itself refuses, with no help of the interpreter: asked past Python, through the C library.

Where this kernel has not got a wall, its tests are skipped and say so.
"""

from __future__ import annotations

import errno
import struct

import pytest
from tests.runtime.confined import said_by

from trader247.runtime.kernel_walls import _CALLS, _program, forbid_calls, libc_call

pytestmark = [pytest.mark.req("SUP5", "STR1"), pytest.mark.fault("ST-08")]

DENIED = f"OSError {errno.EPERM}"
NO_ACCESS = f"PermissionError {errno.EACCES}"


def walled(wall: str, *deeds: str) -> list[str]:
    lines = "\n".join(f"print(tried(lambda: {deed}))" for deed in deeds)
    found = said_by(
        "from trader247.runtime.kernel_walls import forbid_calls, forbid_files\n"
        "from trader247.runtime.confinement import folders_of_the_interpreter\n"
        f"print(tried(lambda: {wall}))\n{lines}\n"
    )
    if not found[0].startswith("done"):
        pytest.skip(f"this kernel has no such wall: {found[0]}")
    return found[1:]


def test_files_are_read_under_the_given_folders_and_nowhere_else() -> None:
    own, passwd, environ, written, listed = walled(
        "forbid_files(folders_of_the_interpreter())",
        "len(open(os.__file__).read()) > 0",
        "open('/etc/passwd').read()",
        "open(f'/proc/{os.getppid()}/environ', 'rb').read()",
        "open(os.path.join(os.path.dirname(os.__file__), 'notes'), 'w')",
        "os.listdir('/')",
    )
    assert own == "done True"
    assert [passwd, environ, written, listed] == [NO_ACCESS] * 4


def test_no_call_opens_a_network_starts_a_process_or_reaches_another_one() -> None:
    answers = walled(
        "forbid_calls()",
        "call('socket', 2, 1, 0)",
        "call('socket', 1, 1, 0)",
        "call('fork')",
        "call('execv', b'/bin/true', None)",
        "call('kill', os.getppid(), 0)",
        "call('ptrace', 16, os.getppid(), 0, 0)",
        "call('unshare', 0x10000000)",
        "call('syscall', 425, 1, 0)",
    )
    assert set(answers) <= {DENIED, f"PermissionError {errno.EPERM}"}
    assert len(answers) == 8


def test_threads_and_reading_go_on_behind_the_filter() -> None:
    thread, read = walled(
        "forbid_calls()",
        "[t := __import__('threading').Thread(target=print, args=('a thread',)), t.start(), t.join()] and None",
        "len(open(os.__file__).read()) > 0",
    )[-2:]
    assert (thread, read) == ("done None", "done True")


def test_a_call_of_the_c_library_that_fails_is_an_error_with_its_number() -> None:
    with pytest.raises(OSError, match="prctl: Invalid argument") as caught:
        libc_call("prctl", -1)
    assert caught.value.errno == errno.EINVAL


def test_an_unknown_machine_has_no_list_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "pdp11")
    with pytest.raises(OSError, match="no list of system calls for pdp11"):
        forbid_calls()


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_filter_is_well_formed_every_jump_lands_inside_and_every_call_of_the_list_is_in_it(machine: str) -> None:
    program = _program(machine)
    lines = list(struct.iter_unpack("HBBI", program))
    for at, (code, if_so, if_not, _) in enumerate(lines):
        assert code in {0x20, 0x15, 0x35, 0x45, 0x06}
        assert at + 1 + max(if_so, if_not) <= len(lines)
    compared = {operand for code, _, _, operand in lines if code == 0x15}
    column = 0 if machine == "x86_64" else 1
    assert {row[column] for row in _CALLS.values()} - {None} <= compared
    assert lines[-1][3] == 0x7FFF0000
