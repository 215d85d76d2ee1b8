"""The house: the market source as a participant, whose ladder of levels around the quote is real resting liquidity.

Each step *diffs* the ladder instead of replacing it: a level that persists keeps its place, what it loses leaves from
the end of its line, what it gains goes behind whatever rests there. So a client's order has an honest place in the
queue: only trades and leavers bring it forward. A new house quote that crosses a client trades with it at the
client's price. Trades of the market source are flow that takes from the book in price-time order, clients included.

Beyond the touch the levels lie on a fixed grid of about 1.5 bps, so that they persist while the touch moves.
"""

import math
from collections.abc import Callable
from decimal import Decimal
from typing import Final

from trader247.venues.simulated.book import Resting, Side
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


_USUAL_GAIN: Final = 0.02
_DEPTH_STALE: Final = 1.6
"""The levels behind the touch follow the usual size there, in strides of this factor, so that most steps leave them."""


def ladder_grid(ticks: int) -> int:
    """The distance of ladder levels in ticks at a price in ticks: 1, 2 or 5 times a power of ten, near 1.5 bps."""
    wanted = max(1.0, ticks * _GRID)
    power = 10 ** math.floor(math.log10(wanted))
    return next(int(power * step) for step in (1, 2, 5, 10) if power * step >= wanted * 0.7)


_Ladder = dict[int, int]
"""Price in ticks to size in units."""

_SIDES: Final = tuple(Side)


