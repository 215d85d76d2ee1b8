"""The scaled clock skips nothing: real sockets, a worker thread, and the order of deadlines."""

from __future__ import annotations

import time
from math import inf
from random import Random

import pytest
import trio
from trio.testing import MockClock

from trader247.model.instant import EPOCH, SECOND, Instant, instant
from trader247.runtime.clock import LoopClock, PacedClock, SystemClock
from trader247.runtime.offload import ThreadOffload

pytestmark = pytest.mark.req("SUP1")


def test_the_system_clock_reads_both_clocks_of_the_machine() -> None:
    clock = SystemClock()
    first, second = clock.now(), clock.now()
    assert first.utc > instant("2024-01-01T00:00:00Z")
    assert second.mono >= first.mono


def test_the_loop_clock_follows_the_loop_from_its_instant() -> None:
    start = instant("2026-01-01T00:00:00Z")

    async def main() -> None:
        clock = LoopClock(start)
        await trio.sleep(90.5)
        assert clock.now().utc == start + 90_500_000_000
        assert clock.now().mono == 90_500_000_000

    trio.run(main, clock=MockClock(autojump_threshold=0))


@pytest.mark.parametrize("speed", [0.0, -1.0, float("nan")])
def test_a_speed_must_be_above_0(speed: float) -> None:
    with pytest.raises(ValueError, match=r"PacedClock.speed is"):
        PacedClock(EPOCH, speed)


@pytest.mark.parametrize("speed", [3600.0, inf])
def test_the_deadlines_of_an_hour_fire_in_order_each_at_its_own_time(speed: float) -> None:
    clock = PacedClock(EPOCH, speed)
    fired: list[tuple[float, float]] = []

    async def sleeper(due: float) -> None:
        await trio.sleep_until(due)
        fired.append((due, trio.current_time()))

    async def main() -> None:
        dues = [float(n) for n in range(1, 3601, 7)]
        Random(3).shuffle(dues)
        async with trio.open_nursery() as nursery:
            for due in dues:
                nursery.start_soon(sleeper, due)

    trio.run(main, clock=clock)
    assert fired == [(float(n), float(n)) for n in range(1, 3601, 7)]
    assert clock.now().utc == Instant(3599 * SECOND) or clock.now().utc == Instant(int(fired[-1][0]) * SECOND)


def test_the_pace_is_kept_when_the_machine_can() -> None:
    clock = PacedClock(EPOCH, 100.0)

    async def main() -> None:
        for _ in range(20):
            await trio.sleep(1.0)

    trio.run(main, clock=clock)
    assert 0 < clock.achieved_speed() <= 101


async def serve_echo(stream: trio.SocketStream) -> None:
    async with stream:
        async for chunk in stream:
            await stream.send_all(chunk)


@pytest.mark.parametrize("speed", [3600.0, inf])
def test_no_timeout_of_a_virtual_second_around_an_echo_over_loopback_fires(speed: float) -> None:
    clock = PacedClock(EPOCH, speed)
    echoes = 0

    async def client(port: int, nursery: trio.Nursery) -> None:
        nonlocal echoes
        stream = await trio.open_tcp_stream("127.0.0.1", port)
        async with stream:
            for number in range(200):
                with trio.fail_after(1.0):
                    await stream.send_all(b"%06d" % number)
                    received = b""
                    while len(received) < 6:
                        received += await stream.receive_some(6)
                assert received == b"%06d" % number
                echoes += 1
                await trio.sleep(0.5)

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            listeners = await nursery.start(trio.serve_tcp, serve_echo, 0)
            port = listeners[0].socket.getsockname()[1]
            async with trio.open_nursery() as clients:
                for _ in range(5):
                    clients.start_soon(client, port, nursery)
            nursery.cancel_scope.cancel(reason="done")

    trio.run(main, clock=clock)
    assert echoes == 1000


def test_virtual_time_stands_still_while_a_thread_works() -> None:
    clock = PacedClock(EPOCH, 3600.0)

    async def main() -> None:
        offload = ThreadOffload(2, hold=clock.hold)
        for _ in range(5):
            with trio.fail_after(1.0):
                await offload.run(time.sleep, 0.02)  # noqa: TID251 - a thread that takes time

    trio.run(main, clock=clock)
    assert clock.now().mono < SECOND


def test_virtual_time_stands_still_while_tasks_run() -> None:
    clock = PacedClock(EPOCH, 3600.0)

    async def main() -> None:
        before = trio.current_time()
        for _ in range(50):
            time.sleep(0.001)  # noqa: ASYNC251, TID251 - a slow task is the point
            await trio.lowlevel.checkpoint()
        assert trio.current_time() == before

    trio.run(main, clock=clock)


def test_a_long_stall_is_forgiven__only_two_real_seconds_are_caught_up() -> None:
    real = [100.0]
    clock = PacedClock(EPOCH, 10.0)
    clock._real_s = lambda: real[0]
    clock._anchor_real_s = 100.0
    clock._idle_polls = 2
    real[0] += 60.0  # the machine slept: 600 virtual seconds behind
    assert clock.deadline_to_sleep_time(5.0) == 0.0
    assert clock.current_time() == 5.0
    clock._idle_polls = 2
    assert clock.deadline_to_sleep_time(20.0) == 0.0
    assert clock.current_time() == 20.0
    clock._idle_polls = 2
    assert clock.deadline_to_sleep_time(25.0) == pytest.approx(0.5)


def test_an_arrival_while_it_sleeps_moves_time_to_the_pace_and_never_past_the_deadline() -> None:
    real = [0.0]
    clock = PacedClock(EPOCH, 10.0)
    clock._real_s = lambda: real[0]
    clock._anchor_real_s = 0.0
    clock._idle_polls = 2
    assert clock.deadline_to_sleep_time(10.0) == 1.0
    real[0] = 0.3
    assert clock.current_time() == 3.0
    clock._idle_polls = 2
    assert clock.deadline_to_sleep_time(10.0) == pytest.approx(0.7)
    real[0] = 5.0
    assert clock.current_time() == 10.0


def test_with_nothing_to_wait_for_it_waits_for_the_world() -> None:
    clock = PacedClock(EPOCH, inf)
    clock._idle_polls = 2
    assert clock.deadline_to_sleep_time(inf) > 1000
    assert clock.current_time() == 0.0
    with clock.hold():
        assert clock.deadline_to_sleep_time(3.0) > 1000
