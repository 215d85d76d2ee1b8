"""A seeded market: correlated random walks with stochastic volatility, an intraday cycle, bursts, and a past.

Every minute (or step) the log return of a product is ``sigma * (beta * common + rest)`` with
``sigma = typical * cycle(time of day) * exp(h)`` and ``h`` a slow autoregression; volume is log-normal around the
product's typical one and grows with the size of the return. A burst adds a drift and multiplies volume for some
minutes. The past has no net drift, so that it opens without a trend of its own.

**The opening.** The last hour of history of the second product (ETH-USD by default; of the only one where there is
one) is lively: a rise to a new 24-hour high with heavy volume that ends three minutes before the start, so that a
rules strategy has something to look at at once. Same seed and start: same market, to the last unit.
"""

import math
import random
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from attrs import define, frozen

from trader247.errors import ConfigurationInvalid
from trader247.model.instant import DAY, MINUTE, SECOND, Instant, seconds
from trader247.venues.simulated.book import Side
from trader247.venues.simulated.market import Bar, MarketStep, TapeTrade
from trader247.venues.simulated.products import Product, product_named

__all__ = ["DEFAULT_PRODUCTS", "GeneratedMarket"]

DEFAULT_PRODUCTS: Final = ("BTC-USD", "ETH-USD", "SOL-USD", "DOGE-USD", "LINK-USD")
_HISTORY: Final = 8 * DAY
_BURST_MINUTES: Final = 42
_QUIET_MINUTES: Final = 3
_SETTLING: Final = 2 * MINUTE
"""After its burst the lively product trades both ways around the burst's close for this long, as markets do: the price
swings about the close, and each step sells through the bid and buys through the ask."""
_SWING_S: Final = 7.0
_SWING: Final = 2e-4
"""Period and amplitude of the swing: two basis points, twice in a quarter of a minute."""
_VOLATILITY_MEMORY: Final = 0.995
_VOLATILITY_NOISE: Final = 0.03
_BURSTS_PER_MINUTE: Final = 1 / 360
"""One burst in six hours and product."""


@frozen
class _Character:
    """Opening price (USD), typical volatility per minute, share of the common factor, typical volume (base/minute)."""

    price: float
    sigma: float
    beta: float
    volume: float


_CHARACTERS: Final = {
    "BTC-USD": _Character(64_000.0, 4.2e-4, 0.9, 6.0),
    "ETH-USD": _Character(3_200.0, 5.2e-4, 0.75, 80.0),
    "SOL-USD": _Character(150.0, 6.5e-4, 0.7, 1_200.0),
    "DOGE-USD": _Character(0.16, 7.0e-4, 0.6, 90_000.0),
    "LINK-USD": _Character(15.0, 6.5e-4, 0.6, 900.0),
}
_STRANGER: Final = _Character(10.0, 7.0e-4, 0.6, 1_000.0)


@define
class _Walk:
    """The state of one product: log price, log volatility, and the burst under way."""

    log_price: float
    heat: float = 0.0
    burst_left_s: float = 0.0
    burst_drift: float = 0.0
    settles_at: float | None = None


