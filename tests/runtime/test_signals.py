"""Signals: the first drains, the second hurries, HUP reloads, USR1 halts, and the receiver stays open meanwhile."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from functools import partial

import pytest
import trio

from trader247.runtime.signals import follow, watch_signals

pytestmark = pytest.mark.req("SUP6")


async def arriving(*numbers: int) -> AsyncIterator[int]:
    for number in numbers:
        await trio.lowlevel.checkpoint()
        yield number


def test_the_first_drains_each_further_one_hurries_hup_reloads_and_usr1_halts() -> None:
    calls: list[str] = []

    async def main() -> None:
        await follow(
            arriving(signal.SIGHUP, signal.SIGUSR1, signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGTERM),
            drain=lambda name: calls.append(f"drain {name}"),
            hurry=lambda name: calls.append(f"hurry {name}"),
            reload=lambda: calls.append("reload"),
            halt=lambda name: calls.append(f"halt {name}"),
        )

    trio.run(main)
    assert calls == ["reload", "halt SIGUSR1", "drain SIGTERM", "reload", "hurry SIGINT", "hurry SIGTERM"]


def test_real_signals_are_received_while_draining() -> None:
    calls: list[str] = []

    async def main() -> None:
        halted, draining, hurried = trio.Event(), trio.Event(), trio.Event()

        def halt(name: str) -> None:
            calls.append(f"halt {name}")
            halted.set()

        def drain(name: str) -> None:
            calls.append(f"drain {name}")
            draining.set()

        def hurry(name: str) -> None:
            calls.append(f"hurry {name}")
            hurried.set()

        async with trio.open_nursery() as nursery:
            listen = partial(watch_signals, drain=drain, hurry=hurry, reload=lambda: None, halt=halt)
            await nursery.start(listen)
            with trio.fail_after(5):
                os.kill(os.getpid(), signal.SIGUSR1)
                await halted.wait()
                os.kill(os.getpid(), signal.SIGTERM)
                await draining.wait()
                os.kill(os.getpid(), signal.SIGTERM)
                await hurried.wait()
            nursery.cancel_scope.cancel(reason="seen")

    trio.run(main)
    assert calls == ["halt SIGUSR1", "drain SIGTERM", "hurry SIGTERM"]
