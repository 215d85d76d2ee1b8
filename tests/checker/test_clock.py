"""A duration below nothing, an ignored step of the clock and a broken cooldown are found."""

from typing import Any

import pytest
from attrs import evolve
from tests.checker.story import (
    ACTIVE,
    BTC,
    CLOSED,
    LIMITS,
    alert,
    at,
    booked,
    breach,
    changed,
    create,
    fill,
    found,
    healthy,
    intent,
    row,
)

from trader247.checker.clock import cooldowns_hold, durations_are_durations
from trader247.checker.evidence import Evidence, Limits

pytestmark = pytest.mark.req("SE4", "TIME1", "CD1")


@pytest.mark.invariant("I-43")
@pytest.mark.parametrize("name", ["took_s", "age", "loop_lag_s", "age_s_max", "took", "wait_ms"])
def test_a_negative_duration_in_a_row_is_found(name: str) -> None:
    assert found(healthy(lambda rows: rows.append(row(100, "x", {"a": {name: -0.1}})))).broken == ["I-43"]


@pytest.mark.parametrize("name", ["drift_ms", "offset_s", "move_15m_pct"])
def test_what_has_a_sign_by_nature_may_be_negative(name: str) -> None:
    assert found(healthy(lambda rows: rows.append(row(100, "x", {name: -0.1})))).broken == []


@pytest.mark.invariant("I-43")
def test_an_answer_before_its_question_is_found() -> None:
    first, second = healthy().sent
    assert found(healthy(sent=[evolve(first, answered_at=first.at - 1), second])).broken == ["I-43"]


@pytest.mark.invariant("I-43")
def test_a_step_of_the_clock_that_closes_nothing_is_found() -> None:
    stepped = healthy(breaches=[breach("clock_step", 100, 130)], alerts=[alert(101, "clock_step", severity="INFO")])
    assert found(stepped).broken == ["I-43"]
    closed = [ACTIVE, evolve(CLOSED, at=at(101)), evolve(ACTIVE, at=at(120))]
    assert found(evolve(stepped, permits=closed)).broken == []


def entered_again(seconds: float, limits: Limits = LIMITS, **changes: Any) -> Evidence:
    """The instrument is entered again so long after the beginning; the first trade lost at 61.1 s."""
    about = intent("5", created_at=at(seconds), proposal_id="e1-c9-baseline-0", **changes)
    evidence = healthy(lambda rows: rows.append(changed(seconds, "new", about, "NEW")), limits=limits)
    return evolve(evidence, sent=[*evidence.sent, create("5", "BUY", "64000", seconds + 0.1)])


NO_WAIT = evolve(LIMITS, cooldown_s=0.0, cooldown_after_win_s=0.0, cooldown_after_loss_s=0.0, cooldown_after_stop_s=0.0)


@pytest.mark.invariant("I-44")
def test_an_entry_after_a_loss_is_found_until_the_cooldown_is_over() -> None:
    loss = evolve(NO_WAIT, cooldown_after_loss_s=600.0)
    assert [v.subject for v in cooldowns_hold(entered_again(660, loss))] == [BTC]
    assert list(cooldowns_hold(entered_again(661, loss))) == []
    assert list(cooldowns_hold(entered_again(660, NO_WAIT))) == []


@pytest.mark.invariant("I-44")
def test_an_entry_into_what_was_just_entered_is_found_unless_it_is_the_same_wish() -> None:
    entry = evolve(NO_WAIT, cooldown_s=30.0)
    assert [v.subject for v in cooldowns_hold(entered_again(40, entry))] == [BTC]
    about = intent("5", created_at=at(40))
    requoted = healthy(lambda rows: rows.insert(10, changed(40, "new", about, "NEW")), limits=entry)
    requoted = evolve(requoted, sent=[*requoted.sent, create("5", "BUY", "64000", 40.1)])
    assert list(cooldowns_hold(requoted)) == []


@pytest.mark.invariant("I-44")
@pytest.mark.parametrize(
    ("reason", "realised", "limits"),
    [
        ("stop at 63900", "-1", evolve(NO_WAIT, cooldown_after_stop_s=600.0)),
        ("target", "1", evolve(NO_WAIT, cooldown_after_win_s=600.0)),
        ("time", "0", evolve(NO_WAIT, cooldown_s=600.0)),
    ],
)
def test_an_entry_after_each_kind_of_way_out_is_found(reason: str, realised: str, limits: Limits) -> None:
    out = intent("2", "SELL", reason=reason)

    def told(rows: list[dict[str, Any]]) -> None:
        rows[12] = booked(61.1, fill("2", "SELL", "64500", "2.58", 61), out, realised)
        about = intent("5", created_at=at(300), proposal_id="e1-c9-baseline-0")
        rows.append(changed(300, "new", about, "NEW"))

    evidence = healthy(told, limits=limits)
    evidence = evolve(evidence, sent=[*evidence.sent, create("5", "BUY", "64000", 300.1)])
    assert [v.subject for v in cooldowns_hold(evidence)] == [BTC]


def test_an_entry_that_was_meant_before_the_fill_was_known_is_no_breach() -> None:
    loss = evolve(NO_WAIT, cooldown_after_loss_s=600.0)
    assert list(cooldowns_hold(entered_again(61.2, loss))) == []
    assert list(durations_are_durations(healthy())) == []
