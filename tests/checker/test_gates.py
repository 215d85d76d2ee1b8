"""An order that left through a closed gate is found, whatever closed it."""

import pytest
from attrs import evolve
from tests.checker.story import ACTIVE, BTC, CLOSED, HALTED, LIMITS, alert, at, breach, found, healthy

from trader247.checker.gates import GATES, nothing_leaves_a_closed_gate

pytestmark = pytest.mark.req("SE4", "K1", "D2", "ST1")


@pytest.mark.invariant("I-13")
def test_an_order_without_a_permit_of_its_kind_is_found() -> None:
    assert found(healthy(permits=[])).broken == ["I-13"]
    assert found(healthy(permits=[CLOSED])).broken == ["I-13"]
    assert len(found(healthy(permits=[CLOSED])).violations) == 1, "a sale needs the exit permit alone"
    assert found(healthy(permits=[evolve(ACTIVE, exit=False)])).broken == ["I-13"]


@pytest.mark.invariant("I-13")
def test_a_permit_that_closed_just_now_may_not_have_reached_the_gateway_but_a_halt_has() -> None:
    just_now = evolve(CLOSED, at=at(10.0))
    assert found(healthy(permits=[ACTIVE, just_now, evolve(ACTIVE, at=at(20))])).broken == []
    earlier = evolve(CLOSED, at=at(9.9))
    assert found(healthy(permits=[ACTIVE, earlier, evolve(ACTIVE, at=at(20))])).broken == ["I-13"]
    halted = evolve(HALTED, at=at(60.04))
    assert found(healthy(permits=[ACTIVE, halted])).broken == ["I-13"]


@pytest.mark.invariant("I-13")
@pytest.mark.parametrize("kind", sorted(GATES))
def test_an_entry_in_each_kind_of_breach_is_found(kind: str) -> None:
    """The entry leaves at 10.05 s, the exit at 60.05 s."""
    seen_s = GATES[kind].seen_s
    subject = BTC if kind in {"stale", "product_mode"} else ""
    begun = healthy(breaches=[breach(kind, 10 - seen_s, 11, subject)])
    assert [found.subject for found in nothing_leaves_a_closed_gate(begun)] == ["c-1"]
    too_fresh = healthy(breaches=[breach(kind, 10.1 - seen_s, 11, subject)])
    assert list(nothing_leaves_a_closed_gate(too_fresh)) == []
    over = healthy(breaches=[breach(kind, 10 - seen_s, 10.04, subject)])
    assert list(nothing_leaves_a_closed_gate(over)) == []


@pytest.mark.invariant("I-13")
def test_what_leaves_in_the_instant_of_a_pause_left_before_it_and_a_nanosecond_later_nothing_may() -> None:
    evidence = healthy()
    left = evidence.creates[0].sent.at
    paused = breach("frozen", 0, 30)
    assert list(nothing_leaves_a_closed_gate(evolve(evidence, breaches=[evolve(paused, at=left)]))) == []
    within = evolve(evidence, breaches=[evolve(paused, at=left - 1)])
    assert [found.subject for found in nothing_leaves_a_closed_gate(within)] == ["c-1"]


def test_another_instruments_breach_closes_no_gate_of_this_one() -> None:
    assert list(nothing_leaves_a_closed_gate(healthy(breaches=[breach("stale", 0, 100, "ETH-USD")]))) == []


@pytest.mark.parametrize("kind", sorted(kind for kind, gate in GATES.items() if gate.entries_only))
def test_an_exit_is_not_held_by_what_holds_entries(kind: str) -> None:
    assert list(nothing_leaves_a_closed_gate(healthy(breaches=[breach(kind, 15, 100)]))) == []


@pytest.mark.invariant("I-13")
@pytest.mark.parametrize("key", ["user_stream_down", f"staleness:{BTC}"])
def test_an_entry_against_the_daemons_own_word_is_found(key: str) -> None:
    said = [alert(9.04, key, severity="INFO"), alert(30, key, "resolved", "INFO")]
    assert [found.subject for found in nothing_leaves_a_closed_gate(healthy(alerts=said))] == ["c-1"]
    just_now = [alert(9.06, key, severity="INFO"), said[1]]
    assert list(nothing_leaves_a_closed_gate(healthy(alerts=just_now))) == []
    over = [said[0], alert(10, key, "resolved", "INFO")]
    assert list(nothing_leaves_a_closed_gate(healthy(alerts=over))) == []
    known_and_not_yet_said = [said[0], alert(11.05, key, "resolved", "INFO")]
    assert list(nothing_leaves_a_closed_gate(healthy(alerts=known_and_not_yet_said))) == []
    later = [said[0], alert(11.06, key, "resolved", "INFO")]
    assert [found.subject for found in nothing_leaves_a_closed_gate(healthy(alerts=later))] == ["c-1"]


@pytest.mark.invariant("I-13")
def test_a_permit_that_nobody_renewed_lets_nothing_out() -> None:
    assert found(healthy(permits=[evolve(ACTIVE, until=at(60.1))])).broken == []
    lapsed = found(healthy(permits=[evolve(ACTIVE, until=at(60.05))]))
    assert [violation.subject for violation in lapsed.violations] == ["c-2"]
    assert "its lease had run out" in lapsed.violations[0].text


@pytest.mark.invariant("I-13")
def test_a_permit_that_counts_on_an_actor_that_hangs_is_found() -> None:
    hung = breach("hung", 100, 110, "user_feed")
    (told,) = nothing_leaves_a_closed_gate(healthy(breaches=[hung]))
    assert told.text == "entries are permitted 5.0 s after user_feed hangs"
    closed = [ACTIVE, evolve(CLOSED, at=at(104)), evolve(ACTIVE, at=at(110))]
    assert list(nothing_leaves_a_closed_gate(healthy(breaches=[hung], permits=closed))) == []
    ran_out = [evolve(ACTIVE, until=at(105)), evolve(ACTIVE, at=at(110))]
    assert list(nothing_leaves_a_closed_gate(healthy(breaches=[hung], permits=ran_out))) == []
    assert list(nothing_leaves_a_closed_gate(healthy(breaches=[evolve(hung, subject="alerter")]))) == []
    assert list(nothing_leaves_a_closed_gate(healthy(breaches=[evolve(hung, until=at(105))]))) == []


@pytest.mark.invariant("I-34")
def test_an_order_from_before_a_pause_is_found() -> None:
    paused = breach("frozen", 10.01, 10.045)
    assert found(healthy(breaches=[paused])).broken == []
    shorter = evolve(LIMITS, lease_s=0.03)
    assert found(healthy(breaches=[paused], limits=shorter)).broken == ["I-34"]
    meant_after = evolve(paused, at=at(9.99))
    assert found(healthy(breaches=[meant_after], limits=shorter)).broken == []
