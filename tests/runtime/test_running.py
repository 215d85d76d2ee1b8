"""The host's handle: start, stop, errors, and the end of a run."""

from __future__ import annotations

import gc
from random import Random

import pytest
import trio
from tests.runtime.scripted import AT_ONCE, FOREVER, Life, Stage, unwrapped, virtually

from trader247.runtime.administration import Answer
from trader247.runtime.checks import BadTree
from trader247.runtime.exits import Exhausted, StartFailed
from trader247.runtime.reports import Report
from trader247.runtime.running import Running, supervise
from trader247.runtime.specs import Escalate, Group, Limit

pytestmark = pytest.mark.req("SUP2", "SUP6")


def test_it_is_reported_as_started_once_everything_is_ready() -> None:
    stage = Stage()

    async def scene(running: Running) -> None:
        await trio.lowlevel.checkpoint()
        assert trio.current_time() == 5.0
        assert {node.state for node in running.snapshot().children} == {"up"}

    stage.play(Group("g", (stage.worker("a", Life(init_s=2.0)), stage.worker("b", Life(init_s=3.0)))), scene)


def test_a_bad_tree_is_refused_before_anything_begins() -> None:
    stage = Stage()
    with pytest.raises(BadTree):
        stage.run_tree(Group("g", (stage.worker("a"), stage.worker("a"))))
    assert stage.steps == []


def test_a_stop_during_the_boot_ends_it_in_order_and_quietly() -> None:
    stage = Stage()
    tree = Group("g", (stage.worker("a"), stage.worker("b", Life(init_s=9.0)), stage.worker("c")))

    async def main() -> None:
        running = stage.run_tree(tree)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(running.run)
            await trio.sleep(1)
            running.stop("changed my mind")

    virtually(main)
    assert stage.names("told") == ["b", "a"]
    assert "c" not in stage.names("enter")


def test_a_stop_before_the_run_lets_nothing_begin() -> None:
    stage = Stage()

    async def main() -> None:
        running = stage.run_tree(Group("g", (stage.worker("a"),)))
        running.stop("not today")
        await running.run()

    virtually(main)
    assert stage.names("enter") == []


def test_what_crashes_while_everything_stops_is_not_restarted_and_halts_nothing() -> None:
    stage = Stage()
    fragile = Group(
        "fragile",
        (stage.worker("w", Life(lives_s=2.0)),),
        limits=(Limit(0, per=9.0),),
        exhausted=Escalate.HALT,
    )
    stage.play(Group("root", (fragile, stage.worker("slow", Life(cleanup_s=4.0)))), 1.0)
    assert stage.halt.tripped is None
    assert stage.lives == {"w": 1, "slow": 1}


def test_supervise_hosts_a_tree_until_it_ends() -> None:
    stage = Stage()

    async def main() -> None:
        await supervise(
            Group("g", (stage.worker("w", Life(lives_s=1.0)),), limits=(Limit(0, per=1.0),)),
            halt=stage.halt,
            clock=stage.clock,
            rng=Random(0),
            report=stage.reports.append,
            dead_letters=stage.dead_letters,
        )

    with pytest.raises(Exhausted):
        virtually(main)


def test_an_interrupt_in_a_child_during_a_slow_boot_ends_everything_at_once() -> None:
    stage = Stage()
    tree = Group(
        "root",
        (
            Group("first", (stage.worker("w", Life(lives_s=1.0, end="interrupt")),)),
            stage.worker("slow", Life(init_s=60.0), start_within=100.0),
        ),
    )
    with pytest.raises(KeyboardInterrupt):
        stage.play(tree, 5.0)
    assert max(step.at for step in stage.steps) == 1.0


def test_a_fault_that_ends_the_tree_is_not_held_up_by_a_restart_elsewhere() -> None:
    stage = Stage()
    tree = Group(
        "root",
        (
            stage.worker("w", Life(lives_s=1.0), FOREVER),
            Group(
                "exits", (stage.worker("x", Life(lives_s=1.0)),), limits=(Limit(0, per=9.0),), exhausted=Escalate.EXIT
            ),
            stage.worker("v", Life(lives_s=1.0), Life(init_s=8.0)),
        ),
    )
    for seed in range(10):
        stage.steps.clear()
        stage.lives.clear()
        with pytest.raises(Exhausted, match="group exits gave up"):
            stage.play(tree, 50.0, seed=seed)
        assert max(step.at for step in stage.steps) <= 1.0


def test_a_reporter_that_raises_keeps_nobody_from_being_stopped_and_is_heard_of_in_the_end() -> None:
    stage = Stage()

    def report(report: Report) -> None:
        raise OverflowError(f"disk full: {report.child}")

    async def main() -> None:
        running = Running(
            Group("g", (stage.worker("a"), stage.worker("b"))),
            halt=stage.halt,
            clock=stage.clock,
            rng=Random(0),
            report=report,
            dead_letters=stage.dead_letters,
        )
        async with trio.open_nursery() as nursery:
            await nursery.start(running.run)
            running.stop("enough")

    with pytest.raises(OverflowError, match="disk full: a"):
        unwrapped(lambda: virtually(main))
    assert stage.names("told") == ["b", "a"]


@pytest.mark.req("SUP3")
def test_after_a_halt_an_operator_brings_the_group_back() -> None:
    stage = Stage()
    trading = Group(
        "trading",
        (stage.worker("w", Life(lives_s=1.0), FOREVER),),
        limits=(Limit(0, per=9.0),),
        exhausted=Escalate.HALT,
    )

    async def scene(running: Running) -> None:
        await stage.halt.wait()
        await trio.sleep(5)
        stage.halt.clear("seen and mended", by="ada")
        assert await running.restart_child("trading") is Answer.OK
        assert {node.state for node in running.snapshot().children} == {"up"}
        await trio.sleep(5)
        assert stage.halt.tripped is None

    stage.play(Group("root", (stage.worker("orders"), trading)), scene)
    assert stage.lives == {"orders": 1, "w": 2}


def test_ten_thousand_restarts_leave_nothing_behind() -> None:
    stage = Stage()
    tree = Group("g", (stage.worker("w", Life(lives_s=0.001)),), limits=(Limit(10**6, per=0.01),), backoff=AT_ONCE)
    counts: list[int] = []

    async def scene(running: Running) -> None:
        for _ in range(2):
            await trio.sleep(5)
            stage.steps.clear()
            stage.reports.clear()
            gc.collect()
            counts.append(len(gc.get_objects()))

    stage.play(tree, scene)
    assert stage.lives["w"] > 9_000
    assert counts[1] - counts[0] < 2_500  # Trio forgets expired deadlines in batches of a thousand scopes


def test_crashing_a_child_that_is_not_there_is_refused_by_name() -> None:
    running = Stage().run_tree(Group("g"))
    with pytest.raises(KeyError, match="nobody"):
        running.inject_crash("nobody", ValueError("x"))


def test_a_failed_boot_leaves_the_scope_with_the_childs_error_even_from_inside_a_nursery() -> None:
    stage = Stage()
    with pytest.raises(StartFailed) as caught:
        stage.play(Group("g", (stage.worker("bad", Life(init_fails=True)),)))
    assert str(caught.value.error) == "bad cannot begin"
