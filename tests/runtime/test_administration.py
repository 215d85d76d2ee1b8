"""start, terminate, restart and delete a child: every answer OTP's supervisor gives (case child_adm and its kin)."""

from __future__ import annotations

import pytest
import trio
from tests.runtime.scripted import AT_ONCE, FOREVER, Life, ScriptedActor, Stage

from trader247.runtime.administration import Answer
from trader247.runtime.exits import ActorDown, StartFailed
from trader247.runtime.running import Running
from trader247.runtime.specs import Backoff, Group, Limit, Restart, Strategy, Worker

pytestmark = pytest.mark.req("SUP2")

CRASH = Life(lives_s=1.0)
FAILS = Life(init_fails=True)


def states(running: Running) -> dict[str, str]:
    return {node.name: node.state for node in running.snapshot().children}


def test_child_adm__a_child_lives_through_all_requests() -> None:
    stage = Stage()

    async def scene(running: Running) -> None:
        w = stage.worker("w")
        assert await running.terminate_child("w") is Answer.NOT_FOUND
        assert await running.start_child("g", w) is Answer.OK
        assert await running.start_child("g", w) is Answer.ALREADY_STARTED
        assert await running.restart_child("w") is Answer.RUNNING
        assert await running.delete_child("w") is Answer.RUNNING
        assert await running.terminate_child("w") is Answer.OK
        assert await running.terminate_child("w") is Answer.OK
        assert states(running) == {"a": "up", "w": "down"}
        assert await running.start_child("g", w) is Answer.ALREADY_PRESENT
        assert await running.restart_child("w") is Answer.OK
        assert states(running) == {"a": "up", "w": "up"}
        assert await running.terminate_child("w") is Answer.OK
        assert await running.delete_child("w") is Answer.OK
        assert await running.delete_child("w") is Answer.NOT_FOUND
        assert await running.restart_child("w") is Answer.NOT_FOUND
        assert states(running) == {"a": "up"}

    running = stage.play(Group("g", (stage.worker("a"),)), scene)
    assert running.snapshot().children[0].restarts == 0


def test_sup_start_child_returns_error__the_spec_of_a_child_that_did_not_start_is_not_kept() -> None:
    stage = Stage()

    async def scene(running: Running) -> None:
        with pytest.raises(StartFailed, match="g / bad did not start"):
            await running.start_child("g", stage.worker("bad", FAILS))
        assert states(running) == {}

    stage.play(Group("g"), scene)


def test_sup_start_restart_child_returns_error__a_failed_manual_restart_stays_down_with_its_spec() -> None:
    stage = Stage()

    async def scene(running: Running) -> None:
        await running.terminate_child("w")
        with pytest.raises(StartFailed):
            await running.restart_child("w")
        assert states(running) == {"w": "down"}
        await trio.sleep(100)
        assert stage.lives == {"w": 2}

    stage.play(Group("g", (stage.worker("w", FOREVER, FAILS),)), scene)


def test_a_temporary_child_is_forgotten_when_terminated_and_its_name_is_free() -> None:
    stage = Stage()

    async def scene(running: Running) -> None:
        assert await running.terminate_child("t") is Answer.OK
        assert await running.restart_child("t") is Answer.NOT_FOUND
        assert await running.start_child("g", stage.worker("t")) is Answer.OK

    stage.play(Group("g", (stage.worker("t", restart=Restart.TEMPORARY),)), scene)


@pytest.mark.parametrize("strategy", Strategy)
def test_hanging_restart_loop__requests_are_answered_while_a_child_fails_to_restart(strategy: Strategy) -> None:
    stage = Stage()

    async def scene(running: Running) -> None:
        await trio.sleep(2.5)
        before = {Strategy.ONE_FOR_ONE: ("up", "up"), Strategy.REST_FOR_ONE: ("up", "down")}
        first, last = before.get(strategy, ("down", "down"))
        assert states(running) == {"a": first, "w": "restarting", "z": last}
        assert await running.restart_child("w") is Answer.RESTARTING
        assert await running.delete_child("w") is Answer.RESTARTING
        with trio.fail_after(0.5):
            assert await running.terminate_child("w") is Answer.OK
        lives = dict(stage.lives)
        await trio.sleep(100)
        assert stage.lives == lives
        assert states(running)["w"] == "down"

    backoff = Backoff(base=1.0, cap=1.0, jitter=0.0)
    children = (stage.worker("a"), stage.worker("w", CRASH, FAILS), stage.worker("z"))
    stage.play(Group("g", children, strategy, limits=(Limit(500, per=1e4),), backoff=backoff), scene)


