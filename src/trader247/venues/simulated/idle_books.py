"""Books that nobody has an order in: noted, and laid only once somebody enters. Pure.

A book of the house is the same whether it was laid with every step or with the last one before a client comes, since
nobody stood in a line meanwhile; laying it is most of what a step costs. So a backtest, which asks nothing but the
touch, the depth and the candles of a market it does not trade in, keeps those alone. What is not kept is the tape.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Final

from trader247.model.instant import SECOND
from trader247.model.money import ZERO
from trader247.venues.simulated.bar_steps import QUARTER, MinutePath
from trader247.venues.simulated.book import Side
from trader247.venues.simulated.candles import CandleStore
from trader247.venues.simulated.house import House
from trader247.venues.simulated.market import MarketStep
from trader247.venues.simulated.matching import Engine

__all__ = ["IdleBooks", "Level", "depth_of", "touch_of"]

Level = tuple[Decimal, Decimal]
"""Price and size."""

_QUARTER_S: Final = QUARTER // SECOND
_LEVELS_MAX: Final = 1_000
"""Levels of a side that are looked at for its depth, as many as the venue's own page gives."""
_BPS: Final = 10_000


class IdleBooks:
    """The books of one exchange, by product."""

    def __init__(self, houses: Mapping[str, House], engine: Engine, candles: Mapping[str, CandleStore]) -> None:
        """All are the exchange's own."""
        self._houses = houses
        self._engine = engine
        self._candles = candles

    def note(self, step: MarketStep) -> bool:
        """Take in a step of a product that nobody has an order in; False where somebody has, and the book is laid."""
        name, working = step.product_id, self._engine.open_orders
        if working and any(self._engine.products[each.product_id].book_id == name for each in working.values()):
            self.lay(name)
            return False
        self._houses[name].note(step)
        candles = self._candles[name]
        for price, size, _ in step.trades:
            candles.record(step.at, price, size)
        return True

    def touch_in_ticks(self, product_id: str) -> tuple[int, int]:
        """Best bid and best ask, laid or not; zero for an empty side."""
        step, digits = self._houses[product_id].noted, self._engine.products[product_id].price_digits
        if step is not None:
            return step.bid, step.ask
        (bid, _), (ask, _) = touch_of(self._engine, product_id)
        return int(bid.scaleb(digits)), int(ask.scaleb(digits))

    def note_rest(self, path: MinutePath) -> None:
        """Take in what is left of a minute after its opening, of a product that nobody has an order in."""
        prices = path.prices[path.opens :]
        if prices:
            self._note(path, path.opens, prices)

    def note_opening(self, path: MinutePath) -> None:
        """Take in how a minute opens, of such a product."""
        if path.opens:
            self._note(path, 0, path.prices[: path.opens])

    def _note(self, path: MinutePath, begin: int, prices: Sequence[int]) -> None:
        name, end = path.product.product_id, begin + len(prices)
        house, least, most = self._houses[name], min(prices), max(prices)
        if not house.note_several(len(prices), path.size, path.reach(least, most), partial(path.step, end - 1)):
            for number in range(begin, end):
                house.note(path.step(number))
        at_s = path.bar[0] + path.parts[begin] * _QUARTER_S
        self._candles[name].record_several(at_s, prices, least, most, path.traded(begin, end))

    def surely_holds(self, product_id: str, touch: tuple[int, int], reach_bps: int) -> int:
        """At most what the thinner side holds within so many bps of the mid, in ticks times units: it costs little."""
        return self._houses[product_id].holds(touch, reach_bps / _BPS)

    def lay(self, product_id: str) -> None:
        """The book as it stands, before anybody enters it."""
        house = self._houses[product_id]
        if house.noted is not None:
            house.lay()
            last = self._candles[product_id].last
            if last is not None:
                self._engine.triggers[product_id].see(self._engine.products[product_id].price(last))

    def touch(self, product_id: str) -> tuple[Level, Level]:
        """Best bid and best ask, laid or not; zeros for an empty side."""
        step, product = self._houses[product_id].noted, self._engine.products[product_id]
        if step is None:
            return touch_of(self._engine, product_id)
        bid, ask = product.price(step.bid), product.price(step.ask)
        return (bid, product.size(step.bid_size)), (ask, product.size(step.ask_size))

    def depth(self, product_id: str, reach_bps: int) -> tuple[Decimal, Decimal]:
        """What the book holds within so many bps of its mid, bids and asks, in the quote currency."""
        noted = self._houses[product_id].depth(reach_bps / _BPS)
        if noted is None:
            return depth_of(self._engine, product_id, reach_bps)
        product = self._engine.products[product_id]
        digits = product.price_digits + product.size_digits
        return Decimal(noted[0]).scaleb(-digits), Decimal(noted[1]).scaleb(-digits)


def touch_of(engine: Engine, product_id: str) -> tuple[Level, Level]:
    """Best bid and best ask of a book that is laid."""
    book, nothing = engine.books[product_id], (ZERO, ZERO)
    bids, asks = book.depth(Side.BUY, 1), book.depth(Side.SELL, 1)
    return bids[0] if bids else nothing, asks[0] if asks else nothing


def depth_of(engine: Engine, product_id: str, reach_bps: int) -> tuple[Decimal, Decimal]:
    """The same of a book that is laid; zeros where a side is empty."""
    bids, asks = (engine.books[product_id].depth(side, _LEVELS_MAX) for side in (Side.BUY, Side.SELL))
    if not bids or not asks:
        return ZERO, ZERO
    mid = (bids[0][0] + asks[0][0]) / 2
    reach = mid * reach_bps / _BPS
    return (
        sum((price * size for price, size in bids if price >= mid - reach), ZERO),
        sum((price * size for price, size in asks if price <= mid + reach), ZERO),
    )
