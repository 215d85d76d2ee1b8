"""One life of one child: scopes, grace, readiness, cleanup and the name of its end."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import trio
from tests.runtime.scripted import FOREVER, Life, Stage

from trader247.runtime.exits import Exit, ExitKind
from trader247.runtime.reports import Event
from trader247.runtime.running import Running
from trader247.runtime.specs import Group, Limit, Worker

pytestmark = pytest.mark.req("SUP2")


def test_cleanup_runs_once_and_is_told_the_true_reason() -> None:
    stage = Stage()
    stage.play(Group("g", (stage.worker("a"), stage.worker("b", Life(lives_s=1.0), FOREVER))), 2.0)
    closes = [(step.name, step.incarnation, step.detail) for step in stage.steps if step.what == "close"]
    assert closes == [("b", 1, "crash"), ("b", 2, "shutdown"), ("a", 1, "shutdown")]


def test_undef_in_terminate__a_failing_cleanup_does_not_hide_the_first_reason() -> None:
    stage = Stage()
    running = stage.play(Group("g", (stage.worker("w", Life(lives_s=1.0, cleanup_fails=True), FOREVER),)), 2.0)
    [report] = [report for report in stage.reports if report.event is Event.RESTARTING]
    assert report.reason == "crash: RuntimeError: w broke"
    assert running.snapshot().children[0].last_error == "crash: RuntimeError: w broke"


def test_a_failing_cleanup_makes_a_good_end_a_crash() -> None:
    stage = Stage()
    stage.play(Group("g", (stage.worker("w", Life(lives_s=1.0, end="normal", cleanup_fails=True), FOREVER),)), 2.0)
    assert stage.reports[1].reason == "crash: LookupError: w cannot clean up"


def test_a_cleanup_after_a_crash_is_cut_at_the_grace_too() -> None:
    stage = Stage()
    tree = Group("g", (stage.worker("w", Life(lives_s=1.0, cleanup_s=99.0), FOREVER, grace=3.0),))
    stage.play(tree, 10.0)
    assert stage.times("cut", "w") == [4.0]
    assert stage.times("enter", "w") == [0.0, 4.0]


def test_a_failing_cleanup_under_a_stop_is_reported_and_never_retried() -> None:
    stage = Stage()
    stage.play(Group("g", (stage.worker("w", Life(cleanup_fails=True)),)), 1.0)
    assert stage.events() == [("w", Event.STARTED), ("w", Event.STOP_FAILED)]


def test_ready_after_a_stop_is_ignored() -> None:
    class Late:
        async def run(self, ready: Callable[[], None]) -> None:
            try:
                await trio.sleep(1)
            finally:
                ready()

    stage = Stage()
    running = stage.run_tree(Group("g", (Worker("late", Late),)))

    async def main() -> None:
        with trio.move_on_after(0.5):
            await running.run()

    trio.run(main)
    assert stage.events(Event.STARTED) == []


@pytest.mark.parametrize("ignores_s", [0.3, 5.0, 5.9])
def test_a_child_that_shields_itself_for_a_while_still_ends_within_grace_and_a_second(ignores_s: float) -> None:
    stage = Stage()
    stage.play(Group("g", (stage.worker("w", Life(ignores_s=ignores_s), grace=5.0),)), 1.0)
    assert stage.times("gone", "w") == [pytest.approx(1.0 + ignores_s)]
    assert stage.names("close") == ["w"]


def test_child_unlink__one_that_ignores_everything_is_reported_stuck_and_keeps_no_other_from_ending() -> None:
    stage = Stage()
    told: list[tuple[float, tuple[str, ...]]] = []
    tree = Group(
        "root",
        (
            stage.worker("a"),
            Group("inner", (stage.worker("b"), stage.worker("w", Life(ignores_s=100.0), grace=2.0))),
            stage.worker("z"),
        ),
    )

    def on_stuck(names: tuple[str, ...]) -> None:
        told.append((trio.current_time(), names))

    with pytest.raises(Exception, match="cannot be ended from inside the process: w"):
        stage.play(tree, 1.0, on_stuck=on_stuck)
    assert told == [(1.0 + 2.0 + 1.0, ("w",))]
    assert stage.names("told") == ["z", "w", "b", "a"]
    assert stage.times("told", "a") == [4.0]
    assert [report.child for report in stage.reports if report.event is Event.STUCK] == ["w"]


def test_a_child_that_is_stuck_in_a_restart_ends_the_tree_and_never_gets_a_second_life() -> None:
    stage = Stage()

    class Zombie:
        async def run(self, ready: Callable[[], None]) -> None:
            ready()
            await trio.sleep(1.0)
            with trio.CancelScope(shield=True):
                await trio.sleep(50.0)

    tree = Group("g", (stage.worker("a"), Worker("zombie", Zombie, grace=1.0), stage.worker("z")))

    async def scene(running: Running) -> None:
        await trio.sleep(2)
        assert running.inject_crash("zombie", ValueError("out"))
        await trio.sleep(20)
        assert running.snapshot().children[1].state == "stuck"
        assert running.snapshot().children[1].incarnation == 1

    with pytest.raises(Exception, match="zombie"):
        stage.play(tree, scene)
    assert stage.names("told") == ["z", "a"]


def test_an_injected_crash_looks_like_one_of_the_actor() -> None:
    stage = Stage()

    async def scene(running: Running) -> None:
        await trio.sleep(1)
        assert running.inject_crash("w", ValueError("drill"))
        assert not running.inject_crash("w", ValueError("twice"))
        await trio.sleep(1)

    stage.play(Group("g", (stage.worker("w"),)), scene)
    assert stage.reports[1].reason == "crash: ValueError: drill"
    assert stage.lives == {"w": 2}


def test_a_masked_error_is_kept__raised_while_being_stopped_it_is_the_reason() -> None:
    class Clumsy:
        async def run(self, ready: Callable[[], None]) -> None:
            ready()
            try:
                await trio.sleep_forever()
            finally:
                raise ValueError("on the way out")

    stage = Stage()
    stage.play(Group("g", (Worker("clumsy", Clumsy),)), 1.0)
    assert stage.reports[-1].reason == "crash: ValueError: on the way out"


def test_an_exit_says_its_kind_and_error_on_one_line() -> None:
    long = ValueError("x" * 500 + "\nsecond line")
    group = ExceptionGroup("g", [long, ExceptionGroup("h", [OSError("a"), OSError("b")])])
    assert Exit(ExitKind.KILLED).reason == "killed"
    assert Exit(ExitKind.CRASH, KeyError("a")).reason == "crash: KeyError: 'a'"
    reason = Exit(ExitKind.CRASH, group).reason
    assert "\n" not in reason
    assert len(reason) < 240
    assert reason.endswith("(and 1 more)")


def test_stop_with_no_restart_allowed_still_returns_quietly() -> None:
    stage = Stage()
    stage.play(Group("g", (stage.worker("w"),), limits=(Limit(0, per=1.0),)), 1.0)
    assert stage.events() == [("w", Event.STARTED), ("w", Event.STOPPED)]
