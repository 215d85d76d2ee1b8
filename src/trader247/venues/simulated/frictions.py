"""What trading costs beyond fee and spread where a book is only as deep as a candle lets one guess (backtests).

* An order that takes pays at least ``slippage_bps`` off the mid (10, 25, 50 by tier), times
  ``1 + 0.2 * log10(notional / 10,000)`` above 10,000 of notional, at most 1.2 times, times ``min(ATR% / 5, 1.5)`` where
  the average true range of 24 hours is over 5 % of the price. Never beyond its own limit.
* An order that rests is filled only in part with a probability of ``partial_pct`` (10 %, half of that in the core tier,
  twice in the event-driven one): a share of 50 to 99 % of it stands in the book, drawn from the seed and its own id, so
  that no other order has a say in it. What is left waits until the order is cancelled.

The tape is not moved by either: the market was recorded without us.
"""

import math
import random
from collections.abc import Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import pairwise
from typing import Final

from attrs import frozen

from trader247.model.money import floor_to
from trader247.venues.simulated.book import Side
from trader247.venues.simulated.candles import CandleStore
from trader247.venues.simulated.order_record import ExchangeOrder
from trader247.venues.simulated.products import Product

__all__ = ["Friction", "Frictions"]

_FREE_NOTIONAL: Final = 10_000.0
_IMPACT: Final = 0.2
_IMPACT_MAX: Final = 1.2
_CALM_ATR_PCT: Final = 5.0
_WILD_MAX: Final = 1.5
_HOUR_S: Final = 3600
_HOURS: Final = 24
_SHARE_LEAST, _SHARE_MOST = 0.50, 0.99


@frozen
class Friction:
    """Of one product: bps off the mid, and how often in a hundred a resting order fills only in part."""

    slippage_bps: float = 10.0
    partial_pct: float = 10.0


class Frictions:
    """The costs of all products of one exchange; the engine asks it at each trade of a client."""

    def __init__(
        self,
        terms: Mapping[str, Friction],
        products: Mapping[str, Product],
        candles: Mapping[str, CandleStore],
        seed: int,
    ) -> None:
        """A product without terms costs nothing more."""
        self._terms = terms
        self._products = products
        self._candles = candles
        self._seed = seed

    def taker_price(self, order: ExchangeOrder, price: Decimal, mid: Decimal, quantity: Decimal) -> Decimal:
        """What an order pays that could have had ``price``; ``mid`` is the book's before it came."""
        terms, limit = self._terms.get(order.product_id), order.limit_price
        if terms is None or limit is None:
            return price
        bps = terms.slippage_bps * _impact(float(mid * quantity)) * self._wildness(order.product_id)
        part = Decimal(str(round(bps, 4))).scaleb(-4)
        increment = self._products[order.product_id].price_increment
        if order.side is Side.BUY:
            worse = (mid * (1 + part) / increment).to_integral_value(ROUND_CEILING) * increment
            return min(limit, max(price, worse))
        worse = (mid * (1 - part) / increment).to_integral_value(ROUND_FLOOR) * increment
        return max(limit, min(price, worse))

    def standing_size(self, order: ExchangeOrder) -> Decimal:
        """How much of a resting order is ever reached."""
        terms = self._terms.get(order.product_id)
        if terms is None or not order.terms.post_only:
            return order.workable
        rng = random.Random(f"{self._seed}:{order.client_order_id}")
        if rng.random() * 100.0 >= terms.partial_pct:
            return order.workable
        share = Decimal(str(round(rng.uniform(_SHARE_LEAST, _SHARE_MOST), 4)))
        part = floor_to(order.workable * share, self._products[order.product_id].base_increment)
        return part or order.workable

    def _wildness(self, product_id: str) -> float:
        atr_pct = self._atr_pct(self._candles[product_id])
        return min(atr_pct / _CALM_ATR_PCT, _WILD_MAX) if atr_pct > _CALM_ATR_PCT else 1.0

    @staticmethod
    def _atr_pct(candles: CandleStore) -> float:
        """The mean true range of the last 24 hours that traded, in percent of the last price."""
        hours = candles.newest_hours(_HOURS + 1)
        if len(hours) <= 1:
            return 0.0
        ranges = [max(hour[1], before[3]) - min(hour[2], before[3]) for before, hour in pairwise(hours)]
        return sum(ranges) / len(ranges) / hours[-1][3] * 100.0


def _impact(notional: float) -> float:
    if notional <= _FREE_NOTIONAL:
        return 1.0
    return min(1.0 + _IMPACT * math.log10(notional / _FREE_NOTIONAL), _IMPACT_MAX)
