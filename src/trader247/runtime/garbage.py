"""Keeps the garbage collector's full passes short.

A full pass looks at every container in the process, and holds everything up meanwhile: with the windows of a thousand
instruments some 100 ms. So full passes come often and by the clock, not when the collector thinks that enough has
gathered; and what survives one that was long has come to stay: it is set aside (``gc.freeze``) and never looked at
again, though reference counts still free it. The price is that a cycle of references which was alive at that moment is
never found once it is dead. Long passes are few, since each needs as much new memory as made the last one long.
"""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import trio

from trader247.model.instant import SECOND
from trader247.runtime.clock import machine_mono_ns

__all__ = ["PASS_S", "full_passes", "short_passes"]

PASS_S: Final = 5.0
"""Between two full passes: what gathers in that time is looked through in a few milliseconds."""

_LONG_NS: Final = 3 * SECOND // 1_000
"""3 ms: what a pass may grow by until the next one still leaves it under the 10 that nobody may block the loop."""

_DUE_NS: Final = round(PASS_S * SECOND / 2)
"""Half of it, since two clocks never agree on when five seconds are over."""

_OLDEST: Final = 2
_NEVER: Final = 1_000_000_000


@contextmanager
def short_passes(mono_ns: Callable[[], int] = machine_mono_ns) -> Iterator[None]:
    """For the whole process, until left: no full pass but those that are asked for, and none that stays long."""
    begun = 0

    def watch(phase: str, info: dict[str, int]) -> None:
        nonlocal begun
        if info["generation"] < _OLDEST:
            return
        if phase == "start":
            begun = mono_ns()
        elif mono_ns() - begun >= _LONG_NS:
            gc.freeze()

    young, middle, old = gc.get_threshold()
    gc.callbacks.append(watch)
    gc.set_threshold(young, middle, _NEVER)
    try:
        yield
    finally:
        gc.set_threshold(young, middle, old)
        gc.callbacks.remove(watch)


async def full_passes(mono_ns: Callable[[], int] = machine_mono_ns) -> None:
    """One full pass after another, ``PASS_S`` apart on the machine's clock, until cancelled.

    The loop's clock may run many times faster, where it replays a recorded market.
    """
    done = mono_ns()
    while True:
        await trio.sleep(PASS_S)
        if mono_ns() - done >= _DUE_NS:
            gc.collect()
            done = mono_ns()
