"""Two histories that should be one, and a strategy whose fall reaches another, are found."""

import pytest
from attrs import evolve
from tests.checker.story import D, alert, changed, healthy, intent, kept, made, row

from trader247.checker.evidence import Evidence
from trader247.checker.pairs import contained, digest, recovered_alike, same_history

pytestmark = pytest.mark.req("SE4", "SUP3", "REC1")


@pytest.mark.invariant("I-37")
def test_a_byte_of_difference_is_found_and_named() -> None:
    assert list(same_history(healthy(), healthy())) == []
    first, second = healthy().sent
    others = [
        (healthy(sent=[evolve(first, answer=first.answer + " "), second]), "wire"),
        (healthy(lambda rows: rows.append(row(100, "x", {}))), "journal"),
        (healthy(alerts=[alert(100, "x")]), "alerts"),
        (healthy(permits=[]), "permits"),
    ]
    for other, name in others:
        assert [v.subject for v in same_history(healthy(), other)] == [name]
    assert set(digest(healthy())) == {"wire", "journal", "alerts", "permits"}


def with_trade_of(strategy: str, price: str) -> Evidence:
    about = intent("7", strategy=strategy)
    order = made("7", "BUY", price, 200, 210, state="CANCELLED", filled=D(0))
    evidence = healthy(lambda rows: rows.append(changed(199, "new", about, "NEW")))
    return evolve(evidence, orders=[*evidence.orders, order])


@pytest.mark.invariant("I-36")
def test_a_fall_that_changes_anothers_orders_is_found() -> None:
    calm = with_trade_of("momentum", "64000")
    assert list(contained(with_trade_of("momentum", "64000"), calm, "baseline")) == []
    assert [v.subject for v in contained(healthy(), calm, "baseline")] == ["momentum"]
    assert [v.subject for v in contained(with_trade_of("momentum", "63000"), calm, "baseline")] == ["momentum"]
    assert list(contained(healthy(), calm, "momentum")) == []


@pytest.mark.invariant("I-31")
def test_a_second_recovery_that_changes_a_book_is_found() -> None:
    once = healthy()
    later = dict(once.books.orders) | {"c-1": dict(once.books.orders["c-1"]) | {"changed_at_utc_ns": 1}}
    assert list(recovered_alike(once, evolve(once, books=evolve(once.books, orders=later)))) == []
    other = dict(once.books.orders) | {"c-1": kept(intent("1"), "CANCELED")}
    assert [v.subject for v in recovered_alike(once, evolve(once, books=evolve(once.books, orders=other)))] == ["c-1"]
    poorer = evolve(once.books, flows={"USD": D(0)})
    assert [v.subject for v in recovered_alike(once, evolve(once, books=poorer))] == ["flows"]
