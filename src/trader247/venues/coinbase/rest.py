"""One HTTP client to the venue, and the only module that knows httpx. Promises what is known about each request.

- A *read* may be repeated and cancelled. It ends in its answer, ``VenueUnavailable`` or ``VenueRejected``.
- A *write* runs in a shield under one total deadline, so that nobody outside can cut it off between sending and
  knowing. It counts as sent from the moment a connection was there: what fails later is ``OutcomeUnknown``.
- A connection pool in which something was cut off is never used again: httpcore 1.0.9 loses the slots of requests that
  were cancelled while connecting, and such a pool ends by refusing everything. Each purpose has its own pool, so that
  reads can never cost a cancel its connection.
- Redirects, proxies of the environment and compressed answers are refused, answers are read up to 8 MiB.
"""

import logging
import random
import ssl
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Final, NamedTuple
from urllib.parse import quote

import httpx
import trio

from trader247.errors import Failure, GateClosed, OutcomeUnknown, VenueRejected, VenueUnavailable
from trader247.model.instant import seconds
from trader247.ports import Clock, Gate
from trader247.venues.coinbase.auth import ApiKey, Signer
from trader247.venues.coinbase.departure import Departure
from trader247.venues.coinbase.endpoints import Endpoint, Scope
from trader247.venues.coinbase.failures import status_error
from trader247.venues.coinbase.origin import REST_SCHEMES, checked_origin
from trader247.venues.coinbase.rate_limit import RateLimiter
from trader247.venues.coinbase.retry import RETRIED, RetryPolicy, with_retries

__all__ = ["Params", "Purpose", "RestClient", "tls_context"]

Params = Sequence[tuple[str, str]]
OnCall = Callable[[str, str, float], None]

_BODY_BYTES_MAX: Final = 8 * 1024 * 1024
"""A listing of every product is about 1 MiB."""

_CALL_S_MAX: Final = 10.0
"""Total life of one attempt of a read, and of a whole write: a slow drip of bytes never trips a read timeout."""

_CLOSE_S_MAX: Final = 1.0
_TIMEOUT: Final = httpx.Timeout(connect=3.0, read=5.0, write=3.0, pool=1.0)
_LIMITS: Final = httpx.Limits(max_connections=10, max_keepalive_connections=10, keepalive_expiry=30.0)

_HEADERS: Final = {
    "accept": "application/json",
    "accept-encoding": "identity",
    "cache-control": "no-cache",  # the venue's public door answers from a cache of a second otherwise
    "content-type": "application/json",
    "user-agent": "trader247",
}

# both print whole URLs at INFO
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class Purpose(StrEnum):
    """What a client, with its own connections, is for."""

    TRADING = "trading"
    KILL = "kill"
    MARKET = "market"


class _Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes


