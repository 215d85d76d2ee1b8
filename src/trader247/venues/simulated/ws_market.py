"""The public channels about trading and the exchange itself; the book has a module of its own.

Cadences: ``ticker`` with every print; ``ticker_batch`` every five seconds, ``candles`` every second, each only where
something traded; ``market_trades`` in batches of a quarter of a second; ``heartbeats`` every second; ``status`` when a
product's state changed, and all of them every thirty seconds (the interval is a guess: the real one is not published).
"""

import itertools
from collections.abc import Collection, Sequence
from typing import Final

from trader247.model.instant import SECOND, Instant
from trader247.venues.simulated.exchange import Event, SimulatedExchange, TapeMoved
from trader247.venues.simulated.market import Bar
from trader247.venues.simulated.matching import Traded
from trader247.venues.simulated.wire import Json, candle_object, ticker_object, trade_object
from trader247.venues.simulated.ws_channel import Channel, Notice
from trader247.venues.simulated.ws_wire import batched_ticker_object, encoded, heartbeat_object, status_object

__all__ = [
    "TRADES_BATCH_S",
    "CandlesChannel",
    "HeartbeatsChannel",
    "StatusChannel",
    "TickerBatchChannel",
    "TickerChannel",
    "TradesChannel",
]

TRADES_BATCH_S: Final = 0.25
_TRADES_BATCH_MAX: Final = 1_000
"""Prints of one product in one batch: more go out at once, so that a fast market cannot pile up here."""

_BATCHED_TICKER_S: Final = 5
_STATUS_S: Final = 30
_CANDLES_SHOWN: Final = 100
_TRADES_SHOWN: Final = 100
_FIVE_MINUTES_S: Final = 300


class HeartbeatsChannel(Channel):
    """One beat a second. Its only key is its own name, whatever products a client names."""

    name = "heartbeats"

    def on_tick(self, now: Instant) -> list[Notice]:
        """The beat."""
        if not self._listeners:
            return []
        return [Notice(self.name, self.name, encoded(heartbeat_object(self._exchange.opened_at, now)))]


class TickerChannel(Channel):
    """Last price, day figures and the best of the book, with every print; silent while nothing trades."""

    name = "ticker"

    def _row(self, product_id: str, now: Instant) -> Json:
        return ticker_object(self._exchange, self._exchange.products[product_id], now)

    def _event(self, kind: str, product_ids: Sequence[str], now: Instant) -> str:
        return encoded({"type": kind, "tickers": [self._row(product_id, now) for product_id in product_ids]})

    def snapshot(self, keys: Sequence[str], now: Instant) -> list[str]:
        """All products in one event."""
        return [self._event("snapshot", keys, now)] if keys else []

    def on_event(self, event: Event, now: Instant) -> list[Notice]:
        """One update for all the prints of an event."""
        if not isinstance(event, TapeMoved) or event.product_id not in self._listeners:
            return []
        return [Notice(self.name, event.product_id, self._event("update", [event.product_id], now))]


class TickerBatchChannel(TickerChannel):
    """The ticker every five seconds, of what traded meanwhile."""

    name = "ticker_batch"

    def __init__(self, exchange: SimulatedExchange) -> None:
        """Starts with nothing to tell."""
        super().__init__(exchange)
        self._traded: dict[str, None] = {}
        self._told_in = 0

    def _row(self, product_id: str, now: Instant) -> Json:
        return batched_ticker_object(self._exchange, self._exchange.products[product_id], now)

    def on_event(self, event: Event, now: Instant) -> list[Notice]:
        """Only remembers."""
        del now
        if isinstance(event, TapeMoved) and event.product_id in self._listeners:
            self._traded[event.product_id] = None
        return []

    def on_tick(self, now: Instant) -> list[Notice]:
        """The batch, at the first tick of each five seconds of the clock."""
        current = now // (_BATCHED_TICKER_S * SECOND)
        if current == self._told_in:
            return []
        self._told_in, traded, self._traded = current, self._traded, {}
        return [Notice(self.name, name, self._event("update", [name], now)) for name in traded]