class House:
    """The ladder of one product."""

    def __init__(self, product: Product, engine: Engine) -> None:
        """Starts with nothing quoted."""
        self._product = product
        self._engine = engine
        self._book = engine.books[product.product_id]
        self._eaten = engine.eaten[product.product_id]
        self._quoted: dict[Side, _Ladder] = {Side.BUY: {}, Side.SELL: {}}
        self._behind: dict[Side, tuple[tuple[int, int, int], _Ladder]] = {}
        self._grid = 0
        self._grid_price = 0
        self._depth = 0
        self._usual = 0.0
        self._noted: MarketStep | Callable[[], MarketStep] | None = None

    @property
    def noted(self) -> MarketStep | None:
        """The last step whose book is not laid yet."""
        if callable(self._noted):
            self._noted = self._noted()
        return self._noted

    def note(self, step: MarketStep) -> None:
        """Take in a step whose book nobody looks at or rests in: it is laid only once somebody does (``lay``).

        The levels come out as if every step had been laid, since nobody stood in a line meanwhile. What the step's
        trades print is the caller's.
        """
        if step.bid > 0:
            for side in _SIDES:
                self._follow(*_touch(step, side))
            self._noted = step

    def note_several(self, count: int, size: int, reach: tuple[int, int], last: Callable[[], MarketStep]) -> bool:
        """Take in ``count`` steps of one size with every touch within ``reach``; ``last`` makes the last of them.

        False, and nothing is taken in, where one of them might lay another grid.
        """
        if not self._grid_price / _GRID_STALE < reach[0] <= reach[1] < self._grid_price * _GRID_STALE:
            return False
        usual, depth = self._usual, self._depth
        low, high = depth / _DEPTH_STALE, depth * _DEPTH_STALE
        for _ in range(2 * count):  # both sides of each
            usual += (size - usual) * (_USUAL_GAIN if usual else 1)
            if not low < usual < high:
                depth = round(usual)
                low, high = depth / _DEPTH_STALE, depth * _DEPTH_STALE
        self._usual, self._depth, self._noted = usual, depth, last
        return True

    def lay(self) -> None:
        """Lay the book of the last step noted, if any."""
        step, self._noted = self.noted, None
        if step is not None:
            self._eaten.clear()
            targets = {side: self._built(side, *_touch(step, side)) for side in _SIDES}
            if self._book.belongs_to(HOUSE):
                self._relay(targets)
            else:
                self._requote(targets, step)

    def depth(self, reach: float) -> tuple[int, int] | None:
        """Price in ticks times size in units within ``reach`` of the mid, per side, of a noted step; else None."""
        step = self.noted
        if step is None:
            return None
        mid, grid = (step.bid + step.ask) / 2, self._grid
        low, high = mid * (1 - reach), mid * (1 + reach)
        bids, asks = step.bid * step.bid_size, step.ask * step.ask_size
        first = (step.bid - 1) // grid
        for line in range(first, max(first - _LEVELS, 0), -1):
            if line * grid < low:
                break
            bids += line * grid * self._line_size(line)
        first = step.ask // grid + 1
        for line in range(first, first + _LEVELS):
            if line * grid > high:
                break
            asks += line * grid * self._line_size(line)
        return bids if step.bid >= low else 0, asks if step.ask <= high else 0

    def holds(self, touch: tuple[int, int], reach: float) -> int:
        """At most what the thinner side of ``depth`` holds at this bid and ask, found without looking at any level."""
        bid, ask = touch
        mid = (bid + ask) / 2
        levels = min((mid * reach - (ask - bid) / 2) // self._grid, _LEVELS) - 1 if self._grid else 0
        return int(mid * (1 - reach)) * int(max(levels, 0)) * max(1, self._depth)

    def step(self, step: MarketStep) -> None:
        """Move the ladder to the step's quote, let the step's trades take from the book, and refill what they took.

        The quote of a step stands after its trades, so what they took comes back at once, at the end of its line.
        """
        targets = {side: self._ladder(step, side) for side in _SIDES} if step.bid > 0 else None
        if targets is not None:
            self._requote(targets, step)
        for price, size, taker in step.trades:
            self._flow(step, self._product.price(price), self._product.size(size), taker)
        if targets is not None and self._eaten:
            self._requote(targets, step)

    def _requote(self, targets: dict[Side, _Ladder], step: MarketStep) -> None:
        """Only levels that changed, or were traded with since, are looked at; all leave before any enters."""
        changed = {side: self._changed(side, target) for side, target in targets.items()}
        self._eaten.clear()
        for side, target in targets.items():
            for ticks in changed[side]:
                self._withdraw(side, self._product.price(ticks), target.get(ticks, 0))
        for side, target in targets.items():
            for ticks in changed[side]:
                if ticks in target:
                    self._extend(side, self._product.price(ticks), target[ticks], step)
            self._quoted[side] = target

    def _relay(self, targets: dict[Side, _Ladder]) -> None:
        """``_requote`` of a book in which the house is alone: nobody has a place in a line that could be lost."""
        product, book = self._product, self._book
        for side, target in targets.items():
            quoted, resting = self._quoted[side], list[Resting]()
            for ticks, units in target.items():
                price = product.price(ticks)
                if quoted.get(ticks) != units:
                    resting.append(Resting("", HOUSE, side, price, product.size(units)))
                elif (stood := book.last(side, price)) is not None:
                    resting.append(stood)
            book.relay(side, resting)
            self._quoted[side] = target

    def _changed(self, side: Side, target: _Ladder) -> list[int]:
        """What stays, best first, then what goes."""
        quoted, digits = self._quoted[side], self._product.price_digits
        eaten = {int(price.scaleb(digits)): None for whose, price in self._eaten if whose is side}
        changed = [ticks for ticks, units in target.items() if quoted.get(ticks) != units or ticks in eaten]
        changed += [ticks for ticks in quoted if ticks not in target]
        changed += [ticks for ticks in eaten if ticks not in target and ticks not in quoted]
        return changed

    def _ladder(self, step: MarketStep, side: Side) -> _Ladder:
        """Best first: the touch, then the grid behind it."""
        touch, size = _touch(step, side)
        self._follow(touch, size)
        return self._built(side, touch, size)

    def _follow(self, touch: int, size: int) -> None:
        """What the levels behind the touch are made of: the grid for this price, the usual size."""
        if not self._grid_price / _GRID_STALE < touch < self._grid_price * _GRID_STALE:
            self._grid_price, self._grid = touch, ladder_grid(touch)
        self._usual += (size - self._usual) * (_USUAL_GAIN if self._usual else 1)
        if not self._depth / _DEPTH_STALE < self._usual < self._depth * _DEPTH_STALE:
            self._depth = round(self._usual)

    def _built(self, side: Side, touch: int, size: int) -> _Ladder:
        first = (touch - 1) // self._grid if side is Side.BUY else touch // self._grid + 1
        return {touch: size} | self._ladder_behind(side, first)

    def _ladder_behind(self, side: Side, first: int) -> _Ladder:
        """The levels behind the touch from grid line ``first`` on; made anew only when something of it moved."""
        key = (first, self._grid, self._depth)
        kept = self._behind.get(side)
        if kept is None or kept[0] != key:
            away = -1 if side is Side.BUY else 1
            lines = (line for line in range(first, first + away * _LEVELS, away) if line > 0)
            kept = (key, {line * self._grid: self._line_size(line) for line in lines})
            self._behind[side] = kept
        return kept[1]

    def _line_size(self, line: int) -> int:
        return max(1, self._depth * (3 + line * 7 % 5) // 3)

    def _withdraw(self, side: Side, price: Decimal, units: int) -> None:
        """Shrink or leave a level that is larger than wanted, from the end of the line."""
        line = self._book.level(side, price)
        if not line:
            return
        resting = [each for each in line if each.owner == HOUSE]
        surplus = sum((each.size for each in resting), Decimal(0)) - self._product.size(units)
        for each in reversed(resting):
            if surplus <= 0:
                break
            cut = min(surplus, each.size)
            self._book.reduce(each, cut)
            surplus -= cut

    def _extend(self, side: Side, price: Decimal, units: int, step: MarketStep) -> None:
        """Add what is missing behind the line; a level that meets clients trades with them first."""
        standing = sum((each.size for each in self._book.level(side, price) if each.owner == HOUSE), Decimal(0))
        missing = self._product.size(units) - standing
        if missing > 0:
            missing = self._engine.take_for_house(self._product.product_id, side, price, missing, step.at)
        if missing <= 0:
            return
        last = self._book.last(side, price)
        if last is not None and last.owner == HOUSE:
            self._book.grow(last, missing)
        else:
            self._book.add(Resting("", HOUSE, side, price, missing))

    def _flow(self, step: MarketStep, price: Decimal, size: Decimal, taker: Side) -> None:
        """A stranger's order limited at the printed price; what the book does not give trades elsewhere at it."""
        left = self._engine.take_for_house(self._product.product_id, taker, price, size, step.at)
        if left > 0:
            self._engine.print_off_book(self._product.product_id, price, left, taker, step.at)


def _touch(step: MarketStep, side: Side) -> tuple[int, int]:
    return (step.bid, step.bid_size) if side is Side.BUY else (step.ask, step.ask_size)
