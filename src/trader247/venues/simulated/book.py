"""The order book of one product: price, then time. Pure; knows sizes and owners, nothing of money.

A level keeps its orders in arrival order; the best price is always at hand. Whoever shrinks an order keeps its place,
whoever grows one has to queue anew (``Book.add`` with another entry).
"""

from bisect import bisect_left, insort
from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum
from typing import Final

from attrs import define

__all__ = ["Book", "Resting", "Side"]


class Side(StrEnum):
    """The side of an order."""

    BUY = "BUY"
    SELL = "SELL"

    @property
    def opposite(self) -> "Side":
        """The side it trades with."""
        return Side.SELL if self is Side.BUY else Side.BUY


@define(eq=False)
class Resting:
    """An order's presence in a book. ``order_id`` is empty for the house, whose chunks have no order."""

    order_id: str
    owner: str
    side: Side
    price: Decimal
    size: Decimal
    arrival: int = 0
    """Its number in the line of all orders, given by the book."""


_Level = dict[int, Resting]
"""By arrival number, hence in arrival order."""


class Book:
    """Both sides of one product."""

    def __init__(self) -> None:
        """Starts empty."""
        self._levels: Final[dict[Side, dict[Decimal, _Level]]] = {Side.BUY: {}, Side.SELL: {}}
        self._prices: Final[dict[Side, list[Decimal]]] = {Side.BUY: [], Side.SELL: []}
        self._arrived = 0
        self.touched: dict[tuple[Side, Decimal], None] | None = None
        """Levels whose total changed since whoever watches the book last emptied this; None while nobody watches."""

    def add(self, resting: Resting) -> None:
        """Queue an order behind everything at its price."""
        levels = self._levels[resting.side]
        level = levels.get(resting.price)
        if level is None:
            level = levels[resting.price] = {}
            insort(self._prices[resting.side], resting.price)
        self._arrived += 1
        resting.arrival = self._arrived
        level[self._arrived] = resting
        self._touch(resting)

    def remove(self, resting: Resting) -> None:
        """Take an order out; its level goes with its last order."""
        level = self._levels[resting.side][resting.price]
        del level[resting.arrival]
        if not level:
            del self._levels[resting.side][resting.price]
            prices = self._prices[resting.side]
            del prices[bisect_left(prices, resting.price)]
        self._touch(resting)

    def reduce(self, resting: Resting, by: Decimal) -> None:
        """Make an order smaller in its place; nothing left takes it out."""
        resting.size -= by
        if resting.size <= 0:
            self.remove(resting)
        else:
            self._touch(resting)

    def grow(self, resting: Resting, by: Decimal) -> None:
        """Make an order larger in its place: for the last in line only, since whoever grows has to queue anew."""
        resting.size += by
        self._touch(resting)

    def belongs_to(self, owner: str) -> bool:
        """Whether every level is one order of this owner, and nobody watches: then ``relay`` may replace them."""
        lines = [line for levels in self._levels.values() for line in levels.values()]
        return self.touched is None and all(len(line) == 1 and _only(line).owner == owner for line in lines)

    def relay(self, side: Side, resting: list[Resting]) -> None:
        """Let these orders be all of a side, each alone at its price; those that stood keep their number in line."""
        levels: dict[Decimal, _Level] = {}
        for each in resting:
            if not each.arrival:
                self._arrived += 1
                each.arrival = self._arrived
            levels[each.price] = {each.arrival: each}
        self._levels[side], self._prices[side] = levels, sorted(levels)

    def _touch(self, resting: Resting) -> None:
        if self.touched is not None:
            self.touched[resting.side, resting.price] = None

    def total(self, side: Side, price: Decimal) -> Decimal:
        """The size resting at a price, zero where nothing does."""
        return sum((each.size for each in self._levels[side].get(price, {}).values()), Decimal(0))

    def best_price(self, side: Side) -> Decimal | None:
        """The highest bid or the lowest ask, or None on an empty side."""
        prices = self._prices[side]
        if not prices:
            return None
        return prices[-1] if side is Side.BUY else prices[0]

    def first(self, side: Side) -> Resting | None:
        """The order that trades next on that side, or None on an empty side."""
        best = self.best_price(side)
        if best is None:
            return None
        level = self._levels[side][best]
        return level[next(iter(level))]

    def crosses(self, side: Side, limit: Decimal) -> bool:
        """Whether an order of ``side`` limited at ``limit`` would trade at once."""
        best = self.best_price(side.opposite)
        if best is None:
            return False
        return limit >= best if side is Side.BUY else limit <= best

    def meeting(self, side: Side, limit: Decimal) -> Resting | None:
        """The order that an incoming one of ``side``, limited at ``limit``, would trade with next."""
        return self.first(side.opposite) if self.crosses(side, limit) else None

    def level(self, side: Side, price: Decimal) -> list[Resting]:
        """The orders at a price, first in line first; empty where nothing rests."""
        return list(self._levels[side].get(price, {}).values())

    def last(self, side: Side, price: Decimal) -> Resting | None:
        """The order at the end of the line at a price."""
        level = self._levels[side].get(price)
        return level[next(reversed(level))] if level else None

    def queue(self, side: Side) -> Iterator[Resting]:
        """Every order of a side in the order it would trade. The book must not change meanwhile."""
        prices = self._prices[side]
        levels = self._levels[side]
        for price in reversed(prices) if side is Side.BUY else prices:
            yield from levels[price].values()

    def depth(self, side: Side, levels_max: int) -> list[tuple[Decimal, Decimal]]:
        """Price and total size of the best levels, best first."""
        prices = self._prices[side]
        chosen = prices[: -levels_max - 1 : -1] if side is Side.BUY else prices[:levels_max]
        return [(price, self.total(side, price)) for price in chosen]


def _only(line: _Level) -> Resting:
    return next(iter(line.values()))
