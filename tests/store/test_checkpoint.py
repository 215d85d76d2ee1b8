"""What went is remembered by what it had made, and only that."""

import json
from contextlib import closing

import pytest
from tests.store.samples import CONFIG, EPOCH, after, booked, order

from trader247.messages.orders import OrderChanged
from trader247.model.order import OrderStatus
from trader247.store.checkpoint import digest, load_checkpoint, next_checkpoint
from trader247.store.database import IN_MEMORY, Database, open_database
from trader247.store.journal import Entry, Journal
from trader247.store.retention import prune
from trader247.store.verifying import PRUNED

pytestmark = pytest.mark.req("RET1")


def test_a_checkpoint_is_the_projections_after_its_changes_with_money_to_the_last_digit(database: Database) -> None:
    with database.transaction() as connection:
        assert load_checkpoint(connection) is None
        told = json.loads(next_checkpoint(connection, None, [booked(1)]))
    assert [row[0] for row in told["fills"]] == [booked(1).fill.fill_id]
    assert len(told["orders"]) == len(told["positions"]) == 1
    assert {row[0] for row in told["flows"]} == {"BTC", "USD"}
    assert told["meta"] == []


def test_what_a_pruning_deleted_is_left_out_of_the_next_one() -> None:
    with open_database(IN_MEMORY) as database, closing(Journal(database, epoch=EPOCH, config_hash=CONFIG)) as journal:
        for number in (1, 2):
            over = OrderChanged(order(number, status=OrderStatus.CANCELED, changed_at=after(number)), "x")
            journal.append([Entry("order_changed", {"made": number}, after(number), changes=(over,))])
        with database.transaction() as connection:
            first = next_checkpoint(connection, None, [OrderChanged(order(7, status=OrderStatus.CANCELED), "x")])
            second = json.loads(next_checkpoint(connection, first, []))
    assert len(json.loads(first)["orders"]) == 1
    assert second["orders"] == []


def test_the_entry_that_announces_a_pruning_vouches_for_its_checkpoint(database: Database, journal: Journal) -> None:
    journal.append([Entry("note", {"text": "old"}, after(1))])
    prune(database, journal, before=after(9), at=after(10), by="ann")
    (row,) = journal.read(1, 10)
    with database.transaction() as connection:
        text = load_checkpoint(connection)
    assert row.kind == PRUNED
    assert text is not None
    assert row.content["checkpoint"] == digest(text)
