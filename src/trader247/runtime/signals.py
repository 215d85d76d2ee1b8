"""Signals as requests: SIGTERM and SIGINT drain, a second one hurries, SIGHUP reloads, SIGUSR1 halts.

The receiver stays open while the process drains: without it a second signal would end the process on the spot, with
nothing flushed.
"""

from __future__ import annotations

import signal
from collections.abc import AsyncIterable, Callable

import trio

__all__ = ["follow", "watch_signals"]

_DRAIN = frozenset({signal.SIGINT, signal.SIGTERM})


async def watch_signals(
    *,
    drain: Callable[[str], None],
    hurry: Callable[[str], None],
    reload: Callable[[], None],
    halt: Callable[[str], None],
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Listens until cancelled; callbacks run on the loop, must not block, and get the signal's name.

    Only in the main thread. ``hurry`` is called for the second and each further SIGINT or SIGTERM.
    """
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1) as arrivals:
        task_status.started()
        await follow(arrivals, drain=drain, hurry=hurry, reload=reload, halt=halt)


async def follow(
    arrivals: AsyncIterable[int],
    *,
    drain: Callable[[str], None],
    hurry: Callable[[str], None],
    reload: Callable[[], None],
    halt: Callable[[str], None],
) -> None:
    """The rule above, for any source of signal numbers."""
    draining = False
    async for number in arrivals:
        if number == signal.SIGHUP:
            reload()
        elif number == signal.SIGUSR1:
            halt(signal.Signals(number).name)
        elif number in _DRAIN:
            (hurry if draining else drain)(signal.Signals(number).name)
            draining = True
