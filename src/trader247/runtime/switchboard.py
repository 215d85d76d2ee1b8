"""What travels on mailboxes, and what all mailboxes of one topology share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from attrs import Factory, field, frozen

from trader247.model.instant import Moment
from trader247.runtime.asking import Link
from trader247.runtime.clock import Clock
from trader247.runtime.routes import Sender

__all__ = ["Envelope", "Sender", "Sequence", "Switchboard"]

M = TypeVar("M")


class Sequence:
    """The one counter behind the envelopes of a topology: 1, 2, 3, ..."""

    def __init__(self, last: int = 0) -> None:
        """``last`` is the number given most recently."""
        self.last = last

    def next(self) -> int:
        """One more."""
        self.last += 1
        return self.last


@frozen
class Envelope(Generic[M]):
    """A message on its way. ``cause`` is the sequence number of the one whose handling sent it."""

    seq: int
    at: Moment
    cause: int | None
    body: M
    chain: tuple[Link, ...] = field(default=(), repr=False, eq=False)


@frozen
class Switchboard:
    """What all mailboxes of one topology share.

    Attributes:
        perturb: awaited before each take with the mailbox's name; simulations let time pass or tasks overtake here,
            nothing else does.
        on_taken: told the mailbox's name and the message now in hand; what it raises is the consumer's crash.
        on_overflow: told, synchronously, the mailbox and lane that refused a message that may not be dropped.
    """

    clock: Clock
    sequence: Sequence = Factory(Sequence)
    perturb: Callable[[str], Awaitable[None]] | None = None
    on_taken: Callable[[str, object], None] | None = None
    on_overflow: Callable[[str, str], None] | None = None
