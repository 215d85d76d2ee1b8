"""A cent, a fill or a coin that is not where it belongs is found."""

from typing import Any

import pytest
from attrs import evolve
from tests.checker.story import (
    BOUGHT,
    BTC,
    ENTRY,
    REALISED,
    SOLD,
    D,
    at,
    booked,
    chained,
    found,
    healthy,
    kept_fill,
    made,
    rows,
    theirs,
)

from trader247.checker.evidence import Evidence

pytestmark = pytest.mark.req("SE4", "PNL1", "R1")


def with_books(**changes: Any) -> Evidence:
    return healthy(books=evolve(healthy().books, **changes))


@pytest.mark.invariant("I-03")
def test_a_position_that_its_fills_do_not_make_is_found() -> None:
    assert found(with_books(positions={BTC: {"quantity": "0.00000001"}})).broken == ["I-03"]


@pytest.mark.invariant("I-03")
def test_a_position_that_the_venue_does_not_hold_is_found() -> None:
    """The venue's own fills say so too: that is the seventh."""
    assert found(healthy(totals={"USD": D("99999.86"), "BTC": D("0.01")})).broken == ["I-03", "I-07"]


@pytest.mark.invariant("I-04")
def test_a_fill_booked_twice_is_found() -> None:
    twice = [*rows()[:9], booked(12.15, BOUGHT, ENTRY, "0"), *rows()[9:]]
    assert "I-04" in found(_with_rows(twice)).broken


@pytest.mark.invariant("I-04")
def test_a_fill_that_the_venue_never_made_is_found() -> None:
    assert "I-04" in found(healthy(fills=[theirs(BOUGHT)])).broken


@pytest.mark.invariant("I-04")
@pytest.mark.parametrize(
    ("name", "value"), [("size", D("0.02")), ("price", D(63_999)), ("side", "SELL"), ("symbol", "ETH-USD")]
)
def test_a_fill_booked_otherwise_than_the_venue_made_it_is_found(name: str, value: Any) -> None:
    assert "I-04" in found(healthy(fills=[evolve(theirs(BOUGHT), **{name: value}), theirs(SOLD)])).broken


@pytest.mark.invariant("I-04")
def test_a_fill_that_only_the_table_knows_is_found() -> None:
    fills = dict(healthy().books.fills) | {"f-9": kept_fill(BOUGHT | {"quantity": "0"}, "0")}
    assert found(with_books(fills=fills)).broken == ["I-04"]


@pytest.mark.invariant("I-07")
def test_a_cent_that_our_books_moved_by_no_fill_is_found() -> None:
    assert found(with_books(flows={"USD": D("-0.15")})).broken == ["I-07"]


@pytest.mark.invariant("I-07")
def test_a_cent_that_the_venue_lost_is_found() -> None:
    assert found(healthy(totals={"USD": D("99999.85"), "BTC": D(0)})).broken == ["I-07"]


@pytest.mark.invariant("I-07")
def test_balances_that_a_person_accepted_are_no_loss() -> None:
    accepted = {"differences": [{"name": "USD", "ours": "99999.86", "theirs": "99999.00"}]}
    told = [*rows(), {**rows()[0], "kind": "balances_accepted", "body": accepted}]
    evidence = _with_rows(told)
    assert found(evidence).broken == ["I-07"]
    assert found(evolve(evidence, books=evolve(evidence.books, flows={"USD": D("-1.00")}))).broken == []


@pytest.mark.invariant("I-08")
def test_a_fee_that_is_not_the_venues_is_found() -> None:
    dearer = evolve(theirs(BOUGHT), fee=D("2.57"))
    evidence = healthy(fills=[dearer, theirs(SOLD)], totals={"USD": D("99999.85"), "BTC": D(0)})
    assert found(evidence).broken == ["I-08"]


@pytest.mark.invariant("I-08")
@pytest.mark.parametrize("wrong", ["2.42", "-0.14000002", "5"])
def test_a_profit_that_forgets_a_fee_is_found(wrong: str) -> None:
    fills = dict(healthy().books.fills) | {"f-2": kept_fill(SOLD, wrong)}
    assert found(with_books(fills=fills)).broken == ["I-08"]
    assert wrong != REALISED


@pytest.mark.invariant("I-09")
def test_more_sold_than_bought_is_found() -> None:
    again = SOLD | {"fill_id": "f-3", "at": at(70)}
    assert "I-09" in found(healthy(fills=[theirs(BOUGHT), theirs(SOLD), theirs(again)])).broken


@pytest.mark.invariant("I-09")
def test_more_on_sale_than_is_held_is_found() -> None:
    """Two sales of one position rest at once; that only one fills makes it no better."""
    twin = made("2", "SELL", "64500", 60.05, 60.5, state="CANCELLED", filled=D(0))
    evidence = healthy(orders=[*healthy().orders, evolve(twin, order_id="v-9", client_order_id="c-9")])
    assert {"I-09", "I-06"} == set(found(evidence).broken)


def _with_rows(told: list[dict[str, Any]]) -> Evidence:
    journal = chained(told)
    base = healthy()
    return evolve(base, rows=journal, books=evolve(base.books, head=(journal[-1].seq, journal[-1].hash)))
