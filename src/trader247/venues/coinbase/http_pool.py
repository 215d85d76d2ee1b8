"""One pool of HTTP connections to one origin, and the only module that knows httpx.

Requests go to httpx's public transport, not to its client: what the client adds (authentication flows, redirects,
cookies, proxies of the environment, decompression) is refused here by policy, and costs a quarter of the way. A request
that failed ends in one of two errors: it never left, or its answer was lost.
"""

import logging
import ssl
from collections.abc import Callable, Mapping
from contextlib import aclosing
from typing import Final, NamedTuple, cast

import httpx
import trio

from trader247.errors import Failure, VenueRejected
from trader247.venues.coinbase.departure import Departure

__all__ = ["Answer", "AnswerLost", "HttpPool", "MakeTransport", "NeverLeft", "Sign", "tls_context"]

MakeTransport = Callable[[], httpx.AsyncBaseTransport]

Sign = Callable[[str, str, str], str]
"""Gives the token for a method, a host (with its port where that is not the default one) and a path."""

_BODY_BYTES_MAX: Final = 8 * 1024 * 1024
"""A listing of every product is about 1 MiB."""

_CLOSE_S_MAX: Final = 1.0
_TIMEOUTS_S: Final = {"connect": 3.0, "read": 5.0, "write": 3.0, "pool": 1.0}
_LIMITS: Final = httpx.Limits(max_connections=10, max_keepalive_connections=10, keepalive_expiry=30.0)

_WRITTEN_MAX: Final = 8
"""Orders and cancels go to two targets for ever, and parsing a URL costs 20 us."""

_HEADERS: Final = (
    (b"accept", b"application/json"),
    (b"accept-encoding", b"identity"),
    (b"cache-control", b"no-cache"),  # the venue's public door answers from a cache of a second otherwise
    (b"content-type", b"application/json"),
    (b"user-agent", b"trader247"),
)

# both print whole URLs at INFO
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class Answer(NamedTuple):
    """A whole answer; the names of the headers are found whatever their case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class NeverLeft(Exception):
    """There was no connection; ``full`` where the pool had none to give."""

    def __init__(self, text: str, *, full: bool = False) -> None:
        """``text`` says what failed, and nothing of the request."""
        super().__init__(text)
        self.full = full


class AnswerLost(Exception):
    """The request may have left, and its answer did not come, or not in a form we read."""


class HttpPool:
    """Used until something was cut off in it (``retired``); whoever leaves a retired pool last closes it."""

    def __init__(self, origin: str, make: MakeTransport | None, tls: ssl.SSLContext | None) -> None:
        """``origin``: scheme, host and port; ``make``: another transport than the real one; ``tls``: None without."""
        self._origin = httpx.URL(origin)
        self._transport = (
            make()
            if make is not None
            # without TLS a context would be built and never used
            else httpx.AsyncHTTPTransport(verify=tls or False, trust_env=False, limits=_LIMITS)
        )
        self._host = (b"host", self._origin.netloc)
        self._base = f"{self._origin.scheme}://{self._origin.netloc.decode()}"
        self._written: dict[str, httpx.URL] = {}
        self.in_flight = 0
        self.retired = False
        self.closed = False

    async def ask(self, method: str, target: str, body: bytes, sign: Sign | None, sent: Departure) -> Answer:
        """The answer to one request; ``target`` is the escaped path with its query. Timeouts of 3 s to connect and
        write, 5 s to read, 1 s for a place in the pool; the whole is the caller's to bound.

        Raises:
            NeverLeft: no connection; nothing was sent.
            AnswerLost: it broke after that, or came compressed, or is longer than 8 MiB.
            GateClosed: the gate of ``sent`` gave a reason; no byte left.
            VenueRejected: the target would lead away from the origin; nothing was sent.
        """
        request = self._request(method, target, body, sign)
        sent.ask_gate()  # for a transport that tells of no steps; the real one asks again as the bytes leave
        if sent.gated:
            request.extensions["trace"] = sent.step
        sent.now = True  # from here on only a failure to connect proves the contrary
        try:
            response = await self._transport.handle_async_request(request)
            stream = cast("httpx.AsyncByteStream", response.stream)
            try:
                return Answer(response.status_code, response.headers, await _body(response, stream))
            finally:
                with trio.CancelScope(shield=True, deadline=trio.current_time() + _CLOSE_S_MAX):
                    await stream.aclose()
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as fault:
            raise NeverLeft(type(fault).__name__, full=isinstance(fault, httpx.PoolTimeout)) from fault
        except (httpx.HTTPError, httpx.StreamError) as fault:
            raise AnswerLost(f"{type(fault).__name__} {fault}".strip()) from fault

    def _request(self, method: str, target: str, body: bytes, sign: Sign | None) -> httpx.Request:
        url = self._written.get(target) or self._url(method, target)
        headers = [self._host, *_HEADERS]
        if method == "POST":
            if len(self._written) < _WRITTEN_MAX:
                self._written[target] = url
            headers.append((b"content-length", b"%d" % len(body)))
        if sign is not None:
            path = url.raw_path.partition(b"?")[0].decode()
            headers.append((b"authorization", b"Bearer " + sign(method, url.netloc.decode(), path).encode()))
        # a stream spares httpx's guesses at the kind of content; who gives one says the headers himself
        return httpx.Request(
            method, url, headers=headers, stream=httpx.ByteStream(body), extensions={"timeout": _TIMEOUTS_S}
        )

    def _url(self, method: str, target: str) -> httpx.URL:
        try:
            url = httpx.URL(self._base + target)
        except httpx.InvalidURL as fault:  # a cursor of the venue's may be as long as it likes
            raise VenueRejected(f"{method}: not sent, {fault}", failure=Failure.UNKNOWN) from None
        if (url.scheme, url.netloc) != (self._origin.scheme, self._origin.netloc):
            raise VenueRejected(f"{method}: refused to leave {self._base}", failure=Failure.FORBIDDEN)
        return url

    def leave(self) -> bool:
        """One request less; True where this was the last one out of a retired pool, which is then to be closed."""
        self.in_flight -= 1
        return self.retired and not self.in_flight

    async def aclose(self) -> None:
        """Close all connections; bounded by 1 s, also when cancelled."""
        self.closed = True
        with trio.CancelScope(shield=True, deadline=trio.current_time() + _CLOSE_S_MAX):
            await self._transport.aclose()


async def _body(response: httpx.Response, stream: httpx.AsyncByteStream) -> bytes:
    coding = response.headers.get("content-encoding", "identity")
    if coding.lower() not in {"identity", ""}:
        raise AnswerLost(f"it came compressed ({coding[:20]!r}) though we asked for it plain")
    parts: list[bytes] = []
    size = 0
    async with aclosing(aiter(stream)) as reading:  # type: ignore[type-var]  # every transport's is a generator
        async for part in reading:
            size += len(part)
            if size > _BODY_BYTES_MAX:
                raise AnswerLost(f"it is longer than {_BODY_BYTES_MAX} bytes")
            parts.append(part)
    return b"".join(parts)


def tls_context() -> ssl.SSLContext:
    """The TLS settings of every connection to the venue: the bundled authorities, nothing of the environment."""
    return httpx.create_ssl_context(trust_env=False)
