"""Waking without cancelling: who is due wakes, in order, once; who gave up does not."""

from __future__ import annotations

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from tests.runtime.scripted import virtually

from trader247.runtime.alarms import Alarms, alarms, next_multiple, sleep_to

pytestmark = pytest.mark.req("SUP1")


def test_alarms_ring_at_their_times_and_those_of_one_time_in_the_order_they_were_set() -> None:
    rung: list[tuple[str, float]] = []

    async def main() -> None:
        for name, at in (("late", 3.0), ("first", 1.0), ("second", 1.0), ("earlier", 0.5)):
            alarms().set(at, lambda name=name: rung.append((name, trio.current_time())))  # type: ignore[misc]
        await trio.sleep(5)

    virtually(main)
    assert rung == [("earlier", 0.5), ("first", 1.0), ("second", 1.0), ("late", 3.0)]


def test_an_alarm_that_is_set_while_a_later_one_is_waited_for_is_in_time() -> None:
    rung: list[float] = []

    async def main() -> None:
        alarms().set(10.0, lambda: rung.append(trio.current_time()))
        await trio.sleep(1)
        alarms().set(2.0, lambda: rung.append(trio.current_time()))
        await trio.sleep(20)

    virtually(main)
    assert rung == [2.0, 10.0]


def test_what_was_called_off_does_not_ring_and_does_not_stay() -> None:
    async def main() -> None:
        mine = Alarms()
        rung: list[str] = []
        mine.set(1.0, lambda: rung.append("kept"))
        for _ in range(5_000):
            mine.set(2.0, pytest.fail).call_off()
        assert mine.waiting < 2_000
        async with trio.open_nursery() as nursery:
            nursery.start_soon(mine.run)
            await trio.sleep(3)
            assert rung == ["kept"]
            assert mine.waiting == 0
            nursery.cancel_scope.cancel()

    virtually(main)


def test_sleepers_of_one_period_wake_together_on_its_multiples_and_a_cancelled_one_is_gone() -> None:
    woke: list[tuple[str, float]] = []

    async def sleeper(name: str, begins: float) -> None:
        await trio.sleep(begins)
        await sleep_to(1.0)
        woke.append((name, trio.current_time()))

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(sleeper, "a", 0.2)
            nursery.start_soon(sleeper, "b", 0.7)
            with trio.move_on_after(0.9):
                await sleeper("cancelled", 0.1)

    virtually(main)
    assert sorted(woke) == [("a", 1.0), ("b", 1.0)]


@given(st.sampled_from((0.05, 0.25, 0.5, 1.0, 5.0, 60.0)), st.floats(0, 1e9))
def test_the_next_multiple_lies_after_now_and_within_one_period(every: float, now: float) -> None:
    following = next_multiple(every, now)
    assert now < following <= now + every * 1.001 + 1e-6
