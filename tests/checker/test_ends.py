"""An order that goes backwards, never ends, is given up by guess or comes back unseen is found."""

from typing import Any

import pytest
from attrs import evolve
from tests.checker.story import (
    ENTRY,
    D,
    alert,
    at,
    changed,
    create,
    found,
    healthy,
    intent,
    kept,
    listing,
    made,
    row,
)

from trader247.checker.ends import FOLLOWING
from trader247.checker.evidence import Evidence, Sent
from trader247.core.order_state import TRANSITIONS

pytestmark = pytest.mark.req("SE4", "OSM", "OM2", "OM4")

NINE = intent("9", "SELL", style="taker_ioc", created_at=at(100))


def with_order(*told: dict[str, Any], status: str, about: dict[str, Any] = NINE, **changes: Any) -> Evidence:
    """One more order with these rows, and its row in the table."""
    evidence = healthy(lambda rows: rows.extend(told), **changes)
    books = evolve(evidence.books, orders=dict(evidence.books.orders) | {"c-9": kept(about, status, "0", 100)})
    return evolve(evidence, books=books)


def test_the_checkers_own_table_allows_what_the_daemons_allows() -> None:
    """Two tables, each written by hand: whoever changes one is asked for the other."""
    for status, moves in TRANSITIONS.items():
        reached = {following.value for following in moves.values()} - {status.value}
        assert reached == FOLLOWING[status.value], status


@pytest.mark.invariant("I-05")
def test_an_order_that_is_filled_less_than_before_is_found() -> None:
    less = changed(12.15, "seen_filled", ENTRY, "FILLED", "0.005")
    assert found(healthy(lambda rows: rows.insert(9, less))).broken == ["I-05"]


@pytest.mark.invariant("I-05")
def test_an_order_that_is_filled_beyond_its_size_is_found_unless_it_was_told() -> None:
    over = changed(12.3, "seen_filled", ENTRY, "FILLED", "0.02")
    evidence = healthy(lambda rows: rows.insert(10, over))
    assert found(evidence).broken == ["I-05"]
    assert found(evolve(evidence, alerts=[alert(13, "overfilled", severity="INFO")])).broken == []


@pytest.mark.invariant("I-05")
@pytest.mark.parametrize(
    ("before", "after"), [("FILLED", "OPEN"), ("CANCELED", "OPEN"), ("OPEN", "NEW"), ("FILLED", "FAILED")]
)
def test_a_change_that_no_row_of_the_table_knows_is_found(before: str, after: str) -> None:
    told = [changed(100, "new", NINE, "NEW"), changed(101, "sent", NINE, "SUBMITTED")]
    told += [changed(102, "x", NINE, before), changed(103, "x", NINE, after)]
    assert "I-05" in found(with_order(*told, status=after)).broken


@pytest.mark.invariant("I-05")
def test_an_order_that_does_not_begin_as_new_is_found() -> None:
    told = [changed(100, "sent", NINE, "SUBMITTED"), changed(102, "x", NINE, "CANCELED")]
    assert found(with_order(*told, status="CANCELED")).broken == ["I-05"]


@pytest.mark.invariant("I-23")
def test_an_order_that_never_ends_is_found_unless_an_alert_names_it() -> None:
    told = [changed(100, "new", NINE, "NEW"), changed(101, "doubted", NINE, "UNKNOWN")]
    evidence = with_order(*told, status="UNKNOWN")
    assert found(evidence).broken == ["I-23"]
    named = [alert(110, "order_in_doubt:i-9", severity="INFO")]
    assert found(evolve(evidence, alerts=named)).broken == []
    over = [*named, alert(120, "order_in_doubt:i-9", "resolved", "INFO")]
    assert found(evolve(evidence, alerts=over)).broken == ["I-23"]
    assert found(evolve(evidence, ended=at(700))).broken == []


@pytest.mark.invariant("I-23")
def test_an_order_that_fell_out_of_the_table_is_found() -> None:
    evidence = healthy()
    books = evolve(evidence.books, orders={"c-2": evidence.books.orders["c-2"]})
    assert found(evolve(evidence, books=books)).broken == ["I-23"]


