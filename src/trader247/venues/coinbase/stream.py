"""The market and user streams: connections that are made again for ever, and events that can be trusted in between.

A stream is an async iterator that works only while it is asked: no task, no nursery, cancel to stop (close it with
``contextlib.aclosing``). A slow consumer makes the kernel's buffer fill, not ours: of what has piled up, the newest
quote per instrument is given and the older ones are dropped; order reports are never dropped.
"""

import random
import ssl
from collections.abc import AsyncIterator, Sequence
from typing import Final, cast
from urllib.parse import urlsplit

import trio

from trader247.model.instant import seconds
from trader247.model.instrument import Symbol
from trader247.ports import Clock, MarketEvent, StreamDown, UserEvent
from trader247.venues.coinbase.auth import ApiKey, Signer
from trader247.venues.coinbase.http_pool import tls_context
from trader247.venues.coinbase.origin import STREAM_SCHEMES, checked_origin
from trader247.venues.coinbase.socket_session import OpenStream
from trader247.venues.coinbase.stream_judge import Channel, OnStream
from trader247.venues.coinbase.stream_link import Link, LinkEvent

__all__ = ["CoinbaseMarketStream", "CoinbaseUserStream", "reconnect_pause_s"]

_PAUSE_S_MIN: Final = 0.25
"""Four connections a second per stream: two streams stay at the eight per address the venue allows."""

_PAUSE_S_MAX: Final = 30.0
_CLOSE_S_MAX: Final = 1.0
_STEADY_S: Final = 30.0
"""A connection that was up this long was a good one; the next pause starts small again."""


def reconnect_pause_s(failures: int, rng: random.Random) -> float:
    """Seconds before the next connection after this many bad ones in a row: full jitter, in bounds."""
    bound = min(_PAUSE_S_MAX, 2.0 ** min(failures - 1, 10))
    return max(_PAUSE_S_MIN, rng.uniform(0, bound))


class _Stream:
    """What the two streams share: connect, subscribe, listen, and over again."""

    def __init__(
        self,
        channel: Channel,
        url: str,
        clock: Clock,
        rng: random.Random,
        *,
        signer: Signer | None,
        on_stream: OnStream,
    ) -> None:
        self._channel = channel
        self._url = url
        self._clock = clock
        self._rng = rng
        self._signer = signer
        self._on_stream = on_stream

    async def run(self, symbols: tuple[Symbol, ...], open_stream: OpenStream) -> AsyncIterator[LinkEvent | StreamDown]:
        failures, said = 0, ""
        while True:  # for ever, by the port's promise; every turn waits at least the shortest pause
            began, up = self._clock.now().mono, False
            link = Link(self._channel, symbols, self._url, self._clock, signer=self._signer, on_stream=self._on_stream)
            try:
                why = await link.open(open_stream)
                while why is None:
                    events, why = await link.heard()
                    for event in events:
                        up, said = True, ""
                        yield event
            finally:
                with trio.CancelScope(shield=True, deadline=trio.current_time() + _CLOSE_S_MAX):
                    await link.aclose()
            self._on_stream("lost" if up else "not_connected")
            if up or why != said:
                said = why
                yield StreamDown(why)
            steady = up and seconds(self._clock.now().mono - began) > _STEADY_S
            failures = 1 if steady else failures + 1
            await trio.sleep(reconnect_pause_s(failures, self._rng))


def _opener(url: str, tls: ssl.SSLContext | None) -> OpenStream:
    parts = urlsplit(url)
    host, secure = parts.hostname or "", parts.scheme == "wss"
    port = parts.port or (443 if secure else 80)
    context = (tls or tls_context()) if secure else None

    async def open_stream() -> trio.abc.Stream:
        if context is None:
            return await trio.open_tcp_stream(host, port)
        # the handshake happens with the first byte, under the same deadline
        return await trio.open_ssl_over_tcp_stream(host, port, https_compatible=True, ssl_context=context)

    return open_stream


class CoinbaseMarketStream:
    """Implements ``ports.MarketStream`` on the ticker channel, which is silent while nothing trades."""

    def __init__(
        self,
        url: str,
        clock: Clock,
        rng: random.Random,
        *,
        on_stream: OnStream = lambda _event: None,
        open_stream: OpenStream | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """``url``: ``wss://host[:port][/path]``. ``on_stream(event)`` is told what happens, by a closed set of words.

        Raises:
            ConfigurationInvalid: the URL is unusable.
        """
        self._open_stream = open_stream or _opener(checked_origin(url, STREAM_SCHEMES), tls)
        self._stream = _Stream(Channel.TICKER, url, clock, rng, signer=None, on_stream=on_stream)

    def events(self, symbols: Sequence[Symbol]) -> AsyncIterator[MarketEvent]:
        """Quotes of the named instruments, with ``StreamDown`` and ``StreamUp`` between them. Cancel to stop."""
        # a ticker stream brings no order reports
        return cast("AsyncIterator[MarketEvent]", self._stream.run(tuple(dict.fromkeys(symbols)), self._open_stream))


class CoinbaseUserStream:
    """Implements ``ports.UserStream`` for all products of the account, so that no order is missed."""

    def __init__(
        self,
        url: str,
        key: ApiKey,
        clock: Clock,
        rng: random.Random,
        *,
        on_stream: OnStream = lambda _event: None,
        open_stream: OpenStream | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """As ``CoinbaseMarketStream``, with the key that signs each subscription anew."""
        self._open_stream = open_stream or _opener(checked_origin(url, STREAM_SCHEMES), tls)
        self._stream = _Stream(Channel.USER, url, clock, rng, signer=Signer(key, rng), on_stream=on_stream)

    def events(self) -> AsyncIterator[UserEvent]:
        """Order reports; after each ``StreamUp`` the reports of all open orders come first. None is ever dropped."""
        return cast("AsyncIterator[UserEvent]", self._stream.run((), self._open_stream))
