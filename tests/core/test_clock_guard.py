from typing import Any

import pytest
from tests.builders import moment

from trader247.core.clock_guard import MEMORY, ClockGuard
from trader247.messages.base import Tick
from trader247.messages.control import AlertCleared, AlertRaised, Guard, GuardVoted, HaltRequested, Severity
from trader247.messages.health import HealthSeen
from trader247.messages.market import VenueSeen
from trader247.model.ids import AlertKey
from trader247.model.instant import MILLISECOND, Instant, Moment
from trader247.model.mode import Mode

FINE = HealthSeen(loop_lag_s=0.01, mailbox_age_s=0.0, mailbox="cycle")


def guard(mode: Mode = Mode.LIVE) -> ClockGuard:
    made = ClockGuard(mode)
    assert made.start(moment(0)) == []
    return made


def seen(offset_ms: float = 0, round_trip_ms: float = 0) -> VenueSeen:
    return VenueSeen(round(offset_ms * MILLISECOND), round(round_trip_ms * MILLISECOND))


def healthy(mode: Mode = Mode.LIVE) -> ClockGuard:
    made = guard(mode)
    made.handle(seen(), moment(0))
    made.handle(FINE, moment(0))
    return made


def votes(made: ClockGuard, second: float, wall_ms: float = 0) -> dict[Guard, GuardVoted]:
    """The votes of a tick; the wall clock stands ``wall_ms`` off what the monotonic one says."""
    now = moment(second)
    out = made.handle(Tick(), Moment(Instant(now.utc + round(wall_ms * MILLISECOND)), now.mono))
    return {vote.guard: vote for vote in out if isinstance(vote, GuardVoted)}


def alerts(out: list[Any]) -> list[tuple[str, Severity]]:
    return [(alert.key, alert.severity) for alert in out if isinstance(alert, AlertRaised)]


@pytest.mark.req("TIME1")
def test_with_a_good_clock_a_turning_loop_and_a_venue_that_answers_all_four_vote_yes() -> None:
    cast = votes(healthy(), 1)
    assert list(cast) == [Guard.CLOCK, Guard.LOOP, Guard.MAILBOXES, Guard.VENUE]
    assert all(vote.yes for vote in cast.values())


@pytest.mark.parametrize("mode", Mode)
def test_before_anything_was_measured_nothing_is_vouched_for(mode: Mode) -> None:
    cast = votes(guard(mode), 1)
    assert {who for who, vote in cast.items() if vote.yes} == ({Guard.CLOCK} if mode is not Mode.LIVE else set())


@pytest.mark.req("TIME1")
@pytest.mark.parametrize(
    ("offset_ms", "round_trip_ms", "good"),
    [(150, 0, True), (150.1, 0, False), (-150.1, 0, False), (-150, 0, True), (250, 200, True), (250.1, 200, False)],
)
def test_live_needs_a_clock_within_150_ms_as_far_as_can_be_told(
    offset_ms: float, round_trip_ms: float, good: bool
) -> None:
    made = healthy()
    out = made.handle(seen(offset_ms, round_trip_ms), moment(1))
    assert alerts(out) == ([] if good else [("clock_drift", Severity.WARNING)])
    assert votes(made, 1)[Guard.CLOCK].yes is good


@pytest.mark.req("TIME1")
@pytest.mark.parametrize("mode", [Mode.PAPER, Mode.DRY_RUN])
def test_elsewhere_a_drifting_clock_only_warns(mode: Mode) -> None:
    made = healthy(mode)
    assert alerts(made.handle(seen(10_000), moment(1))) == [("clock_drift", Severity.WARNING)]
    assert votes(made, 1)[Guard.CLOCK].yes
    assert AlertCleared(AlertKey("clock_drift")) in made.handle(seen(10), moment(2))


@pytest.mark.fault("MD-09")
@pytest.mark.req("TIME1")
def test_an_answer_that_took_too_long_neither_proves_nor_clears_a_drift() -> None:
    late = guard()
    late.handle(FINE, moment(0))
    late.handle(seen(0, round_trip_ms=301), moment(0))
    assert not votes(late, 1)[Guard.CLOCK].yes
    assert votes(late, 1)[Guard.VENUE].yes
    drifting = healthy()
    drifting.handle(seen(1_000), moment(1))
    out = drifting.handle(seen(1_000, round_trip_ms=5_000), moment(2))
    assert AlertCleared(AlertKey("clock_drift")) not in out
    assert not votes(drifting, 2)[Guard.CLOCK].yes


