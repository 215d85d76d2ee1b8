"""The user feed's shell: the account's own stream, turned into messages."""

from collections.abc import Awaitable, Callable

import trio
from attrs import evolve

from trader247.core.user_feed import UserFeedIn
from trader247.messages.market import StreamChanged
from trader247.messages.orders import OrderReported
from trader247.model.venue import OrderReport
from trader247.ports import StreamDown, StreamUp, UserStream
from trader247.runtime.channels import Mailbox

__all__ = ["UserFeedActor", "reported"]


class UserFeedActor:
    """Runs the decider's shell beside the stream."""

    def __init__(
        self,
        shell: Callable[[Callable[[], None]], Awaitable[None]],
        inbox: Mailbox[UserFeedIn],
        stream: UserStream,
    ) -> None:
        """``shell`` is the ``run`` of the decider's standard shell."""
        self._shell = shell
        self._inbox = inbox
        self._stream = stream

    async def run(self, ready: Callable[[], None]) -> None:
        """Until cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._listen)
            await self._shell(ready)

    async def _listen(self) -> None:
        async for event in self._stream.events():
            match event:
                case OrderReport():
                    # the stream tells what is left of an order: a frame that is late with it is not another order
                    self._inbox.post(evolve(reported(event), quantity=None))
                case StreamUp():
                    self._inbox.post(StreamChanged(up=True))
                case StreamDown(why):
                    self._inbox.post(StreamChanged(up=False, why=why))


def reported(report: OrderReport) -> OrderReported:
    """The venue's description as the message the order manager takes."""
    return OrderReported(
        venue_order_id=report.venue_order_id,
        client_order_id=report.client_order_id,
        symbol=report.symbol,
        status=report.status,
        filled=report.filled,
        at=report.at,
        reason=report.reason,
        side=report.side,
        quantity=report.quantity,
        limit_price=report.limit_price,
        style=report.style,
        stop_price=report.stop_price,
    )
