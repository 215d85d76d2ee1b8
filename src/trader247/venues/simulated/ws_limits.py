"""How much a caller may send: 8 connections, and 8 messages without a good token, per second and address.

Counted over a sliding second. What the venue answers to more is not recorded. Guesses: a connection too many is
refused with 429, a message too many gets an error frame and is otherwise ignored.
"""

from collections import deque
from typing import Final

from trader247.model.instant import SECOND, Instant

__all__ = ["Limits", "Meter"]

_PER_SECOND: Final = 8
_ADDRESSES_MAX: Final = 1_024
"""Addresses remembered; the one not heard of for longest is forgotten, and starts anew."""


class Meter:
    """At most so many in any second."""

    def __init__(self, per_second: int = _PER_SECOND) -> None:
        """Starts unused."""
        self._recent: deque[Instant] = deque(maxlen=per_second)

    def allows(self, now: Instant) -> bool:
        """Count one, unless it is one too many."""
        recent = self._recent
        if len(recent) == recent.maxlen and now - recent[0] < SECOND:
            return False
        recent.append(now)
        return True


class Limits:
    """The meters of every address."""

    def __init__(self) -> None:
        """Starts with no address known."""
        self._meters: dict[str, tuple[Meter, Meter]] = {}

    def admits(self, address: str, now: Instant) -> bool:
        """Whether one more connection may come from there."""
        return self._of(address)[0].allows(now)

    def messages(self, address: str) -> Meter:
        """The meter of messages without a token from there."""
        return self._of(address)[1]

    def _of(self, address: str) -> tuple[Meter, Meter]:
        meters = self._meters.pop(address, None) or (Meter(), Meter())
        self._meters[address] = meters
        if len(self._meters) > _ADDRESSES_MAX:
            del self._meters[next(iter(self._meters))]
        return meters
