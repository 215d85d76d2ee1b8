"""The stops of one product, waiting for the last trade to reach them. Pure.

A stop upwards is reached by a trade at or above its price, a stop downwards by one at or below it. Those that one trade
reaches become due nearest price first, at one price the oldest first.
"""

from bisect import bisect_left, insort
from collections import deque
from decimal import Decimal

__all__ = ["Triggers", "is_reached"]

_Entry = tuple[Decimal, int, str]
"""Sort price, arrival, order id. The sort price of a stop downwards is negative, so that the nearest is first."""


class Triggers:
    """One product's stops. ``last`` is the price of its last trade, None before the first."""

    def __init__(self, due: deque[str]) -> None:
        """``due`` takes the ids of orders reached; all products share one, so that first reached is first out."""
        self.last: Decimal | None = None
        self._due = due
        self._upwards: list[_Entry] = []
        self._downwards: list[_Entry] = []
        self._entries: dict[str, tuple[list[_Entry], _Entry]] = {}
        self._arrived = 0

    def watch(self, order_id: str, price: Decimal, *, upwards: bool) -> None:
        """Wait for a price, in place of the one waited for so far; one reached already is due at once."""
        self.forget(order_id)
        if self.last is not None and is_reached(self.last, price, upwards=upwards):
            self._due.append(order_id)
            return
        self._arrived += 1
        line = self._upwards if upwards else self._downwards
        entry = (price if upwards else -price, self._arrived, order_id)
        insort(line, entry)
        self._entries[order_id] = (line, entry)

    def forget(self, order_id: str) -> None:
        """Wait no longer; an order that is not waited for is no error."""
        found = self._entries.pop(order_id, None)
        if found is not None:
            line, entry = found
            del line[bisect_left(line, entry)]

    def see(self, price: Decimal) -> None:
        """A trade was printed."""
        self.last = price
        while self._upwards and self._upwards[0][0] <= price:
            self._fire(self._upwards)
        while self._downwards and -self._downwards[0][0] >= price:
            self._fire(self._downwards)

    def _fire(self, line: list[_Entry]) -> None:
        _, _, order_id = line.pop(0)
        del self._entries[order_id]
        self._due.append(order_id)


def is_reached(last: Decimal, stop: Decimal, *, upwards: bool) -> bool:
    """Whether a trade at ``last`` triggers a stop."""
    return last >= stop if upwards else last <= stop
