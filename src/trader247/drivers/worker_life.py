"""A worker process ends with the process that began it, however that came to its end.

A worker of a pool waits for its next task on a pipe whose other end it has itself: where its parent is killed, it would
wait for ever, and keep its memory.
"""

import multiprocessing
import os
import threading
from collections.abc import Callable
from multiprocessing.connection import wait

__all__ = ["end_with_parent"]

_ORPHANED = 1
"""The exit code, which nobody is left to read."""


def end_with_parent(leaving: Callable[[], object] = lambda: None) -> None:
    """Called once in a worker. Where the parent dies, ``leaving`` is called, and the process ends in the middle of what
    it does. In a process that is nobody's worker nothing happens.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    sentinel = parent.sentinel

    def watch() -> None:
        wait([sentinel])
        leaving()
        os._exit(_ORPHANED)

    threading.Thread(target=watch, name="end with parent", daemon=True).start()
