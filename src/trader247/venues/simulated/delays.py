"""How late the exchange does, or shows, what it has answered: off by default, in exchange time, the same in every run.

The real venue answers before it acts. ``Delays`` says by how much; the ``Agenda`` keeps what is still to be done.
"""

import heapq
from collections import deque
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from attrs import field, fields, frozen

from trader247.errors import ConfigurationInvalid
from trader247.model.instant import Instant
from trader247.venues.simulated.ledger import Balance
from trader247.venues.simulated.order_record import OrderState

__all__ = ["Agenda", "Delays", "Task", "TrailingBalances"]

_FIRST_STATES: Final = frozenset({OrderState.PENDING, OrderState.QUEUED})


@frozen
class Delays:
    """All in nanoseconds of exchange time; zero is at once.

    ``accept_ns``: an order works this long after it was answered, and is ``accept_as`` (PENDING or QUEUED) until then.
    ``cancel_ns``, ``edit_ns``: a cancel or edit takes effect this long after it was answered; the order is
    CANCEL_QUEUED or EDIT_QUEUED, trades on, and may be gone by then.
    ``visible_ns``: an order is in no listing, and not found, for this long after it was made; it can be cancelled.
    ``fills_ns``: fill rows, and ``settled``, come this long after the fill itself.
    ``balances_ns``: wallets show what they held this long ago.

    Raises:
        ConfigurationInvalid: a time is negative, or ``accept_as`` is neither PENDING nor QUEUED.
    """

    accept_ns: int = 0
    cancel_ns: int = 0
    edit_ns: int = 0
    visible_ns: int = 0
    fills_ns: int = 0
    balances_ns: int = 0
    accept_as: OrderState = field(default=OrderState.PENDING)

    def __attrs_post_init__(self) -> None:
        """Checks the times."""
        for each in fields(Delays):
            if each.name.endswith("_ns") and getattr(self, each.name) < 0:
                raise ConfigurationInvalid(f"delay {each.name}: {getattr(self, each.name)} is negative; give 0 or more")
        if self.accept_as not in _FIRST_STATES:
            raise ConfigurationInvalid(f"delay accept_as: {self.accept_as} is not PENDING or QUEUED")


class Task(StrEnum):
    """What is done to an order later than it was answered."""

    ENTER = "enter"
    CANCEL = "cancel"
    EDIT = "edit"


class Agenda:
    """Tasks in the order they are due, at one instant in the order they were noted. At most a few per open order."""

    def __init__(self) -> None:
        """Starts empty."""
        self._tasks: list[tuple[Instant, int, Task, str]] = []
        self._noted = 0

    def note(self, due: Instant, task: Task, order_id: str) -> None:
        """Do something to an order at ``due``."""
        self._noted += 1
        heapq.heappush(self._tasks, (due, self._noted, task, order_id))

    def next_at(self) -> Instant | None:
        """When the first task is due."""
        return self._tasks[0][0] if self._tasks else None

    def take(self, now: Instant) -> tuple[Instant, Task, str] | None:
        """The first task due at or before ``now``, taken off."""
        if not self._tasks or self._tasks[0][0] > now:
            return None
        due, _, task, order_id = heapq.heappop(self._tasks)
        return due, task, order_id


class TrailingBalances:
    """What wallets show: balances as they were ``trail_ns`` ago. Keeps one entry per change within that time."""

    def __init__(self, trail_ns: int) -> None:
        """Starts with nothing known."""
        self._trail_ns = trail_ns
        self._shown: dict[tuple[str, str], Balance] = {}
        self._changes: deque[tuple[Instant, str, str, Balance]] = deque()

    def set(self, owner: str, currency: str, balance: Balance) -> None:
        """Show a balance at once: a first deposit."""
        self._shown[owner, currency] = balance

    def change(self, at: Instant, owner: str, currency: str, balance: Balance) -> None:
        """A balance is this from ``at`` on."""
        self._changes.append((at, owner, currency, balance))

    def reach(self, now: Instant) -> None:
        """Let the wallets show what was true ``trail_ns`` before ``now``."""
        while self._changes and self._changes[0][0] + self._trail_ns <= now:
            _, owner, currency, balance = self._changes.popleft()
            self._shown[owner, currency] = balance

    def of(self, owner: str) -> Mapping[str, Balance]:
        """The wallets of an owner."""
        return {currency: balance for (who, currency), balance in self._shown.items() if who == owner}