class _Pool:
    """One httpx client with its connections, used until something was cut off in it."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.in_flight = 0
        self.retired = False

    def leave(self) -> bool:
        """One request less; True where this was the last one out of a retired pool, which is then to be closed."""
        self.in_flight -= 1
        return self.retired and not self.in_flight


class RestClient:
    """Signed requests to one host. Not safe to share between event loops; close it with ``aclose``."""

    def __init__(
        self,
        purpose: Purpose,
        base_url: str,
        key: ApiKey | None,
        clock: Clock,
        rng: random.Random,
        *,
        limiter: RateLimiter,
        policy: RetryPolicy | None = None,
        on_call: OnCall = lambda _endpoint, _status, _seconds: None,
        transport: Callable[[], httpx.AsyncBaseTransport] | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """``base_url``: scheme, host and port. ``key`` None: only public endpoints. ``transport``: makes one per pool.

        ``on_call(endpoint, status, seconds)`` is told every attempt; ``status`` is the HTTP status, ``unsent``,
        ``gated`` or ``lost``. ``tls`` saves building a context per client (25 ms each).

        Raises:
            ConfigurationInvalid: the URL has no host, a path, or would carry the key in the clear off this machine.
        """
        self._origin = httpx.URL(checked_origin(base_url, REST_SCHEMES))
        self._purpose = purpose
        self._signer = Signer(key, rng) if key is not None else None
        self._clock = clock
        self._rng = rng
        self._limiter = limiter
        self._policy = policy or RetryPolicy()
        self._on_call = on_call
        self._transport = transport
        self._tls = tls or (tls_context() if self._origin.scheme == "https" and transport is None else None)
        self._pool = self._fresh_pool()

    @property
    def authenticated(self) -> bool:
        """Whether there is a key to sign private requests with."""
        return self._signer is not None

    # --------------------------------------------------------------------------------------------------- what is asked
    async def read(self, endpoint: Endpoint, identifier: str = "", params: Params = ()) -> bytes:
        """The body of a 200 answer; repeated by policy while it fails in a way that passes. Safe to cancel.

        Raises:
            VenueUnavailable: no usable answer now; ask again later.
            VenueRejected: the venue refused the question.
        """
        reauthorised = False

        def may_retry(failed: VenueUnavailable) -> bool:
            nonlocal reauthorised
            if failed.failure is not Failure.AUTH:
                return failed.failure in RETRIED
            # valid tokens are refused now and then: one fresh token, then it is the key or the clock
            again, reauthorised = not reauthorised and self._signer is not None, True
            return again

        async def ask() -> bytes:
            await self._limiter.admit(endpoint)
            return await self._within_deadline(endpoint, identifier, params)

        return await with_retries(ask, may_retry, self._policy, self._rng)

    async def write(self, endpoint: Endpoint, body: bytes, *, again: bool = False, gate: Gate | None = None) -> bytes:
        """The body of a 200 answer to one request, done or given up within 10 s whoever cancels meanwhile.

        ``again``: the request is idempotent, so it is repeated by policy inside the same 10 s, ambiguous outcomes too.
        ``gate`` is asked when all waits are over and a connection is there, as the bytes are handed to it.

        Raises:
            VenueRejected: the venue refused; nothing happened.
            GateClosed: the gate gave a reason; no byte left.
            VenueUnavailable: it was not sent, or the venue says that it did not take effect.
            OutcomeUnknown: it was sent and the outcome is not known.
        """
        sent = Departure(gate)
        with trio.CancelScope(shield=True, deadline=trio.current_time() + _CALL_S_MAX):
            if again:
                return await self._insist(endpoint, body, sent)
            return await self._write_once(endpoint, body, sent)
        text = f"{endpoint.name}: no answer within {_CALL_S_MAX:g} s"
        if sent.ever:
            raise OutcomeUnknown(f"{text}; it was sent")
        raise VenueUnavailable(f"{text}; it was not sent", failure=Failure.RETRYABLE)

    async def aclose(self) -> None:
        """Close all connections; bounded by 1 s, also when cancelled."""
        with trio.CancelScope(shield=True, deadline=trio.current_time() + _CLOSE_S_MAX):
            await self._pool.client.aclose()

    # ------------------------------------------------------------------------------------------------------- attempts
    async def _within_deadline(self, endpoint: Endpoint, identifier: str, params: Params) -> bytes:
        with trio.move_on_after(_CALL_S_MAX):
            answer = await self._exchange(endpoint, identifier, params, b"", Departure(None), writes=False)
            return _accepted(answer, endpoint, writes=False)
        raise VenueUnavailable(f"{endpoint.name}: no answer within {_CALL_S_MAX:g} s", failure=Failure.RETRYABLE)

    async def _write_once(self, endpoint: Endpoint, body: bytes, sent: Departure) -> bytes:
        await self._limiter.admit(endpoint)
        answer = await self._exchange(endpoint, "", (), body, sent, writes=True)
        return _accepted(answer, endpoint, writes=True)

    async def _insist(self, endpoint: Endpoint, body: bytes, sent: Departure) -> bytes:
        unknown: list[OutcomeUnknown] = []

        async def ask() -> bytes:
            try:
                return await self._write_once(endpoint, body, sent)
            except OutcomeUnknown as failed:
                unknown.append(failed)
                raise VenueUnavailable(
                    str(failed), failure=Failure.RETRYABLE, retry_after_s=failed.retry_after_s
                ) from failed

        def may_retry(failed: VenueUnavailable) -> bool:
            return failed.failure in RETRIED

        try:
            return await with_retries(ask, may_retry, self._policy, self._rng)
        except VenueUnavailable:
            # one attempt that may have worked makes the whole unknown, whatever the last one said
            if unknown:
                raise unknown[-1] from None
            raise

    async def _exchange(
        self, endpoint: Endpoint, identifier: str, params: Params, body: bytes, sent: Departure, *, writes: bool
    ) -> _Answer:
        pool, began, status = self._pool, self._clock.now().mono, "lost"
        pool.in_flight += 1
        try:
            answer = await self._sent(pool, self._request(pool, endpoint, identifier, params, body), sent)
        except GateClosed:
            status, sent.now = "gated", False
            raise
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as fault:
            status, sent.now = "unsent", False
            if isinstance(fault, httpx.PoolTimeout):
                self._retire(pool)
            text = f"{endpoint.name}: not sent, {type(fault).__name__}"
            raise VenueUnavailable(text, failure=Failure.RETRYABLE) from fault
        except (httpx.HTTPError, httpx.StreamError, _Refused) as fault:
            text = f"{endpoint.name}: the answer was lost, {type(fault).__name__} {fault if str(fault) else ''}".strip()
            if writes:
                raise OutcomeUnknown(text) from fault
            raise VenueUnavailable(text, failure=Failure.RETRYABLE) from fault
        except trio.Cancelled:
            self._retire(pool)
            raise
        else:
            status = str(answer.status)
            return answer
        finally:
            sent.ever = sent.ever or sent.now
            self._on_call(endpoint.name, status, seconds(self._clock.now().mono - began))
            if pool.leave():
                with trio.CancelScope(shield=True, deadline=trio.current_time() + _CLOSE_S_MAX):
                    await pool.client.aclose()

    def _request(self, pool: _Pool, endpoint: Endpoint, identifier: str, params: Params, body: bytes) -> httpx.Request:
        target = endpoint.target(quote(identifier, safe=""))
        request = pool.client.build_request(
            endpoint.method, target, params=list(params) or None, content=body or None, headers=_HEADERS
        )
        if (request.url.scheme, request.url.netloc) != (self._origin.scheme, self._origin.netloc):
            raise VenueRejected(f"{endpoint.name}: refused to leave {self._origin}", failure=Failure.FORBIDDEN)
        if endpoint.scope is Scope.PRIVATE:
            if self._signer is None:
                raise VenueRejected(f"{endpoint.name}: needs an API key and none is configured", failure=Failure.AUTH)
            host, path = request.url.netloc.decode(), request.url.raw_path.decode().partition("?")[0]
            token = self._signer.rest_token(endpoint.method, host, path, self._clock.now().utc)
            request.headers["authorization"] = f"Bearer {token}"
        return request

    async def _sent(self, pool: _Pool, request: httpx.Request, sent: Departure) -> _Answer:
        sent.ask_gate()  # for a transport that tells of no steps; the real one asks again as the bytes leave
        request.extensions["trace"] = sent.step
        sent.now = True  # from here on only a failure to connect proves the contrary
        response = await pool.client.send(request, stream=True)
        try:
            return _Answer(response.status_code, response.headers, await _body(response))
        finally:
            with trio.CancelScope(shield=True, deadline=trio.current_time() + _CLOSE_S_MAX):
                await response.aclose()

    # ------------------------------------------------------------------------------------------------------------ pools
    def _retire(self, pool: _Pool) -> None:
        if not pool.retired:
            pool.retired = True
            self._pool = self._fresh_pool()

    def _fresh_pool(self) -> _Pool:
        client = httpx.AsyncClient(
            base_url=self._origin,
            timeout=_TIMEOUT,
            limits=_LIMITS,
            follow_redirects=False,
            trust_env=False,
            # without TLS a context would be built and never used
            verify=self._tls or False,
            transport=self._transport() if self._transport else None,
        )
        return _Pool(client)


class _Refused(Exception):
    """We stopped reading an answer."""


async def _body(response: httpx.Response) -> bytes:
    coding = response.headers.get("content-encoding", "identity")
    if coding.lower() not in {"identity", ""}:
        raise _Refused(f"it came compressed ({coding[:20]!r}) though we asked for it plain")
    parts, size = [], 0
    async for part in response.aiter_raw():
        size += len(part)
        if size > _BODY_BYTES_MAX:
            raise _Refused(f"it is longer than {_BODY_BYTES_MAX} bytes")
        parts.append(part)
    return b"".join(parts)


def _accepted(answer: _Answer, endpoint: Endpoint, *, writes: bool) -> bytes:
    if answer.status == httpx.codes.OK:
        return answer.body
    raise status_error(answer.status, answer.headers, answer.body, endpoint=endpoint.name, writes=writes)


def tls_context() -> ssl.SSLContext:
    """The TLS settings of every connection to the venue: the bundled authorities, nothing of the environment."""
    return httpx.create_ssl_context(trust_env=False)
