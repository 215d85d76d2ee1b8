"""Listings of orders and fills."""

from decimal import Decimal

import pytest
from tests.venues.simulated.rig import START, Desk, exchange_on, limit

from trader247.model.instant import DAY, Instant
from trader247.model.money import ZERO
from trader247.venues.simulated import records as module
from trader247.venues.simulated.records import Records


def test_orders_come_newest_first_and_a_position_marks_the_place() -> None:
    exchange = exchange_on()
    desk = Desk(exchange)
    made = [desk.order("BUY", limit("0.001", "50000")) for _ in range(5)]
    rows = list(exchange.records.orders(exchange.portfolio_id))
    assert [order for _, order in rows] == made[::-1]
    desk.order("BUY", limit("0.001", "50000"))
    assert list(exchange.records.orders(exchange.portfolio_id, before=rows[1][0])) == rows[2:]


def test_an_owner_finds_only_his_own() -> None:
    exchange = exchange_on()
    order = Desk(exchange).order("BUY", limit("0.1", "60001"))
    assert exchange.records.order("somebody else", order.order_id) is None
    assert exchange.records.fill_rows_of("somebody else", [order.order_id]) == []
    assert exchange.records.by_client_id("somebody else", order.client_order_id) is None


def test_the_fills_of_an_order_are_found_without_a_walk() -> None:
    exchange = exchange_on()
    desk = Desk(exchange)
    first, second = (desk.order("BUY", limit("0.1", "60001")) for _ in range(2))
    rows = exchange.records.fill_rows_of(exchange.portfolio_id, [second.order_id, first.order_id])
    assert [fill.order_id for _, fill in rows] == [second.order_id, first.order_id]
    assert rows == list(exchange.records.fill_rows(exchange.portfolio_id))


def test_turnover_is_that_of_thirty_days() -> None:
    exchange = exchange_on()
    order = Desk(exchange).order("BUY", limit("0.1", "60001"))
    who = exchange.portfolio_id
    assert exchange.records.turnover(who, START) == (order.filled_value, order.fees)
    assert exchange.records.turnover(who, Instant(START + 30 * DAY)) == (ZERO, ZERO)
    assert exchange.records.turnover("nobody", START) == (ZERO, ZERO)


def test_only_so_many_finished_orders_and_fills_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("ORDERS_MAX", 10), ("FILLS_MAX", 10), ("_SLACK", 5)):
        monkeypatch.setattr(module, name, value)
    exchange = exchange_on(funds={"USD": Decimal(100_000)})
    desk, who = Desk(exchange), exchange.portfolio_id
    working = desk.order("BUY", limit("0.001", "50000"))
    made = [desk.order("BUY", limit("0.01", "60001")) for _ in range(20)]
    assert exchange.records.order(who, working.order_id) is working, "a working order is never forgotten"
    assert exchange.records.order(who, made[0].order_id) is None
    assert exchange.records.order(who, made[-1].order_id) is made[-1]
    rows = list(exchange.records.orders(who))
    assert [order for _, order in rows] == made[: -len(rows) - 1 : -1]
    assert rows[0][0] == 20, "positions do not move when old rows go"
    assert len(exchange.records.fills(who)) <= 15


def test_nobody_has_nothing() -> None:
    assert list(Records().orders("nobody")) == []
    assert list(Records().fills("nobody")) == []
