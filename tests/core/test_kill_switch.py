"""The kill switch as a dialogue."""

import pytest
from tests.builders import moment

from trader247.core.kill_switch import KillSwitch
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

KEY = AlertKey("kill_switch")
TRIPPED = HaltTripped("kill file: stop", "kill_file", moment(0))
CLEARED = HaltCleared("looked into it", "operator", moment(60))


@pytest.mark.req("K1")
def test_the_file_trips_the_latch_and_the_latch_cancels_everything_tells_everybody_and_votes_no() -> None:
    switch = KillSwitch(None)
    assert switch.handle(KillFileSeen(present=False), moment(0)) == []
    assert switch.handle(KillFileSeen(present=True, text="stop"), moment(0)) == [
        TripHalt("kill file: stop", "kill_file")
    ]
    assert switch.handle(TRIPPED, moment(0)) == [
        CancelAll("kill file: stop"),
        TRIPPED,
        AlertRaised(KEY, Severity.CRITICAL, "trading is halted by kill_file: kill file: stop"),
        GuardVoted(Guard.KILL_SWITCH, yes=False, reason="halted: kill file: stop"),
    ]


def test_while_halted_another_reason_changes_nothing() -> None:
    switch = KillSwitch(TRIPPED)
    assert switch.handle(KillFileSeen(present=True), moment(1)) == []
    assert switch.handle(HaltRequested("drawdown", "risk_arbiter"), moment(1)) == []
    assert switch.handle(HaltTripped("drawdown", "risk_arbiter", moment(1)), moment(1)) == []


def test_a_request_from_inside_trips_the_latch_in_its_own_name() -> None:
    assert KillSwitch(None).handle(HaltRequested("drawdown", "risk_arbiter"), moment(1)) == [
        TripHalt("drawdown", "risk_arbiter")
    ]


@pytest.mark.req("K1")
def test_a_halt_in_force_at_the_start_is_acted_on_and_written_down_again() -> None:
    assert KillSwitch(TRIPPED).start(moment(1)) == [
        CancelAll("kill file: stop"),
        TRIPPED,
        AlertRaised(KEY, Severity.CRITICAL, "trading is halted by kill_file: kill file: stop"),
    ]
    assert KillSwitch(None).start(moment(1)) == []


def test_after_the_operator_resumed_orders_go_on_and_the_alert_is_over() -> None:
    switch = KillSwitch(TRIPPED)
    assert switch.handle(CLEARED, moment(60)) == [
        ResumeOrders(),
        CLEARED,
        AlertCleared(KEY),
        GuardVoted(Guard.KILL_SWITCH, yes=True, reason="not thrown"),
    ]
    assert switch.handle(CLEARED, moment(61)) == []


def test_a_file_that_is_still_there_after_the_resume_halts_again() -> None:
    switch = KillSwitch(TRIPPED)
    switch.handle(KillFileSeen(present=True, text="stop"), moment(1))
    assert switch.file_present
    resumed = switch.handle(CLEARED, moment(60))
    assert resumed[-1] == GuardVoted(Guard.KILL_SWITCH, yes=False, reason="kill file: stop")
    assert switch.handle(KillFileSeen(present=True, text="stop"), moment(60)) == [
        TripHalt("kill file: stop", "kill_file")
    ]


def test_every_tick_is_a_vote() -> None:
    assert KillSwitch(None).handle(Tick(), moment(1)) == [GuardVoted(Guard.KILL_SWITCH, yes=True, reason="not thrown")]
    assert KillSwitch(TRIPPED).handle(Tick(), moment(1)) == [
        GuardVoted(Guard.KILL_SWITCH, yes=False, reason="halted: kill file: stop")
    ]
