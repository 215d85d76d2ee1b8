"""Orders found by their three names."""

import pytest
from attrs import evolve
from tests.builders import BTC, ETH, at, client_id, intent, order

from trader247.core import order_registry
from trader247.core.order_registry import OrderRegistry
from trader247.core.order_state import IllegalTransition, OrderEvent
from trader247.model.ids import IntentId, VenueOrderId
from trader247.model.mode import OrderKind
from trader247.model.order import Order, OrderStatus, Side


def new(number: int = 1, **also: object) -> Order:
    made = intent(number) if not also else intent(number, **also)  # type: ignore[arg-type]
    return order(OrderStatus.NEW, made, venue=None)


def test_an_order_is_found_by_each_of_its_names() -> None:
    registry = OrderRegistry()
    one = order(of=intent(1), venue="v9")
    registry.add(one)
    assert registry.get(one.intent.intent_id) is one
    assert registry.find(VenueOrderId("v9")) is one
    assert registry.find(VenueOrderId("other"), client_id(1)) is one
    assert registry.find(VenueOrderId("other"), client_id(2)) is None
    assert registry.get(IntentId("none")) is None


def test_an_event_that_changes_nothing_gives_the_same_order_back() -> None:
    registry = OrderRegistry()
    one = order(OrderStatus.OPEN)
    registry.add(one)
    assert registry.advance(one, OrderEvent.SEEN_OPEN, at(9)) is one


def test_only_a_change_of_status_changes_when_it_changed() -> None:
    registry = OrderRegistry()
    registry.add(new())
    sent = registry.advance(new(), OrderEvent.SENT, at(1))
    open_ = registry.advance(sent, OrderEvent.ACCEPTED, at(2), venue_order_id=VenueOrderId("v1"))
    assert (sent.changed_at, open_.changed_at) == (at(1), at(2))
    assert registry.advance(open_, OrderEvent.ACCEPTED, at(3), reason="told again").changed_at == at(2)
    assert registry.find(VenueOrderId("v1")) == registry.get(open_.intent.intent_id)


def test_an_illegal_event_changes_nothing() -> None:
    registry = OrderRegistry()
    one = new()
    registry.add(one)
    with pytest.raises(IllegalTransition):
        registry.advance(one, OrderEvent.SEEN_FILLED, at(1))
    assert registry.get(one.intent.intent_id) is one


def test_working_orders_can_be_asked_by_instrument_and_side_in_the_order_they_were_made() -> None:
    registry = OrderRegistry()
    buy, sell, other = new(1), new(2, kind=OrderKind.EXIT), new(3, symbol=ETH)
    for one in (buy, sell, other):
        registry.add(one)
    registry.add(order(OrderStatus.CANCELED, intent(4), filled=1))
    assert registry.working() == [buy, sell, other]
    assert registry.working(BTC) == [buy, sell]
    assert registry.working(BTC, Side.SELL) == [sell]
    assert len(list(registry.unsettled())) == 4


def test_orders_in_doubt_are_counted() -> None:
    registry = OrderRegistry()
    registry.add(order(OrderStatus.UNKNOWN, intent(1), venue=None))
    registry.add(order(OrderStatus.OPEN, intent(2)))
    assert registry.in_doubt() == 1


def test_a_settled_order_is_kept_for_late_news_and_then_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_registry, "_SETTLED_KEPT", 2)
    registry = OrderRegistry()
    for number in (1, 2, 3):
        registry.add(order(OrderStatus.CANCELED, intent(number), venue=f"v{number}"))
    assert registry.find(VenueOrderId("v1"), client_id(1)) is None
    assert registry.find(VenueOrderId("v2")) is not None
    assert list(registry.unsettled()) == []


def test_an_order_that_came_back_to_life_is_not_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_registry, "_SETTLED_KEPT", 1)
    registry = OrderRegistry()
    first = order(OrderStatus.FAILED, intent(1), venue="v1")
    registry.add(first)
    back = registry.advance(first, OrderEvent.SEEN_OPEN, at(1))
    for number in (2, 3):
        registry.add(order(OrderStatus.CANCELED, evolve(intent(number)), venue=f"v{number}"))
    assert list(registry.unsettled()) == [back]
    assert registry.find(VenueOrderId("v1")) is back
