"""What all connections may hold together, and their turns."""

import trio
from attrs import define
from trio.testing import MockClock

from trader247.venues.simulated.ws_backlog import Backlog


@define(eq=False)
class Reader:
    """A line that notes whether it was cut off."""

    is_cut: bool = False

    def cut_off(self) -> None:
        self.is_cut = True


def test_past_the_bound_the_line_on_which_most_waits_is_cut_off_and_no_other() -> None:
    backlog, (slow, slower, other) = Backlog(characters_max=100), (Reader(), Reader(), Reader())
    backlog.grow(slow, 30)
    backlog.grow(slower, 60)
    backlog.grow(other, 10)
    assert not slower.is_cut
    backlog.grow(other, 1)
    assert [slow.is_cut, slower.is_cut, other.is_cut] == [False, True, False]


def test_what_was_sent_and_who_is_gone_count_no_longer() -> None:
    backlog, (first, second) = Backlog(characters_max=100), (Reader(), Reader())
    backlog.grow(first, 90)
    backlog.shrink(first, 80)
    backlog.grow(second, 90)
    backlog.forget(second)
    backlog.shrink(second, 90)  # its writer was in the midst of it
    backlog.grow(first, 90)
    assert not first.is_cut
    backlog.grow(first, 1)
    assert first.is_cut


def test_turns_are_taken_in_the_order_in_which_they_were_asked_for() -> None:
    taken: list[int] = []

    async def main() -> None:
        backlog = Backlog()

        async def take(number: int) -> None:
            await trio.sleep(number)
            for _ in range(3):
                async with backlog.turn:
                    await trio.sleep(10)
                    taken.append(number)

        async with trio.open_nursery() as nursery:
            for number in range(3):
                nursery.start_soon(take, number)

    trio.run(main, clock=MockClock(autojump_threshold=0))
    assert taken == [0, 1, 2] * 3
