"""An alert that is missing, late, twice, never louder or in the way is found."""

import pytest
from attrs import evolve
from tests.checker.story import (
    BTC,
    RUN,
    alert,
    at,
    breach,
    fault,
    found,
    healthy,
    started,
)

from trader247.checker.alerts import TOLD_BY, orders_wait_for_no_alert, told_in_time
from trader247.checker.evidence import LifeSeen

pytestmark = pytest.mark.req("SE4", "AL1")

INFO = "INFO"


@pytest.mark.invariant("I-38")
@pytest.mark.parametrize("kind", sorted(TOLD_BY))
def test_a_breach_that_nobody_is_told_of_is_found(kind: str) -> None:
    keys, within_s = TOLD_BY[kind]
    subject = BTC if "{}" in keys[0] else ""
    evidence = healthy(breaches=[breach(kind, 100, 300, subject)])
    assert [v.subject for v in told_in_time(evidence)] == [kind]
    in_time = [alert(100 + within_s, keys[0].format(subject), severity=INFO)]
    assert list(told_in_time(evolve(evidence, alerts=in_time))) == []
    too_late = [alert(100.1 + within_s, keys[0].format(subject), severity=INFO)]
    assert [v.subject for v in told_in_time(evolve(evidence, alerts=too_late))] == [kind]
    short = healthy(breaches=[breach(kind, 100, 99 + within_s, subject)])
    assert list(told_in_time(short)) == []


@pytest.mark.invariant("I-38")
def test_an_alert_said_again_too_soon_is_found() -> None:
    said = [alert(100, "feed", severity=INFO), alert(159, "feed", severity=INFO)]
    assert found(healthy(alerts=said)).broken == ["I-38"]
    assert found(healthy(alerts=[said[0], alert(160, "feed", severity=INFO)])).broken == []
    louder = [said[0], alert(110, "feed", severity="WARNING"), alert(112, "feed", "resolved", "WARNING")]
    assert found(healthy(alerts=louder)).broken == []
    other_way = [said[0], evolve(said[1], channel="mail")]
    assert found(healthy(alerts=other_way)).broken == []


def test_a_restart_may_say_again_what_stands() -> None:
    lives = [evolve(RUN, ended=at(110), how="crashed"), LifeSeen("e2", at(120), at(122), at(900), "drained")]
    said = [alert(100, "feed", severity=INFO), alert(123, "feed", severity=INFO)]
    evidence = healthy(lambda rows: rows.append(started(120, "e2")), lives=lives, alerts=said)
    assert found(evidence).broken == []


@pytest.mark.invariant("I-38")
def test_an_alert_that_nobody_answers_and_that_never_gets_louder_is_found() -> None:
    assert found(healthy(alerts=[alert(100, "feed", severity="WARNING")])).broken == ["I-38"]
    louder = [alert(100, "feed", severity="WARNING"), alert(221, "feed", "escalated")]
    assert found(healthy(alerts=louder)).broken == []
    late = [alert(100, "feed", severity="WARNING"), alert(226, "feed", "escalated")]
    assert found(healthy(alerts=late)).broken == ["I-38"]
    assert found(healthy(alerts=[alert(100, "feed", severity=INFO)])).broken == []


@pytest.mark.invariant("I-38")
def test_an_end_that_is_said_twice_is_found() -> None:
    over = [alert(100, "x", severity=INFO), alert(110, "x", "resolved", INFO), alert(120, "x", "resolved", INFO)]
    assert found(healthy(alerts=over)).broken == ["I-38"]
    assert found(healthy(alerts=over[:2])).broken == []


@pytest.mark.invariant("I-39")
def test_an_order_that_waits_for_an_alert_is_found() -> None:
    waited = {"c-1": at(10.04), "c-2": at(59.98)}
    assert found(healthy(faults=[fault(55, "alerts")], written=waited)).broken == ["I-39"]
    assert found(healthy(faults=[fault(5, "alerts")], written=waited)).broken == []
    assert list(orders_wait_for_no_alert(healthy(faults=[fault(55, "alerts")]))) == []


def test_an_order_that_something_else_may_have_held_up_is_not_asked_of() -> None:
    waited = {"c-1": at(10.04), "c-2": at(59.98)}
    both = healthy(faults=[fault(55, "alerts"), fault(56, "process")], written=waited)
    assert list(orders_wait_for_no_alert(both)) == []


@pytest.mark.invariant("I-38")
def test_what_nobody_could_be_told_while_the_channel_hung_is_not_asked_for() -> None:
    told_late = [alert(132, "kill_switch")]
    away = breach("stale", 100, 200, BTC)
    assert [v.subject for v in told_in_time(healthy(alerts=told_late, breaches=[away]))]
    assert not list(told_in_time(healthy(alerts=told_late, breaches=[away, breach("alerts_down", 99, 140)])))


@pytest.mark.invariant("I-38")
def test_an_alert_that_is_delivered_twice_is_found_unless_the_process_has_just_woken() -> None:
    first = evolve(alert(100, "odd", severity=INFO), said_at=at(100))
    twice = [first, evolve(first, at=at(100.1))]
    assert [v.subject for v in told_in_time(healthy(alerts=twice))] == ["odd"]
    assert not list(told_in_time(healthy(alerts=twice, breaches=[breach("frozen", 80, 99)])))
    assert list(told_in_time(healthy(alerts=twice, breaches=[breach("frozen", 60, 70)])))