@pytest.mark.invariant("I-23")
def test_an_order_that_a_drain_forgot_is_found_and_one_that_protects_is_meant_to_stay() -> None:
    told = [changed(400, "new", NINE, "NEW"), changed(401, "sent", NINE, "SUBMITTED"), changed(402, "x", NINE, "OPEN")]
    live = made("9", "BUY", "60000", 400.5, None, state="OPEN", filled=D(0))
    evidence = with_order(*told, status="OPEN", orders=[*healthy().orders, live])
    assert found(evidence).broken == ["I-23"]
    stop = intent("9", "SELL", style="stop_limit")
    told = [changed(400, "new", stop, "NEW"), changed(401, "sent", stop, "SUBMITTED"), changed(402, "x", stop, "OPEN")]
    assert found(with_order(*told, status="OPEN", about=stop, orders=[*healthy().orders, live])).broken == []


def given_up(event: str, status: str, sent: list[Sent], seconds: float = 130) -> Evidence:
    told = [changed(100, "new", NINE, "NEW"), changed(100.1, "sent", NINE, "SUBMITTED")]
    told += [changed(110, "doubted", NINE, "UNKNOWN"), changed(seconds, event, NINE, status)]
    written = dict(healthy().written) | {"c-9": at(99)}
    return with_order(*told, status=status, sent=[*healthy().sent, *sent], written=written)


LOST = create("9", "SELL", "64500", 100.2, answered_at=None, status=None, answer="")


@pytest.mark.invariant("I-24")
def test_an_order_given_up_by_an_error_or_too_soon_is_found() -> None:
    errors = [listing(112, 503), listing(115, None), listing(118), listing(121)]
    assert found(given_up("proven_absent", "FAILED", [LOST, *errors])).broken == ["I-24"]
    complete = [listing(112), listing(115), listing(118)]
    assert found(given_up("proven_absent", "FAILED", [LOST, *complete])).broken == []
    assert found(given_up("proven_absent", "FAILED", [LOST, *complete], seconds=119)).broken == ["I-24"]


@pytest.mark.invariant("I-24")
def test_a_rejection_that_nobody_spoke_is_found() -> None:
    assert found(given_up("rejected", "REJECTED", [LOST])).broken == ["I-24"]
    spoken = create("9", "SELL", "64500", 100.2, answer='{"success": false}')
    assert found(given_up("rejected", "REJECTED", [spoken])).broken == []


@pytest.mark.invariant("I-24")
def test_an_order_given_up_that_the_venue_has_is_found() -> None:
    evidence = given_up("proven_absent", "FAILED", [LOST, listing(112), listing(115), listing(118)])
    there = made("9", "SELL", "64500", 100.3, 101, state="CANCELLED", filled=D(0))
    found_there = found(evolve(evidence, orders=[*evidence.orders, there]))
    assert "I-24" in found_there.broken


@pytest.mark.invariant("I-25")
def test_an_order_that_comes_late_and_is_not_taken_up_is_found() -> None:
    evidence = given_up("not_sent", "FAILED", [LOST])
    late = made("9", "SELL", "64500", 140, 300, state="CANCELLED", filled=D(0))
    evidence = evolve(evidence, orders=[*evidence.orders, late])
    assert "I-25" in found(evidence).broken
    assert "I-25" not in found(evolve(evidence, orders=[*healthy().orders, evolve(late, ended_at=at(199))])).broken
    taken = healthy(lambda rows: rows.extend([*_rows_of(evidence), changed(150, "seen_open", NINE, "OPEN")]))
    assert "I-25" not in found(evolve(taken, orders=evidence.orders)).broken


def _rows_of(evidence: Evidence) -> list[dict[str, Any]]:
    return [row((entry.row.at - at(0)) / 1e9, entry.row.kind, entry.body) for entry in evidence.journal.orders()["c-9"]]
