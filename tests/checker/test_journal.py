"""Bodies are read once, by kind, and told by order."""

import json

import pytest
from attrs import evolve

from trader247.checker.journal import Journal, Row

pytestmark = pytest.mark.req("SE4")


def row(seq: int, kind: str, body: object) -> Row:
    return Row(seq, seq * 10, kind, None, "c", "e", json.dumps(body), "", "")


def about(client_order_id: str, strategy: str) -> dict[str, object]:
    return {"order": {"intent": {"client_order_id": client_order_id, "strategy": strategy}}}


def test_entries_of_several_kinds_keep_the_order_of_the_journal() -> None:
    journal = Journal.of([row(1, "b", {}), row(2, "a", {}), row(3, "b", {})])
    assert [entry.row.seq for entry in journal.entries("a", "b")] == [1, 2, 3]
    assert journal.entries("c") == []


def test_the_story_of_an_order_has_its_changes_and_its_fills() -> None:
    rows = [row(1, "order_changed", about("c-1", "first")), row(2, "fill_booked", about("c-1", "second"))]
    journal = Journal.of(rows)
    assert [entry.row.kind for entry in journal.orders()["c-1"]] == ["order_changed", "fill_booked"]
    assert journal.intents()["c-1"]["strategy"] == "first"


def test_what_a_wrong_clock_wrote_is_told_in_true_time() -> None:
    body = {"order": {"intent": {"client_order_id": "c-1", "created_at": 9}}}
    journal = Journal.of([evolve(row(1, "order_changed", body), ahead=4)])
    assert journal.rows[0].told_at == 6
    assert journal.meant() == {"c-1": 5}


def test_a_body_that_lacks_what_is_asked_of_it_is_not_passed_over() -> None:
    with pytest.raises(KeyError, match="order"):
        Journal.of([row(1, "order_changed", {})]).orders()
