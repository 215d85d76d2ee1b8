"""Pages of market data, the same behind both doors: products, books, candles, tape, time."""

from typing import Final

from trader247.model.instant import SECOND, Instant, rfc3339
from trader247.model.money import plain
from trader247.venues.simulated.book import Side
from trader247.venues.simulated.candles import GRANULARITIES
from trader247.venues.simulated.exchange import SimulatedExchange
from trader247.venues.simulated.http_shapes import Params, failed
from trader247.venues.simulated.products import Product
from trader247.venues.simulated.wire import Json, candle_object, level_objects, product_object, trade_object

__all__ = ["MarketPages"]

CANDLES_MAX: Final = 350
_TRADES_MAX: Final = 100
_LEVELS_MAX: Final = 1_000


class MarketPages:
    """What anybody may know."""

    def __init__(self, exchange: SimulatedExchange) -> None:
        """Reads the exchange, changes nothing."""
        self._exchange = exchange

    def page(self, path: str, params: Params, now: Instant) -> Json | None:
        """The page at a path below the door (``/products/BTC-USD/candles``), or None where there is none."""
        match path.split("/")[1:]:
            case ["products"]:
                return self.products(params, now)
            case ["products", product_id]:
                return product_object(self._exchange, self._product(product_id), now)
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

    def products(self, params: Params, now: Instant) -> Json:
        """The product list; there are no futures here, and asking for them gives an empty list."""
        kind = params.text("product_type")
        if kind not in {"", "SPOT", "FUTURE", "UNKNOWN_PRODUCT_TYPE"}:
            raise failed(400, "INVALID_ARGUMENT", f'parsing field "product_type": "{kind}" is not a valid value')
        wanted = set(params.texts("product_ids"))
        chosen = [
            product
            for product in self._exchange.products.values()
            if kind != "FUTURE" and (not wanted or product.product_id in wanted)
        ]
        offset, limit = params.seconds("offset") or 0, params.count("limit", len(chosen) or 1, 10_000)
        shown = chosen[offset : offset + limit]
        return {
            "products": [product_object(self._exchange, product, now) for product in shown],
            "num_products": len(shown),
            "pagination": {"prev_cursor": "", "next_cursor": "", "has_next": False, "has_prev": False},
        }

    def product_book(self, params: Params, now: Instant) -> Json:
        """One book, aggregated by price, with the touch's figures."""
        product = self._product(params.text("product_id"))
        levels = params.count("limit", _LEVELS_MAX, _LEVELS_MAX)
        last = self._exchange.candles[product.product_id].last
        answer: Json = {"pricebook": self._pricebook(product, levels, now)}
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
        wanted = params.texts("product_ids") or list(self._exchange.products)
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
        limit = params.count("limit", _TRADES_MAX, _TRADES_MAX)
        start_s, end_s = params.seconds("start"), params.seconds("end")
        chosen: list[Json] = []
        for trade in reversed(self._exchange.tape[product_id]):
            at_s = trade.at // SECOND
            if len(chosen) == limit or (start_s is not None and at_s < start_s):
                break
            if end_s is None or at_s <= end_s:
                chosen.append({**trade_object(trade), "bid": "", "ask": "", "exchange": "coinbase"})
        (bid, _), (ask, _) = self._exchange.touch(product_id)
        return {"trades": chosen, "best_bid": plain(bid) if bid else "", "best_ask": plain(ask) if ask else ""}

    def _pricebook(self, product: Product, levels_max: int, now: Instant) -> Json:
        book = self._exchange.engine.books[product.product_id]
        return {
            "product_id": product.product_id,
            "bids": level_objects(book.depth(Side.BUY, levels_max)),
            "asks": level_objects(book.depth(Side.SELL, levels_max)),
            "time": rfc3339(now),
        }

    def _product(self, product_id: str) -> Product:
        product = self._exchange.products.get(product_id)
        if product is None:
            raise failed(404, "NOT_FOUND", f"Product {product_id} not supported")
        return product
