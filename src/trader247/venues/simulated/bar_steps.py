"""Minutes of several products on one clock, given step by step or a minute at a time.

A traded minute becomes at most four steps, a quarter of a minute apart: open, low, high, close; prices that repeat the
one before are one step. Who asks for steps gets them in time order, as from any market. Who has nothing at stake takes
whole minutes: what was not begun of the current one (``rest``), then the openings of the next (``opening``).
"""

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from trader247.model.instant import SECOND, Instant
from trader247.venues.simulated.book import Side
from trader247.venues.simulated.market import Bar, MarketStep, TapeTrade
from trader247.venues.simulated.products import Product

__all__ = ["QUARTER", "BarSteps", "MinutePath"]

QUARTER: Final = 15 * SECOND
"""Between two steps of a minute."""
_QUARTERS: Final = (0, 1, 2, 3)


class MinutePath:
    """One traded minute of one product. ``parts`` and ``prices`` are the quarter and the price in ticks of each of its
    points; ``size`` stands at the touch.

    ``opens``: how many points belong to the first quarter: one, or none where only the close had units to trade.
    """

    __slots__ = ("_spread", "bar", "opens", "parts", "prices", "product", "share", "size")

    def __init__(self, product: Product, bar: Bar, size: int) -> None:
        """``bar`` trades at least one unit."""
        self.product, self.bar, self.size = product, bar, size
        self._spread = product.spread_bps / 20_000
        _, opened, high, low, close, volume = bar
        parts: Sequence[int] = _QUARTERS
        prices = [opened, low, high, close]
        if volume < 4 or low in (opened, high) or high == close:
            points = [next(same) for _, same in groupby(zip(parts, prices, strict=True), key=_price)]
            while len(points) > volume:
                del points[-2]  # every price needs a unit to trade; the close is the last to go
            parts, prices = [part for part, _ in points], [price for _, price in points]
        self.parts, self.prices = parts, prices
        self.opens = 1 if parts[0] == 0 else 0
        self.share = volume // len(prices)

    def touch(self, price: int) -> tuple[int, int]:
        """Bid and ask in ticks around a price of it."""
        half = round(price * self._spread) or 1
        return (price - half if price > half else 1), price + half

    def reach(self, least: int, most: int) -> tuple[int, int]:
        """Every touch of the prices between these two lies between."""
        half = round(most * self._spread) or 1
        return least - half, most + half

    def traded(self, begin: int, end: int) -> int:
        """The units that trade at the points from ``begin`` to before ``end``."""
        whole = end == len(self.prices)
        return self.bar[5] - self.share * begin if whole else self.share * (end - begin)

    def step(self, number: int) -> MarketStep:
        """The step of one point."""
        part, price = self.parts[number], self.prices[number]
        before = self.prices[number - 1] if number else self.bar.open
        trade = TapeTrade(price, self.traded(number, number + 1), Side.SELL if price < before else Side.BUY)
        bid, ask = self.touch(price)
        at = Instant(self.bar.start_s * SECOND + part * QUARTER)
        return MarketStep(at, self.product.product_id, bid, ask, self.size, self.size, (trade,))


class BarSteps(Iterator[MarketStep]):
    """The steps of several streams of minutes, each in time order; of one instant, by the number of the stream."""

    def __init__(self, streams: Sequence[Iterator[MinutePath]]) -> None:
        """Nothing is taken yet."""
        self._streams = streams
        self._heads = [next(stream, None) for stream in streams]
        self._ahead: list[MinutePath] = []
        self._begun: list[MinutePath] = []
        self._opened = False
        self._queue: deque[MarketStep] = deque()

    def __next__(self) -> MarketStep:
        if self._opened:
            self._queue, self._opened = _steps(self._begun, opened=True), False
        if not self._queue:
            self._begun, self._ahead = self._next_minute(), []
            if not self._begun:
                raise StopIteration
            self._queue = _steps(self._begun, opened=False)
        return self._queue.popleft()

    def put_back(self, step: MarketStep) -> None:
        """The step that was taken last comes next again."""
        self._queue.appendleft(step)
        if len(self._queue) == sum(len(path.prices) for path in self._begun):
            self._queue.clear()
            self._ahead, self._begun = self._begun, []

    def rest(self, start_s: int) -> Sequence[MinutePath] | None:
        """Of the minutes that began then, those of which all but the first quarter is left; none where nothing is.

        None where less than that is left, but not nothing.
        """
        if not self._queue and not self._opened and self.opening(start_s):
            self._begun, self._ahead, self._opened = self._ahead, [], True  # it trades late in it, and not at first
        if self._opened:
            return self._begun
        if not self._queue:
            return ()
        left = sum(len(path.prices) - path.opens for path in self._begun)
        return self._begun if len(self._queue) == left else None

    def opening(self, start_s: int) -> Sequence[MinutePath]:
        """The minutes that begin then, one for each product that trades in it. They are not taken by asking."""
        ahead = self._next_minute()
        return ahead if ahead and ahead[0].bar[0] == start_s else ()

    def go(self, start_s: int) -> None:
        """The rest is taken, and so are the openings of this minute."""
        self._queue.clear()
        self._begun, self._opened = [], False
        if self.opening(start_s):
            self._begun, self._ahead, self._opened = self._ahead, [], True

    def _next_minute(self) -> list[MinutePath]:
        if not self._ahead:
            heads = self._heads
            if len(heads) == 1:
                if heads[0] is not None:
                    self._ahead.append(heads[0])
                    heads[0] = next(self._streams[0], None)
                return self._ahead
            start_s = min((head.bar.start_s for head in heads if head is not None), default=-1)
            for number, head in enumerate(heads):
                if head is not None and head.bar.start_s == start_s:
                    self._ahead.append(head)
                    heads[number] = next(self._streams[number], None)
        return self._ahead


def _steps(paths: Sequence[MinutePath], *, opened: bool) -> deque[MarketStep]:
    steps = [path.step(n) for path in paths for n in range(path.opens if opened else 0, len(path.prices))]
    return deque(sorted(steps, key=_at))


def _price(point: tuple[int, int]) -> int:
    return point[1]


def _at(step: MarketStep) -> Instant:
    return step.at
