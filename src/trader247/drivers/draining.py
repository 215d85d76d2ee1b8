"""The ordered end of trading: nothing new is entered, what works is cancelled, and its end is waited for."""

import structlog
import trio

from trader247.drivers.disk import Disk
from trader247.drivers.mailboxes import Mailboxes
from trader247.drivers.topology import Topology
from trader247.errors import Trader247Error
from trader247.messages.control import DaemonStopped, SetTradingState
from trader247.messages.orders import Drained, DrainOrders
from trader247.model.mode import TradingState
from trader247.model.order import Order

__all__ = ["DrainSink", "drain", "write_last"]


class DrainSink:
    """Hears that nothing is working any more."""

    name = "driver"

    def __init__(self) -> None:
        """Nothing was heard yet."""
        self.done = trio.Event()
        self.left = 0
        self.resting: tuple[Order, ...] = ()

    def post(self, message: Drained, cause: int | None = None) -> None:  # noqa: ARG002 - the sender's signature
        """From the order manager, once."""
        self.left, self.resting = len(message.left), message.resting
        self.done.set()

    @property
    def left_on_purpose(self) -> tuple[str, ...]:
        """The orders that stay at the venue to protect positions, each in words."""
        return tuple(_told(order) for order in self.resting)


async def drain(box: Mailboxes, sink: DrainSink, why: str, *, within_s: float) -> None:
    """Give the orders, wait at most ``within_s`` of the loop's seconds for their end, and write down how it went.

    What protects positions at the venue is left there, and named.
    """
    log = structlog.get_logger()
    log.info("stopping", text=f"{why}: no new entries, cancelling what works")
    box.permit_desk.post(SetTradingState(TradingState.REDUCING, "daemon", why))
    box.order_manager.post(DrainOrders())
    with trio.move_on_after(within_s):
        await sink.done.wait()
    clean = sink.done.is_set()
    if not clean:
        log.critical("stopping", text="orders may still be live at the venue; see the journal")
    if sink.resting:
        log.info("stopping", text=f"left at the venue on purpose: {'; '.join(sink.left_on_purpose)}")
    box.journal.post(DaemonStopped(why, clean, sink.left_on_purpose))


def write_last(topology: Topology, disk: Disk) -> None:
    """Write what the journal's actor left where it ended between two incarnations: a halt among it would be lost.

    Where the journal still does not take it, the halt is noted in a file, for the next start to begin with.
    """
    left = topology.unwritten()
    try:
        disk.write_last(left)
    except Trader247Error as error:
        log = structlog.get_logger()
        log.critical("stopping", text=f"{len(left)} facts could not be written: {error}")
        try:
            disk.note_halt(topology.halt.tripped)
        except OSError as fault:
            log.critical(
                "stopping", text=f"nor could the halt be noted ({fault.strerror}): the next start does not know of it"
            )


def _told(order: Order) -> str:
    intent = order.intent
    return f"{intent.symbol} {intent.style.value}, stop {intent.stop_price}, order {order.venue_order_id}"
