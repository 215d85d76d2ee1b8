"""The WebSocket face without sockets: one ``Session`` per connection, texts in and texts out.

One sequence number per connection over all channels, acknowledgements included. Snapshots come before the
acknowledgement, which lists everything now subscribed. The market channels speak of trades, not of quotes: the ticker
is silent while nothing trades. Order updates are cumulative. What all sessions share is encoded once.
"""

import itertools
from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec

from trader247.model.instant import SECOND, Instant, rfc3339
from trader247.venues.simulated.auth import KeyRing
from trader247.venues.simulated.exchange import Event, OrderMoved, SimulatedExchange, TapeMoved
from trader247.venues.simulated.http_shapes import decoded
from trader247.venues.simulated.market import Bar
from trader247.venues.simulated.wire import Json, candle_object, ticker_object, trade_object, user_order_object

__all__ = ["Payloads", "Session"]

_FIRST_SUBSCRIBE_S: Final = 5
_IDLE_S: Final = 90
_USER_BATCH: Final = 50
_CANDLES_SHOWN: Final = 100
_TRADES_SHOWN: Final = 100
_FIVE_MINUTES_S: Final = 300
_MARKET_CHANNELS: Final = frozenset({"ticker", "candles", "market_trades"})
_NO_POSITIONS: Final[Json] = {"perpetual_futures_positions": [], "expiring_futures_positions": []}


def _encoded(content: object) -> str:
    return msgspec.json.encode(content).decode()


class Payloads:
    """The ``events`` entries that many sessions send alike, encoded once per event."""

    def __init__(self, exchange: SimulatedExchange) -> None:
        """Reads live records: ask in the same breath in which the event came."""
        self._exchange = exchange
        self._kept: dict[str, tuple[Event, str]] = {}

    def ticker(self, event: TapeMoved, now: Instant) -> str:
        """The ticker update a print causes."""
        return self._once("ticker", event, lambda: self.ticker_of("update", [event.product_id], now))

    def trades(self, event: TapeMoved) -> str:
        """The market_trades update, newest first."""
        return self._once(
            "market_trades", event, lambda: {"type": "update", "trades": [*map(trade_object, reversed(event.trades))]}
        )

    def order(self, event: OrderMoved) -> str:
        """The user update of one order."""
        return self._once("user", event, lambda: self.orders_of("update", [user_order_object(event.order)]))

    def ticker_of(self, kind: str, product_ids: Iterable[str], now: Instant) -> Json:
        """A ticker event of some products."""
        products = (self._exchange.products[product_id] for product_id in product_ids)
        return {"type": kind, "tickers": [ticker_object(self._exchange, product, now) for product in products]}

    @staticmethod
    def orders_of(kind: str, orders: list[Json]) -> Json:
        """A user event of some orders."""
        return {"type": kind, "orders": orders, "positions": _NO_POSITIONS}

    def _once(self, channel: str, event: Event, make: Callable[[], Json]) -> str:
        kept = self._kept.get(channel)
        if kept is None or kept[0] is not event:
            kept = self._kept[channel] = (event, _encoded(make()))
        return kept[1]


