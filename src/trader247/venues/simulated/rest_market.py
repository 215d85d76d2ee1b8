"""Pages of market data, the same behind both doors: products, books, candles, tape, time."""

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final

from trader247.model.instant import SECOND, Instant, rfc3339
from trader247.model.money import ZERO, plain
from trader247.venues.simulated.book import Side
from trader247.venues.simulated.candles import GRANULARITIES
from trader247.venues.simulated.exchange import SimulatedExchange
from trader247.venues.simulated.http_shapes import Params, failed
from trader247.venues.simulated.products import Product
from trader247.venues.simulated.wire import Json, candle_object, level_objects, product_object, trade_object

__all__ = ["MarketPages"]

CANDLES_MAX: Final = 350
_TRADES_MAX: Final = 100
_TRADES_REFUSED: Final = 1_001
"""From here on the real venue was seen to answer with an internal error instead of fewer trades."""

_INCREMENT_DIGITS_MAX: Final = 20
_BY_VOLUME: Final = "PRODUCTS_SORT_ORDER_VOLUME_24H_DESCENDING"
_SORT_ORDERS: Final = ("PRODUCTS_SORT_ORDER_UNDEFINED", _BY_VOLUME, "PRODUCTS_SORT_ORDER_LIST_TIME_DESCENDING")
"""Guess: the names are not in any recorded answer; the list time is the same for all products here."""
_LEVELS_MAX: Final = 1_000


