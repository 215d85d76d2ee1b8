"""Time that jumps, clocks that are wrong, and a scheduler that a seed decides."""

import gc
from functools import partial

import pytest
import trio

from trader247.drivers.simulation.virtual_time import HostClock, TrueClock, VirtualClock, run_seeded
from trader247.model.instant import SECOND, Instant, instant

pytestmark = pytest.mark.req("SE4")

START = instant("2026-09-27T10:00:00Z")


def test_an_hour_of_sleep_is_over_at_once_and_deadlines_keep_their_order() -> None:
    loop, seen = VirtualClock(), []

    async def nap(seconds: float) -> None:
        await trio.sleep(seconds)
        seen.append((seconds, loop.now_s))

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            for seconds in (3600.0, 1.0, 60.0):
                nursery.start_soon(nap, seconds)

    run_seeded(main, loop, 1)
    assert seen == [(1.0, 1.0), (60.0, 60.0), (3600.0, 3600.0)]


def test_tasks_that_all_wait_for_one_another_are_an_error_and_no_endless_loop() -> None:
    with pytest.raises(RuntimeError, match="none has a deadline"):
        run_seeded(trio.sleep_forever, VirtualClock(), 1)


def schedule(seed: int) -> list[int]:
    order: list[int] = []

    async def step(number: int) -> None:
        for _ in range(3):
            order.append(number)
            await trio.lowlevel.checkpoint()

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            for number in range(6):
                nursery.start_soon(step, number)

    run_seeded(main, VirtualClock(), seed)
    return order


def test_the_same_seed_is_the_same_schedule_and_another_seed_another() -> None:
    assert schedule(1) == schedule(1)
    assert len({tuple(schedule(seed)) for seed in range(8)}) > 4


def test_garbage_is_not_collected_of_its_own_during_a_run_and_is_again_after_it() -> None:
    """A collection finishes abandoned async generators in a task, at whatever moment Python's counters say."""
    seen: list[bool] = []

    async def main() -> None:
        await trio.lowlevel.checkpoint()
        seen.append(gc.isenabled())

    run_seeded(main, VirtualClock(), 1)
    assert (seen, gc.isenabled()) == ([False], True)


@pytest.mark.req("TIME1")
def test_a_host_is_wrong_by_its_step_and_its_drift_until_it_is_healed() -> None:
    loop = VirtualClock()
    true = TrueClock(START, loop)
    host = HostClock(true)
    assert host.now() == true.now()
    host.step(-2 * SECOND)
    loop.skip(100.0)
    assert host.now().utc == START + 98 * SECOND
    assert host.now().mono == true.now().mono
    host.drift(10_000)
    loop.skip(100.0)
    assert host.error_ns() == -1 * SECOND
    host.drift(0)
    loop.skip(100.0)
    assert host.error_ns() == -1 * SECOND
    host.heal()
    assert host.now() == true.now()


@pytest.mark.req("TIME1")
def test_a_drift_that_is_set_right_leaves_a_step_that_is_not() -> None:
    loop = VirtualClock()
    host = HostClock(TrueClock(START, loop))
    host.step(5 * SECOND)
    host.drift(10_000)
    loop.skip(100.0)
    host.settle()
    loop.skip(100.0)
    assert host.error_ns() == 5 * SECOND
    host.step(-5 * SECOND)
    assert host.error_ns() == 0


@pytest.mark.req("TIME1")
def test_what_a_wrong_clock_showed_tells_how_wrong_it_was_then() -> None:
    loop = VirtualClock()
    true = TrueClock(START, loop)
    host = HostClock(true)
    told = []
    changes = (partial(host.drift, -50_000), partial(host.step, -40 * SECOND), host.settle, host.heal)
    for change in changes:
        for _ in range(2):
            loop.skip(30.0)
            told.append((host.now().utc, host.error_ns()))
        change()
    by = true.now().utc
    for shown, error_ns in reversed(told):
        assert abs(host.ahead_ns(shown, by) - error_ns) <= 1
        by = Instant(shown - error_ns)
