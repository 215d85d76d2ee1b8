"""Kill switch, latch and file together: whatever comes in which order, halted is halted until a person clears it."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tests.builders import moment
from tests.machines import bounded

from trader247.core.kill_switch import KillSwitch, SwitchIn, SwitchOut
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
    TripHalt,
)
from trader247.messages.orders import CancelAll, ResumeOrders

REASONS = st.sampled_from(["drawdown", "a person", "clock"])


class KillSwitchMachine(RuleBasedStateMachine):
    """The latch is a variable here: the first trip sets it, a clear unsets it, and the switch hears of both."""

    def __init__(self) -> None:
        super().__init__()
        self.switch = KillSwitch(None)
        self.latch: str | None = None
        self.file = False
        self.cancels = self.alerts = self.written = 0
        self.second = 0

    def _tell(self, message: SwitchIn) -> list[SwitchOut]:
        self.second += 1
        out = self.switch.handle(message, moment(self.second))
        self._act(out)
        return out

    def _act(self, out: list[SwitchOut]) -> None:
        for each in out:
            match each:
                case TripHalt(reason, by):
                    assert self.latch is None, "who is halted is not halted again"
                    self._trip(reason, by)
                case CancelAll() | ResumeOrders():
                    assert isinstance(each, CancelAll) == (self.latch is not None)
                    self.cancels += 1
                case HaltTripped() | HaltCleared():
                    self.written += 1
                case AlertRaised() | AlertCleared():
                    assert isinstance(each, AlertRaised) == (self.latch is not None)
                    self.alerts += 1
                case GuardVoted(guard, yes):
                    assert guard is Guard.KILL_SWITCH
                    assert yes == (self.latch is None and not self.file)

    def _trip(self, reason: str, by: str) -> None:
        if self.latch is None:
            self.latch = reason
            before = self.cancels, self.written, self.alerts
            self._tell(HaltTripped(reason, by, moment(self.second)))
            assert (self.cancels, self.written, self.alerts) == tuple(count + 1 for count in before), (
                "once, and at once"
            )

    @rule(present=st.booleans())
    def the_file_is_looked_for(self, present: bool) -> None:
        self.file = present
        self._tell(KillFileSeen(present=present, text="stop"))
        assert self.latch is not None or not present

    @rule(reason=REASONS)
    def somebody_inside_asks(self, reason: str) -> None:
        self._tell(HaltRequested(reason, "risk_arbiter"))
        assert self.latch is not None

    @rule(reason=REASONS)
    def the_latch_is_tripped_elsewhere(self, reason: str) -> None:
        self._trip(reason, "signal")

    @rule(reason=REASONS)
    def an_echo_of_the_latch_changes_nothing(self, reason: str) -> None:
        if self.latch is not None:
            assert self._tell(HaltTripped(reason, "echo", moment(self.second))) == []

    @rule()
    def a_person_resumes(self) -> None:
        if self.latch is not None and not self.file:
            self.latch = None
            self._tell(HaltCleared("looked", "anna", moment(self.second)))

    @rule()
    def it_restarts(self) -> None:
        """A halt in force is cancelled for and told again: whoever restarted may have missed it."""
        halted = HaltTripped(self.latch, "latch", moment(self.second)) if self.latch is not None else None
        self.switch = KillSwitch(halted)
        before = self.cancels
        self._act(self.switch.start(moment(self.second)))
        assert self.cancels == before + (halted is not None)
        self._tell(KillFileSeen(present=self.file, text="stop"))

    @invariant()
    def its_vote_is_the_latch_and_the_file(self) -> None:
        out = self.switch.handle(Tick(), moment(self.second))
        assert [each.yes for each in out if isinstance(each, GuardVoted)] == [self.latch is None and not self.file]


TestKillSwitch = KillSwitchMachine.TestCase
TestKillSwitch.settings = bounded(80, 40)
pytestmark = pytest.mark.req("K1")
