"""Desk and gate together against one question: would a person who saw all votes let this order out now?"""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tests.builders import moment
from tests.machines import bounded

from trader247.core.permit import DeskIn, HaltSeen, PermitDesk, why_not
from trader247.messages.base import Tick
from trader247.messages.control import Guard, GuardVoted, PermitRenewed, SetTradingState
from trader247.model.mode import Mode, OrderKind, TradingState
from trader247.model.policy import PermitTerms

TERMS = PermitTerms(lease_s=2.0, vote_max_age_s=2.0)
NEEDED_TO_LEAVE = {"MODE", "KILL_SWITCH", "JOURNAL", "VENUE"}
TENTHS = st.integers(0, 12)


class PermitMachine(RuleBasedStateMachine):
    """Time is in tenths of a second. Where the gate lets an order out, the reference must have seen every vote lately;
    where all have just voted yes, it must let it out."""

    def __init__(self) -> None:
        super().__init__()
        self.tenths = 0
        self.desk = PermitDesk(tuple(Guard), TERMS, TradingState.ACTIVE)
        self.permit: PermitRenewed | None = None
        self.votes: dict[Guard, tuple[bool, int]] = {}
        self.reducing = self.halted = False
        self._take(self.desk.start(moment(0)))

    def _take(self, out: list[PermitRenewed]) -> None:
        for permit in out:
            self.permit = permit

    def _tell(self, message: DeskIn, wait: int) -> None:
        self.tenths += wait
        self._take(self.desk.handle(message, moment(self.tenths / 10)))

    @rule(guard=st.sampled_from(Guard), yes=st.sampled_from([True, True, True, False]), wait=TENTHS)
    def votes_arrive(self, guard: Guard, yes: bool, wait: int) -> None:
        self._tell(GuardVoted(guard, yes=yes), wait)
        self.votes[guard] = (yes, self.tenths)

    @rule(wait=TENTHS, no=st.none() | st.sampled_from(Guard))
    def all_vote(self, wait: int, no: Guard | None) -> None:
        self.tenths += wait
        for guard in Guard:
            self._tell(GuardVoted(guard, yes=guard is not no), 0)
            self.votes[guard] = (guard is not no, self.tenths)
        self._tell(Tick(), 0)
        assert self._let_out(OrderKind.ENTRY) == (no is None and not self.reducing and not self.halted)

    @rule(wait=st.integers(0, 50))
    def nobody_says_anything(self, wait: int) -> None:
        """The desk is hung: what it granted last runs out by itself."""
        self.tenths += wait

    @rule(wait=TENTHS)
    def ticks(self, wait: int) -> None:
        self._tell(Tick(), wait)

    @rule(reducing=st.booleans(), wait=TENTHS)
    def an_operator_speaks(self, reducing: bool, wait: int) -> None:
        self.reducing = reducing
        self._tell(SetTradingState(TradingState.REDUCING if reducing else TradingState.ACTIVE, "anna", "so"), wait)

    @rule(halted=st.booleans(), wait=TENTHS)
    def the_latch_moves(self, halted: bool, wait: int) -> None:
        self.halted = halted
        self._tell(HaltSeen(tripped=halted), wait)

    @rule()
    def the_desk_restarts(self) -> None:
        self.desk = PermitDesk(tuple(Guard), TERMS, self.desk.state, halted=self.halted)
        self.votes.clear()
        self._take(self.desk.start(moment(self.tenths / 10)))
        assert not self._let_out(OrderKind.EXIT)

    def _let_out(self, kind: OrderKind) -> bool:
        now = moment(self.tenths / 10)
        return why_not(kind, mode=Mode.PAPER, halted=self.halted, permit=self.permit, now=now) is None

    def _voted_lately(self, names: set[str]) -> bool:
        """Within vote age and lease, since a lease outlives the votes it was given for by no more than itself."""
        lately = {
            guard.name
            for guard, (yes, at) in self.votes.items()
            if yes and self.tenths - at < 40 and guard.name in names
        }
        return lately == names

    @invariant()
    def nothing_leaves_without_fresh_votes_of_all_it_needs(self) -> None:
        if self._let_out(OrderKind.ENTRY):
            assert not self.reducing
            assert not self.halted
            assert self._voted_lately({guard.name for guard in Guard})
        if self._let_out(OrderKind.EXIT):
            assert not self.halted
            assert self._voted_lately(NEEDED_TO_LEAVE)
        assert self._let_out(OrderKind.CANCEL)


TestPermit = PermitMachine.TestCase
TestPermit.settings = bounded(60, 40)
pytestmark = pytest.mark.req("M1", "K1")
