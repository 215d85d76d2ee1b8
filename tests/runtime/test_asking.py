"""Asking: every way an ask can end, and that it always does (gen_server's cases)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import trio
from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.runtime.scripted import Stage, virtually

from trader247.runtime.asking import AskCycle, AskTimeout, Reply, ask
from trader247.runtime.channels import Lane, Mailbox, MailboxFull
from trader247.runtime.exits import ActorDown
from trader247.runtime.running import Running
from trader247.runtime.specs import Group, Restart, Worker

pytestmark = pytest.mark.req("SUP1")


@frozen
class Question:
    number: int
    reply: Reply[int]


class Doubler:
    """Answers with twice the number; asks ``onwards`` first where it is given."""

    def __init__(
        self, box: Mailbox[Question], onwards: Mailbox[Question] | None = None, wait_s: float = 0.0, dies: bool = False
    ) -> None:
        self.box, self.onwards, self.wait_s, self.dies = box, onwards, wait_s, dies

    async def run(self, ready: Callable[[], None]) -> None:
        ready()
        async for envelope in self.box:
            question = envelope.body
            await trio.sleep(self.wait_s)
            if self.dies:
                raise ValueError("no idea")
            if self.onwards is None:
                question.reply.answer(2 * question.number)
                question.reply.answer(-1)
                continue
            inner = Reply[int]()
            try:
                answer = await ask(self.onwards, Question(question.number, inner), inner, timeout_s=5)
            except AskCycle as error:
                question.reply.fail(error)
            else:
                question.reply.answer(answer + 1)


async def put(box: Mailbox[Question], number: int, timeout_s: float = 2.0) -> int:
    reply = Reply[int]()
    return await ask(box, Question(number, reply), reply, timeout_s=timeout_s)


def box_for(stage: Stage, name: str, capacity: int = 100) -> Mailbox[Question]:
    return Mailbox[Question](name, stage.switchboard, lanes=(Lane("all", capacity),))


def test_an_ask_is_answered_once_and_further_answers_change_nothing() -> None:
    stage = Stage()
    box = box_for(stage, "a")

    async def scene(running: Running) -> None:
        assert await put(box, 21) == 42

    stage.play(Group("g", (Worker("a", lambda: Doubler(box), box),)), scene)


def test_reply_by_alias__an_answer_after_the_timeout_is_dropped_and_hurts_nobody() -> None:
    stage = Stage()
    box = box_for(stage, "a")

    async def scene(running: Running) -> None:
        with pytest.raises(AskTimeout, match="a did not answer Question within 1 s"):
            await put(box, 1, timeout_s=1.0)
        assert trio.current_time() == 1.0
        await trio.sleep(10)
        assert running.snapshot().children[0].incarnation == 1
        with pytest.raises(AskTimeout, match="nothing was sent"):
            await put(box, 1, timeout_s=0.0)
        assert box.accepted == 1

    stage.play(Group("g", (Worker("a", lambda: Doubler(box, wait_s=3.0), box),)), scene)


def test_crash__the_asker_gets_an_error_at_once_and_no_hang() -> None:
    stage = Stage()
    box = box_for(stage, "a")

    async def scene(running: Running) -> None:
        with pytest.raises(ActorDown, match="the actor behind a ended before it answered"):
            await put(box, 1, timeout_s=100.0)
        assert trio.current_time() == 0.5

    stage.play(Group("g", (Worker("a", lambda: Doubler(box, wait_s=0.5, dies=True), box),)), scene)


def test_one_who_is_down_for_good_answers_at_once_that_it_is() -> None:
    stage = Stage()
    box = box_for(stage, "a")

    async def scene(running: Running) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(expect_down, 1)
            nursery.start_soon(expect_down, 2)
            await trio.sleep(0.1)
            await running.terminate_child("a")
        await expect_down(3)
        assert trio.current_time() < 1
        await running.restart_child("a")
        box.attended = True
        await expect_down(4)

    async def expect_down(number: int) -> None:
        with pytest.raises(ActorDown):
            await put(box, number, timeout_s=50.0)

    worker = Worker("a", lambda: Doubler(box, wait_s=0.3, dies=True), box, restart=Restart.TRANSIENT)
    stage.play(Group("g", (worker,)), scene)


def test_calling_self__asking_yourself_is_refused_at_once() -> None:
    stage = Stage()
    box = box_for(stage, "a")

    async def scene(running: Running) -> None:
        with pytest.raises(AskCycle, match="asking a would never end: a -> a"):
            await put(box, 1)
        assert trio.current_time() == 0.0

    stage.play(Group("g", (Worker("a", lambda: Doubler(box, onwards=box), box),)), scene)


def test_a_circle_of_asks_is_found_at_once_and_named() -> None:
    stage = Stage()
    a, b = box_for(stage, "a"), box_for(stage, "b")

    async def scene(running: Running) -> None:
        with pytest.raises(AskCycle, match="asking a would never end: a -> b -> a"):
            await put(a, 1)
        assert trio.current_time() == 0.0

    workers = (Worker("x", lambda: Doubler(a, onwards=b), a), Worker("y", lambda: Doubler(b, onwards=a), b))
    stage.play(Group("g", workers), scene)


def test_a_chain_of_asks_is_no_circle() -> None:
    stage = Stage()
    a, b = box_for(stage, "a"), box_for(stage, "b")

    async def scene(running: Running) -> None:
        assert await put(a, 10) == 21
        assert await put(b, 10) == 20

    stage.play(Group("g", (Worker("x", lambda: Doubler(a, onwards=b), a), Worker("y", lambda: Doubler(b), b))), scene)


def test_call_with_huge_message_queue__the_answer_does_not_depend_on_the_askers_own_backlog() -> None:
    stage = Stage()
    mine, theirs = box_for(stage, "mine", 10_000), box_for(stage, "theirs")

    async def scene(running: Running) -> None:
        first = Reply[int]()
        for number in range(9_000):
            mine.post(Question(number, Reply[int]()))
        assert await ask(theirs, Question(1, first), first, timeout_s=1) == 2

    workers = (Worker("x", lambda: Doubler(mine, wait_s=9.0), mine), Worker("y", lambda: Doubler(theirs), theirs))
    stage.play(Group("g", workers), scene)


@pytest.mark.property(20)
@settings(max_examples=60, deadline=None)
@given(
    asks=st.lists(st.tuples(st.floats(0.0, 3.0), st.floats(0.1, 4.0)), min_size=1, max_size=8),
    takes_s=st.floats(0.0, 2.0),
    crashes=st.lists(st.floats(0.0, 5.0), max_size=3),
    seed=st.integers(0, 999),
)
def test_20__every_ask_ends_exactly_once_within_its_timeout(
    asks: list[tuple[float, float]], takes_s: float, crashes: list[float], seed: int
) -> None:
    stage, ends = Stage(), list[str]()
    box = box_for(stage, "a")

    async def one(at: float, timeout_s: float) -> None:
        await trio.sleep(at)
        try:
            assert await put(box, 4, timeout_s) == 8
            ends.append("answer")
        except (AskTimeout, ActorDown) as error:
            ends.append(type(error).__name__)
        assert trio.current_time() <= at + timeout_s + 1e-6

    async def crash(running: Running, at: float) -> None:
        await trio.sleep(at)
        running.inject_crash("a", OSError("drill"))

    async def scene(running: Running) -> None:
        async with trio.open_nursery() as nursery:
            for ask_at, timeout_s in asks:
                nursery.start_soon(one, ask_at, timeout_s)
            for at in crashes:
                nursery.start_soon(crash, running, at)

    stage.play(Group("g", (Worker("a", lambda: Doubler(box, wait_s=takes_s), box),)), scene, seed=seed)
    assert len(ends) == len(asks)
    if not crashes:
        assert "ActorDown" not in ends


def test_a_full_mailbox_refuses_the_ask() -> None:
    stage = Stage()
    box = box_for(stage, "a", 1)

    async def main() -> None:
        box.post(Question(1, Reply[int]()))
        with pytest.raises(MailboxFull):
            await put(box, 2)

    virtually(main)


def test_the_error_an_actor_answers_with_is_raised_where_the_answer_is_awaited() -> None:
    async def main() -> None:
        reply = Reply[int]()
        reply.fail(OverflowError("too much"))
        reply.answer(3)
        with pytest.raises(OverflowError, match="too much"):
            await reply.wait()

    virtually(main)
