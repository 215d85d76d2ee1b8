"""What a group does that has used up its restarts: tell its parent, halt the system, or end the tree."""

from __future__ import annotations

import pytest
import trio
from tests.runtime.scripted import AT_ONCE, FOREVER, Life, Stage

from trader247.runtime.exits import Exhausted
from trader247.runtime.reports import Event
from trader247.runtime.running import Running
from trader247.runtime.specs import Escalate, Group, Limit, Restart, Strategy

pytestmark = pytest.mark.req("SUP2", "SUP3")

CRASH = Life(lives_s=1.0)


def tree_of_two(stage: Stage, exhausted: Escalate) -> Group:
    trading = Group(
        "trading",
        (stage.worker("feed"), stage.worker("bad", CRASH)),
        strategy=Strategy.REST_FOR_ONE,
        limits=(Limit(2, per=100.0),),
        backoff=AT_ONCE,
        exhausted=exhausted,
    )
    return Group("root", (Group("safety", (stage.worker("orders"),)), trading), limits=(Limit(1, per=100.0),))


def test_tree__inner_exhaustion_rebuilds_the_subtree_and_counts_once_above() -> None:
    stage = Stage()
    with pytest.raises(Exhausted, match="group root gave up"):
        stage.play(tree_of_two(stage, Escalate.PARENT), 50.0)
    assert stage.lives == {"orders": 1, "feed": 2, "bad": 6}


@pytest.mark.property(22)
def test_halt__a_group_that_gives_up_halts_first_then_stays_down_while_its_siblings_go_on() -> None:
    stage = Stage()
    halted_at: list[tuple[float, str]] = []

    async def scene(running: Running) -> None:
        stage.halt.listen(lambda news: halted_at.append((trio.current_time(), stage.steps[-1].what)))
        await trio.sleep(20)
        trading = running.snapshot().children[1]
        assert trading.state == "down"
        assert {child.state for child in trading.children} == {"down"}

    stage.play(tree_of_two(stage, Escalate.HALT), scene)
    assert stage.halt.tripped is not None
    assert stage.halt.tripped.by == "trading"
    assert halted_at == [(3.0, "gone")]  # the crash itself; nobody had been told to stop yet
    assert stage.lives["orders"] == 1
    assert stage.times("told", "orders") == [20.0]
    assert stage.events(Event.GAVE_UP) == [("trading", Event.GAVE_UP)]


def test_exit__a_group_that_gives_up_ends_the_tree_in_order() -> None:
    stage = Stage()
    with pytest.raises(Exhausted, match="group trading gave up"):
        stage.play(tree_of_two(stage, Escalate.EXIT), 50.0)
    assert stage.names("told")[-2:] == ["feed", "orders"]
    assert stage.lives["bad"] == 3


def test_a_transient_group_that_gave_up_is_restarted_for_exhaustion_is_never_a_good_end() -> None:
    stage = Stage()
    inner = Group("inner", (stage.worker("w", CRASH, FOREVER),), limits=(Limit(0, per=1.0),), restart=Restart.TRANSIENT)
    stage.play(Group("root", (inner,)), 9.0)
    assert stage.lives == {"w": 2}


@pytest.mark.parametrize("seed", range(5))
def test_an_exception_of_a_child_never_reaches_a_sibling(seed: int) -> None:
    stage = Stage()
    children = (stage.worker("a"), stage.worker("w", Life(lives_s=1.0, end="group")), stage.worker("z"))
    tree = Group("g", children, limits=(Limit(1000, per=3600.0),), backoff=AT_ONCE)
    stage.play(tree, 50.0, seed=seed)
    assert (stage.lives["a"], stage.lives["z"]) == (1, 1)


def test_keyboard_interrupt_in_a_child_stops_the_tree_in_order_and_is_raised() -> None:
    stage = Stage()
    inner = Group("inner", (stage.worker("b"), stage.worker("w", Life(lives_s=1.0, end="interrupt"))))
    with pytest.raises(KeyboardInterrupt):
        stage.play(Group("root", (stage.worker("a"), inner)), 9.0)
    assert stage.names("told") == ["b", "a"]
    assert stage.lives["w"] == 1