class Session:
    """One connection. ``close_reason`` turns from None to a text once the server should close it."""

    def __init__(self, exchange: SimulatedExchange, keys: KeyRing, payloads: Payloads, now: Instant) -> None:
        """``payloads`` is shared by all sessions of the exchange."""
        self._exchange = exchange
        self._keys = keys
        self._payloads = payloads
        self._channels: dict[str, dict[str, None]] = {}
        self._owner = ""
        self._sequence = 0
        self._opened_at = now
        self._sent_at = now
        self._has_subscribed = False
        self._last_bars: dict[str, Bar] = {}
        self.close_reason: str | None = None

    # --------------------------------------------------------------------------------------------------- incoming
    def on_text(self, text: str | bytes, now: Instant) -> list[str]:
        """Answer a message of the client: snapshots, then the acknowledgement; or an error frame."""
        message = decoded(text)
        if not isinstance(message, dict) or message.get("type") not in ("subscribe", "unsubscribe"):
            return [_error("subscribe or unsubscribe required")]
        channel = message.get("channel")
        ids = message.get("product_ids", [])
        if not isinstance(ids, list) or not isinstance(channel, str):
            return [_error("subscribe or unsubscribe required")]
        self._has_subscribed = True
        names = [each for each in ids if isinstance(each, str)]
        if message["type"] == "unsubscribe":
            self._unsubscribe(channel, names)
            return [self._acknowledged(now)]
        frames = self._subscribe(channel, names, message.get("jwt"), now)
        return [_error("authentication failure")] if frames is None else [*frames, self._acknowledged(now)]

    def _subscribe(self, channel: str, names: list[str], token: object, now: Instant) -> list[str] | None:
        """The snapshots of a new subscription; None where it is refused."""
        if channel == "heartbeats":
            self._channels[channel] = {"heartbeats": None}
            return []
        if channel == "status":
            self._channels[channel] = dict.fromkeys(names or self._exchange.products)
            return [self._frame("status", _encoded(self._status()), now)]
        if channel == "user":
            return self._subscribe_user(token, now)
        if channel not in _MARKET_CHANNELS:
            return None
        known = [name for name in names if name in self._exchange.products]
        self._channels.setdefault(channel, {}).update(dict.fromkeys(known))
        return [self._frame(channel, _encoded(each), now) for each in self._market_snapshots(channel, known, now)]

    def _subscribe_user(self, token: object, now: Instant) -> list[str] | None:
        holder = self._keys.caller(token, now, None) if isinstance(token, str) else None
        if holder is None:
            return None
        self._owner = holder.portfolio_id
        self._channels["user"] = {self._owner: None}
        working = [each for each in self._exchange.engine.open_orders.values() if each.owner == self._owner]
        frames = []
        for first in range(0, len(working) + 1, _USER_BATCH):
            batch = [user_order_object(order) for order in working[first : first + _USER_BATCH]]
            frames.append(self._frame("user", _encoded(self._payloads.orders_of("snapshot", batch)), now))
        return frames

    def _market_snapshots(self, channel: str, names: list[str], now: Instant) -> list[Json]:
        if not names:
            return []
        if channel == "ticker":
            return [self._payloads.ticker_of("snapshot", names, now)]
        if channel == "candles":
            return [{"type": "snapshot", "candles": [row for name in names for row in self._candle_rows(name, now)]}]
        recent = (itertools.islice(reversed(self._exchange.tape[name]), _TRADES_SHOWN) for name in names)
        return [{"type": "snapshot", "trades": [trade_object(trade) for tape in recent for trade in tape]}]

    def _unsubscribe(self, channel: str, names: list[str]) -> None:
        subscribed = self._channels.get(channel, {})
        for name in names if names and channel in _MARKET_CHANNELS else list(subscribed):
            subscribed.pop(name, None)
        if not subscribed:
            self._channels.pop(channel, None)

    # --------------------------------------------------------------------------------------------------- outgoing
    def on_event(self, event: Event, now: Instant) -> list[str]:
        """The frames this connection gets for an event, none for most."""
        if isinstance(event, OrderMoved):
            mine = "user" in self._channels and event.order.owner == self._owner
            return [self._frame("user", self._payloads.order(event), now)] if mine else []
        frames = []
        if event.product_id in self._channels.get("ticker", ()):
            frames.append(self._frame("ticker", self._payloads.ticker(event, now), now))
        if event.product_id in self._channels.get("market_trades", ()):
            frames.append(self._frame("market_trades", self._payloads.trades(event), now))
        return frames

    def on_tick(self, now: Instant) -> list[str]:
        """Once a second: the heartbeat, candles that moved, and whether the connection has outlived its welcome."""
        if not self._has_subscribed and now - self._opened_at >= _FIRST_SUBSCRIBE_S * SECOND:
            self.close_reason = "no subscribe within 5 s"
        frames = []
        if "heartbeats" in self._channels:
            frames.append(self._frame("heartbeats", _encoded(self._heartbeat(now)), now))
        moved = [row for name in self._channels.get("candles", ()) for row in self._moved_candle(name, now)]
        if moved:
            frames.append(self._frame("candles", _encoded({"type": "update", "candles": moved}), now))
        if now - self._sent_at >= _IDLE_S * SECOND:
            self.close_reason = "idle"
        return frames

    def _heartbeat(self, now: Instant) -> Json:
        counter = max(0, now - self._exchange.opened_at) // SECOND
        shown = rfc3339(now, 9).replace("T", " ").removesuffix("Z")
        return {"current_time": f"{shown} +0000 UTC m=+{counter}.000000001", "heartbeat_counter": counter}

    def _status(self) -> Json:
        flags = self._exchange.engine.flags
        products = [
            {
                "product_type": "SPOT",
                "id": product.product_id,
                "base_currency": product.base,
                "quote_currency": product.quote,
                "base_increment": f"{product.base_increment:f}",
                "quote_increment": f"{product.quote_increment:f}",
                "display_name": product.product_id,
                "status": flags[product.product_id].status,
                "status_message": "",
                "min_market_funds": f"{product.quote_min_size:f}",
            }
            for product in self._exchange.products.values()
        ]
        return {"type": "snapshot", "products": products}

    def _candle_rows(self, product_id: str, now: Instant) -> list[Json]:
        product, now_s = self._exchange.products[product_id], now // SECOND
        first_s = now_s - (_CANDLES_SHOWN - 1) * _FIVE_MINUTES_S
        bars = self._exchange.candles[product_id].candles(_FIVE_MINUTES_S, first_s, now_s)
        if bars:
            self._last_bars[product_id] = bars[-1]
        return [candle_object(product, bar) | {"product_id": product_id} for bar in reversed(bars)]

    def _moved_candle(self, product_id: str, now: Instant) -> list[Json]:
        now_s = now // SECOND
        bars = self._exchange.candles[product_id].candles(_FIVE_MINUTES_S, now_s - _FIVE_MINUTES_S, now_s)
        known = self._last_bars.get(product_id)
        new = [bar for bar in bars if known is None or (bar.start_s >= known.start_s and bar != known)]
        if new:
            self._last_bars[product_id] = new[-1]
        product = self._exchange.products[product_id]
        return [candle_object(product, bar) | {"product_id": product_id} for bar in reversed(new)]

    def _acknowledged(self, now: Instant) -> str:
        subscriptions: dict[str, Any] = {channel: list(names) for channel, names in self._channels.items()}
        return self._frame("subscriptions", _encoded({"subscriptions": subscriptions}), now)

    def _frame(self, channel: str, payload: str, now: Instant) -> str:
        number, self._sequence, self._sent_at = self._sequence, self._sequence + 1, now
        return (
            f'{{"channel":"{channel}","client_id":"","timestamp":"{rfc3339(now, 9)}",'
            f'"sequence_num":{number},"events":[{payload}]}}'
        )


def _error(message: str) -> str:
    return _encoded({"type": "error", "message": message})
