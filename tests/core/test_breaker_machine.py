"""A breaker against the story of everything that happened to it, read anew at every step."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tests.builders import moment
from tests.machines import bounded

from trader247.core.breaker import Breaker
from trader247.messages.breakers import BreakerState
from trader247.model.policy_breakers import Tripping

WORK = Tripping(failures=3, window_s=60.0, open_s=30.0)
PROBES = 2
WAITS = st.sampled_from([0, 1, 20, 29, 30, 31, 60, 61])


class BreakerMachine(RuleBasedStateMachine):
    """``state`` is kept by the words of the requirement: three a minute open it, half a minute later it is probed."""

    def __init__(self) -> None:
        super().__init__()
        self.made = Breaker("work", "entries")
        self.second = 0
        self.state = "closed"
        self.bad: list[int] = []
        self.good = 0
        self.opened_at = 0
        self.held = False

    def _look(self, wait: int) -> None:
        self.second += wait
        self.made.look(moment(self.second))
        if self.state == "open" and not self.held and self.second >= self.opened_at + 30:
            self.state, self.good = "probed", 0
        self.it_stands_as_the_story_says()

    @rule(wait=WAITS)
    def nothing_happens(self, wait: int) -> None:
        self._look(wait)

    @rule(wait=WAITS)
    def work_fails(self, wait: int) -> None:
        self._look(wait)
        self.made.failed("503", WORK, moment(self.second))
        self.bad.append(self.second)
        self.good = 0
        recent = [at for at in self.bad if self.second - at <= 60]
        if self.state == "probed" or (self.state == "closed" and len(recent) >= 3):
            self.state, self.opened_at, self.held = "open", self.second, False

    @rule(wait=WAITS)
    def work_fails_in_a_burst(self, wait: int) -> None:
        for later in (wait, 0, 0):
            self.work_fails(later)

    @rule(wait=WAITS)
    def work_goes_well(self, wait: int) -> None:
        self._look(wait)
        self.made.went_well(PROBES, moment(self.second))
        if self.state == "probed":
            self.good += 1
            if self.good == PROBES:
                self._close()

    @rule(wait=WAITS)
    def an_operator_opens_it(self, wait: int) -> None:
        self._look(wait)
        self.made.ordered(BreakerState.OPEN, "anna", "because", moment(self.second))
        self.state, self.held = "open", True

    @rule(wait=WAITS)
    def an_operator_closes_it(self, wait: int) -> None:
        self._look(wait)
        self.made.ordered(BreakerState.CLOSED, "anna", "because", moment(self.second))
        self._close()

    def _close(self) -> None:
        self.state, self.bad, self.good, self.held = "closed", [], 0, False

    @invariant()
    def it_stands_as_the_story_says(self) -> None:
        words = {"closed": BreakerState.CLOSED, "open": BreakerState.OPEN, "probed": BreakerState.HALF_OPEN}
        assert self.made.state is words[self.state]
        assert self.made.open == (self.state == "open")
        assert self.made.failures(WORK, moment(self.second)) == sum(self.second - at <= 60 for at in self.bad)
        assert (self.made.by == "anna") == (self.held and self.state == "open")


TestBreaker = BreakerMachine.TestCase
TestBreaker.settings = bounded(100, 40)
pytestmark = pytest.mark.req("CB2")
