"""Blocking work runs to its end, whatever happens to who asked for it."""

from __future__ import annotations

import threading

import pytest
import trio
from tests.runtime.scripted import virtually

from trader247.runtime.offload import InlineOffload, Offload, ThreadOffload

pytestmark = pytest.mark.req("SUP1")


def divide(a: int, b: int) -> float:
    return a / b


@pytest.mark.parametrize("offload", [ThreadOffload(), InlineOffload()])
def test_it_gives_the_result_or_raises_what_the_work_raised(offload: Offload) -> None:
    async def main() -> None:
        assert await offload.run(divide, 6, 3) == 2.0
        with pytest.raises(ZeroDivisionError):
            await offload.run(divide, 6, 0)

    trio.run(main)


def test_work_that_has_begun_is_finished_though_its_caller_is_cancelled() -> None:
    begun, go, finished = trio.Event(), threading.Event(), list[int]()

    def write() -> None:
        trio.from_thread.run_sync(begun.set)
        assert go.wait(5)
        finished.append(1)

    async def main() -> None:
        offload = ThreadOffload()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(offload.run, write)
            await begun.wait()
            nursery.cancel_scope.cancel(reason="in the middle")
            go.set()
        assert finished == [1]

    trio.run(main)


def test_no_more_threads_than_allowed_work_at_once() -> None:
    lock, now, most = threading.Lock(), 0, 0

    def work() -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        threading.Event().wait(0.002)
        with lock:
            now -= 1

    async def main() -> None:
        offload = ThreadOffload(2)
        async with trio.open_nursery() as nursery:
            for _ in range(12):
                nursery.start_soon(offload.run, work)

    trio.run(main)
    assert most == 2


def test_inline_work_lets_no_virtual_time_pass() -> None:
    async def main() -> None:
        await InlineOffload().run(divide, 1, 1)
        assert trio.current_time() == 0.0

    virtually(main)
