"""The user channel."""

import itertools
from decimal import Decimal

import pytest
from tests.venues.simulated.rig import START, Desk, exchange_on, limit, quote, token
from tests.venues.simulated.stream_rig import Stream, two_products


def test_an_order_is_told_to_its_owner_as_it_changes() -> None:
    stream = Stream()
    snapshot, ack = stream.subscribe("user", jwt=token(START))
    assert snapshot["events"][0]["orders"] == []
    assert ack["events"][0]["subscriptions"] == {"user": [stream.exchange.portfolio_id]}
    (opened,) = stream.place("BUY", limit("1.5", "60001"))
    order = opened["events"][0]["orders"][0]
    assert (order["status"], order["cumulative_quantity"], order["leaves_quantity"]) == ("OPEN", "1", "0.5")
    updates = [frame["events"][0]["orders"][0] for frame in stream.advance(8)]
    assert all(
        Decimal(a["cumulative_quantity"]) < Decimal(b["cumulative_quantity"]) for a, b in itertools.pairwise(updates)
    )


def test_an_order_of_another_owner_is_not_told() -> None:
    exchange = exchange_on()
    exchange.open_portfolio("other", {"USD": Decimal(1000)})
    stream = Stream(exchange)
    stream.subscribe("user", jwt=token(START))
    _, events = exchange.place("other", "1", "BTC-USD", "BUY", limit("0.001", "50000"), now=START)
    assert stream.told(events) == []


@pytest.mark.parametrize(("orders", "batches"), [(0, [0]), (49, [49]), (50, [50, 0]), (120, [50, 50, 20])])
def test_open_orders_come_in_batches_of_fifty_until_a_smaller_one(orders: int, batches: list[int]) -> None:
    stream = Stream()
    desk = Desk(stream.exchange)
    for _ in range(orders):
        desk.order("BUY", limit("0.001", "50000"))
    frames = stream.subscribe("user", jwt=token(START))
    assert [len(frame["events"][0]["orders"]) for frame in frames[:-1]] == batches
    assert frames[-1]["channel"] == "subscriptions"


def test_who_names_products_is_told_their_orders_only() -> None:
    stream = Stream(two_products(quote(0, "59999", "60001")))
    stream.place("BUY", limit("0.001", "50000"), 1)
    stream.place("BUY", limit("0.1", "500"), 2, "ETH-USD")
    snapshot, _ = stream.subscribe("user", "ETH-USD", jwt=token(START))
    assert [order["product_id"] for order in snapshot["events"][0]["orders"]] == ["ETH-USD"]
    assert stream.place("BUY", limit("0.001", "50000"), 3) == []
    (update,) = stream.place("BUY", limit("0.1", "500"), 4, "ETH-USD")
    assert update["events"][0]["orders"][0]["product_id"] == "ETH-USD"


def test_who_had_all_products_and_drops_one_keeps_the_others() -> None:
    stream = Stream(two_products(quote(0, "59999", "60001")))
    stream.subscribe("user", jwt=token(START))
    (ack,) = stream.unsubscribe("user", "BTC-USD", jwt=token(START))
    assert ack["events"][0]["subscriptions"] == {"user": [stream.exchange.portfolio_id]}
    assert stream.place("BUY", limit("0.001", "50000"), 1) == []
    assert len(stream.place("BUY", limit("0.1", "500"), 2, "ETH-USD")) == 1


def test_the_positions_are_objects_never_null() -> None:
    snapshot, _ = Stream().subscribe("user", jwt=token(START))
    positions = snapshot["events"][0]["positions"]
    assert positions == {"perpetual_futures_positions": [], "expiring_futures_positions": []}


def test_an_order_on_a_usdc_twin_is_told_under_the_name_that_was_ordered() -> None:
    exchange = exchange_on(funds={"USDC": Decimal(10_000)})
    stream = Stream(exchange)
    snapshot, _ = stream.subscribe("level2", "BTC-USDC")
    assert snapshot["events"][0]["product_id"] == "BTC-USD"
    stream.subscribe("user", "BTC-USDC", jwt=token(START))
    frames = stream.place("BUY", limit("0.1", "50000"), product_id="BTC-USDC")
    told = {frame["channel"]: frame["events"][0] for frame in frames}
    assert told["user"]["orders"][0]["product_id"] == "BTC-USDC"
    assert told["l2_data"]["product_id"] == "BTC-USD"
