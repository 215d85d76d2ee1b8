"""Orders and fills of all accounts in the order they came, with the cursors of their listings.

Bounded: past ``ORDERS_MAX`` orders the oldest finished ones are forgotten with their client ids, past ``FILLS_MAX`` the
oldest fills; sums over the last thirty days slide by themselves.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final, TypeVar

from attrs import define, field

from trader247.model.instant import DAY, Instant
from trader247.model.money import ZERO
from trader247.venues.simulated.order_record import ExchangeOrder, FillRow

__all__ = ["Records"]

Row = TypeVar("Row")

ORDERS_MAX: Final = 200_000
"""Some 200 MB; at two hundred orders an hour, forty days."""

FILLS_MAX: Final = 400_000
_WINDOW: Final = 30 * DAY
_SLACK: Final = 10_000
"""Forgetting happens in strides of this many, so that it costs nothing per order."""


@define
class _Turnover:
    """Volume and fees of the last thirty days."""

    volume: Decimal = ZERO
    fees: Decimal = ZERO
    entries: deque[tuple[Instant, Decimal, Decimal]] = field(factory=deque)


class Records:
    """What the listings read. Positions never change, so a cursor stays good while newer rows arrive."""

    def __init__(self) -> None:
        """Starts empty."""
        self._orders: dict[str, ExchangeOrder] = {}
        self._client_ids: dict[tuple[str, str], ExchangeOrder] = {}
        self._history: dict[str, list[ExchangeOrder]] = {}
        self._fills: dict[str, list[FillRow]] = {}
        self._fills_by_order: dict[str, list[tuple[int, FillRow]]] = {}
        self._dropped_orders: dict[str, int] = {}
        self._dropped_fills: dict[str, int] = {}
        self._turnover: dict[str, _Turnover] = {}

    def add_order(self, order: ExchangeOrder) -> None:
        """A new order, the newest of its owner."""
        self._orders[order.order_id] = order
        self._client_ids[order.owner, order.client_order_id] = order
        history = self._history.setdefault(order.owner, [])
        order.position = self._dropped_orders.get(order.owner, 0) + len(history)
        history.append(order)
        if len(history) > ORDERS_MAX + _SLACK:
            self._forget_orders(order.owner, history)

    def add_fill(self, fill: FillRow) -> None:
        """A new fill, the newest of its owner."""
        fills = self._fills.setdefault(fill.owner, [])
        row = (self._dropped_fills.get(fill.owner, 0) + len(fills), fill)
        self._fills_by_order.setdefault(fill.order_id, []).append(row)
        fills.append(fill)
        if len(fills) > FILLS_MAX + _SLACK:
            for dropped in fills[:_SLACK]:
                self._fills_by_order.pop(dropped.order_id, None)
            del fills[:_SLACK]
            self._dropped_fills[fill.owner] = self._dropped_fills.get(fill.owner, 0) + _SLACK
        turnover = self._turnover.setdefault(fill.owner, _Turnover())
        value = fill.price * fill.size
        turnover.entries.append((fill.at, value, fill.commission))
        turnover.volume += value
        turnover.fees += fill.commission

    def _forget_orders(self, owner: str, history: list[ExchangeOrder]) -> None:
        for order in history[:_SLACK]:
            if order.is_terminal:
                del self._orders[order.order_id]
                self._client_ids.pop((owner, order.client_order_id), None)
        del history[:_SLACK]
        self._dropped_orders[owner] = self._dropped_orders.get(owner, 0) + _SLACK

    def order(self, owner: str, order_id: str) -> ExchangeOrder | None:
        """An order of that owner; another's is not found."""
        order = self._orders.get(order_id)
        return order if order is not None and order.owner == owner else None

    def by_client_id(self, owner: str, client_order_id: str) -> ExchangeOrder | None:
        """The order an owner made under a client order id."""
        return self._client_ids.get((owner, client_order_id))

    def orders(self, owner: str, before: int | None = None) -> Iterator[tuple[int, ExchangeOrder]]:
        """Orders newest first with their positions, from below position ``before``."""
        return _backwards(self._history.get(owner, []), self._dropped_orders.get(owner, 0), before)

    def fill_rows(self, owner: str, before: int | None = None) -> Iterator[tuple[int, FillRow]]:
        """Fills newest first with their positions, from below position ``before``."""
        return _backwards(self._fills.get(owner, []), self._dropped_fills.get(owner, 0), before)

    def fill_rows_of(
        self, owner: str, order_ids: Sequence[str], before: int | None = None
    ) -> list[tuple[int, FillRow]]:
        """The fills of some orders newest first, without a walk through all others."""
        rows = [row for order_id in order_ids for row in self._fills_by_order.get(order_id, ())]
        mine = (row for row in rows if row[1].owner == owner and (before is None or row[0] < before))
        return sorted(mine, key=lambda row: -row[0])

    def fills(self, owner: str) -> Sequence[FillRow]:
        """All fills kept, oldest first."""
        return self._fills.get(owner, ())

    def turnover(self, owner: str, now: Instant) -> tuple[Decimal, Decimal]:
        """Volume and fees of the last thirty days, in quote currency."""
        turnover = self._turnover.get(owner)
        if turnover is None:
            return ZERO, ZERO
        while turnover.entries and turnover.entries[0][0] <= now - _WINDOW:
            _, value, fee = turnover.entries.popleft()
            turnover.volume -= value
            turnover.fees -= fee
        return turnover.volume, turnover.fees

    def volume_at(self, owner: str, at: Instant) -> Decimal:
        """Volume of the thirty days before ``at``, in quote currency; fills at or after it do not count.

        Costs a look at each of those; what is older than the thirty days is forgotten.
        """
        volume, _ = self.turnover(owner, at)
        if owner in self._turnover:
            for when, value, _ in reversed(self._turnover[owner].entries):
                if when < at:
                    break
                volume -= value
        return volume


def _backwards(rows: Sequence[Row], dropped: int, before: int | None) -> Iterator[tuple[int, Row]]:
    top = len(rows) if before is None else min(before - dropped, len(rows))
    for index in range(top - 1, -1, -1):
        yield index + dropped, rows[index]
