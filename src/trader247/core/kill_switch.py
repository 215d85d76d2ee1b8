"""The kill switch: a file, a person or a breached limit halts trading; only a person resumes it (requirement K1).

The latch is tripped before anything else happens (the shell does it in the same step); this decides what follows: one
cancel of everything, one record with reason and time, one CRITICAL alert. A file that cannot be read counts as there.
"""

from typing import Final

from trader247.messages.base import Tick
from trader247.messages.control import (
    AlertCleared,
    AlertRaised,
    Guard,
    GuardVoted,
    HaltCleared,
    HaltRequested,
    HaltTripped,
    KillFileSeen,
    Severity,
    TripHalt,
)
from trader247.messages.orders import CancelAll, ResumeOrders
from trader247.model.ids import AlertKey
from trader247.model.instant import Moment

__all__ = ["KILL_FILE", "KillSwitch", "SwitchIn", "SwitchOut"]

SwitchIn = KillFileSeen | HaltRequested | HaltTripped | HaltCleared | Tick
SwitchOut = TripHalt | CancelAll | ResumeOrders | HaltTripped | HaltCleared | AlertRaised | AlertCleared | GuardVoted

KILL_FILE: Final = "kill_file"
"""By whom a halt is that the file made."""

_KEY = AlertKey("kill_switch")


class KillSwitch:
    """The decider. ``HaltTripped`` and ``HaltCleared`` come from the latch itself, whoever moved it."""

    ready = True

    def __init__(self, halted: HaltTripped | None) -> None:
        """``halted``: the halt in force at the start, from the journal or from before a restart of this actor."""
        self._halted = halted
        self._file_present = False
        self._file_text = ""

    @property
    def file_present(self) -> bool:
        """Whether the kill file was there at the last look; while it is, nobody can resume."""
        return self._file_present

    def start(self, now: Moment) -> list[SwitchOut]:
        """A halt in force is acted on and written down again: whoever restarted may have missed it."""
        if self._halted is None:
            return []
        return [CancelAll(self._halted.reason), self._halted, self._alert(self._halted)]

    def handle(self, message: SwitchIn, now: Moment) -> list[SwitchOut]:
        """What follows from one message."""
        match message:
            case KillFileSeen(present, text):
                self._file_present, self._file_text = present, text
                return [TripHalt(f"kill file: {text}", KILL_FILE)] if present and self._halted is None else []
            case HaltRequested(reason, by):
                return [TripHalt(reason, by)] if self._halted is None else []
            case HaltTripped(reason):
                if self._halted is not None:
                    return []
                self._halted = message
                return [CancelAll(reason), message, self._alert(message), self._vote()]
            case HaltCleared():
                if self._halted is None:
                    return []
                self._halted = None
                return [ResumeOrders(), message, AlertCleared(_KEY), self._vote()]
            case Tick():
                return [self._vote()]

    def _alert(self, halt: HaltTripped) -> AlertRaised:
        return AlertRaised(_KEY, Severity.CRITICAL, f"trading is halted by {halt.by}: {halt.reason}")

    def _vote(self) -> GuardVoted:
        if self._halted is not None:
            return GuardVoted(Guard.KILL_SWITCH, yes=False, reason=f"halted: {self._halted.reason}")
        if self._file_present:
            return GuardVoted(Guard.KILL_SWITCH, yes=False, reason=f"kill file: {self._file_text}")
        return GuardVoted(Guard.KILL_SWITCH, yes=True, reason="not thrown")
