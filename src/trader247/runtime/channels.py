"""Typed, bounded mailboxes: many senders, one consumer, owned by the topology and outliving every incarnation.

Accounting, at every moment: ``accepted = taken + depth + dropped``. Messages of one sender in one lane stay in order.
What an incarnation took is its own: if it ends with a message in hand, that message goes to the dead letters and is
never delivered again. What it did not take waits for the next incarnation.

The queue is a deque on which the one consumer sleeps, not a Trio channel: that shows neither its oldest entry (whose
age is a vote on trading) nor lets one be replaced in place, and a wait on it costs twice as much.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Any, Generic, TypeVar

import trio
from attrs import frozen

from trader247.model.instant import seconds
from trader247.runtime.alarms import Alarm, alarms
from trader247.runtime.asking import Link, Reply, consuming
from trader247.runtime.exits import ActorDown, ActorError
from trader247.runtime.lanes import Envelopes, Lane, Overflow, store_for
from trader247.runtime.switchboard import Envelope, Sender, Sequence, Switchboard

__all__ = [
    "Envelope",
    "Lane",
    "Mailbox",
    "MailboxFull",
    "MailboxGauge",
    "Overflow",
    "Sender",
    "Sequence",
    "Switchboard",
]

M = TypeVar("M")

_BATCH = 64  # messages between two scheduler passes: a pass costs as much as ten messages, 64 handlers take about 1 ms


class MailboxFull(ActorError):
    """A message that may not be dropped found no room; the sender knows it was not accepted."""


@frozen
class MailboxGauge:
    """A mailbox at one moment."""

    name: str
    depth: int
    capacity: int
    high_water: int
    oldest_age_s: float
    accepted: int
    taken: int
    dropped: int
    refused: int


def _first_lane(message: Any) -> int:  # noqa: ARG001 - a mailbox of one lane need not look
    return 0


class Mailbox(Generic[M]):
    """See the module's promise. Lanes are served in the order given: the first that has something."""

    def __init__(
        self,
        name: str,
        switchboard: Switchboard,
        *,
        lanes: tuple[Lane, ...] = (Lane("all"),),
        lane_of: Callable[[M], int | str] = _first_lane,
    ) -> None:
        """``lane_of`` gives a message's lane, by index or by name.

        Raises:
            ValueError: no lane, or two of one name.
        """
        names = [lane.name for lane in lanes]
        if not names or len(set(names)) < len(names):
            raise ValueError(f"mailbox {name}: lanes are {names}: give at least one, each with its own name")
        self.name = name
        self.lanes = lanes
        self.accepted = self.taken = self.dropped = self.refused = self.high_water = 0
        self.in_hand: Envelope[M] | None = None
        self.busy_since: float | None = None
        self.progress_at: float | None = None
        self.consumer: trio.lowlevel.Task | None = None
        self._attended = True
        self._switchboard = switchboard
        self._stores: list[Envelopes] = [store_for(lane) for lane in lanes]
        self._room = [trio.lowlevel.ParkingLot() for _ in lanes]
        self._index = {lane.name: at for at, lane in enumerate(lanes)}
        self._lane_of = lane_of
        self._sleeper: trio.lowlevel.Task | None = None
        self._owed: list[Reply[Any]] = []
        self._streak = 0

    def __repr__(self) -> str:
        return f"<Mailbox {self.name} {self.depth}/{self.capacity}>"

    # ---------------------------------------------------------------------------------------------------- for senders
    def post(self, message: M, cause: int | None = None) -> None:
        """Hands ``message`` over without waiting; ``cause`` is the sequence number it follows from.

        Raises:
            MailboxFull: its lane is full and does not drop.
        """
        self.accept(message, cause, ())

    async def tell(self, message: M, cause: int | None = None) -> None:
        """As ``post``, but waits for room in a WAIT lane. A cancelled tell was not accepted."""
        await trio.lowlevel.checkpoint_if_cancelled()
        at = self._lane_index(message)
        if self.lanes[at].overflow is Overflow.WAIT:
            while self._room[at] or not self._stores[at].has_room(None):
                await self._room[at].park()
                if self._stores[at].has_room(None):
                    break
        self._put(at, self._envelope(message, cause, ()))
        self._invite(at)

    def accept(self, message: M, cause: int | None, chain: tuple[Link, ...]) -> None:
        """``post`` for one who also waits for the answer; senders use ``post`` or ``ask``."""
        self._put(self._lane_index(message), self._envelope(message, cause, chain))

    def _lane_index(self, message: M) -> int:
        lane = self._lane_of(message)
        return self._index[lane] if isinstance(lane, str) else lane

    def _envelope(self, message: M, cause: int | None, chain: tuple[Link, ...]) -> Envelope[M]:
        return Envelope(self._switchboard.sequence.next(), self._switchboard.clock.now(), cause, message, chain)

    def _put(self, at: int, envelope: Envelope[M]) -> None:
        lane, store = self.lanes[at], self._stores[at]
        if not store.has_room(envelope):
            if lane.overflow in {Overflow.REFUSE, Overflow.WAIT}:
                self._refuse(lane, envelope)
            store.take()
            self.dropped += 1
        self.dropped += store.put(envelope)
        self.accepted += 1
        waiting = self.accepted - self.taken - self.dropped
        if waiting > self.high_water:  # noqa: PLR1730 - max() costs a tenth of the whole post
            self.high_water = waiting
        self._wake()

    def _refuse(self, lane: Lane, envelope: Envelope[M]) -> None:
        self.refused += 1
        if lane.overflow is Overflow.REFUSE and self._switchboard.on_overflow is not None:
            self._switchboard.on_overflow(self.name, lane.name)
        raise MailboxFull(
            f"mailbox {self.name}, lane {lane.name}: {lane.capacity} of {lane.capacity} messages wait; "
            f"{type(envelope.body).__name__} was not accepted (its consumer is too slow, hung or down)"
        )

    # ------------------------------------------------------------------------------------------------ for the consumer
    def __aiter__(self) -> Mailbox[M]:
        return self

    async def __anext__(self) -> Envelope[M]:
        return await self.take()

    async def take(self) -> Envelope[M]:
        """The next envelope; asking for it says that the one before is dealt with.

        Costs no scheduler pass while messages wait, except every 64th. A cancelled take has taken nothing.
        """
        envelope = await self.take_until(inf)
        assert envelope is not None  # noqa: S101 - without a deadline only a message ends the wait
        return envelope

    async def take_until(self, deadline: float) -> Envelope[M] | None:
        """As ``take``; None once the loop's clock shows ``deadline`` and nothing waits."""
        self.put_down()
        await self._let_others_run()
        if self._switchboard.perturb is not None:
            await self._switchboard.perturb(self.name)
        envelope = self._next()
        if envelope is None:
            envelope = await self._wait() if deadline == inf else await self._wait_until(deadline)
        if envelope is not None:
            self.taken += 1
            self.pick_up(envelope)
            if self._switchboard.on_taken is not None:
                self._switchboard.on_taken(self.name, envelope.body)
        return envelope

    def pick_up(self, envelope: Envelope[M]) -> None:
        """``envelope`` is now in hand; also for messages that did not wait here, as timers."""
        self.in_hand = envelope
        self.busy_since = self.progress_at = trio.current_time()
        task = trio.lowlevel.current_task()
        if task is not self.consumer:
            self.consumer = task
            consuming.set(self)
        if envelope.chain:
            self._owed = [reply for reply in self._owed if not reply.done]
            self._owed.append(envelope.chain[-1].reply)

    def put_down(self) -> None:
        """The message in hand is dealt with."""
        self.in_hand = None
        self.busy_since = None

    def stamp(self, message: M) -> Envelope[M]:
        """An envelope for a message the consumer sends itself without a queue, as timers."""
        return self._envelope(message, None, ())

    async def _let_others_run(self) -> None:
        self._streak += 1
        if self._streak >= _BATCH:
            self._streak = 0
            await trio.lowlevel.checkpoint()
        else:
            await trio.lowlevel.checkpoint_if_cancelled()

    def _next(self) -> Envelope[M] | None:
        for at, store in enumerate(self._stores):
            envelope: Envelope[M] | None = store.take()
            if envelope is not None:
                if self._room[at]:
                    self._invite(at)
                return envelope
        return None

    async def _wait(self, alarm: Alarm | None = None) -> Envelope[M] | None:
        """Sleeps until a sender wakes it; None once ``alarm`` has rung and nothing is there.

        Nothing is taken before it runs again, so a cancellation loses nothing.

        Raises:
            RuntimeError: another task waits here already; a mailbox has one consumer.
        """
        envelope = None
        while envelope is None and (
            alarm is None or alarm.is_set
        ):  # what woke it may be gone: replaced, dropped, or the mailbox drained meanwhile
            if self._sleeper is not None:
                raise RuntimeError(f"mailbox {self.name}: two tasks wait for its messages; a mailbox has one consumer")
            self._sleeper = trio.lowlevel.current_task()
            await trio.lowlevel.wait_task_rescheduled(self._give_up_waiting)
            self._streak = 0
            envelope = self._next()
        return envelope

    async def _wait_until(self, deadline: float) -> Envelope[M] | None:
        """As ``_wait``, but None once it is time."""
        alarm = alarms().set(deadline, self._wake)
        try:
            return await self._wait(alarm)
        finally:
            alarm.call_off()

    def _wake(self) -> None:
        if self._sleeper is not None:
            trio.lowlevel.reschedule(self._sleeper)
            self._sleeper = None

    def _give_up_waiting(self, _: object) -> trio.lowlevel.Abort:
        self._sleeper = None
        return trio.lowlevel.Abort.SUCCEEDED

    def _invite(self, at: int) -> None:
        """Wakes the first who waits for room, if there is any; it looks again before it puts."""
        if self._room[at] and self._stores[at].has_room(None):
            self._room[at].unpark()

    # ---------------------------------------------------------------------------------------------- for the supervisor
    @property
    def attended(self) -> bool:
        """False once its consumer is down for good; what is asked then fails at once."""
        return self._attended

    @attended.setter
    def attended(self, yes: bool) -> None:
        self._attended = yes
        if not yes:
            for store in self._stores:
                for envelope in store:
                    self._tell_asker_down(envelope.chain[-1:])

    def surrender(self) -> Envelope[M] | None:
        """The consumer has ended: the message it had in hand, if any. Its unanswered askers get ``ActorDown``."""
        in_hand = self.in_hand
        self.put_down()
        self.consumer = None
        self._tell_asker_down(tuple(Link("", reply) for reply in self._owed))
        self._owed = []
        return in_hand

    def _tell_asker_down(self, links: tuple[Link, ...]) -> None:
        for link in links:
            link.reply.fail(ActorDown(f"the actor behind {self.name} ended before it answered"))

    def clear_out(self) -> list[Envelope[M]]:
        """Everything that waits, taken at once: its consumer is down for good, and somebody else sees to it."""
        left: list[Envelope[M]] = []
        while (envelope := self._next()) is not None:
            self.taken += 1
            left.append(envelope)
        return left

    # ------------------------------------------------------------------------------------------------------ for people
    @property
    def depth(self) -> int:
        """Messages that wait, over all lanes."""
        return sum(map(len, self._stores))

    @property
    def capacity(self) -> int:
        """Messages that fit, over all lanes."""
        return sum(lane.capacity for lane in self.lanes)

    @property
    def chain_in_hand(self) -> tuple[Link, ...]:
        """Who waits for the message in hand to be answered."""
        return self.in_hand.chain if self.in_hand is not None else ()

    def oldest_age_s(self) -> float:
        """Seconds the oldest message has waited; 0 where none waits."""
        waiting = [oldest.at.mono for store in self._stores if (oldest := store.oldest()) is not None]
        return seconds(self._switchboard.clock.now().mono - min(waiting)) if waiting else 0.0

    def gauge(self) -> MailboxGauge:
        """All its numbers at once."""
        return MailboxGauge(
            name=self.name,
            depth=self.depth,
            capacity=self.capacity,
            high_water=self.high_water,
            oldest_age_s=self.oldest_age_s(),
            accepted=self.accepted,
            taken=self.taken,
            dropped=self.dropped,
            refused=self.refused,
        )