@pytest.mark.parametrize("strategy", Strategy)
def test_hanging_restart_loop__without_any_backoff_a_stop_still_gets_in_between(strategy: Strategy) -> None:
    stage = Stage()

    async def scene(running: Running) -> None:
        await trio.sleep(1.5)
        assert await running.terminate_child("w") is Answer.OK

    children = (stage.worker("a"), stage.worker("w", CRASH, Life(init_s=0.1, init_fails=True)))
    stage.play(Group("g", children, strategy, limits=(Limit(500, per=1e4),), backoff=AT_ONCE), scene)
    assert stage.lives["w"] < 20


def test_hanging_restart_loop__not_even_a_factory_that_fails_at_once_for_ever_shuts_requests_out() -> None:
    stage, made, often = Stage(), list[int](), trio.Event()

    def make() -> ScriptedActor:
        made.append(1)
        if len(made) == 50:
            often.set()
        if len(made) > 1:
            raise OSError("no parts")
        return ScriptedActor(stage, "w")

    stage.worker("w", CRASH)

    async def scene(running: Running) -> None:
        await often.wait()
        assert await running.terminate_child("w") is Answer.OK
        assert len(made) < 100

    group = Group("g", (Worker("w", make),), limits=(Limit(10**6, per=1e9),), backoff=AT_ONCE)
    stage.play(group, scene)


def test_count_restarting_children__a_child_in_backoff_is_there_but_not_up() -> None:
    stage = Stage()

    async def scene(running: Running) -> None:
        await trio.sleep(2.5)
        node = running.snapshot().children[0]
        assert (node.state, node.restarts) == ("restarting", 2)
        assert node.due_s == pytest.approx(29.5)

    backoff = Backoff(base=30.0, cap=30.0, jitter=0.0)
    stage.play(Group("g", (stage.worker("w", CRASH),), limits=(Limit(2, per=99.0),), backoff=backoff), scene)


def test_tree__children_added_later_are_gone_when_their_group_is_rebuilt() -> None:
    stage = Stage()

    async def scene(running: Running) -> None:
        await running.start_child("inner", stage.worker("added"))
        running.inject_crash("w", ValueError("once too often"))
        await trio.sleep(1)
        assert [child.name for child in running.snapshot().children[0].children] == ["w", "t"]

    inner = Group("inner", (stage.worker("w"), stage.worker("t", restart=Restart.TEMPORARY)), limits=(Limit(0, per=1),))
    stage.play(Group("root", (inner,)), scene)
    assert stage.lives == {"w": 2, "t": 2, "added": 1}


def test_a_request_to_a_group_that_is_down_is_refused() -> None:
    stage = Stage()

    async def scene(running: Running) -> None:
        assert await running.terminate_child("inner") is Answer.OK
        with pytest.raises(ActorDown, match="group inner is not running"):
            await running.start_child("inner", stage.worker("x"))
        assert await running.restart_child("inner") is Answer.OK
        assert await running.start_child("inner", stage.worker("x")) is Answer.OK

    stage.play(Group("root", (Group("inner", (stage.worker("w"),)),)), scene)


@pytest.mark.parametrize("strategy", Strategy)
@pytest.mark.parametrize("restart", Restart)
@pytest.mark.parametrize("way", ["normal", "shutdown", "crash", "terminated"])
def test_do_not_save_child_specs_for_temporary_children(strategy: Strategy, restart: Restart, way: str) -> None:
    stage = Stage()
    life = FOREVER if way == "terminated" else Life(lives_s=1.0, end=way)

    async def scene(running: Running) -> None:
        if way == "terminated":
            await running.terminate_child("w")
        await trio.sleep(1.5)
        assert ("w" in states(running)) == (restart is not Restart.TEMPORARY)

    stage.play(Group("g", (stage.worker("w", life, FOREVER, restart=restart),), strategy, backoff=AT_ONCE), scene)


def test_a_child_whose_manual_start_failed_may_be_left_to_its_supervisor_which_counts_and_tries_again() -> None:
    stage = Stage()

    async def scene(running: Running) -> None:
        await running.terminate_child("w")
        assert await running.restart_child("w", retried=True) is Answer.RESTARTING
        await trio.sleep(100)
        assert states(running) == {"w": "up"}

    running = stage.play(Group("g", (stage.worker("w", FOREVER, FAILS, FAILS, FOREVER),)), scene)
    assert running.snapshot().children[0].restarts == 2
