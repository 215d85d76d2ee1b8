import pytest
from attrs import evolve
from tests.board_samples import cycle
from tests.builders import at
from tests.core.breaker_samples import WORK, Story, ended

from trader247.core.breakers import breaker_names
from trader247.messages.base import Tick
from trader247.messages.breakers import (
    BreakerChanged,
    BreakersListed,
    BreakerState,
    OpenedBreaker,
    Outcome,
    SetBreaker,
    Work,
)
from trader247.messages.control import AlertCleared, AlertRaised, PolicyChanged
from trader247.messages.market import StreamChanged
from trader247.model.ids import StrategyName
from trader247.model.policy import Policy
from trader247.model.policy_breakers import BreakerTerms, Tripping

pytestmark = pytest.mark.req("CB2")

S = BreakerState
A, B = StrategyName("a"), StrategyName("b")
CALLS = (Work.ORDERS, Work.CANCELS, Work.ACCOUNT, Work.MARKET_DATA)
PATIENT = BreakerTerms(work=Tripping(failures=100, window_s=60.0, open_s=30.0))
"""So that only the bursts of all requests together show."""


def test_every_kind_of_work_has_a_breaker_and_so_has_each_strategy() -> None:
    story = Story()
    assert [line.breaker for line in story.said(BreakersListed)[0].lines] == [*breaker_names((A, B))]
    assert breaker_names((A, B))[-2:] == ("strategy:a", "strategy:b")
    assert story.vote().yes


@pytest.mark.parametrize("work", CALLS)
def test_a_group_that_fails_three_times_in_a_minute_stops_entries(work: Work) -> None:
    story = Story()
    story.fail(work, 0, 10)
    assert story.vote().yes
    story.fail(work, 20)
    assert story.changes() == [(work, S.OPEN)]
    assert story.vote().reason.startswith(f"{work.value} is OPEN until 2026-03-02T12:00:50Z: 3 failures in 60 s")
    assert not story.vote().yes


@pytest.mark.parametrize("work", [Work.ACCOUNT, Work.MARKET_DATA])
def test_reads_probe_themselves_and_entries_wait_until_they_have(work: Work) -> None:
    story = Story()
    story.fail(work, 0, 10, 20)
    story.tell(Tick(), 50)
    assert not story.vote().yes
    assert story.vote().reason == f"{work.value} is HALF_OPEN: waits for 2 good ends"
    story.tell(ended(work), 51)
    story.tell(ended(work), 52)
    assert story.changes() == [(work, S.OPEN), (work, S.HALF_OPEN), (work, S.CLOSED)]
    assert story.vote().yes


@pytest.mark.parametrize("work", [Work.ORDERS, Work.CANCELS])
def test_half_open_orders_and_cancels_let_an_entry_pass_since_it_is_their_probe(work: Work) -> None:
    story = Story()
    story.fail(work, 0, 10, 20)
    story.tell(Tick(), 50)
    assert story.vote().yes
    story.fail(work, 51)
    assert not story.vote().yes


def test_five_api_errors_in_five_minutes_stop_entries_whatever_they_were_about() -> None:
    story = Story()
    for number, work in enumerate(CALLS):
        story.fail(work, number * 75)
    assert story.changes() == []
    story.fail(Work.ORDERS, 300)
    assert story.changes() == [(Work.API_ERRORS, S.OPEN)]
    assert story.said(AlertRaised)[-1].key == "api_error_burst"


def test_the_fifth_api_error_a_moment_after_five_minutes_stops_nothing() -> None:
    story = Story()
    for number, work in enumerate(CALLS):
        story.fail(work, number * 75)
    story.fail(Work.ORDERS, 300.000000001)
    assert story.changes() == []


def test_three_429s_in_ten_minutes_stop_entries_and_are_no_api_errors() -> None:
    story = Story(PATIENT)
    for second in (0, 300, 600):
        story.tell(ended(Work.MARKET_DATA, Outcome.RATE_LIMITED, "429"), second)
    assert story.changes() == [(Work.RATE_LIMITS, S.OPEN)]
    story.tell(Tick(), 1200)
    story.tell(ended(Work.ORDERS), 1201)
    story.tell(ended(Work.ORDERS), 1202)
    assert story.changes()[1:] == [(Work.RATE_LIMITS, S.HALF_OPEN), (Work.RATE_LIMITS, S.CLOSED)]
    assert story.said(AlertCleared)[-1].key == "rate_limit_burst"


def test_slow_answers_alert_and_stop_nothing() -> None:
    story = Story()
    for second in range(5):
        story.tell(ended(Work.ORDERS, took_s=2.1), second)
    assert story.changes() == [(Work.LATENCY, S.OPEN)]
    assert [alert.key for alert in story.said(AlertRaised)] == ["latency"]
    assert story.vote().yes


def test_a_stream_that_keeps_falling_stops_entries_until_it_has_held() -> None:
    story = Story()
    for second in (0, 60, 120):
        story.tell(StreamChanged(up=False, why="gone"), second)
        story.tell(StreamChanged(up=True), second + 5)
    assert story.changes() == [(Work.MARKET_STREAM, S.OPEN)]
    story.tell(Tick(), 180)
    story.tell(Tick(), 181)
    assert story.changes()[-1] == (Work.MARKET_STREAM, S.CLOSED)