class MarketPages:
    """What anybody may know."""

    def __init__(self, exchange: SimulatedExchange) -> None:
        """Reads the exchange, changes nothing."""
        self._exchange = exchange

    def page(self, path: str, params: Params, now: Instant, *, public: bool = False) -> Json | None:
        """The page at a path below the door (``/products/BTC-USD/candles``), or None where there is none.

        ``view_only`` is told only behind the private door, and there only to who asks for the tradability status.
        """
        shows_view_only = params.flag("get_tradability_status") and not public
        match path.split("/")[1:]:
            case ["products"]:
                return self.products(params, now, shows_view_only=shows_view_only)
            case ["products", product_id]:
                return self._shown(self._product(product_id), now, shows_view_only=shows_view_only)
            case ["products", product_id, "candles"]:
                return self.candles(product_id, params, now)
            case ["products", product_id, "ticker"]:
                return self.trades(product_id, params)
            case ["product_book"]:
                return self.product_book(params, now)
        return None

    def time(self, now: Instant) -> Json:
        """The server's clock, all in texts."""
        seconds, millis = now // SECOND, now // 1_000_000
        return {"iso": rfc3339(now, 0), "epochSeconds": str(seconds), "epochMillis": str(millis)}

    def products(self, params: Params, now: Instant, *, shows_view_only: bool) -> Json:
        """The product list in pages; there are no futures here, and asking for them gives an empty list.

        ``num_products`` counts the page (a guess where ``limit`` is given: the real list was only seen whole).
        """
        kind = params.one_of("product_type", ("UNKNOWN_PRODUCT_TYPE", "SPOT", "FUTURE"))
        params.one_of("contract_expiry_type", ("UNKNOWN_CONTRACT_EXPIRY_TYPE", "EXPIRING", "PERPETUAL"))
        params.flag("get_all_products")
        wanted = set(params.texts("product_ids"))
        chosen = [
            product
            for product in self._exchange.listed.values()
            if kind != "FUTURE" and (not wanted or product.product_id in wanted)
        ]
        if params.one_of("products_sort_order", _SORT_ORDERS) == _BY_VOLUME:
            chosen.sort(key=lambda product: -self._turnover(product, now))
        offset = _offset(params)
        stop = offset + params.count("limit", len(chosen) or 1, 10_000)
        shown = [self._shown(product, now, shows_view_only=shows_view_only) for product in chosen[offset:stop]]
        more, before = stop < len(chosen), offset > 0
        pagination = {
            "prev_cursor": str(max(0, 2 * offset - stop)) if before else "",
            "next_cursor": str(stop) if more else "",
            "has_next": more,
            "has_prev": before,
        }
        return {"products": shown, "num_products": len(shown), "pagination": pagination}

    def _shown(self, product: Product, now: Instant, *, shows_view_only: bool) -> Json:
        shown = product_object(self._exchange, product, now)
        return shown if shows_view_only else shown | {"view_only": False}

    def _turnover(self, product: Product, now: Instant) -> Decimal:
        candles = self._exchange.candles[product.product_id]
        day = candles.day(now)
        return ZERO if day is None else product.size(day.volume) * product.price(day.last)

    def product_book(self, params: Params, now: Instant) -> Json:
        """One book, aggregated by price, with the touch's figures."""
        product = self._product(params.text("product_id"))
        levels = params.count("limit", _LEVELS_MAX, _LEVELS_MAX)
        step = _increment(params.text("aggregation_price_increment"))
        last = self._exchange.candles[product.product_id].last
        answer: Json = {"pricebook": self._pricebook(product, levels, now, step)}
        (bid, _), (ask, _) = self._exchange.touch(product.product_id)
        mid = (bid + ask) / 2
        has_both = bid > 0 and ask > 0
        return answer | {
            "last": plain(product.price(last)) if last is not None else "",
            "mid_market": plain(mid) if has_both else "",
            "spread_bps": plain(round((ask - bid) / mid * 10_000, 4)) if has_both else "",
            "spread_absolute": plain(ask - bid) if has_both else "",
        }

    def best_bid_ask(self, params: Params, now: Instant) -> Json:
        """The touch of the named products, or of all."""
        wanted = params.texts("product_ids") or list(self._exchange.listed)
        return {"pricebooks": [self._pricebook(self._product(product_id), 1, now) for product_id in wanted]}

    def candles(self, product_id: str, params: Params, now: Instant) -> Json:
        """Buckets newest first, both ends inclusive, holes where nothing traded."""
        product = self._product(product_id)
        span_s = GRANULARITIES.get(params.text("granularity"))
        if span_s is None:
            raise failed(400, "INVALID_ARGUMENT", "granularity argument is invalid")
        limit = params.count("limit", CANDLES_MAX, CANDLES_MAX)
        end_s = params.seconds("end")
        end_s = now // SECOND if end_s is None else end_s
        start_s = params.seconds("start")
        start_s = end_s // span_s * span_s - (limit - 1) * span_s if start_s is None else start_s
        if start_s > end_s or (end_s - start_s) // span_s > CANDLES_MAX:
            text = "start and end argument is invalid - number of candles requested should be less than 350"
            raise failed(400, "INVALID_ARGUMENT", text)
        bars = self._exchange.candles[product_id].candles(span_s, start_s, end_s)
        return {"candles": [candle_object(product, bar) for bar in reversed(bars[-limit:])]}

    def trades(self, product_id: str, params: Params) -> Json:
        """The tape newest first, with the touch."""
        self._product(product_id)
        if params.count("limit", _TRADES_MAX, _TRADES_REFUSED) == _TRADES_REFUSED:
            raise failed(500, "INTERNAL", "Internal server error")
        limit = params.count("limit", _TRADES_MAX, _TRADES_MAX)
        start_s, end_s = params.seconds("start"), params.seconds("end")
        chosen: list[Json] = []
        for trade in reversed(self._exchange.tape[product_id]):
            at_s = trade.at // SECOND
            if len(chosen) == limit or (start_s is not None and at_s < start_s):
                break
            if end_s is None or at_s <= end_s:
                chosen.append(
                    {**trade_object(trade), "product_id": product_id, "bid": "", "ask": "", "exchange": "coinbase"}
                )
        (bid, _), (ask, _) = self._exchange.touch(product_id)
        return {"trades": chosen, "best_bid": plain(bid) if bid else "", "best_ask": plain(ask) if ask else ""}

    def _pricebook(self, product: Product, levels_max: int, now: Instant, step: Decimal | None = None) -> Json:
        book = self._exchange.engine.books[product.product_id]
        sides = {}
        for side in Side:
            levels = book.depth(side, levels_max if step is None else _LEVELS_MAX)
            sides[side] = levels if step is None else _aggregated(levels, side, step)[:levels_max]
        return {
            "product_id": product.product_id,
            "bids": level_objects(sides[Side.BUY]),
            "asks": level_objects(sides[Side.SELL]),
            "time": rfc3339(now),
        }

    def _product(self, product_id: str) -> Product:
        product = self._exchange.listed.get(product_id)
        if product is None:
            text = f"Product {product_id} not supported" if product_id else "valid product_id is required"
            raise failed(404, "NOT_FOUND", text)
        return product


def _offset(params: Params) -> int:
    """Where a page begins: ``cursor``, which this exchange makes a plain number of, or ``offset``."""
    for name in ("cursor", "offset"):
        if (position := params.seconds(name)) is not None:
            return position
    return 0


def _increment(text: str) -> Decimal | None:
    """The step to which prices of a book are put together, None for the book as it is."""
    if not text:
        return None
    digits = text.replace(".", "", 1)
    if not digits.isascii() or not digits.isdigit() or len(digits) > _INCREMENT_DIGITS_MAX or not Decimal(text):
        raise failed(
            400, "INVALID_ARGUMENT", f'parsing field "aggregation_price_increment": "{text}" is not a valid value'
        )
    return Decimal(text)


def _aggregated(levels: Sequence[tuple[Decimal, Decimal]], side: Side, step: Decimal) -> list[tuple[Decimal, Decimal]]:
    """Levels by multiples of ``step``: bids down, asks up, so that no price looks better than it is."""
    sums: dict[Decimal, Decimal] = {}
    for price, size in levels:
        lines = price / step
        line = lines.to_integral_value(ROUND_FLOOR if side is Side.BUY else ROUND_CEILING)
        sums[line * step] = sums.get(line * step, ZERO) + size
    return list(sums.items())
