"""Token buckets that keep this client under the venue's limits, by its own choice, before the venue does (RL1).

Two buckets watch each request: that of its scope (the account's quota, or the address's) and that of its endpoint.
A part of the scope's bucket is out of reach for all but cancels, a smaller part for all but cancels and questions about
orders, and so on: what is urgent finds tokens left, while whoever runs alone still gets the full rate.
"""

from collections.abc import Callable
from typing import Final

import trio
from attrs import define, field, frozen

from trader247.errors import Failure, VenueUnavailable
from trader247.model.instant import SECOND, Mono, seconds
from trader247.ports import Clock
from trader247.venues.coinbase.endpoints import Endpoint, Endpoints, Priority, Scope

__all__ = ["RateLimiter", "RateLimits", "TokenBucket"]

_WAIT_S_MAX: Final = 5.0
"""A request that would wait longer is not worth sending: the answer would be to an old question."""

_HEADROOM: Final = {Priority.CANCEL: 0.0, Priority.STATUS: 0.15, Priority.PLACE: 0.25, Priority.MARKET: 0.4}
"""The share of a scope's bucket a priority leaves untouched. Cancels leave nothing."""

_PRESSURE_LEVELS_PCT: Final = (80, 90)

_PAUSE_S_MIN: Final = 0.001
"""Rounding must not turn a wait into a spin."""


@frozen
class RateLimits:
    """Requests per second we allow ourselves: half of what the venue was last known to allow (30 and 10)."""

    private_per_s: float = 15.0
    public_per_s: float = 5.0


@define
class TokenBucket:
    """Pure arithmetic of one bucket: ``capacity`` tokens at most, ``per_s`` new ones each second, full at the start."""

    per_s: float
    capacity: float
    tokens: float = field(init=False)
    _seen: Mono | None = field(init=False, default=None)

    def __attrs_post_init__(self) -> None:
        self.tokens = self.capacity

    def wait_s(self, now: Mono, headroom: float = 0.0) -> float:
        """Seconds until one token above ``headroom`` (a share of the capacity) is there; 0 when it is."""
        self._refill(now)
        missing = 1.0 + headroom * self.capacity - self.tokens
        return max(missing / self.per_s, 0.0) if missing > 1e-9 else 0.0

    def take(self, now: Mono) -> None:
        """Spend one token; the caller has seen that it is there."""
        self._refill(now)
        self.tokens -= 1.0

    def used_pct(self) -> float:
        """How much of the bucket is spent, in percent."""
        return 100.0 * (1.0 - self.tokens / self.capacity)

    def _refill(self, now: Mono) -> None:
        if self._seen is not None and now > self._seen:
            self.tokens = min(self.capacity, self.tokens + (now - self._seen) / SECOND * self.per_s)
        if self._seen is None or now > self._seen:
            self._seen = now


class RateLimiter:
    """One for all clients of an account, since the venue counts them together."""

    def __init__(
        self,
        clock: Clock,
        limits: RateLimits | None = None,
        on_pressure: Callable[[str, int], None] = lambda _scope, _pct: None,
    ) -> None:
        """``on_pressure(scope, 80 or 90)`` is called when a scope's use rises over that many percent."""
        limits = limits or RateLimits()
        self._clock = clock
        self._on_pressure = on_pressure
        # one second's worth of burst, and never under two, so that the headroom of a tiny limit cannot lock it
        self._scopes = {
            Scope.PRIVATE: TokenBucket(limits.private_per_s, max(limits.private_per_s, 2.0)),
            Scope.PUBLIC: TokenBucket(limits.public_per_s, max(limits.public_per_s, 2.0)),
        }
        shares = {Scope.PRIVATE: limits.private_per_s / 15.0, Scope.PUBLIC: limits.public_per_s / 5.0}
        self._endpoints = {one.name: _bucket_of(one, shares[one.scope]) for one in Endpoints.ALL}
        self._queues = {(scope, priority): trio.Lock() for scope in Scope for priority in Priority}
        self._pressed = dict.fromkeys(Scope, 0)
        self._held_until = dict.fromkeys(Scope, Mono(0))

    def hold(self, scope: Scope, wait_s: float) -> None:
        """Admit nothing of the scope but cancels for this long (a 429 that names a time); a longer hold stands."""
        until = Mono(self._clock.now().mono + round(wait_s * SECOND))
        self._held_until[scope] = max(self._held_until[scope], until)

    async def admit(self, endpoint: Endpoint) -> None:
        """Return when the request may leave. Waiters of one priority go in the order they came; safe to cancel.

        Raises:
            VenueUnavailable: it would have to wait more than 5 s; nothing was sent.
        """
        await trio.lowlevel.checkpoint_if_cancelled()
        queue = self._queues[endpoint.scope, endpoint.priority]
        if not queue.locked():  # nobody of this priority waits
            now = self._clock.now().mono
            if not self._wait_s(endpoint, now):
                self._take(endpoint, now)
                return
        with trio.move_on_after(_WAIT_S_MAX) as patience:
            async with queue:
                await self._turn(endpoint)
        if patience.cancelled_caught:
            raise VenueUnavailable(
                f"{endpoint.name}: not sent, our own {endpoint.scope} rate limit is used up for {_WAIT_S_MAX:g} s; "
                "ask less often",
                failure=Failure.RATE_LIMIT,
            )

    async def _turn(self, endpoint: Endpoint) -> None:
        while True:  # bounded by the caller's patience
            now = self._clock.now().mono
            wait_s = self._wait_s(endpoint, now)
            if not wait_s:
                break
            await trio.sleep(max(wait_s, _PAUSE_S_MIN))
        self._take(endpoint, now)

    def _wait_s(self, endpoint: Endpoint, now: Mono) -> float:
        scope, own = self._scopes[endpoint.scope], self._endpoints[endpoint.name]
        return max(scope.wait_s(now, _HEADROOM[endpoint.priority]), own.wait_s(now), self._hold_s(endpoint, now))

    def _take(self, endpoint: Endpoint, now: Mono) -> None:
        scope = self._scopes[endpoint.scope]
        scope.take(now)
        self._endpoints[endpoint.name].take(now)
        self._report(endpoint.scope, scope.used_pct())

    def _hold_s(self, endpoint: Endpoint, now: Mono) -> float:
        # a cancel may be what gets us out of harm's way: the venue may refuse it, we do not
        held = endpoint.priority is not Priority.CANCEL
        return max(seconds(self._held_until[endpoint.scope] - now), 0.0) if held else 0.0

    def _report(self, scope: Scope, used_pct: float) -> None:
        level = max((level for level in _PRESSURE_LEVELS_PCT if used_pct >= level), default=0)
        if level > self._pressed[scope]:
            self._on_pressure(scope.value, level)
        self._pressed[scope] = level


def _bucket_of(endpoint: Endpoint, share: float) -> TokenBucket:
    per_s = endpoint.per_s * share
    return TokenBucket(per_s, max(per_s, 2.0))
