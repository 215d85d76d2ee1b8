"""The live tree as values and as text."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import trio
from tests.runtime.scripted import Life, Stage, virtually

from trader247.runtime.channels import Lane, Mailbox
from trader247.runtime.running import Running
from trader247.runtime.snapshot import draw
from trader247.runtime.specs import Backoff, Group, Limit, Strategy, Worker

pytestmark = pytest.mark.req("SUP7")


class Busy:
    """Takes one message and is busy with it for ever."""

    def __init__(self, box: Mailbox[int]) -> None:
        self.box = box

    async def run(self, ready: Callable[[], None]) -> None:
        ready()
        await self.box.take()
        await trio.sleep_forever()


def scenery() -> tuple[Stage, Group, Mailbox[int]]:
    stage = Stage()
    box = Mailbox[int]("orders", stage.switchboard, lanes=(Lane("all", 8),))
    backoff = Backoff(base=20.0, cap=20.0, jitter=0.0)
    trading = Group(
        "trading",
        (stage.worker("feed"), stage.worker("bad", Life(lives_s=1.0)), stage.worker("strategy")),
        strategy=Strategy.REST_FOR_ONE,
        limits=(Limit(3, per=100.0),),
        backoff=backoff,
    )
    safety = Group("safety", (Worker("orders", lambda: Busy(box), inbox=box),))
    return stage, Group("root", (safety, trading)), box


def test_before_and_after_the_run_everything_is_down() -> None:
    stage, tree, _ = scenery()
    running = stage.run_tree(tree)
    assert {node.state for node in running.snapshot().children} == {"down"}
    running = stage.play(tree, 0.5)
    assert {node.state for node in running.snapshot().children} == {"down"}
    assert running.snapshot().children[1].children[0].last_exit == "shutdown"


def test_the_drawing_shows_states_mailboxes_busy_times_and_errors_aligned() -> None:
    stage, tree, box = scenery()
    drawn: list[str] = []

    async def scene(running: Running) -> None:
        for number in range(4):
            box.post(number)
        await trio.sleep(7.5)
        drawn.append(draw(running.snapshot()))

    stage.play(tree, scene)
    assert drawn[0].replace("RuntimeError: bad broke", "OSError: no") == DRAWING.strip("\n")


DRAWING = """
name                       state                up    life  restarts  mailbox  peak  oldest  busy  last error
root (one_for_one)         up                   7.5s  #1
├─ safety (one_for_one)    up                   7.5s  #1
│  └─ orders               up                   7.5s  #1              3/8      4     7.5s    7.5s
└─ trading (rest_for_one)  up                   7.5s  #1
   ├─ feed                 up                   7.5s  #1
   ├─ bad                  restarting in 14.5s        #2    2                                      crash: OSError: no
   └─ strategy             down                       #2
"""


def test_a_snapshot_can_be_taken_in_the_middle_of_a_start_and_of_a_stop() -> None:
    stage = Stage()
    tree = Group("g", (stage.worker("a"), stage.worker("b", Life(init_s=5.0, cleanup_s=3.0))))
    seen: list[tuple[str, ...]] = []

    async def main() -> None:
        running = stage.run_tree(tree)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(running.run)
            await trio.sleep(1)
            seen.append(tuple(node.state for node in running.snapshot().children))
            await trio.sleep(5)
            running.stop("enough")
            await trio.sleep(1)
            seen.append(tuple(node.state for node in running.snapshot().children))

    virtually(main)
    assert seen == [("up", "starting"), ("up", "stopping")]


@pytest.mark.parametrize("seed", range(5))
def test_counts_never_go_back_and_children_are_all_there_while_groups_are_rebuilt(seed: int) -> None:
    stage = Stage()
    inner = Group("inner", (stage.worker("w", Life(lives_s=1.0)), stage.worker("v")), limits=(Limit(1, per=99.0),))
    last = [0, 0]

    async def scene(running: Running) -> None:
        for _ in range(40):
            await trio.sleep(0.25)
            group = running.snapshot().children[0]
            assert [node.name for node in group.children] == ["w", "v"]
            now = [node.incarnation for node in group.children]
            assert all(new >= old for new, old in zip(now, last, strict=True))
            last[:] = now

    stage.play(Group("root", (inner,), limits=(Limit(50, per=999.0),), backoff=Backoff(base=0.1, cap=0.1)), scene)
    assert last[0] >= 8
