"""Hung actors and blocked loops are found, and named."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.runtime.scripted import FOREVER, Stage

from trader247.model.instant import EPOCH
from trader247.runtime.channels import Lane, Mailbox
from trader247.runtime.clock import PacedClock
from trader247.runtime.offload import ThreadOffload
from trader247.runtime.running import Running
from trader247.runtime.specs import Group, Strategy, Worker
from trader247.runtime.watchdog import Blocked, LoopWatch, beat

pytestmark = pytest.mark.req("SUP5")


class Handler:
    """Each message says how long it takes."""

    def __init__(self, box: Mailbox[float]) -> None:
        self.box = box

    async def run(self, ready: Callable[[], None]) -> None:
        ready()
        async for envelope in self.box:
            await trio.sleep(envelope.body)


@pytest.mark.property(23)
@settings(max_examples=40, deadline=None)
@given(takes=st.lists(st.floats(0.0, 4.0), min_size=1, max_size=6), wait_s=st.floats(0.0, 9.0))
def test_busy__a_message_that_takes_longer_than_the_limit_ends_its_actor_exactly_then(
    takes: list[float], wait_s: float
) -> None:
    stage = Stage()
    box = Mailbox[float]("box", stage.switchboard, lanes=(Lane("all", 10),))

    async def scene(running: Running) -> None:
        await trio.sleep(wait_s)
        for take in takes:
            box.post(take)
        await trio.sleep(60)

    stage.play(Group("g", (Worker("w", lambda: Handler(box), inbox=box, busy_limit=2.0),)), scene)
    hung = [report for report in stage.reports if report.reason.startswith("hung")]
    expected, at = [], wait_s
    for take in takes:
        at += min(take, 2.0)
        if take >= 2.0:
            expected.append(at)
    if 2.0 not in takes:
        assert len(hung) == len(expected)
        assert len(stage.dead_letters.letters()) == len(expected)
    if len(hung) == 1 and 2.0 not in takes:
        assert hung[0].at.mono / 1e9 == pytest.approx(expected[0], abs=1e-6)


def test_busy__never_for_an_actor_that_waits_for_work() -> None:
    stage = Stage()
    box = Mailbox[float]("box", stage.switchboard)
    stage.play(Group("g", (Worker("w", lambda: Handler(box), inbox=box, busy_limit=2.0),)), 1000.0)
    assert len(stage.reports) == 2


def test_busy__an_actor_that_leaves_its_messages_waiting_is_hung_within_twice_the_limit() -> None:
    class Deaf(Handler):
        async def run(self, ready: Callable[[], None]) -> None:
            ready()
            await self.box.take()
            self.box.put_down()
            await trio.sleep_forever()

    stage = Stage()
    box = Mailbox[float]("box", stage.switchboard)

    async def scene(running: Running) -> None:
        box.post(1.0)
        await trio.sleep(100)
        assert len(stage.reports) == 1  # it is idle, and nothing waits
        box.post(2.0)
        await trio.sleep(4.5)
        assert stage.reports[1].reason == "hung"
        assert stage.reports[1].at.mono / 1e9 <= 104.0

    stage.play(Group("g", (Worker("w", lambda: Deaf(box), inbox=box, busy_limit=2.0),)), scene)


class Periodic:
    """Beats every second, ``beats`` times, then falls silent."""

    def __init__(self, beats: int) -> None:
        self.beats = beats

    async def run(self, ready: Callable[[], None]) -> None:
        ready()
        for _ in range(self.beats):
            await trio.sleep(1)
            beat()
        await trio.sleep_forever()


@pytest.mark.property(23)
def test_beat__a_periodic_actor_that_falls_silent_is_hung_at_its_limit() -> None:
    stage = Stage()
    lives = iter((5, 10_000))
    stage.play(Group("g", (Worker("w", lambda: Periodic(next(lives)), beat_limit=3.0),)), 100.0)
    assert [(str(report.event), report.reason, report.at.mono / 1e9) for report in stage.reports[1:2]] == [
        ("restarting", "hung", 5.0 + 3.0)
    ]
    assert len(stage.reports) == 4


def test_beat_outside_a_tree_does_nothing() -> None:
    beat()


def test_hung_in_a_group_restart_policy_applies() -> None:
    stage = Stage()
    box = Mailbox[float]("box", stage.switchboard)

    async def scene(running: Running) -> None:
        box.post(50.0)
        await trio.sleep(10)

    worker = Worker("w", lambda: Handler(box), inbox=box, busy_limit=2.0)
    running = stage.play(Group("g", (worker, stage.worker("next", FOREVER)), Strategy.REST_FOR_ONE), scene)
    assert running.snapshot().children[1].incarnation == 2


def test_a_blocked_loop_is_reported_by_a_thread_with_the_actor_and_the_line_that_blocks() -> None:
    slow, blocked = list[Blocked](), list[Blocked]()
    let_go = threading.Event()

    class Selfish:
        async def run(self, ready: Callable[[], None]) -> None:
            ready()
            await trio.sleep(0.01)
            self.hog()
            await trio.sleep_forever()

        def hog(self) -> None:
            assert let_go.wait(5)

    def on_blocked(found: Blocked) -> None:
        blocked.append(found)
        let_go.set()

    stage = Stage()
    watch = LoopWatch(
        on_slow=slow.append, on_blocked=on_blocked, warn_after_s=0.05, blocked_after_s=0.1, look_every_s=0.01
    )

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            await nursery.start(watch.run)
            running = stage.run_tree(Group("g", (Worker("strategy:momentum", Selfish),)))
            await nursery.start(running.run)
            await trio.sleep(0.5)  # the loop is held for longer than that, and then turns again
            running.stop("seen")
            nursery.cancel_scope.cancel(reason="seen")

    trio.run(main)
    assert [found.actor for found in slow] == ["strategy:momentum"]
    assert blocked[0].actor == "strategy:momentum"
    assert "hog" in blocked[0].stack
    assert watch.worst_lag_s > 0.05
    assert watch.lag_s() < 0.05


def test_a_loop_that_turns_is_left_alone() -> None:
    found: list[Blocked] = []
    watch = LoopWatch(on_slow=found.append, on_blocked=found.append, warn_after_s=2.0, look_every_s=0.01)

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            await nursery.start(watch.run)
            await trio.sleep(0.3)
            nursery.cancel_scope.cancel(reason="enough")

    trio.run(main)
    assert found == []
    assert 0.0 <= watch.lag_s() < 2.0


def test_a_scaled_clock_that_stands_still_is_no_blocked_loop() -> None:
    found: list[Blocked] = []
    watch = LoopWatch(on_slow=found.append, on_blocked=found.append, warn_after_s=0.1, look_every_s=0.01)
    clock = PacedClock(EPOCH, 0.001)

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            await nursery.start(watch.run)
            await ThreadOffload(hold=clock.hold).run(threading.Event().wait, 0.4)
            nursery.cancel_scope.cancel(reason="enough")

    trio.run(main, clock=clock)
    assert found == []
