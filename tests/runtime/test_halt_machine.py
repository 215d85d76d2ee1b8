"""The latch against one variable: whoever trips, clears, listens or asks, in whatever order."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tests.machines import bounded

from trader247.runtime.clock import SystemClock
from trader247.runtime.halt import Cleared, Halt, Halted, IsHalted

WORDS = st.sampled_from(["drawdown", "disk", "a person"])


class HaltMachine(RuleBasedStateMachine):
    """``reason`` is that of the first trip since the last clear, or nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []
        self.expected: list[str] = []
        self.reason: str | None = None
        self.halt = self._fresh(None)

    def _fresh(self, persisted: Halted | None) -> Halt:
        halt = Halt(SystemClock(), persisted)
        halt.listen(self._hear)
        return halt

    def _hear(self, news: Halted | Cleared) -> None:
        self.heard.append(news.reason)

    @rule(reason=WORDS)
    def somebody_trips(self, reason: str) -> None:
        if self.reason is None:
            self.reason = reason
            self.expected.append(reason)
        assert self.halt.trip(reason, by="somebody").reason == self.reason

    @rule(reason=WORDS)
    def an_operator_clears(self, reason: str) -> None:
        cleared = self.halt.clear(reason, by="anna")
        assert (cleared.reason if cleared else None) == self.reason
        if self.reason is not None:
            self.expected.append(reason)
        self.reason = None

    @rule()
    def the_process_starts_again(self) -> None:
        self.halt = self._fresh(self.halt.tripped)

    @invariant()
    def an_order_leaves_only_where_nothing_is_tripped(self) -> None:
        if self.reason is None:
            self.halt.check()
        else:
            with pytest.raises(IsHalted, match=self.reason):
                self.halt.check()
        assert self.heard == self.expected


TestHalt = HaltMachine.TestCase
TestHalt.settings = bounded(50, 30)
pytestmark = [pytest.mark.req("SUP3"), pytest.mark.property(21)]
