"""Request quotas as token buckets: per owner for private REST, per address for public REST and handshakes. Pure.

The figures (30 and 10 requests, 8 handshakes a second) are those that clients of the real venue agree on; its pages no
longer print them. That a bucket holds one second's worth and refills evenly is a guess.
"""

from typing import Final

from attrs import field, frozen

from trader247.model.instant import SECOND, Instant

__all__ = ["Bucket", "Quota", "RateLimits", "too_many_requests"]

_KEYS_MAX: Final = 10_000
"""Callers remembered per bucket; past it, those whose quota is whole again are forgotten."""


@frozen
class Quota:
    """What a caller has left after asking. ``full_in_s``: whole seconds until nothing is missing, rounded up."""

    allowed: bool
    limit: int
    remaining: int
    full_in_s: int

    @property
    def headers(self) -> dict[str, str]:
        """Lower case, as the official client looks them up by exactly these names."""
        return {
            "x-ratelimit-limit": str(self.limit),
            "x-ratelimit-remaining": str(self.remaining),
            "x-ratelimit-reset": str(self.full_in_s),
        }


class Bucket:
    """``per_second`` tokens for each caller, refilled evenly; a caller starts with all of them."""

    def __init__(self, per_second: int) -> None:
        """``per_second`` is at least 1."""
        self.per_second = per_second
        self._spacing = SECOND // per_second
        self._full_at: dict[str, int] = {}

    def take(self, caller: str, now: Instant) -> Quota:
        """One token, if there is one. A clock that steps back costs a caller at most one bucket."""
        burst = self._spacing * self.per_second
        owed = min(max(0, self._full_at.get(caller, 0) - now), burst)
        allowed = owed + self._spacing <= burst
        if allowed:
            owed += self._spacing
            self._full_at[caller] = now + owed
            if len(self._full_at) > _KEYS_MAX:
                self._full_at = {key: at for key, at in self._full_at.items() if at > now}
        return Quota(allowed, self.per_second, (burst - owed) // self._spacing, -(-owed // SECOND))


@frozen
class RateLimits:
    """The buckets of one exchange."""

    private: Bucket = field(factory=lambda: Bucket(30))
    public: Bucket = field(factory=lambda: Bucket(10))
    handshakes: Bucket = field(factory=lambda: Bucket(8))


def too_many_requests() -> dict[str, object]:
    """The documented body of a 429."""
    return {"errors": [{"id": "rate_limit_exceeded", "message": "Too many requests"}]}
