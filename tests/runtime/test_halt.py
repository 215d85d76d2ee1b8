"""The halt latch: sticky, first reason wins, effective at once, from anywhere."""

from __future__ import annotations

import threading

import pytest
import trio
import trio.testing
from tests.runtime.scripted import virtually

from trader247.model.instant import EPOCH, Instant, Moment, Mono
from trader247.runtime.clock import SystemClock
from trader247.runtime.halt import Cleared, Halt, Halted, IsHalted

pytestmark = pytest.mark.req("SUP3")


@pytest.mark.property(21)
def test_the_first_reason_wins_and_stays() -> None:
    halt = Halt(SystemClock())
    halt.check()
    first = halt.trip("drawdown 11 %", by="arbiter")
    assert halt.trip("something else", by="other") is first
    assert halt.tripped is first
    with pytest.raises(IsHalted, match="halted by arbiter: drawdown 11 %; an operator may resume"):
        halt.check()


def test_an_operator_clears_it_and_listeners_hear_each_change_once() -> None:
    halt, news = Halt(SystemClock()), list[Halted | Cleared]()
    halt.listen(news.append)
    assert halt.clear("nothing to clear", by="ada") is None
    halted = halt.trip("a", by="x")
    halt.trip("b", by="y")
    assert halt.clear("looked at it", by="ada") is halted
    halt.check()
    assert [type(item) for item in news] == [Halted, Cleared]
    assert isinstance(news[1], Cleared)
    assert (news[1].reason, news[1].by, news[1].halted) == ("looked at it", "ada", halted)


def test_a_persisted_halt_is_in_force_from_the_beginning() -> None:
    persisted = Halted("kill switch", "file", Moment(EPOCH, Mono(0)))
    halt = Halt(SystemClock(), persisted)
    with pytest.raises(IsHalted, match="kill switch"):
        halt.check()


def test_waiting_tasks_are_woken_by_a_trip_and_by_no_clear() -> None:
    async def main() -> None:
        halt = Halt(SystemClock())
        woken: list[tuple[float, str]] = []

        async def waiter() -> None:
            reason = (await halt.wait()).reason
            woken.append((trio.current_time(), reason))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(waiter)
            await trio.sleep(1)
            assert woken == []
            halt.trip("now", by="test")
        assert woken == [(1.0, "now")]
        assert (await halt.wait()).reason == "now"

    virtually(main)


def test_a_thread_can_trip_it__in_force_at_once_and_told_on_the_loop() -> None:
    async def main() -> None:
        halt = Halt(SystemClock())
        halt.bind()
        loop, told_in = threading.get_ident(), list[int]()
        halt.listen(lambda _: told_in.append(threading.get_ident()))
        thread = threading.Thread(target=lambda: halt.trip("blocked loop", by="loop watch"))
        thread.start()
        thread.join()
        assert halt.tripped is not None
        assert told_in == []
        assert (await halt.wait()).reason == "blocked loop"
        await trio.testing.wait_all_tasks_blocked()
        assert told_in == [loop]

    trio.run(main)


def test_after_the_loop_is_gone_a_trip_still_sets_the_latch() -> None:
    halt = Halt(SystemClock())

    async def main() -> None:
        await trio.lowlevel.checkpoint()
        halt.bind()

    trio.run(main)
    assert halt.trip("late", by="thread").at.utc > Instant(0)
    assert halt.tripped is not None
