"""The standard shell: a decider in, its messages out, its timers in between."""

from __future__ import annotations

from collections.abc import Generator

import pytest
import trio
from attrs import frozen
from tests.runtime.scripted import Stage, virtually

from trader247.model.instant import SECOND, Moment
from trader247.runtime.actor import DeciderActor, Timer, next_due
from trader247.runtime.channels import Lane, Mailbox
from trader247.runtime.exits import StartFailed
from trader247.runtime.routes import Routes
from trader247.runtime.running import Running
from trader247.runtime.specs import Group, Worker

pytestmark = pytest.mark.req("SUP1")


@frozen
class Add:
    amount: int


@frozen
class Tick:
    at_s: float


@frozen
class Total:
    value: int


class Adder:
    """Ready once it has seen ``needs`` messages. Says its total after each; a tick adds nothing."""

    def __init__(self, needs: int = 0) -> None:
        self.total, self.seen, self.needs = 0, 0, needs

    @property
    def ready(self) -> bool:
        return self.seen >= self.needs

    def start(self, now: Moment) -> list[Total]:
        return [Total(self.total)]

    def handle(self, message: Add | Tick, now: Moment) -> list[Total]:
        self.seen += 1
        if isinstance(message, Tick):
            return []
        if message.amount < 0:
            raise ValueError(f"cannot add {message.amount}")
        self.total += message.amount
        return [Total(self.total)]


class Scene:
    def __init__(self, *timers: Timer[Add | Tick], needs: int = 0) -> None:
        self.stage = Stage()
        self.inbox = Mailbox[Add | Tick]("adder", self.stage.switchboard, lanes=(Lane("all", 99),))
        self.out = Mailbox[Total]("totals", self.stage.switchboard, lanes=(Lane("all", 999),))
        self.routes = Routes[Total]("adder").to(Total, self.out)
        self.deciders: list[Adder] = []
        self.timers = timers
        self.needs = needs

    def make(self) -> DeciderActor[Add | Tick, Total]:
        self.deciders.append(Adder(self.needs))
        return DeciderActor(self.deciders[-1], self.inbox, self.routes, self.stage.clock, self.timers)

    def tree(self) -> Group:
        return Group("g", (Worker("adder", self.make, inbox=self.inbox, start_within=10.0),))


async def said(scene: Scene) -> list[tuple[int, int | None]]:
    taken = []
    while (envelope := await scene.out.take_until(trio.current_time())) is not None:
        taken.append((envelope.body.value, envelope.cause))
    return taken


def test_what_the_decider_says_is_sent_with_the_message_in_hand_as_its_cause() -> None:
    scene = Scene()

    async def play(running: Running) -> None:
        scene.inbox.post(Add(2))
        scene.inbox.post(Add(3))
        await trio.sleep(1)
        assert await said(scene) == [(0, None), (2, 2), (5, 3)]

    scene.stage.play(scene.tree(), play)


def test_it_is_ready_as_soon_as_its_decider_is() -> None:
    scene = Scene(needs=2)

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            scene.inbox.post(Add(1))
            nursery.start_soon(later)
            running: Running = await nursery.start(scene.stage.run_tree(scene.tree()).run)
            assert trio.current_time() == 4.0
            running.stop("done")

    async def later() -> None:
        await trio.sleep(4)
        scene.inbox.post(Add(1))

    virtually(main)


def test_a_decider_that_never_gets_ready_fails_to_start() -> None:
    with pytest.raises(StartFailed, match="late"):
        Scene(needs=1).stage.play(Scene(needs=1).tree())


@pytest.mark.req("SUP4")
def test_a_message_the_decider_cannot_handle_is_dead_and_the_rest_goes_to_a_fresh_decider() -> None:
    scene = Scene()

    async def play(running: Running) -> None:
        for amount in (1, -5, 7):
            scene.inbox.post(Add(amount))
        await trio.sleep(1)
        assert [decider.total for decider in scene.deciders] == [1, 7]

    scene.stage.play(scene.tree(), play)
    [letter] = scene.stage.dead_letters.letters()
    assert letter.envelope.body == Add(-5)
    assert "cannot add -5" in letter.trace


