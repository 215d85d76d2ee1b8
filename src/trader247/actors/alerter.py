"""The alerter's shell: delivers what its decider says is due, off the trading path.

Delivery has its own mailbox and task, so a channel that hangs delays only other deliveries; what does not fit is
dropped oldest first and counted, and the log channel always has it.

A delivery is one channel, one alert and one change of it, and is made under the once-only guard (requirement SE1): what
an earlier run delivered is not delivered again by the next, which takes up the alerts that stand. Where a run died
between the delivery and its record, nobody knows whether a person heard it. An order would be left alone then; an alert
is delivered again and says so, because to be told twice costs a glance, and not to be told may cost the account. For
the same reason the guard is never waited for longer than ``GUARD_S_MAX``: the disk that does not answer may be what the
alert is about.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

import trio
from attrs import evolve

from trader247.errors import Trader247Error
from trader247.messages.control import AlertChanged, AlertDue
from trader247.model.once import Claim, Done, InProgress
from trader247.ports import AlertChannel, OncePort
from trader247.runtime.channels import Mailbox

__all__ = ["AlerterActor"]

GUARD_S_MAX: Final = 1.0
"""Of the five seconds in which an alert is to be heard."""
AGAIN: Final = "(in doubt, delivered again)"

T = TypeVar("T")


class AlerterActor:
    """Runs the decider's shell beside the deliveries."""

    def __init__(
        self,
        shell: Callable[[Callable[[], None]], Awaitable[None]],
        due: Mailbox[AlertDue],
        channels: Sequence[AlertChannel],
        once: OncePort | None = None,
    ) -> None:
        """``shell`` is the ``run`` of the decider's standard shell; channels are served in their order.

        ``once`` is None where there is no disk to remember deliveries on.
        """
        self._shell = shell
        self._due = due
        self._channels = channels
        self._once = once
        self._reached = 0
        self._closing = False
        self._asking = False

    async def run(self, ready: Callable[[], None]) -> None:
        """Until cancelled; what is still due is delivered in ``close``."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._deliver)
            await self._shell(ready)

    async def close(self, _why: object) -> None:
        """Deliver what waits, within the grace; first the one that the stop cut off, to the channels that lack it.

        The guard is not asked any more: a stop does not wait for a disk.
        """
        self._closing = True
        if self._due.in_hand is not None:
            await self._to_all(self._due.in_hand.body)
        while self._due.depth:
            due = (await self._due.take()).body
            self._reached = 0
            await self._to_all(due)

    async def _deliver(self) -> None:
        async for envelope in self._due:
            self._reached = 0
            await self._to_all(envelope.body)

    async def _to_all(self, due: AlertDue) -> None:
        for channel in self._channels[self._reached :]:
            await self._through(channel, due.alert)

    async def _through(self, channel: AlertChannel, alert: AlertChanged) -> None:
        key = f"alert {channel.name} {alert.key} {alert.raised_at} {alert.state.value} {alert.changed_at}"
        claim = await self._asked(lambda once: _claimed(once, key))
        if isinstance(claim, Done):
            self._reached += 1
            return
        doubted = isinstance(claim, InProgress)
        await channel.deliver(evolve(alert, text=f"{alert.text} {AGAIN}") if doubted else alert)
        self._reached += 1  # the record of it may still be on its way when a stop comes
        if claim is not None:
            await self._asked(lambda once: once.finish(key, "delivered"))

    async def _asked(self, question: Callable[[OncePort], Awaitable[T]]) -> T | None:
        """The guard's answer; None where there is none in time. One question at a time: more would queue up behind a
        disk that hangs.
        """
        once = self._once
        if once is None or self._closing or self._asking:
            return None
        answers: list[T] = []
        answered = trio.Event()

        async def ask() -> None:
            try:
                answers.append(await question(once))
            except Trader247Error:
                pass  # the journal meets the same disk, and its own alert names the fault
            finally:
                self._asking = False
                answered.set()

        self._asking = True
        # not in this actor's nursery: work on a disk cannot be cancelled, and a stop does not wait for it
        trio.lowlevel.spawn_system_task(ask)
        with trio.move_on_after(GUARD_S_MAX):
            await answered.wait()
        return answers[0] if answers else None


async def _claimed(once: OncePort, key: str) -> Claim:
    claim = await once.claim(key)
    if isinstance(claim, InProgress) and claim.epoch != once.epoch:
        await once.take_over(key, claim.epoch)
    return claim
