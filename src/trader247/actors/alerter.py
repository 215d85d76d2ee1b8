"""The alerter's shell: delivers what its decider says is due, off the trading path.

Delivery has its own mailbox and task, so a channel that hangs delays only other deliveries; what does not fit is
dropped oldest first and counted, and the log channel always has it.
"""

from collections.abc import Awaitable, Callable, Sequence

import trio

from trader247.messages.control import AlertDue
from trader247.ports import AlertChannel
from trader247.runtime.channels import Mailbox

__all__ = ["AlerterActor"]


class AlerterActor:
    """Runs the decider's shell beside the deliveries."""

    def __init__(
        self,
        shell: Callable[[Callable[[], None]], Awaitable[None]],
        due: Mailbox[AlertDue],
        channels: Sequence[AlertChannel],
    ) -> None:
        """``shell`` is the ``run`` of the decider's standard shell; channels are served in their order."""
        self._shell = shell
        self._due = due
        self._channels = channels

    async def run(self, ready: Callable[[], None]) -> None:
        """Until cancelled; what is still due is delivered in ``close``."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._deliver)
            await self._shell(ready)

    async def close(self, _why: object) -> None:
        """Deliver what waits, within the grace; first, and perhaps a second time, the one that the stop cut off."""
        if self._due.in_hand is not None:
            await self._to_all(self._due.in_hand.body)
        while self._due.depth:
            await self._to_all((await self._due.take()).body)

    async def _deliver(self) -> None:
        async for envelope in self._due:
            await self._to_all(envelope.body)

    async def _to_all(self, due: AlertDue) -> None:
        for channel in self._channels:
            await channel.deliver(due.alert)