class Ponderer(Adder):
    """Adds one at a time, with a pause after each."""

    def slices(self, message: Add | Tick, now: Moment) -> Generator[None, None, list[Total]]:
        if isinstance(message, Tick):
            return []
        for _ in range(message.amount):
            self.total += 1
            yield
        return [Total(self.total)]


def test_long_work_lets_others_run_between_its_slices_and_the_next_message_waits() -> None:
    scene = Scene()
    between: list[int] = []

    def make() -> DeciderActor[Add | Tick, Total]:
        scene.deciders.append(Ponderer())
        return DeciderActor(scene.deciders[-1], scene.inbox, scene.routes, scene.stage.clock)

    async def look() -> None:
        while not scene.deciders or scene.deciders[-1].total < 6:
            between.append(scene.deciders[-1].total if scene.deciders else 0)
            await trio.lowlevel.checkpoint()

    async def play(running: Running) -> None:
        scene.inbox.post(Add(3))
        scene.inbox.post(Add(3))
        await look()
        await trio.sleep(1)
        assert [total for total, _ in await said(scene)] == [0, 3, 6]

    scene.stage.play(Group("g", (Worker("adder", make, inbox=scene.inbox, start_within=10.0),)), play)
    assert {2, 4} <= set(between), "others saw it half done"


def test_what_fails_in_a_slice_is_dead_like_what_fails_at_once() -> None:
    scene = Scene()

    class Stumbler(Adder):
        def slices(self, message: Add | Tick, now: Moment) -> Generator[None, None, list[Total]]:
            yield
            return self.handle(message, now)

    def make() -> DeciderActor[Add | Tick, Total]:
        return DeciderActor(Stumbler(), scene.inbox, scene.routes, scene.stage.clock)

    async def play(running: Running) -> None:
        scene.inbox.post(Add(-5))
        await trio.sleep(1)

    scene.stage.play(Group("g", (Worker("adder", make, inbox=scene.inbox, start_within=10.0),)), play)
    [letter] = scene.stage.dead_letters.letters()
    assert letter.envelope.body == Add(-5)


def tick(now: Moment) -> Add | Tick:
    return Tick(now.mono / SECOND)


def test_timers_arrive_as_messages_at_the_whole_multiples_of_their_period() -> None:
    times: list[float] = []

    def make(now: Moment) -> Add | Tick:
        times.append(now.mono / SECOND)
        return Tick(times[-1])

    scene = Scene(Timer(make, every_s=2.0, first_after_s=1.0))
    scene.stage.play(scene.tree(), 8.0)
    assert times == [1.0, 2.0, 4.0, 6.0, 8.0]


def test_timers_never_pile_up__one_that_was_missed_arrives_once() -> None:
    times: list[float] = []

    def make(now: Moment) -> Add | Tick:
        times.append(now.mono / SECOND)
        return Tick(times[-1])

    scene = Scene(Timer(make, every_s=1.0))

    async def slowly(_mailbox: str) -> None:
        if 2.0 < trio.current_time() < 3.0:
            await trio.sleep(5.3)  # this take is held up, whatever it would have taken

    async def play(running: Running) -> None:
        await trio.sleep(2.5)
        object.__setattr__(scene.stage.switchboard, "perturb", slowly)
        scene.inbox.post(Add(1))
        await trio.sleep(7.6)

    scene.stage.play(scene.tree(), play)
    assert times == [0.0, 1.0, 2.0, pytest.approx(7.8), 8.0, 9.0, 10.0]


def test_a_timer_goes_between_waiting_messages_and_is_a_cause_and_a_possible_dead_letter() -> None:
    scene = Scene(Timer(lambda now: Add(-1), every_s=1.0, first_after_s=0.5))
    scene.stage.play(scene.tree(), 0.7)
    [letter] = scene.stage.dead_letters.letters()
    assert letter.envelope.body == Add(-1)


def test_a_timer_needs_a_period() -> None:
    with pytest.raises(ValueError, match=r"Timer.every_s is 0"):
        Timer(tick, every_s=0)


@pytest.mark.parametrize(
    ("due", "every", "now", "expected"), [(1.0, 1.0, 1.0, 2.0), (1.0, 1.0, 1.9, 2.0), (1.0, 1.0, 4.0, 5.0)]
)
def test_next_due_is_the_first_multiple_after_now(due: float, every: float, now: float, expected: float) -> None:
    assert next_due(due, every, now) == expected
