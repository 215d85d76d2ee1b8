"""What a process says and does when it can do nothing else: past every log, from any thread, and then it ends.

Each of these is reached only when the ordered way out is closed: a second signal, a child that cannot be stopped, a
loop that does not turn, a safety subtree that gave up.
"""

import os
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Final, NoReturn

import structlog
import trio
from attrs import frozen

from trader247.errors import VenueError
from trader247.model.ids import ClientOrderId
from trader247.model.order import Order
from trader247.ports import Venue
from trader247.runtime.watchdog import Blocked

__all__ = ["EXIT_HURRIED", "EXIT_STUCK", "LastWords", "cancel_everything", "slow", "to_cancel"]

EXIT_STUCK: Final = 75
"""Something can neither be stopped nor waited for (sysexits' TEMPFAIL): a supervisor outside should start it again."""
EXIT_HURRIED: Final = 130

GASP_S_MAX: Final = 10.0
"""Real or scaled seconds for the last cancel: as long as the client takes for one request."""


NOTE_S_MAX: Final = 1.0
"""Real seconds for the note of a halt: a disk that answers needs a hundredth, another one is not waited for."""


@frozen
class LastWords:
    """The ways out that wait for nothing. ``note`` keeps a halt whose row may not be written yet; it may block."""

    note: Callable[[], None]

    def hurried(self, name: str) -> NoReturn:
        """A second signal."""
        _cry(f"\ntrader247: second {name}: ending at once; orders may still be live")
        self._end(EXIT_HURRIED)

    def stuck(self, names: tuple[str, ...]) -> NoReturn:
        """Children that ignore everything."""
        _cry(f"trader247: cannot be stopped: {', '.join(names)}; ending at once")
        self._end(EXIT_STUCK)

    def blocked(self, held: Blocked) -> NoReturn:
        """The loop does not turn any more; told from the watching thread, with the stack that holds it."""
        _cry(f"trader247: the loop is blocked by {held.actor}:\n{held.stack}")
        self._end(EXIT_STUCK)

    def _end(self, code: int) -> NoReturn:
        noting = threading.Thread(target=self._noted, daemon=True)
        noting.start()
        noting.join(NOTE_S_MAX)
        os._exit(code)

    def _noted(self) -> None:
        try:
            self.note()
        except OSError as error:
            _cry(f"trader247: the halt could not be noted ({error.strerror}): the next start may not know of it")


def slow(held: Blocked) -> None:
    """The loop turns late; told from the watching thread."""
    _cry(f"trader247: the loop is blocked for {held.lag_s:.1f} s by {held.actor}")


def to_cancel(orders: Iterable[Order], *, halted: bool) -> list[ClientOrderId]:
    """What a process that dies takes back: under a halt every order, else not those that go on protecting."""
    return [order.intent.client_order_id for order in orders if halted or not order.intent.protects]


async def cancel_everything(venue: Venue, ours: Iterable[ClientOrderId]) -> None:
    """One more cancel of those of ``ours`` that work, whatever cancels us; bounded. A failing venue is logged."""
    known = set(ours)
    with trio.move_on_after(GASP_S_MAX, shield=True):
        try:
            working = await venue.open_orders()
            ids = [report.venue_order_id for report in working.orders if report.client_order_id in known]
            if ids:
                await venue.cancel(ids)
        except VenueError as error:
            structlog.get_logger().critical("last gasp", text=f"orders may still be live: {error}")


def _cry(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