def test_a_stream_that_is_down_does_not_probe_itself() -> None:
    story = Story()
    for second in (0, 60, 120):
        story.tell(StreamChanged(up=False, why="gone"), second)
    for second in (180, 181, 182):
        story.tell(Tick(), second)
    assert story.changes()[-1] == (Work.MARKET_STREAM, S.HALF_OPEN)
    assert not story.vote().yes


def test_a_strategy_that_misses_its_deadlines_stops_no_other_and_no_entry_of_others() -> None:
    story = Story()
    for second in (60, 120, 180):
        story.tell(cycle(answered=((B, 0.1),), silent=(A,)), second)
    assert story.changes() == [("strategy:a", S.OPEN)]
    assert story.vote().yes
    assert story.said(BreakerChanged)[-1].line.stops == "entries of a"


def test_a_crash_and_the_silence_that_follows_from_it_are_one_failure() -> None:
    story = Story()
    for second in (60, 120):
        story.tell(ended("strategy:a", Outcome.FAILED, "it crashed: ZeroDivisionError"), second)
        story.tell(cycle(answered=(), silent=(A,)), second + 1)
    assert story.changes() == []
    story.tell(ended("strategy:a", Outcome.FAILED, "it crashed: ZeroDivisionError"), 180)
    assert story.changes() == [("strategy:a", S.OPEN)]


def test_answers_in_time_close_a_strategy_that_is_probed() -> None:
    story = Story()
    for second in (60, 120, 180):
        story.tell(cycle(answered=(), silent=(A,)), second)
    story.tell(Tick(), 780)
    for second in (781, 841):
        story.tell(cycle(answered=((A, 0.1),), silent=()), second)
    assert story.changes()[1:] == [("strategy:a", S.HALF_OPEN), ("strategy:a", S.CLOSED)]


def test_an_operator_holds_one_open_and_closes_it_and_both_are_told_with_actor_and_reason() -> None:
    story = Story()
    story.tell(SetBreaker("orders", S.OPEN, "anna", "the venue migrates", at(1)), 1)
    assert story.vote().reason == "orders is OPEN, held by anna: the venue migrates"
    assert story.said(BreakerChanged)[-1].line.by == "anna"
    assert story.said(AlertRaised) == []
    story.tell(Tick(), 100_000)
    assert not story.vote().yes
    story.tell(SetBreaker("orders", S.CLOSED, "ben", "it is over", at(2)), 100_001)
    assert story.vote().yes


def test_what_an_operator_opened_is_open_from_the_first_word_after_a_restart() -> None:
    order = SetBreaker("cancels", S.OPEN, "anna", "the venue migrates", at(-60))
    gone = SetBreaker("strategy:gone", S.OPEN, "anna", "it was removed since", at(-60))
    story = Story(held=(order, gone))
    assert not story.vote().yes


def test_what_opened_by_itself_stays_open_over_a_restart_for_the_rest_of_its_time_and_is_probed() -> None:
    left = OpenedBreaker("account", at(-20), at(10), "3 failures in 60 s")
    story = Story(BreakerTerms(work=WORK), opened=(left, evolve(left, breaker="strategy:gone")))
    assert story.vote().reason.endswith("account is OPEN until 2026-03-02T12:00:10Z: 3 failures in 60 s")
    story.tell(Tick(), 9.999)
    assert "account is OPEN" in story.vote().reason
    story.tell(Tick(), 10)
    assert story.changes() == [("account", S.HALF_OPEN)]


@pytest.mark.parametrize(("until", "waits_s"), [(-5, 0), (10_000, 30)], ids=["it ran out meanwhile", "clock set back"])
def test_a_restart_never_waits_longer_than_the_breaker_would_have(until: int, waits_s: int) -> None:
    left = OpenedBreaker("account", at(-20), at(until), "3 failures in 60 s")
    story = Story(BreakerTerms(work=WORK), opened=(left,))
    assert not story.vote().yes
    story.tell(Tick(), waits_s)
    assert story.changes() == [("account", S.HALF_OPEN)]


def test_a_crash_of_the_breakers_closes_none() -> None:
    first = Story()
    first.fail(Work.ORDERS, 0, 10, 20)
    second = Story(before=first.breakers, held=())
    assert not second.vote().yes


def test_a_breaker_nobody_has_is_passed_over() -> None:
    story = Story()
    assert story.tell(SetBreaker("moon", S.OPEN, "anna", "why not", at(1)), 1) == []
    assert story.tell(ended("strategy:gone", Outcome.FAILED), 2) == []


def test_new_terms_hold_from_the_next_failure() -> None:
    story = Story()
    story.tell(PolicyChanged(Policy(breakers=PATIENT)), 0)
    story.fail(Work.ORDERS, 0, 1, 2)
    assert story.changes() == []


def test_the_whole_list_is_told_with_every_tick_for_an_arbiter_that_is_new() -> None:
    story = Story()
    assert any(isinstance(message, BreakersListed) for message in story.tell(Tick(), 1))


def test_a_silence_in_the_cycle_after_a_crash_is_a_failure_of_its_own() -> None:
    story = Story()
    story.tell(ended("strategy:a", Outcome.FAILED, "it crashed: ZeroDivisionError"), 60)
    for second in (61, 121, 181):
        story.tell(cycle(answered=(), silent=(A,)), second)
    assert story.changes() == [("strategy:a", S.OPEN)]