class GeneratedMarket:
    """A market from a seed; endless. ``steps`` are ``step_s`` seconds apart, every product at each."""

    def __init__(
        self, start: Instant, seed: int = 247, products: Sequence[str] = DEFAULT_PRODUCTS, step_s: float = 1.0
    ) -> None:
        """``start`` is cut to the second. Makes eight days of minutes at once (about 50 ms a product).

        Raises:
            ConfigurationInvalid: no product, one named twice, or a step outside 0.01 to 60 seconds.
        """
        if not products or len(set(products)) != len(products):
            raise ConfigurationInvalid(f"generated market: products {list(products)} must be named once each")
        if not 0.01 <= step_s <= 60:
            raise ConfigurationInvalid(f"generated market: step of {step_s} s is not within 0.01 to 60 s")
        self.start = Instant(start - start % SECOND)
        self.products: Sequence[Product] = [product_named(name) for name in products]
        self.notes: Sequence[str] = ()
        self._seed, self._step_s = seed, step_s
        self._common = self._common_factor()
        self._lively = lively = self.products[min(1, len(self.products) - 1)].product_id
        self._history = {each.product_id: self._past(each, lively=each.product_id == lively) for each in self.products}

    def history(self, product_id: str) -> Sequence[Bar]:
        """Eight days of minutes, none missing."""
        return self._history[product_id]

    # --------------------------------------------------------------------------------------------------- the past
    def _common_factor(self) -> list[float]:
        rng = random.Random(f"generated:{self._seed}:common")
        return [rng.gauss(0.0, 1.0) for _ in range(_HISTORY // MINUTE)]

    def _past(self, product: Product, *, lively: bool) -> list[Bar]:
        rng = random.Random(f"generated:{self._seed}:{product.product_id}:past")
        who = _CHARACTERS.get(product.product_id, _STRANGER)
        first_s = self.start // SECOND // 60 * 60 - len(self._common) * 60
        returns, sigmas = _returns(rng, who, self._common, first_s)
        boost = _liven(returns, rng) if lively else {}
        return _bars(rng, product, who, returns, sigmas, first_s=first_s, boost=boost)

    # ----------------------------------------------------------------------------------------------------- onward
    def steps(self) -> Iterator[MarketStep]:
        """One step per product every ``step_s`` seconds, for ever."""
        common = random.Random(f"generated:{self._seed}:{self.start}:common")
        rngs = [random.Random(f"generated:{self._seed}:{self.start}:{each.product_id}") for each in self.products]
        walks = [_Walk(math.log(self._history[each.product_id][-1].close)) for each in self.products]
        for product, walk in zip(self.products, walks, strict=True):
            walk.settles_at = walk.log_price if product.product_id == self._lively else None
        stride = round(self._step_s * SECOND)
        at = self.start
        while True:
            factor = common.gauss(0.0, 1.0)
            for product, rng, walk in zip(self.products, rngs, walks, strict=True):
                yield self._step(product, rng, walk, factor, at)
            at = Instant(at + stride)

    def _step(self, product: Product, rng: random.Random, walk: _Walk, factor: float, at: Instant) -> MarketStep:
        who = _CHARACTERS.get(product.product_id, _STRANGER)
        share = self._step_s / 60
        cycle = _cycle(at // SECOND)
        walk.heat = walk.heat * _VOLATILITY_MEMORY**share + rng.gauss(0.0, _VOLATILITY_NOISE * math.sqrt(share))
        if walk.burst_left_s <= 0 and rng.random() < _BURSTS_PER_MINUTE * share:
            walk.burst_left_s = rng.uniform(5, 30) * 60
            walk.burst_drift = rng.choice((-1, 1)) * rng.uniform(0.5, 1.5) * who.sigma
        bursting = walk.burst_left_s > 0
        walk.burst_left_s -= self._step_s
        sigma = who.sigma * cycle * math.exp(walk.heat) * math.sqrt(share)
        rest = math.sqrt(1 - who.beta * who.beta)
        move = sigma * (who.beta * factor + rest * rng.gauss(0.0, 1.0)) + (walk.burst_drift * share if bursting else 0)
        if walk.settles_at is not None:
            phase = 2 * math.pi * seconds(at - self.start) / _SWING_S
            move = walk.settles_at + _SWING * math.sin(phase) + 0.1 * move - walk.log_price
            if at >= self.start + _SETTLING:
                walk.settles_at = None
        walk.log_price += move
        volume = who.volume * share * cycle * math.exp(rng.gauss(0.0, 0.6)) * (0.6 + 0.5 * abs(move) / sigma)
        return self._quote(product, rng, walk, at, volume * (4.0 if bursting else 1.0), upward=move > 0)

    def _quote(
        self, product: Product, rng: random.Random, walk: _Walk, at: Instant, volume: float, *, upward: bool
    ) -> MarketStep:
        mid = math.exp(walk.log_price)
        wideness = rng.uniform(0.5, 1.3) if walk.settles_at is None else 0.5
        half = max(0.5, mid * product.spread_bps * wideness / 20_000)
        bid = max(1, math.floor(mid - half + 0.5))
        ask = max(bid + 1, math.ceil(mid + half - 0.5))
        who = _CHARACTERS.get(product.product_id, _STRANGER)
        unit = 10**product.size_digits
        bid_size, ask_size = (max(1, round(who.volume * 0.15 * rng.uniform(0.3, 1.7) * unit)) for _ in range(2))
        trades: list[TapeTrade] = []
        if walk.settles_at is not None:
            trades += [TapeTrade(bid, bid_size * 3 // 2, Side.SELL), TapeTrade(ask, ask_size * 3 // 2, Side.BUY)]
        elif rng.random() < 0.95:
            taker = Side.BUY if upward != (rng.random() < 0.25) else Side.SELL
            trades.append(TapeTrade(ask if taker is Side.BUY else bid, max(1, round(volume * unit)), taker))
        return MarketStep(at, product.product_id, bid, ask, bid_size, ask_size, tuple(trades))


def _cycle(at_s: int) -> float:
    """Busier in the European and American afternoon: 0.75 at 04:00 UTC, 1.25 at 16:00."""
    return 1.0 - 0.25 * math.cos((at_s % 86_400 / 86_400 - 1 / 6) * 2 * math.pi)


def _returns(
    rng: random.Random, who: _Character, common: Sequence[float], first_s: int
) -> tuple[list[float], list[float]]:
    """Log returns by minute without net drift, and the volatility each was drawn with."""
    gauss, exp, rest, heat = rng.gauss, math.exp, math.sqrt(1 - who.beta * who.beta), 0.0
    cycles = [_cycle(first_s + hour * 3600) * who.sigma for hour in range(len(common) // 60 + 1)]
    returns: list[float] = []
    sigmas: list[float] = []
    for minute, factor in enumerate(common):
        if minute % 10 == 0:  # volatility moves slowly: six draws an hour are as good as sixty
            heat = heat * _VOLATILITY_MEMORY**10 + gauss(0.0, _VOLATILITY_NOISE * 3)
        sigma = cycles[minute // 60] * exp(heat)
        sigmas.append(sigma)
        returns.append(sigma * (who.beta * factor + rest * gauss(0.0, 1.0)))
    drift = sum(returns) / len(returns)
    return [each - drift for each in returns], sigmas


def _liven(returns: list[float], rng: random.Random) -> dict[int, float]:
    """Turn the last hour into a rise to a new day high; volume factors by minute."""
    end = len(returns) - _QUIET_MINUTES
    begin = end - _BURST_MINUTES
    level, high, now = 0.0, 0.0, 0.0
    for minute in range(len(returns) - 1440, len(returns)):
        level += returns[minute]
        if minute < begin:
            high = max(high, level)
        now = level if minute == begin - 1 else now
    rise = max(0.032, high - now + 0.012)
    weights = [0.4 + rng.random() for _ in range(begin, end)]
    for minute, weight in zip(range(begin, end), weights, strict=True):
        returns[minute] = returns[minute] * 0.3 + rise * weight / sum(weights)
    for minute in range(end, len(returns)):
        returns[minute] *= 0.5
    return {minute: 3.0 + 4.0 * rng.random() for minute in range(begin, end)}


def _bars(
    rng: random.Random,
    product: Product,
    who: _Character,
    returns: Sequence[float],
    sigmas: Sequence[float],
    *,
    first_s: int,
    boost: dict[int, float],
) -> list[Bar]:
    """Minutes that follow the returns, ending so that the first stands at the character's price."""
    exp, uniform = math.exp, rng.random
    scale, unit = 10**product.price_digits, 10**product.size_digits
    levels = [math.log(who.price * scale)]
    for each in returns:
        levels.append(levels[-1] + each)
    bars: list[Bar] = []
    typical = who.volume * unit
    for minute, ((before, after), sigma) in enumerate(zip(pairwise(levels), sigmas, strict=True)):
        top, bottom = (after, before) if after > before else (before, after)
        opened, close = round(exp(before)), round(exp(after))
        high = max(opened, close, round(exp(top + sigma * 0.6 * uniform())))
        low = max(1, min(opened, close, round(exp(bottom - sigma * 0.6 * uniform()))))
        busy = 0.35 + 0.8 * (top - bottom) / who.sigma + 0.5 * uniform()
        volume = typical * busy * boost.get(minute, 1.0) if boost else typical * busy
        bars.append(Bar(first_s + minute * 60, opened, high, low, close, max(1, round(volume))))
    return bars
