"""The house: the market source as a participant, whose ladder of levels around the quote is real resting liquidity.

Each step *diffs* the ladder instead of replacing it: a level that persists keeps its place, what it loses leaves from
the end of its line, what it gains goes behind whatever rests there. So a client's order has an honest place in the
queue: only trades and leavers bring it forward. A new house quote that crosses a client trades with it at the
client's price. Trades of the market source are flow that takes from the book in price-time order, clients included.

Beyond the touch the levels lie on a fixed grid of about 1.5 bps, so that they persist while the touch moves.
"""

import math
from decimal import Decimal
from typing import Final

from trader247.venues.simulated.book import Book, Resting, Side
from trader247.venues.simulated.ledger import HOUSE
from trader247.venues.simulated.market import MarketStep
from trader247.venues.simulated.matching import Engine
from trader247.venues.simulated.products import Product

__all__ = ["House", "ladder_grid"]

_LEVELS: Final = 14
"""Levels per side behind the touch: together they reach some 20 bps, the distance depth is commonly judged at."""

_GRID: Final = 1.5e-4
_GRID_STALE: Final = 3
"""The grid is laid anew once the price has moved by this factor."""


def ladder_grid(ticks: int) -> int:
    """The distance of ladder levels in ticks at a price in ticks: 1, 2 or 5 times a power of ten, near 1.5 bps."""
    wanted = max(1.0, ticks * _GRID)
    power = 10 ** math.floor(math.log10(wanted))
    return next(int(power * step) for step in (1, 2, 5, 10) if power * step >= wanted * 0.7)


class House:
    """The ladder of one product."""

    def __init__(self, product: Product, engine: Engine) -> None:
        """Starts with nothing quoted."""
        self._product = product
        self._engine = engine
        self._quoted: dict[Side, dict[Decimal, Decimal]] = {Side.BUY: {}, Side.SELL: {}}
        self._grid = 0
        self._grid_price = 0
        self._depth = 0

    def step(self, step: MarketStep) -> None:
        """Move the ladder to the step's quote, then let the step's trades take from the book."""
        targets = {Side.BUY: self._ladder(step, Side.BUY), Side.SELL: self._ladder(step, Side.SELL)}
        book = self._engine.books[self._product.product_id]
        for side, target in targets.items():
            self._withdraw(book, side, target)
        for side, target in targets.items():
            self._extend(book, side, target, step)
        for price, size, taker in step.trades:
            self._flow(step, self._product.price(price), self._product.size(size), taker)

    def _ladder(self, step: MarketStep, side: Side) -> dict[Decimal, Decimal]:
        """Price to size, best first: the touch, then the grid behind it."""
        touch, size = (step.bid, step.bid_size) if side is Side.BUY else (step.ask, step.ask_size)
        if not self._grid_price / _GRID_STALE < touch < self._grid_price * _GRID_STALE:
            self._grid_price, self._grid = touch, ladder_grid(touch)
        if not self._depth / 2 < size < self._depth * 2:
            self._depth = size
        product, grid = self._product, self._grid
        ladder = {product.price(touch): product.size(size)}
        first = (touch - 1) // grid if side is Side.BUY else touch // grid + 1
        away = -1 if side is Side.BUY else 1
        for number in range(first, first + away * _LEVELS, away):
            if number > 0:
                ladder[product.price(number * grid)] = product.size(self._depth * (3 + number * 7 % 5) // 3)
        return ladder

    def _withdraw(self, book: Book, side: Side, target: dict[Decimal, Decimal]) -> None:
        """Shrink or leave the levels that are larger than wanted, from the end of the line."""
        for price in self._quoted[side]:
            resting = [each for each in book.level(side, price) if each.owner == HOUSE]
            surplus = sum((each.size for each in resting), Decimal(0)) - target.get(price, Decimal(0))
            for each in reversed(resting):
                if surplus <= 0:
                    break
                cut = min(surplus, each.size)
                book.reduce(each, cut)
                surplus -= cut

    def _extend(self, book: Book, side: Side, target: dict[Decimal, Decimal], step: MarketStep) -> None:
        """Add what is missing behind the line; a level that meets clients trades with them first."""
        for price, wanted in target.items():
            missing = wanted - sum((each.size for each in book.level(side, price) if each.owner == HOUSE), Decimal(0))
            if missing > 0:
                missing = self._engine.take_for_house(self._product.product_id, side, price, missing, step.at)
            if missing <= 0:
                continue
            last = book.last(side, price)
            if last is not None and last.owner == HOUSE:
                last.size += missing
            else:
                book.add(Resting("", HOUSE, side, price, missing))
        self._quoted[side] = target

    def _flow(self, step: MarketStep, price: Decimal, size: Decimal, taker: Side) -> None:
        """A stranger's order limited at the printed price; what the book does not give trades elsewhere at it."""
        left = self._engine.take_for_house(self._product.product_id, taker, price, size, step.at)
        if left > 0:
            self._engine.print_off_book(self._product.product_id, price, left, taker, step.at)
