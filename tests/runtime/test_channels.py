"""Mailboxes: order, bounds, overflow, lanes, and what outlives an incarnation."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.runtime.scripted import Stage, virtually

from trader247.model.instant import SECOND, Instant, Moment, Mono
from trader247.runtime.channels import Lane, Mailbox, MailboxFull, Overflow, Switchboard
from trader247.runtime.running import Running
from trader247.runtime.specs import Group, Limit, Worker

pytestmark = pytest.mark.req("SUP4")


def drain(box: Mailbox[int]) -> list[int]:
    """Takes what waits."""

    async def main() -> list[int]:
        taken: list[int] = []
        while (envelope := await box.take_until(trio.current_time())) is not None:
            taken.append(envelope.body)
        return taken

    return virtually(main)


def box_of(*lanes: Lane, lane_of: Callable[[int], int | str] = lambda _: 0) -> Mailbox[int]:
    return Mailbox("box", Switchboard(Still()), lanes=lanes, lane_of=lane_of)


class Still:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.at_s = 0.0

    def now(self) -> Moment:
        return Moment(Instant(round(self.at_s * SECOND)), Mono(round(self.at_s * SECOND)))


def test_messages_of_a_lane_arrive_in_order() -> None:
    box = box_of(Lane("all", 100))
    for number in range(100):
        box.post(number)
    assert drain(box) == list(range(100))


def test_refuse__a_full_lane_raises_for_the_sender_tells_the_host_and_keeps_everything() -> None:
    alarms: list[tuple[str, str]] = []
    board = Switchboard(Still(), on_overflow=lambda box, lane: alarms.append((box, lane)))
    box = Mailbox[int]("orders", board, lanes=(Lane("work", 2),))
    box.post(1)
    box.post(2)
    with pytest.raises(MailboxFull, match="mailbox orders, lane work: 2 of 2 messages wait; int was not accepted"):
        box.post(3)
    assert alarms == [("orders", "work")]
    assert (box.refused, box.accepted) == (1, 2)
    assert drain(box) == [1, 2]


def test_drop_oldest__the_oldest_makes_room_and_is_counted() -> None:
    box = box_of(Lane("ticks", 3, Overflow.DROP_OLDEST))
    for number in range(5):
        box.post(number)
    assert drain(box) == [2, 3, 4]
    assert box.dropped == 2


def test_latest__the_newest_value_of_a_key_takes_the_place_of_the_one_that_waits() -> None:
    box = box_of(Lane("quotes", 3, Overflow.LATEST, key=lambda number: number % 10))
    for number in (1, 2, 11, 3, 21):
        box.post(number)
    assert drain(box) == [21, 2, 3]
    assert box.dropped == 2


def test_latest__a_key_too_many_drops_the_one_that_waited_longest() -> None:
    box = box_of(Lane("quotes", 2, Overflow.LATEST, key=lambda number: number % 10))
    for number in (1, 2, 3):
        box.post(number)
    assert drain(box) == [2, 3]


def test_lanes__the_first_lane_that_has_something_is_served_first() -> None:
    box = box_of(Lane("cancels", 9), Lane("work", 9), lane_of=lambda number: "cancels" if number < 0 else 1)
    for number in (1, 2, -1, 3, -2):
        box.post(number)
    assert drain(box) == [-1, -2, 1, 2, 3]


def test_lanes__two_of_one_name_or_none_at_all_are_refused() -> None:
    with pytest.raises(ValueError, match=r"mailbox b: lanes are \['x', 'x'\]"):
        Mailbox[int]("b", Switchboard(Still()), lanes=(Lane("x"), Lane("x")))
    with pytest.raises(ValueError, match="give at least one"):
        Mailbox[int]("b", Switchboard(Still()), lanes=())


@pytest.mark.parametrize("seed", range(5))
def test_wait__tell_waits_for_room_and_keeps_each_senders_order(seed: int) -> None:
    async def main() -> list[int]:
        box = Mailbox[int]("box", Switchboard(Still()), lanes=(Lane("all", 2, Overflow.WAIT),))
        taken: list[int] = []

        async def sender(first: int) -> None:
            for number in range(first, first + 20):
                await box.tell(number)

        async with trio.open_nursery() as nursery:
            for first in (0, 100, 200):
                nursery.start_soon(sender, first)
            for _ in range(60):
                taken.append((await box.take()).body)
                assert box.depth <= 2
        return taken

    taken = virtually(main, seed=seed)
    for first in (0, 100, 200):
        assert [number for number in taken if first <= number < first + 100] == list(range(first, first + 20))


def test_wait__a_cancelled_tell_was_not_accepted_and_post_never_waits() -> None:
    async def main() -> None:
        box = Mailbox[int]("box", Switchboard(Still()), lanes=(Lane("all", 1, Overflow.WAIT),))
        await box.tell(1)
        with trio.move_on_after(1) as scope:
            await box.tell(2)
        assert scope.cancelled_caught
        with pytest.raises(MailboxFull):
            box.post(3)
        assert (await box.take()).body == 1
        await box.tell(4)
        assert (await box.take()).body == 4

    virtually(main)


def test_a_consumer_sees_at_least_one_scheduler_pass_every_64_messages() -> None:
    async def main() -> None:
        box = Mailbox[int]("box", Switchboard(Still()), lanes=(Lane("all", 1000),))
        for number in range(1000):
            box.post(number)
        passes = 0

        async def others() -> None:
            nonlocal passes
            while True:
                passes += 1
                await trio.lowlevel.checkpoint()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(others)
            for _ in range(1000):
                await box.take()
            nursery.cancel_scope.cancel(reason="done")
        assert 1000 // 64 - 1 <= passes <= 2 * 1000 // 64

    virtually(main)


def test_take_notices_a_cancellation_though_messages_wait_and_takes_nothing() -> None:
    async def main() -> None:
        box = Mailbox[int]("box", Switchboard(Still()))
        box.post(1)
        with trio.CancelScope() as scope:
            scope.cancel(reason="now")
            await box.take()
        assert scope.cancelled_caught
        assert (box.depth, box.taken) == (1, 0)

    virtually(main)


def test_take_until_gives_up_at_its_deadline() -> None:
    async def main() -> None:
        box = Mailbox[int]("box", Switchboard(Still()))
        assert await box.take_until(5.0) is None
        assert trio.current_time() == 5.0

    virtually(main)


def test_perturb_is_awaited_before_a_message_leaves_so_a_cancellation_there_loses_nothing() -> None:
    async def main() -> None:
        async def never(_mailbox: str) -> None:
            await trio.sleep_forever()

        board = Switchboard(Still(), perturb=never)
        box = Mailbox[int]("box", board)
        box.post(1)
        with trio.move_on_after(1):
            await box.take()
        assert (box.depth, box.in_hand) == (1, None)

    virtually(main)


def test_envelopes_carry_the_shared_sequence_the_moment_and_the_cause() -> None:
    still = Still()
    board = Switchboard(still)
    first, second = Mailbox[int]("first", board), Mailbox[int]("second", board)

    async def main() -> None:
        first.post(7)
        still.at_s = 1.5
        second.post(8, cause=1)
        one, two = await first.take(), await second.take()
        assert (one.seq, one.at.mono, one.cause) == (1, 0, None)
        assert (two.seq, two.at.mono, two.cause) == (2, 1.5 * SECOND, 1)

    virtually(main)


def test_the_gauge_shows_depth_high_water_and_the_age_of_the_oldest() -> None:
    still = Still()
    box = Mailbox[int]("box", Switchboard(still), lanes=(Lane("a", 5), Lane("b", 5)), lane_of=lambda number: number % 2)
    assert box.gauge().oldest_age_s == 0.0
    for number in range(4):
        box.post(number)
        still.at_s += 1.0
    drain(box)
    box.post(9)
    still.at_s += 2.5
    gauge = box.gauge()
    assert (gauge.depth, gauge.capacity, gauge.high_water, gauge.oldest_age_s) == (1, 10, 4, 2.5)
    assert (gauge.accepted, gauge.taken, gauge.dropped, gauge.refused) == (5, 4, 0, 0)


def test_busy_since_is_set_while_a_message_is_in_hand() -> None:
    async def main() -> None:
        box = Mailbox[int]("box", Switchboard(Still()))
        box.post(1)
        seen = [(box.busy_since, box.in_hand)]
        await trio.sleep(3)
        envelope = await box.take()
        seen.append((box.busy_since, box.in_hand))
        with trio.move_on_after(1):
            await box.take()
        seen.append((box.busy_since, box.in_hand))
        assert seen == [(None, None), (3.0, envelope), (None, None)]

    virtually(main)


@pytest.mark.property(19)
@settings(max_examples=60, deadline=None)
@given(
    plan=st.lists(st.one_of(st.integers(0, 30), st.none()), max_size=80),
    overflow=st.sampled_from([Overflow.REFUSE, Overflow.DROP_OLDEST, Overflow.LATEST]),
    capacity=st.integers(1, 6),
)
def test_accounting__accepted_is_taken_plus_waiting_plus_dropped_and_depth_never_exceeds_capacity(
    plan: list[int | None], overflow: Overflow, capacity: int
) -> None:
    async def main() -> None:
        key = (lambda number: number % 5) if overflow is Overflow.LATEST else None
        box = Mailbox[int]("box", Switchboard(Still()), lanes=(Lane("all", capacity, overflow, key),))
        refused = 0
        for number in plan:
            if number is None:
                await box.take_until(trio.current_time())
                continue
            try:
                box.post(number)
            except MailboxFull:
                refused += 1
            assert box.accepted == box.taken + box.depth + box.dropped
            assert box.depth <= box.high_water <= capacity
        assert box.refused == refused

    virtually(main)


# ------------------------------------------------------------------------------------------------- across incarnations
class Poisoned:
    """Takes numbers; dies of those in ``poison``."""

    def __init__(self, box: Mailbox[int], taken: list[int], poison: set[int]) -> None:
        self.box, self.taken, self.poison = box, taken, poison

    async def run(self, ready: Callable[[], None]) -> None:
        ready()
        async for envelope in self.box:
            self.taken.append(envelope.body)
            if envelope.body in self.poison:
                raise ValueError(f"cannot digest {envelope.body}")
            await trio.sleep(0.01)


@pytest.mark.parametrize("seed", range(5))
def test_a_mailbox_outlives_its_actor__what_waits_is_kept_in_order_and_what_killed_it_is_a_dead_letter(
    seed: int,
) -> None:
    stage, taken = Stage(), list[int]()
    box = Mailbox[int]("numbers", stage.switchboard, lanes=(Lane("all", 50),))

    async def scene(running: Running) -> None:
        for number in range(20):
            box.post(number)
        await trio.sleep(30)

    tree = Group("g", (Worker("eater", lambda: Poisoned(box, taken, {3, 4, 11}), inbox=box),))
    stage.play(tree, scene, seed=seed)
    assert taken == list(range(20))
    letters = stage.dead_letters.letters()
    assert [letter.envelope.body for letter in letters] == [3, 4, 11]
    assert "ValueError: cannot digest 11" in letters[-1].trace
    assert stage.dead_letters.totals == {"eater": 3}
    assert box.accepted == box.taken == 20


@pytest.mark.property(18, 19)
@settings(max_examples=50, deadline=None)
@given(
    posts=st.lists(st.tuples(st.integers(0, 2), st.floats(0.0, 0.05)), max_size=40),
    poison=st.sets(st.integers(0, 40), max_size=5),
    crashes=st.lists(st.floats(0.0, 1.0), max_size=3),
    seed=st.integers(0, 999),
)
def test_18_19__over_any_crashes_each_message_is_taken_at_most_once_in_order_and_all_are_accounted_for(
    posts: list[tuple[int, float]], poison: set[int], crashes: list[float], seed: int
) -> None:
    stage, taken = Stage(), list[int]()
    box = Mailbox[int]("numbers", stage.switchboard, lanes=(Lane("all", 50),))

    async def crash(running: Running, at: float) -> None:
        await trio.sleep(at)
        running.inject_crash("eater", OSError("drill"))

    async def scene(running: Running) -> None:
        async with trio.open_nursery() as nursery:
            for at in crashes:
                nursery.start_soon(crash, running, at)
            for number, (_, wait_s) in enumerate(posts):
                box.post(number)
                await trio.sleep(wait_s)
        await trio.sleep(60)

    group = Group(
        "g", (Worker("eater", lambda: Poisoned(box, taken, poison), inbox=box),), limits=(Limit(99, per=1e6),)
    )
    stage.play(group, scene, seed=seed)
    assert taken == list(range(len(posts)))
    assert box.accepted == box.taken == len(posts)
    dead = [letter.envelope.body for letter in stage.dead_letters.letters()]
    assert dead == sorted(set(dead))
    assert set(dead) >= poison & set(taken)
    assert len(dead) <= len(poison & set(taken)) + len(crashes)


def test_what_is_posted_while_the_actor_waits_for_its_restart_is_there_when_it_comes_back() -> None:
    stage, taken = Stage(), list[int]()
    box = Mailbox[int]("numbers", stage.switchboard)

    async def scene(running: Running) -> None:
        await running.terminate_child("eater")
        box.post(1)
        box.post(2)
        await trio.sleep(5)
        assert taken == []
        await running.restart_child("eater")
        await trio.sleep(5)
        assert taken == [1, 2]

    stage.play(Group("g", (Worker("eater", lambda: Poisoned(box, taken, set()), inbox=box),)), scene)


def test_a_message_in_hand_when_its_actor_is_stopped_is_a_dead_letter_too() -> None:
    class Slow(Poisoned):
        async def run(self, ready: Callable[[], None]) -> None:
            ready()
            await self.box.take()
            await trio.sleep_forever()

    stage = Stage()
    box = Mailbox[int]("numbers", stage.switchboard)
    box_posted = Group("g", (Worker("slow", lambda: Slow(box, [], set()), inbox=box),))

    async def scene(running: Running) -> None:
        box.post(5)
        await trio.sleep(1)

    stage.play(box_posted, scene)
    [letter] = stage.dead_letters.letters()
    assert (letter.actor, letter.mailbox, letter.reason, letter.trace) == ("slow", "numbers", "shutdown", "")
