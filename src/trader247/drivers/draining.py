"""The ordered end of trading: nothing new is entered, what works is cancelled, and its end is waited for."""

import structlog
import trio

from trader247.drivers.mailboxes import Mailboxes
from trader247.messages.control import DaemonStopped, SetTradingState
from trader247.messages.orders import Drained, DrainOrders
from trader247.model.mode import TradingState

__all__ = ["DrainSink", "drain"]


class DrainSink:
    """Hears that nothing is working any more."""

    name = "driver"

    def __init__(self) -> None:
        """Nothing was heard yet."""
        self.done = trio.Event()
        self.left = 0

    def post(self, message: Drained, cause: int | None = None) -> None:  # noqa: ARG002 - the sender's signature
        """From the order manager, once."""
        self.left = len(message.left)
        self.done.set()


async def drain(box: Mailboxes, sink: DrainSink, why: str, *, within_s: float) -> None:
    """Give the orders, wait at most ``within_s`` of the loop's seconds for their end, and write down how it went."""
    log = structlog.get_logger()
    log.info("stopping", text=f"{why}: no new entries, cancelling what works")
    box.permit_desk.post(SetTradingState(TradingState.REDUCING, "daemon", why))
    box.order_manager.post(DrainOrders())
    with trio.move_on_after(within_s):
        await sink.done.wait()
    clean = sink.done.is_set()
    if not clean:
        log.critical("stopping", text="orders may still be live at the venue; see the journal")
    box.journal.post(DaemonStopped(why, clean))
