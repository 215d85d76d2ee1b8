"""How one lane of a mailbox keeps its envelopes: in order, or the latest per key. Bounded, and nothing waits here."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterator
from enum import StrEnum
from typing import Any, Protocol

from attrs import frozen

__all__ = ["Envelopes", "InOrder", "Lane", "LatestPerKey", "Overflow", "store_for"]


class Overflow(StrEnum):
    """What happens to a message that finds its lane full."""

    REFUSE = "refuse"  # an error for the sender and an alarm for the host; for what must never be dropped
    DROP_OLDEST = "drop_oldest"  # the oldest goes, counted
    LATEST = (
        "latest"  # the newest value per key replaces the one that waits, in its place; keys beyond capacity: oldest
    )
    WAIT = "wait"  # tell() waits for room; post() is refused


@frozen
class Lane:
    """One of a mailbox's queues; an earlier lane is always served first.

    ``key`` names, for LATEST, what a message is about (an instrument); messages of one key replace each other.
    """

    name: str
    capacity: int = 256
    overflow: Overflow = Overflow.REFUSE
    key: Callable[[Any], Hashable] | None = None

    def __attrs_post_init__(self) -> None:
        if self.capacity < 1:
            raise ValueError(f"lane {self.name}: capacity is {self.capacity!r}: give a number of messages of 1 or more")
        if (self.overflow is Overflow.LATEST) != (self.key is not None):
            raise ValueError(f"lane {self.name}: a key belongs to Overflow.LATEST, and only to it")


class Enveloped(Protocol):
    """What a lane needs to know of an envelope."""

    @property
    def body(self) -> Any:
        """The message."""


class Envelopes(Protocol):
    """A bounded store of envelopes."""

    def has_room(self, envelope: Any) -> bool:
        """Whether ``put`` fits without dropping another key or message."""

    def put(self, envelope: Any) -> bool:
        """Keeps it; True if it replaced one of the same key."""

    def take(self) -> Any | None:
        """Removes and gives the oldest."""

    def oldest(self) -> Any | None:
        """The oldest, left where it is."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Any]: ...


class InOrder:
    """First in, first out."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._items: deque[Any] = deque()

    def has_room(self, envelope: Any) -> bool:  # noqa: ARG002 - the other store asks for the key
        """Fewer than ``capacity`` wait."""
        return len(self._items) < self._capacity

    def put(self, envelope: Any) -> bool:
        """At the end; never replaces."""
        self._items.append(envelope)
        return False

    def take(self) -> Any | None:
        """The first, or None."""
        return self._items.popleft() if self._items else None

    def oldest(self) -> Any | None:
        """The first, or None."""
        return self._items[0] if self._items else None

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items)


class LatestPerKey:
    """One envelope per key. A newer value takes the place in line of the one it replaces, so no key starves."""

    def __init__(self, capacity: int, key: Callable[[Any], Hashable]) -> None:
        self._capacity = capacity
        self._key = key
        self._items: dict[Hashable, Any] = {}

    def has_room(self, envelope: Any) -> bool:
        """Its key waits already, or fewer than ``capacity`` keys do."""
        return len(self._items) < self._capacity or self._key(envelope.body) in self._items

    def put(self, envelope: Any) -> bool:
        """In the place of its key, or at the end."""
        key = self._key(envelope.body)
        replaced = key in self._items
        self._items[key] = envelope
        return replaced

    def take(self) -> Any | None:
        """The key that has waited longest, or None."""
        return self._items.pop(next(iter(self._items))) if self._items else None

    def oldest(self) -> Any | None:
        """The value of the key that has waited longest, or None."""
        return next(iter(self._items.values()), None)

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items.values())


def store_for(lane: Lane) -> Envelopes:
    """An empty store that behaves as the lane says."""
    return InOrder(lane.capacity) if lane.key is None else LatestPerKey(lane.capacity, lane.key)
