"""A second order, a shared id and an order from nowhere are found."""

import pytest
from attrs import evolve
from tests.checker.story import D, alert, changed, create, found, healthy, intent, kept, made

pytestmark = pytest.mark.req("SE4", "X1")


def test_a_healthy_history_breaks_nothing() -> None:
    assert found(healthy()).violations == []


@pytest.mark.invariant("I-01")
def test_two_orders_at_the_venue_for_one_intent_are_found() -> None:
    """As a new client order id on a retry makes them; both ids are of the one intent."""
    again = intent("3", intent_id="i-1")
    orders = [*healthy().orders, made("3", "BUY", "64000", 11, 12, state="CANCELLED", filled=D(0))]
    evidence = healthy(
        lambda rows: rows.insert(9, changed(11, "new", again, "NEW")),
        orders=orders,
        sent=[*healthy().sent[:1], create("3", "BUY", "64000", 11), *healthy().sent[1:]],
        written=dict(healthy().written) | {"c-3": healthy().sent[0].at},
    )
    assert "I-01" in found(evidence).broken


@pytest.mark.invariant("I-01")
def test_two_orders_under_one_client_order_id_are_found() -> None:
    twin = evolve(made("1", "BUY", "64000", 11, 12), order_id="v-9")
    filled = evolve(twin, filled=D(0), state="CANCELLED")
    assert "I-01" in found(healthy(orders=[*healthy().orders, filled])).broken


@pytest.mark.invariant("I-02")
def test_an_intent_with_two_client_order_ids_is_found() -> None:
    again = intent("3", intent_id="i-1")
    books = healthy().books
    evidence = healthy(lambda rows: rows.append(changed(80, "new", again, "NEW")))
    evidence = evolve(
        evidence, books=evolve(evidence.books, orders=dict(books.orders) | {"c-3": kept(again, "NEW", "0")})
    )
    assert found(evolve(evidence, ended=evidence.rows[-1].at)).broken == ["I-02"]


@pytest.mark.invariant("I-02")
def test_a_client_order_id_that_asks_for_two_things_is_found() -> None:
    first, second = healthy().sent
    other = create("1", "BUY", "63000", 10.055)
    unanswered = evolve(first, answered_at=None, status=None, answer="")
    assert found(healthy(sent=[unanswered, other, second])).broken == ["I-02"]


@pytest.mark.invariant("I-06")
def test_an_order_of_ours_that_no_row_names_is_found() -> None:
    ghost = made("9", "BUY", "60000", 20, 21, state="CANCELLED", filled=D(0))
    assert found(healthy(orders=[*healthy().orders, ghost])).broken == ["I-06"]


@pytest.mark.invariant("I-06")
def test_somebody_elses_order_that_nobody_is_told_of_is_found() -> None:
    other = made("9", "BUY", "60000", 20, None, state="OPEN", filled=D(0))
    evidence = healthy(orders=[*healthy().orders, other], external=["c-9"])
    assert found(evidence).broken == ["I-06"]
    told = alert(100, "external_activity", severity="INFO")
    assert found(evolve(evidence, alerts=[told])).broken == []