class CandlesChannel(Channel):
    """Buckets of five minutes, once a second where they moved; nothing says that one is closed."""

    name = "candles"

    def __init__(self, exchange: SimulatedExchange) -> None:
        """Starts with nothing told."""
        super().__init__(exchange)
        self._told: dict[str, Bar] = {}

    def part(self, key: str) -> None:
        """The last one to go takes along what was told."""
        super().part(key)
        if key not in self._listeners:
            self._told.pop(key, None)

    def snapshot(self, keys: Sequence[str], now: Instant) -> list[str]:
        """The last hundred buckets of each product, newest first."""
        now_s = now // SECOND
        first_s = now_s - (_CANDLES_SHOWN - 1) * _FIVE_MINUTES_S
        rows: list[Json] = []
        for key in keys:
            bars = self._exchange.candles[key].candles(_FIVE_MINUTES_S, first_s, now_s)
            if bars and key not in self._told:
                self._told[key] = bars[-1]
            rows += [self._row(key, bar) for bar in reversed(bars)]
        return [encoded({"type": "snapshot", "candles": rows})] if keys else []

    def on_tick(self, now: Instant) -> list[Notice]:
        """What moved in the second."""
        notices = []
        for key in self._listeners:
            moved = self._moved(key, now // SECOND)
            if moved:
                notices.append(Notice(self.name, key, encoded({"type": "update", "candles": moved})))
        return notices

    def _moved(self, key: str, now_s: int) -> list[Json]:
        """The bucket of now and the one before it, whose last trades may not have been told when it closed."""
        before_s = now_s - now_s % _FIVE_MINUTES_S - _FIVE_MINUTES_S
        bars = self._exchange.candles[key].candles(_FIVE_MINUTES_S, before_s, now_s)
        told = self._told.get(key)
        new = [bar for bar in bars if told is None or (bar.start_s >= told.start_s and bar != told)]
        if new:
            self._told[key] = new[-1]
        return [self._row(key, bar) for bar in reversed(new)]

    def _row(self, product_id: str, bar: Bar) -> Json:
        return candle_object(self._exchange.products[product_id], bar) | {"product_id": product_id}


class TradesChannel(Channel):
    """The tape in batches, newest first. A snapshot may hold trades that a batch tells again."""

    name = "market_trades"

    def __init__(self, exchange: SimulatedExchange) -> None:
        """Starts with nothing waiting."""
        super().__init__(exchange)
        self._waiting: dict[str, list[Traded]] = {}

    @property
    def waits(self) -> bool:
        """Whether ``flush`` has something to tell."""
        return bool(self._waiting)

    def snapshot(self, keys: Sequence[str], now: Instant) -> list[str]:
        """The last hundred trades of each product."""
        del now
        recent = (itertools.islice(reversed(self._exchange.tape[name]), _TRADES_SHOWN) for name in keys)
        rows = [trade_object(trade) for tape in recent for trade in tape]
        return [encoded({"type": "snapshot", "trades": rows})] if keys else []

    def on_event(self, event: Event, now: Instant) -> list[Notice]:
        """Only remembers, up to the most a batch may hold."""
        del now
        if not isinstance(event, TapeMoved) or event.product_id not in self._listeners:
            return []
        waiting = self._waiting.setdefault(event.product_id, [])
        waiting += event.trades
        return self.flush() if len(waiting) >= _TRADES_BATCH_MAX else []

    def flush(self) -> list[Notice]:
        """Everything that waits, a batch per product."""
        waiting, self._waiting = self._waiting, {}
        return [
            Notice(self.name, key, encoded({"type": "update", "trades": [*map(trade_object, reversed(trades))]}))
            for key, trades in waiting.items()
        ]


class StatusChannel(Channel):
    """The products' states. Always a snapshot, as recorded; a session sees the products it named, or all."""

    name = "status"
    listens_to_all = True

    def __init__(self, exchange: SimulatedExchange) -> None:
        """Takes the states of now as told."""
        super().__init__(exchange)
        self._told = dict(exchange.engine.flags)
        self._told_in = 0
        self._rows: dict[str, str] = {}

    def snapshot(self, keys: Sequence[str], now: Instant) -> list[str]:
        """The states of now."""
        self._told_in = self._told_in or now // (_STATUS_S * SECOND)
        self._rows = self._encoded_rows()
        return [self._event(keys)]

    def on_tick(self, now: Instant) -> list[Notice]:
        """All states where one has changed, or the interval is over."""
        current = now // (_STATUS_S * SECOND)
        flags = self._exchange.engine.flags
        if not self._listeners or (current == self._told_in and flags == self._told):
            return []
        self._told_in, self._told, self._rows = current, dict(flags), self._encoded_rows()
        return [Notice(self.name, "", "")]

    def payload(self, notice: Notice, keys: Collection[str]) -> str | None:
        """The rows of these products, each encoded once for everybody."""
        del notice
        return self._event(keys)

    def _event(self, keys: Collection[str]) -> str:
        return '{{"type":"snapshot","products":[{}]}}'.format(",".join(self._rows[key] for key in keys))

    def _encoded_rows(self) -> dict[str, str]:
        flags = self._exchange.engine.flags
        return {name: encoded(status_object(each, flags[name])) for name, each in self._exchange.products.items()}