@pytest.mark.fault("HC-01", "HC-02")
@pytest.mark.req("TIME1")
@pytest.mark.parametrize("step_ms", [151, -151, 3_600_000])
@pytest.mark.parametrize("mode", Mode)
def test_a_step_of_the_wall_clock_takes_the_vote_away_for_ten_seconds(step_ms: float, mode: Mode) -> None:
    made = healthy(mode)
    now = moment(1)
    out = made.handle(Tick(), Moment(Instant(now.utc + round(step_ms * MILLISECOND)), now.mono))
    assert alerts(out) == [("clock_step", Severity.CRITICAL)]
    assert not votes(made, 2, step_ms)[Guard.CLOCK].yes
    made.handle(FINE, moment(11))
    assert not votes(made, 11, step_ms)[Guard.CLOCK].yes
    now = moment(11.001)
    after = made.handle(Tick(), Moment(Instant(now.utc + round(step_ms * MILLISECOND)), now.mono))
    assert AlertCleared(AlertKey("clock_step")) in after
    assert votes(made, 12, step_ms)[Guard.CLOCK].yes


def test_a_clock_that_is_slewed_gently_has_not_stepped() -> None:
    made = healthy()
    for second in range(1, 5):
        assert votes(made, second, wall_ms=second * 100)[Guard.CLOCK].yes


@pytest.mark.parametrize(
    ("health", "silent"),
    [
        (HealthSeen(1.0, 2.0, "journal"), set()),
        (HealthSeen(1.001, 0.0, "journal"), {Guard.LOOP}),
        (HealthSeen(0.0, 2.001, "journal"), {Guard.MAILBOXES}),
    ],
)
def test_a_lagging_loop_and_a_message_that_waits_take_their_votes_away(health: HealthSeen, silent: set[Guard]) -> None:
    made = healthy()
    made.handle(health, moment(1))
    cast = votes(made, 1)
    assert {who for who, vote in cast.items() if not vote.yes} == silent
    assert Guard.MAILBOXES not in silent or "journal" in cast[Guard.MAILBOXES].reason


@pytest.mark.req("SUP5")
def test_a_loop_that_nobody_looks_at_any_more_is_not_vouched_for() -> None:
    made = healthy()
    assert votes(made, 5)[Guard.LOOP].yes
    cast = votes(made, 5.001)
    assert (cast[Guard.LOOP].yes, cast[Guard.MAILBOXES].yes) == (False, False)


@pytest.mark.req("D2")
@pytest.mark.parametrize("ever", [True, False])
def test_a_venue_that_stays_silent_loses_its_vote_and_is_told(ever: bool) -> None:
    made = healthy() if ever else guard()
    made.handle(VenueSeen(None, 0, "connection refused"), moment(1))
    assert votes(made, 30)[Guard.VENUE].yes is ever
    assert alerts(made.handle(Tick(), moment(30))) == []
    assert alerts(made.handle(Tick(), moment(30.001))) == [("venue_unreachable", Severity.CRITICAL)]
    vote = votes(made, 30.002)[Guard.VENUE]
    assert not vote.yes
    assert "connection refused" in vote.reason
    assert AlertCleared(AlertKey("venue_unreachable")) in made.handle(seen(), moment(31))
    assert votes(made, 31)[Guard.VENUE].yes


def held(mb: int) -> HealthSeen:
    return HealthSeen(0.0, 0.0, "none", mb)


@pytest.mark.fault("PR-07")
def test_memory_over_the_soft_limit_is_warned_of_and_taken_back_once_it_is_well_under() -> None:
    guard = ClockGuard(Mode.PAPER, soft_mb=1_000)
    assert guard.handle(held(999), moment(0)) == []
    (told,) = guard.handle(held(1_000), moment(1))
    assert isinstance(told, AlertRaised)
    assert (told.key, told.severity) == ("memory_high", Severity.WARNING)
    assert "1000 MB of memory are resident" in told.text
    assert guard.handle(held(950), moment(2)) == []
    assert guard.handle(held(949), moment(3)) == [AlertCleared(AlertKey("memory_high"))]
    assert guard.handle(held(949), moment(4)) == []


@pytest.mark.fault("PR-07")
def test_memory_at_the_hard_limit_asks_once_for_the_halt_that_ends_the_run() -> None:
    guard = ClockGuard(Mode.PAPER, soft_mb=1_000)
    alert, halt = guard.handle(held(1_500), moment(0))
    assert isinstance(alert, AlertRaised)
    assert alert.severity is Severity.CRITICAL
    assert halt == HaltRequested(alert.text, MEMORY)
    assert guard.handle(held(2_000), moment(1)) == []
    assert guard.handle(held(10), moment(2)) == []


@pytest.mark.parametrize(("soft_mb", "resident"), [(0, 10**6), (1_000, 0)])
def test_no_limit_or_no_reading_watches_nothing(soft_mb: int, resident: int) -> None:
    assert ClockGuard(Mode.PAPER, soft_mb).handle(held(resident), moment(0)) == []
