"""Signals: the first drains, the second hurries, SIGHUP reloads, and the receiver stays open meanwhile."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator

import pytest
import trio

from trader247.runtime.signals import follow, watch_signals

pytestmark = pytest.mark.req("SUP6")


async def arriving(*numbers: int) -> AsyncIterator[int]:
    for number in numbers:
        await trio.lowlevel.checkpoint()
        yield number


def test_the_first_drains_each_further_one_hurries_and_hup_reloads() -> None:
    calls: list[str] = []

    async def main() -> None:
        await follow(
            arriving(signal.SIGHUP, signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGTERM),
            drain=lambda name: calls.append(f"drain {name}"),
            hurry=lambda name: calls.append(f"hurry {name}"),
            reload=lambda: calls.append("reload"),
        )

    trio.run(main)
    assert calls == ["reload", "drain SIGTERM", "reload", "hurry SIGINT", "hurry SIGTERM"]


def test_real_signals_are_received_while_draining() -> None:
    calls: list[str] = []

    async def main() -> None:
        hurried = trio.Event()
        async with trio.open_nursery() as nursery:

            def hurry(name: str) -> None:
                calls.append(name)
                hurried.set()

            async def watch(task_status: trio.TaskStatus[None]) -> None:
                await watch_signals(drain=calls.append, hurry=hurry, reload=lambda: None, task_status=task_status)

            await nursery.start(watch)
            os.kill(os.getpid(), signal.SIGTERM)
            while not calls:
                await trio.lowlevel.checkpoint()
            os.kill(os.getpid(), signal.SIGTERM)
            with trio.fail_after(5):
                await hurried.wait()
            nursery.cancel_scope.cancel(reason="seen")

    trio.run(main)
    assert calls == ["SIGTERM", "SIGTERM"]
