"""How many messages without a good token an address may send: eight in any second, over all its connections.

What the venue answers to more is not recorded; here it is an error frame, and the message is otherwise ignored (a
guess).
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
        """Count one, unless it is one too many. What is refused does not count."""
        recent = self._recent
        if len(recent) == recent.maxlen and now - recent[0] < SECOND:
            return False
        recent.append(now)
        return True


class Limits:
    """The meters of every address."""

    def __init__(self) -> None:
        """Starts with no address known."""
        self._meters: dict[str, Meter] = {}

    def messages(self, address: str) -> Meter:
        """The meter of messages without a token from there."""
        meter = self._meters.pop(address, None) or Meter()
        self._meters[address] = meter
        if len(self._meters) > _ADDRESSES_MAX:
            del self._meters[next(iter(self._meters))]
        return meter
