"""The seal: what reaches out inside it is stopped, and nothing else is."""

import gc
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve, frozen

from trader247.runtime.sealing import SealBroken, Sealed

pytestmark = [pytest.mark.req("STR1"), pytest.mark.fault("ST-03", "ST-08")]


@frozen
class Row:
    size: Decimal
    name: str = "x"


def _listen() -> None:
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))


REACHING: dict[str, Callable[[], Any]] = {
    "open": lambda: Path(__file__).read_text(),
    "os.listdir": lambda: os.listdir("."),  # noqa: PTH208 - the very call
    "socket.__new__": _listen,
    "subprocess.Popen": lambda: subprocess.run(["true"], check=False),
    "os.system": lambda: os.system("true"),  # noqa: S605
    "import": lambda: __import__("nothing_of_this_name"),
    "os.remove": lambda: os.remove("/nothing/here"),  # noqa: PTH107
    "exec": lambda: exec("1"),  # noqa: S102
    "os.putenv": lambda: os.putenv("X", "y"),
}


@pytest.mark.parametrize("event", REACHING)
def test_whoever_reaches_out_inside_is_stopped_where_it_happens(event: str) -> None:
    with pytest.raises(SealBroken, match="it reached out of its snapshot: "), Sealed():
        REACHING[event]()
    with suppress(OSError, ImportError):
        REACHING[event]()  # and nobody outside is


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the event is of Python 3.12")
def test_a_thread_cannot_be_started_to_do_it() -> None:
    with pytest.raises(SealBroken), Sealed():
        threading.Thread(target=print).start()


def test_who_swallows_the_refusal_is_told_when_the_seal_opens() -> None:
    with pytest.raises(SealBroken, match="open"), Sealed(), suppress(SealBroken):
        REACHING["open"]()


def test_an_error_of_the_work_itself_comes_out_as_it_is_and_the_seal_is_open_again() -> None:
    with pytest.raises(ZeroDivisionError), Sealed():
        _ = 1 / 0
    REACHING["open"]()


def test_plain_computing_goes_on() -> None:
    with Sealed():
        rows = [evolve(Row(Decimal(number)), name=f"{number:>5}") for number in range(100)]
        total = sum((row.size for row in sorted(rows, key=lambda row: -row.size)), Decimal(0))
        names = {row.name: id(row) for row in rows}
    assert (total, len(names)) == (Decimal(4950), 100)


def test_another_thread_works_on_undisturbed() -> None:
    begin, done, found = threading.Event(), threading.Event(), []

    def read() -> None:
        begin.wait(5)
        found.append(len(Path(__file__).read_bytes()) > 0)
        done.set()

    thread = threading.Thread(target=read)
    thread.start()
    with Sealed():
        begin.set()
        assert done.wait(5)
    thread.join()
    assert found == [True]


def test_the_collector_is_left_as_it_was() -> None:
    for enabled in (True, False):
        (gc.enable if enabled else gc.disable)()
        with Sealed():
            assert not gc.isenabled()
        assert gc.isenabled() is enabled
    gc.enable()
