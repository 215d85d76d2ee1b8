"""A bound on how long a stranger's source may run while it is read or made.

An alarm of the operating system reaches the main thread alone, and a reload reads in another one. Tracing would count
steps, the same on every machine, but since Python 3.12 a loop on one line is none. What loops inside one call into C
(``sum(iter(int, 1))``) is not caught here either; the process then has to be killed.
"""

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

__all__ = ["SECONDS_MAX", "TookTooLong", "few_seconds"]

SECONDS_MAX: Final = 10.0
"""A thousand times what a file of classes takes, on a machine that is busy with other things."""


class TookTooLong(BaseException):
    """No ``Exception``, so that ``except Exception`` in the source's own loop does not swallow it."""

    def __str__(self) -> str:
        """In words; who raises it can hand over no text."""
        return f"it has not ended after {SECONDS_MAX:g} s"


@contextmanager
def few_seconds() -> Iterator[None]:
    """In this thread: let the block run for ``SECONDS_MAX`` and no longer.

    Raises:
        TookTooLong: inside the block, wherever it is then.
    """
    thread, over, lock = threading.get_ident(), False, threading.Lock()

    def interrupt() -> None:
        with lock:
            if not over:
                _raise_in(thread, TookTooLong)

    timer = threading.Timer(SECONDS_MAX, interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        with lock:
            over = True
            _raise_in(thread, None)  # what was raised at the very end must not strike what comes after
        timer.cancel()


def _raise_in(thread: int, error: type[BaseException] | None) -> None:
    wanted = ctypes.py_object(error) if error is not None else None
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), wanted)
