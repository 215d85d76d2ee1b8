"""Keeps the garbage collector's full passes short.

A full pass looks at every container in the process, and holds everything up meanwhile: with the windows of a thousand
instruments some 100 ms. What survives a long pass has come to stay, so it is set aside (``gc.freeze``) and never looked
at again; reference counts still free it. The price is that a cycle of references which was alive at that moment is
never found once it is dead. Long passes are few, since each needs as much new memory as made the last one long.
"""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from trader247.model.instant import SECOND
from trader247.runtime.clock import machine_mono_ns

__all__ = ["short_passes"]

_LONG_NS: Final = SECOND // 200
"""5 ms: half of what nobody may block the loop."""

_OLDEST: Final = 2


@contextmanager
def short_passes(mono_ns: Callable[[], int] = machine_mono_ns) -> Iterator[None]:
    """For the whole process, until left."""
    begun = 0

    def watch(phase: str, info: dict[str, int]) -> None:
        nonlocal begun
        if info["generation"] < _OLDEST:
            return
        if phase == "start":
            begun = mono_ns()
        elif mono_ns() - begun >= _LONG_NS:
            gc.freeze()

    gc.callbacks.append(watch)
    try:
        yield
    finally:
        gc.callbacks.remove(watch)
