"""One HTTP client to the venue. Promises what is known about each request.

- A *read* may be repeated and cancelled. It ends in its answer, ``VenueUnavailable`` or ``VenueRejected``.
- A *write* runs in a shield under one total deadline, so that nobody outside can cut it off between sending and
  knowing. It counts as sent from the moment a connection was there: what fails later is ``OutcomeUnknown``.
- A connection pool in which something was cut off is never used again: httpcore 1.0.9 loses the slots of requests that
  were cancelled while connecting, and such a pool ends by refusing everything. Each purpose has its own pool, so that
  reads can never cost a cancel its connection.
"""

import random
import ssl
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Final
from urllib.parse import quote, urlencode

import trio

from trader247.errors import Failure, GateClosed, OutcomeUnknown, VenueRejected, VenueUnavailable
from trader247.model.instant import seconds
from trader247.ports import Clock, Gate
from trader247.venues.coinbase.auth import ApiKey, Signer
from trader247.venues.coinbase.departure import Departure
from trader247.venues.coinbase.endpoints import Endpoint, Scope
from trader247.venues.coinbase.failures import retry_after_s, status_error
from trader247.venues.coinbase.http_pool import Answer, AnswerLost, HttpPool, MakeTransport, NeverLeft, tls_context
from trader247.venues.coinbase.origin import REST_SCHEMES, checked_origin
from trader247.venues.coinbase.rate_limit import RateLimiter
from trader247.venues.coinbase.retry import RETRIED, RetryPolicy, with_retries

__all__ = ["CALL_S_MAX", "Params", "Purpose", "RestClient"]

Params = Sequence[tuple[str, str]]
OnCall = Callable[[str, str, float], None]

CALL_S_MAX: Final = 10.0
"""Total life of one attempt of a read, and of a whole write: a slow drip of bytes never trips a read timeout."""

_OK: Final = 200
_TOO_MANY: Final = 429


class Purpose(StrEnum):
    """What a client, with its own connections, is for."""

    TRADING = "trading"
    KILL = "kill"
    MARKET = "market"


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
        transport: MakeTransport | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """``base_url``: scheme, host and port. ``key`` None: only public endpoints. ``transport``: makes one per pool.

        ``on_call(endpoint, status, seconds)`` is told every attempt; ``status`` is the HTTP status, ``unsent``,
        ``gated`` or ``lost``. ``tls`` saves building a context per client (25 ms each).

        Raises:
            ConfigurationInvalid: the URL has no host, a path, or would carry the key in the clear off this machine.
        """
        self._origin = checked_origin(base_url, REST_SCHEMES)
        self._purpose = purpose
        self._signer = Signer(key, rng) if key is not None else None
        self._clock = clock
        self._rng = rng
        self._limiter = limiter
        self._policy = policy or RetryPolicy()
        self._on_call = on_call
        self._transport = transport
        self._tls = tls or (tls_context() if self._origin.startswith("https:") and transport is None else None)
        self._pool = HttpPool(self._origin, transport, self._tls)

    @property
    def authenticated(self) -> bool:
        """Whether there is a key to sign private requests with."""
        return self._signer is not None

    # --------------------------------------------------------------------------------------------------- what is asked
    async def read(self, endpoint: Endpoint, identifier: str = "", params: Params = ()) -> bytes:
        """The body of a 200 answer; see ``answer``."""
        return (await self.answer(endpoint, identifier, params)).body

    async def answer(self, endpoint: Endpoint, identifier: str = "", params: Params = ()) -> Answer:
        """A 200 answer with its headers; repeated by policy while it fails in a way that passes. Safe to cancel.

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

        async def ask() -> Answer:
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
        with trio.CancelScope(shield=True, deadline=trio.current_time() + CALL_S_MAX):
            if again:
                return await self._insist(endpoint, body, sent)
            return await self._write_once(endpoint, body, sent)
        text = f"{endpoint.name}: no answer within {CALL_S_MAX:g} s"
        if sent.ever:
            raise OutcomeUnknown(f"{text}; it was sent")
        raise VenueUnavailable(f"{text}; it was not sent", failure=Failure.RETRYABLE)

    async def aclose(self) -> None:
        """Close all connections; bounded by 1 s, also when cancelled."""
        await self._pool.aclose()

    # ------------------------------------------------------------------------------------------------------- attempts
    async def _within_deadline(self, endpoint: Endpoint, identifier: str, params: Params) -> Answer:
        with trio.move_on_after(CALL_S_MAX):
            answer = await self._exchange(endpoint, identifier, params, b"", Departure(None), writes=False)
            return _accepted(answer, endpoint, writes=False)
        raise VenueUnavailable(f"{endpoint.name}: no answer within {CALL_S_MAX:g} s", failure=Failure.RETRYABLE)

    async def _write_once(self, endpoint: Endpoint, body: bytes, sent: Departure) -> bytes:
        await self._limiter.admit(endpoint)
        answer = await self._exchange(endpoint, "", (), body, sent, writes=True)
        return _accepted(answer, endpoint, writes=True).body

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
    ) -> Answer:
        pool, began, status = self._pool, self._clock.now().mono, "lost"
        pool.in_flight += 1
        try:
            target = _target(endpoint, identifier, params)
            answer = await pool.ask(endpoint.method, target, body, self._sign_for(endpoint), sent)
        except GateClosed:
            status, sent.now = "gated", False
            raise
        except NeverLeft as fault:
            status, sent.now = "unsent", False
            if fault.full:
                self._retire(pool)
            raise VenueUnavailable(f"{endpoint.name}: not sent, {fault}", failure=Failure.RETRYABLE) from fault
        except AnswerLost as fault:
            text = f"{endpoint.name}: the answer was lost, {fault}"
            if writes:
                raise OutcomeUnknown(text) from fault
            raise VenueUnavailable(text, failure=Failure.RETRYABLE) from fault
        except trio.Cancelled:
            self._retire(pool)
            raise
        else:
            status = str(answer.status)
            self._heed(endpoint, answer)
            return answer
        finally:
            sent.ever = sent.ever or sent.now
            self._on_call(endpoint.name, status, seconds(self._clock.now().mono - began))
            if pool.leave():
                await pool.aclose()

    def _sign_for(self, endpoint: Endpoint) -> Callable[[str, str, str], str] | None:
        if endpoint.scope is not Scope.PRIVATE:
            return None
        if self._signer is None:
            raise VenueRejected(f"{endpoint.name}: needs an API key and none is configured", failure=Failure.AUTH)
        signer, now = self._signer, self._clock.now().utc
        return lambda method, host, path: signer.rest_token(method, host, path, now)

    def _heed(self, endpoint: Endpoint, answer: Answer) -> None:
        # a 429 is said to all requests of the scope, not only to the one that heard it
        if answer.status == _TOO_MANY and (wait_s := retry_after_s(answer.headers)) is not None:
            self._limiter.hold(endpoint.scope, wait_s)

    def _retire(self, pool: HttpPool) -> None:
        if not pool.retired:
            pool.retired = True
            self._pool = HttpPool(self._origin, self._transport, self._tls)


def _target(endpoint: Endpoint, identifier: str, params: Params) -> str:
    path = endpoint.target(quote(identifier, safe=""))
    return f"{path}?{urlencode(params, quote_via=quote)}" if params else path


def _accepted(answer: Answer, endpoint: Endpoint, *, writes: bool) -> Answer:
    if answer.status == _OK:
        return answer
    raise status_error(answer.status, answer.headers, answer.body, endpoint=endpoint.name, writes=writes)
