"""A mailbox against plain lists: what each overflow rule keeps, in which order, over restarts of its consumer."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import trio
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from tests.machines import bounded
from trio.testing import MockClock

from trader247.model.instant import EPOCH
from trader247.runtime.channels import Lane, Mailbox, MailboxFull, Overflow, Switchboard
from trader247.runtime.clock import LoopClock

ROOM = 3
Message = tuple[str, int, int]  # lane, key, number


def _key(message: Message) -> int:
    return message[1]


LANES = (
    Lane("refuse", ROOM, Overflow.REFUSE),
    Lane("oldest", ROOM, Overflow.DROP_OLDEST),
    Lane("latest", ROOM, Overflow.LATEST, key=_key),
)
NAMES = [lane.name for lane in LANES]


class MailboxMachine(RuleBasedStateMachine):
    """Every step is a short run of the loop; the mailbox outlives them as it outlives its actors."""

    def __init__(self) -> None:
        super().__init__()
        self.overflown: list[tuple[str, str]] = []
        switchboard = Switchboard(LoopClock(EPOCH), on_overflow=lambda *what: self.overflown.append(what))
        self.box: Mailbox[Message] = Mailbox("box", switchboard, lanes=LANES, lane_of=lambda message: message[0])
        self.waiting: dict[str, list[Message]] = {name: [] for name in NAMES}
        self.number = self.accepted = self.taken = self.dropped = self.refused = 0

    @staticmethod
    def _in_loop(work: Callable[[], object]) -> None:
        async def main() -> None:
            await trio.lowlevel.checkpoint()
            work()

        trio.run(main, clock=MockClock(autojump_threshold=0))

    @rule(lane=st.sampled_from(NAMES), key=st.integers(0, 4))
    def somebody_posts(self, lane: str, key: int) -> None:
        self.number += 1
        message, queue = (lane, key, self.number), self.waiting[lane]
        if lane == "refuse" and len(queue) == ROOM:
            told = len(self.overflown)
            with pytest.raises(MailboxFull):
                self._in_loop(lambda: self.box.post(message))
            assert self.overflown[told:] == [("box", "refuse")]
            self.refused += 1
            return
        self._in_loop(lambda: self.box.post(message))
        self.accepted += 1
        same = [at for at, other in enumerate(queue) if lane == "latest" and other[1] == key]
        if same:
            queue[same[0]] = message
            self.dropped += 1
            return
        if len(queue) == ROOM:
            queue.pop(0)
            self.dropped += 1
        queue.append(message)

    @precondition(lambda self: any(self.waiting.values()))
    @rule()
    def the_consumer_takes(self) -> None:
        async def main() -> None:
            assert (await self.box.take()).body == expected

        lane = next(name for name in NAMES if self.waiting[name])
        expected = self.waiting[lane].pop(0)
        trio.run(main, clock=MockClock(autojump_threshold=0))
        self.taken += 1
        assert self.box.in_hand is not None

    @precondition(lambda self: not any(self.waiting.values()))
    @rule()
    def the_consumer_waits_in_vain(self) -> None:
        async def main() -> None:
            assert await self.box.take_until(trio.current_time() + 1) is None

        trio.run(main, clock=MockClock(autojump_threshold=0))

    @rule()
    def the_consumer_is_cancelled_while_it_takes(self) -> None:
        async def main() -> None:
            with trio.CancelScope() as scope:
                scope.cancel()
                await self.box.take()

        trio.run(main, clock=MockClock(autojump_threshold=0))

    @rule()
    def the_consumer_dies(self) -> None:
        in_hand = self.box.in_hand
        assert self.box.surrender() is in_hand
        assert self.box.in_hand is None

    @invariant()
    def accounts_add_up(self) -> None:
        box = self.box
        assert box.depth == sum(map(len, self.waiting.values())) <= box.capacity
        counted = (box.accepted, box.taken, box.dropped, box.refused)
        assert counted == (self.accepted, self.taken, self.dropped, self.refused)
        assert box.accepted == box.taken + box.depth + box.dropped


TestMailbox = MailboxMachine.TestCase
TestMailbox.settings = bounded(40, 40)
pytestmark = pytest.mark.req("SUP5")
