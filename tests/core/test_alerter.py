"""Alerts a person can live with."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders import moment

from trader247.core.alerter import FORGET_S, OPEN_MAX, Alerter, AlerterOut
from trader247.messages.base import Tick
from trader247.messages.control import (
    AlertChanged,
    AlertCleared,
    AlertDue,
    AlertRaised,
    AlertState,
    PolicyChanged,
    Severity,
)
from trader247.model.ids import AlertKey
from trader247.model.policy import AlertTerms, Policy

KEY = AlertKey("staleness:BTC-USD")
TERMS = AlertTerms(dedupe_s=60.0, escalate_after_s=120.0)


def raised(severity: Severity = Severity.WARNING, text: str = "old", key: AlertKey = KEY) -> AlertRaised:
    return AlertRaised(key, severity, text)


def said(out: list[AlerterOut]) -> AlertChanged | None:
    """The one alert that was told and delivered, or None."""
    if not out:
        return None
    told, due = out
    assert isinstance(told, AlertChanged)
    assert due == AlertDue(told)
    return told


@pytest.mark.req("AL1")
def test_an_alert_is_delivered_at_once_and_its_echo_is_not_until_the_dedupe_time_has_passed() -> None:
    alerter = Alerter(TERMS)
    first = said(alerter.handle(raised(), moment(0)))
    assert first is not None
    assert (first.state, first.count, first.severity) == (AlertState.RAISED, 1, Severity.WARNING)
    assert alerter.handle(raised(), moment(59.9)) == []
    again = said(alerter.handle(raised(text="older"), moment(60)))
    assert again is not None
    assert (again.count, again.text, again.raised_at) == (3, "older", moment(0).utc)


def test_a_louder_echo_is_delivered_at_once_and_a_quieter_one_does_not_quieten() -> None:
    alerter = Alerter(TERMS)
    alerter.handle(raised(Severity.INFO), moment(0))
    louder = said(alerter.handle(raised(Severity.CRITICAL), moment(1)))
    assert louder is not None
    assert louder.severity is Severity.CRITICAL
    assert alerter.handle(raised(Severity.INFO), moment(2)) == []
    later = said(alerter.handle(raised(Severity.INFO), moment(61)))
    assert later is not None
    assert later.severity is Severity.CRITICAL


@pytest.mark.req("AL1")
def test_an_alert_nobody_resolves_is_escalated_once_and_one_step() -> None:
    alerter = Alerter(TERMS)
    alerter.handle(raised(Severity.WARNING), moment(0))
    assert alerter.handle(Tick(), moment(119.9)) == []
    louder = said(alerter.handle(Tick(), moment(120)))
    assert louder is not None
    assert (louder.state, louder.severity) == (AlertState.ESCALATED, Severity.CRITICAL)
    assert alerter.handle(Tick(), moment(300)) == []


@pytest.mark.req("AL1")
def test_what_asks_nobody_to_act_is_never_escalated() -> None:
    alerter = Alerter(TERMS)
    alerter.handle(raised(Severity.INFO), moment(0))
    assert alerter.handle(Tick(), moment(3000)) == []


@pytest.mark.req("AL1")
def test_a_cleared_alert_is_told_to_be_over_once() -> None:
    alerter = Alerter(TERMS)
    alerter.handle(raised(), moment(0))
    over = said(alerter.handle(AlertCleared(KEY), moment(5)))
    assert over is not None
    assert over.state is AlertState.RESOLVED
    assert alerter.handle(AlertCleared(KEY), moment(6)) == []
    anew = said(alerter.handle(raised(), moment(7)))
    assert anew is not None
    assert anew.count == 1


def test_a_warning_nobody_raises_any_more_is_over_after_an_hour_though_it_was_escalated() -> None:
    alerter = Alerter(TERMS)
    alerter.handle(raised(Severity.WARNING), moment(0))
    alerter.handle(Tick(), moment(120))
    assert alerter.handle(Tick(), moment(FORGET_S - 1)) == []
    over = said(alerter.handle(Tick(), moment(FORGET_S)))
    assert over is not None
    assert over.state is AlertState.RESOLVED


def test_a_critical_alert_stays_until_somebody_clears_it() -> None:
    alerter = Alerter(TERMS)
    alerter.handle(raised(Severity.WARNING), moment(0))
    alerter.handle(raised(Severity.CRITICAL), moment(1))
    alerter.handle(Tick(), moment(130))
    assert alerter.handle(Tick(), moment(10 * FORGET_S)) == []
    assert said(alerter.handle(AlertCleared(KEY), moment(10 * FORGET_S + 1))) is not None


def test_beyond_its_bound_it_keeps_no_more_and_still_tells_what_is_critical() -> None:
    alerter = Alerter(TERMS)
    for number in range(OPEN_MAX):
        alerter.handle(raised(key=AlertKey(f"k{number}")), moment(0))
    assert alerter.handle(raised(key=AlertKey("one too many")), moment(1)) == []
    told = said(alerter.handle(raised(Severity.CRITICAL, key=AlertKey("halt")), moment(1)))
    assert told is not None
    assert len(alerter._open) == OPEN_MAX


@pytest.mark.req("AL1")
@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(st.tuples(st.sampled_from(["raise", "tick", "clear"]), st.floats(0.1, 40.0)), max_size=60),
    severity=st.sampled_from(list(Severity)),
)
def test_equal_alerts_are_never_delivered_twice_within_the_dedupe_time_unless_louder_or_new(
    steps: list[tuple[str, float]], severity: Severity
) -> None:
    alerter, second = Alerter(TERMS), 0.0
    last: float | None = None
    for what, wait_s in steps:
        second += wait_s
        message = {"raise": raised(severity), "tick": Tick(), "clear": AlertCleared(KEY)}[what]
        assert isinstance(message, AlertRaised | Tick | AlertCleared)
        told = said(alerter.handle(message, moment(second)))
        if told is None:
            continue
        if told.state is not AlertState.RESOLVED and what == "raise":
            assert last is None or second - last >= TERMS.dedupe_s - 1e-6
        last = None if told.state is AlertState.RESOLVED else second


@pytest.mark.req("SUP6")
def test_other_terms_act_at_once_on_an_alert_that_stands() -> None:
    alerter = Alerter(TERMS)
    alerter.handle(raised(), moment(0))
    shorter = Policy(alerts=AlertTerms(dedupe_s=5.0, escalate_after_s=10.0))
    assert alerter.handle(PolicyChanged(shorter), moment(1)) == []
    assert said(alerter.handle(raised(), moment(6))) is not None
    escalated = said(alerter.handle(Tick(), moment(10)))
    assert escalated is not None
    assert escalated.state is AlertState.ESCALATED


def left(state: AlertState = AlertState.RAISED, severity: Severity = Severity.CRITICAL) -> AlertChanged:
    """An alert as an earlier run left it."""
    began = moment(-3_600).utc
    return AlertChanged(KEY, severity, "old", state, 7, began, began)


@pytest.mark.req("AL1", "SE1")
def test_what_stood_when_the_last_run_ended_is_due_again_as_it_was_and_its_echo_is_not() -> None:
    alerter = Alerter(TERMS, (left(),))
    assert said(alerter.start(moment(0))) == left()
    assert alerter.standing == (left(),)
    assert alerter.handle(raised(Severity.CRITICAL), moment(1)) == []
    again = said(alerter.handle(raised(Severity.CRITICAL), moment(60)))
    assert again is not None
    assert (again.raised_at, again.count) == (left().raised_at, 9)


def test_an_alerter_that_follows_another_in_one_run_says_again_what_stands_and_counts_on() -> None:
    first = Alerter(TERMS)
    first.handle(raised(), moment(0))
    second = Alerter(TERMS, before=first)
    follower = Alerter(TERMS, before=second)  # the second fell before it began
    assert said(follower.start(moment(100))) is not None
    assert follower.handle(raised(), moment(119)) == []
    escalated = said(follower.handle(Tick(), moment(120)))
    assert escalated is not None
    assert escalated.state is AlertState.ESCALATED


def test_what_was_critical_stays_over_the_fall_of_the_alerter() -> None:
    first = Alerter(TERMS)
    first.handle(raised(Severity.CRITICAL), moment(0))
    second = Alerter(TERMS, before=first)
    second.start(moment(1))
    second.handle(Tick(), moment(2 * FORGET_S))
    assert second.standing != ()


def test_what_an_earlier_run_escalated_is_not_escalated_again() -> None:
    alerter = Alerter(TERMS, (left(AlertState.ESCALATED),))
    alerter.start(moment(0))
    assert alerter.handle(Tick(), moment(500)) == []


def test_what_nobody_says_again_for_an_hour_is_over_even_where_it_was_critical() -> None:
    alerter = Alerter(TERMS, (left(AlertState.ESCALATED),))
    alerter.start(moment(0))
    over = said(alerter.handle(Tick(), moment(FORGET_S)))
    assert over is not None
    assert over.state is AlertState.RESOLVED
