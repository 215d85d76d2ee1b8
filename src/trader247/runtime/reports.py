"""What a supervisor says about each of its decisions: one frozen value, handed to a synchronous callback."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from attrs import field, frozen

from trader247.model.instant import Moment

__all__ = ["Event", "Report", "Reporter"]


class Event(StrEnum):
    """What happened to a child."""

    STARTED = "started"  # became ready
    START_FAILED = "start_failed"
    STOPPED = "stopped"  # told to, and ended well
    STOP_FAILED = "stop_failed"  # told to, and ended in another way: reported, never retried
    ENDED = "ended"  # on its own, and stays down with its spec kept
    RESTARTING = "restarting"  # counted, and starts again after delay_s
    FORGOTTEN = "forgotten"  # temporary, and its spec is gone
    EXHAUSTED = "exhausted"  # one restart too many; the reason names the limit
    GAVE_UP = "gave_up"  # a group that stays down after it halted the system
    STUCK = "stuck"  # still there after the stop, the cut and the second after it


@frozen
class Report:
    """One decision about ``child``. ``delay_s`` is the backoff before its next start; ``error`` what it raised."""

    at: Moment
    child: str
    event: Event
    reason: str
    incarnation: int
    delay_s: float = 0.0
    error: BaseException | None = field(default=None, eq=False, repr=False)

    def __str__(self) -> str:
        later = f", again in {self.delay_s:.3g} s" if self.event is Event.RESTARTING and self.delay_s else ""
        return f"{self.child}#{self.incarnation} {self.event}: {self.reason}{later}"


Reporter = Callable[[Report], None]
"""Must not block and should not raise: it runs inside the supervisor. What it raises is kept until the tree is down."""
