"""The WebSocket face without sockets: one ``Session`` per connection, texts in and texts out.

Rules, in the order in which a message meets them:

1. messages without a good token are metered; one too many is answered with an error and otherwise ignored;
2. what is no JSON object, no ``subscribe`` or ``unsubscribe``, or names no channel gets the recorded error;
3. an unknown channel, and an account's channel without a good token, get ``authentication failure``, as recorded;
4. products the exchange does not have are passed over, and a market channel without products is acknowledged with
   none (guesses); a USDC name means the USD book;
5. snapshots come first, then the acknowledgement, which lists everything now subscribed. To subscribe again gives new
   snapshots; to unsubscribe without products drops the channel.

One sequence number per connection over all channels, acknowledgements included; errors have none. The connection is to
be closed without a subscribe in its first five seconds, or after ninety in which nothing was sent and no ping came.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from trader247.model.instant import SECOND, Instant
from trader247.venues.simulated.auth import KeyHolder, KeyRing
from trader247.venues.simulated.http_shapes import decoded
from trader247.venues.simulated.ws_channel import Channel, Notice
from trader247.venues.simulated.ws_feed import Feed
from trader247.venues.simulated.ws_level2 import L2_STREAMS_MAX
from trader247.venues.simulated.ws_limits import Meter
from trader247.venues.simulated.ws_user import ALL_PRODUCTS
from trader247.venues.simulated.ws_wire import encoded, error_text, frame_text

__all__ = ["Session"]

_FIRST_SUBSCRIBE_S: Final = 5
_IDLE_S: Final = 90
_PRIVATE: Final = frozenset({"user", "futures_balance_summary"})

_MALFORMED: Final = "subscribe or unsubscribe required"
_UNAUTHENTICATED: Final = "authentication failure"
_TOO_MANY_BOOKS: Final = "too many L2 streams requested in a single session"
_TOO_FAST: Final = "rate limit exceeded"
"""This one text of the four is a guess."""


class Session:
    """One connection. ``close_reason`` turns from None to a text once the server should close it."""

    def __init__(self, feed: Feed, keys: KeyRing, now: Instant, meter: Meter | None = None) -> None:
        """``feed`` is shared by all sessions of the exchange, ``meter`` by those of one address."""
        self._feed = feed
        self._keys = keys
        self._meter = meter or Meter()
        self._subscribed: dict[str, dict[str, None]] = {}
        self._owner = ""
        self._sequence = 0
        self._opened_at = now
        self._alive_at = now
        self._has_subscribed = False
        self.close_reason: str | None = None

    # --------------------------------------------------------------------------------------------------- incoming
    def on_text(self, text: str | bytes, now: Instant) -> list[str]:
        """Answer a message of the client: snapshots, then the acknowledgement; or an error frame."""
        content = decoded(text)
        message = content if isinstance(content, dict) else {}
        token = message.get("jwt")
        holder = self._keys.caller(token, now, None) if isinstance(token, str) else None
        if holder is None and not self._meter.allows(now):
            return [error_text(_TOO_FAST)]
        kind, name, ids = message.get("type"), message.get("channel"), message.get("product_ids") or []
        if kind not in ("subscribe", "unsubscribe") or not isinstance(name, str) or not isinstance(ids, list):
            return [error_text(_MALFORMED)]
        self._has_subscribed |= kind == "subscribe"
        channel = self._feed.channels.get(name)
        if channel is None or (name in _PRIVATE and holder is None):
            return [error_text(_UNAUTHENTICATED)]
        names = list(dict.fromkeys(self._product_ids(ids, channel)))
        if kind == "unsubscribe":
            self._unsubscribe(channel, names, whole=not ids)
            return [self._acknowledged(now)]
        return self._subscribe(channel, names if ids else None, holder, now)

    def on_ping(self, now: Instant) -> None:
        """A ping of the protocol keeps the connection from being idle."""
        self._alive_at = now

    def _product_ids(self, ids: Iterable[object], channel: Channel) -> Iterable[str]:
        """The known products among what a client named; the market has USDC books under their USD names."""
        listed = self._feed.exchange.listed
        for each in ids:
            product = listed.get(each) if isinstance(each, str) else None
            if product is not None:
                yield product.product_id if channel.name in _PRIVATE else product.book_id

    def _subscribe(
        self, channel: Channel, names: list[str] | None, holder: KeyHolder | None, now: Instant
    ) -> list[str]:
        """``names`` is None where the client named no products."""
        keys = self._keys_for(channel, names)
        standing = self._subscribed.get(channel.name, {})
        if channel is self._feed.level2 and len(standing | dict.fromkeys(keys)) > L2_STREAMS_MAX:
            return [error_text(_TOO_MANY_BOOKS)]
        if channel.name in _PRIVATE and holder is not None:
            self._become(holder.portfolio_id)
        if channel.name not in _PRIVATE:
            self._subscribed.setdefault(channel.name, {})
        for key in keys:
            self._add(channel, key)
        payloads = (
            self._feed.user.orders(self._owner, keys)
            if channel is self._feed.user
            else channel.snapshot(list(self._subscribed.get(channel.name, ())) if channel.listens_to_all else keys, now)
        )
        frames = [self._frame(channel.frame_name, payload, now) for payload in payloads]
        return [*frames, self._acknowledged(now)]

    def _keys_for(self, channel: Channel, names: list[str] | None) -> Sequence[str]:
        if channel.name == "heartbeats":
            return [channel.name]
        if channel.name in _PRIVATE:
            return [ALL_PRODUCTS] if names is None else names
        if channel.listens_to_all and names is None:
            return list(self._feed.exchange.products)
        return names or []

    def _become(self, owner: str) -> None:
        """Act for a portfolio from now on; what was subscribed for another one ends (a guess)."""
        if self._owner not in ("", owner):
            for name in ("user", "futures_balance_summary"):
                self._unsubscribe(self._feed.channels[name], [], whole=True)
        self._owner = owner

    def _unsubscribe(self, channel: Channel, names: Sequence[str], *, whole: bool) -> None:
        keys = self._subscribed.get(channel.name, {})
        if ALL_PRODUCTS in keys and not whole:
            keys = self._subscribed[channel.name] = dict.fromkeys(self._feed.exchange.listed)
        for key in list(keys) if whole or channel.name == "heartbeats" else names:
            if key in keys:
                del keys[key]
                if channel.name not in _PRIVATE:
                    channel.part(key)
        if not keys and self._subscribed.pop(channel.name, None) is not None and channel.name in _PRIVATE:
            channel.part(self._owner)

    def _add(self, channel: Channel, key: str) -> None:
        """An account's channel counts its listeners by portfolio, the others by key."""
        private = channel.name in _PRIVATE
        if private and channel.name not in self._subscribed:
            channel.join(self._owner)
        keys = self._subscribed.setdefault(channel.name, {})
        if not private and key not in keys:
            channel.join(key)
        keys[key] = None

    def leave(self) -> None:
        """The connection is gone: nobody listens here any more."""
        for name in list(self._subscribed):
            self._unsubscribe(self._feed.channels[name], [], whole=True)

    # --------------------------------------------------------------------------------------------------- outgoing
    def on_notice(self, notice: Notice, now: Instant) -> list[str]:
        """The frame this connection gets of a notice; none for most."""
        keys = self._subscribed.get(notice.channel)
        if keys is None or (notice.owner and notice.owner != self._owner):
            return []
        channel = self._feed.channels[notice.channel]
        payload = channel.payload(notice, keys)
        return [] if payload is None else [self._frame(channel.frame_name, payload, now)]

    def on_tick(self, now: Instant) -> list[str]:
        """Once a second, after the notices of that second: has the connection outlived its welcome? Says nothing."""
        if not self._has_subscribed and now - self._opened_at >= _FIRST_SUBSCRIBE_S * SECOND:
            self.close_reason = "no subscribe within 5 s"
        elif now - self._alive_at >= _IDLE_S * SECOND:
            self.close_reason = "idle"
        return []

    def _acknowledged(self, now: Instant) -> str:
        subscriptions: dict[str, Any] = {
            name: [self._owner] if name in _PRIVATE else list(keys) for name, keys in self._subscribed.items()
        }
        return self._frame("subscriptions", encoded({"subscriptions": subscriptions}), now)

    def _frame(self, channel: str, payload: str, now: Instant) -> str:
        number, self._sequence, self._alive_at = self._sequence, self._sequence + 1, now
        return frame_text(channel, self._feed.stamp(now), number, payload)
