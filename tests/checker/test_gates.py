"""An order that left through a closed gate is found, whatever closed it."""

import pytest
from attrs import evolve
from tests.checker.story import ACTIVE, BTC, CLOSED, HALTED, LIMITS, at, breach, found, healthy

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


def test_another_instruments_breach_closes_no_gate_of_this_one() -> None:
    assert list(nothing_leaves_a_closed_gate(healthy(breaches=[breach("stale", 0, 100, "ETH-USD")]))) == []


@pytest.mark.parametrize("kind", sorted(kind for kind, gate in GATES.items() if gate.entries_only))
def test_an_exit_is_not_held_by_what_holds_entries(kind: str) -> None:
    assert list(nothing_leaves_a_closed_gate(healthy(breaches=[breach(kind, 15, 100)]))) == []


@pytest.mark.invariant("I-34")
def test_an_order_from_before_a_pause_is_found() -> None:
    paused = breach("frozen", 10.01, 10.045)
    assert found(healthy(breaches=[paused])).broken == []
    shorter = evolve(LIMITS, lease_s=0.03)
    assert found(healthy(breaches=[paused], limits=shorter)).broken == ["I-34"]
    meant_after = evolve(paused, at=at(9.99))
    assert found(healthy(breaches=[meant_after], limits=shorter)).broken == []
