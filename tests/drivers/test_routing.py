"""Who is sent what."""

from typing import Any

import pytest
from tests.actors.scripted import Heard
from tests.drivers.test_mailboxes import boxes

from trader247.core.order_manager import ManagerOut
from trader247.drivers.routing import RoutingTable
from trader247.messages.bans import BanLapsed
from trader247.messages.breakers import BreakerChanged
from trader247.messages.control import AlertChanged, HaltCleared, HaltTripped, LossAcknowledged, PermitRenewed, TripHalt
from trader247.messages.orders import CancelAll, Drained, OrderChanged, PlaceOrder
from trader247.messages.trading import RiskApproved
from trader247.runtime.routes import Edge, NoRoute, Routes

pytestmark = pytest.mark.req("SUP1")


def table(*strategies: str) -> RoutingTable:
    drained: Heard[Drained] = Heard("driver")
    return RoutingTable(boxes(*strategies), drained)


def targets(edges: tuple[Edge, ...], message: type) -> set[tuple[str, str]]:
    return {(edge.source, edge.target) for edge in edges if edge.message == message.__name__}


def test_every_message_that_an_actor_can_say_has_a_route() -> None:
    table("a", "b")  # its own check looks at the whole union of each actor


def test_a_message_that_goes_nowhere_stops_the_start_and_is_named() -> None:
    made = table()
    short: Routes[ManagerOut] = Routes("order_manager")
    made.order_manager = short
    with pytest.raises(NoRoute, match=r"routes of order_manager lack .*CancelOrders"):
        made._check()


def test_every_edge_ends_at_a_mailbox_or_at_the_driver() -> None:
    edges = table("a").edges()
    known = {box.name for box in boxes("a").all()} | {"driver"}
    assert {edge.target for edge in edges} <= known
    assert len(set(edges)) == len(edges)


@pytest.mark.req("R1", "M1")
def test_only_the_order_manager_asks_the_gateway_and_only_the_arbiter_approves() -> None:
    edges = table("a", "b").edges()
    assert targets(edges, PlaceOrder) == {("order_manager", "order_gateway")}
    assert targets(edges, RiskApproved) == {
        ("risk_arbiter", target) for target in ("order_manager", "journal", "web_face")
    }
    assert {edge.target for edge in edges if edge.source.startswith("strategy:")} == {"cycle", "web_face"}


@pytest.mark.req("K1", "AL1")
def test_a_halt_reaches_the_order_manager_the_journal_and_people() -> None:
    edges = table().edges()
    assert targets(edges, CancelAll) == {("kill_switch", "order_manager")}
    assert targets(edges, HaltTripped) == {("kill_switch", "journal"), ("kill_switch", "web_face")}
    assert ("alerter", "journal") in targets(edges, AlertChanged)
    assert targets(edges, TripHalt) == set()


@pytest.mark.req("OM3")
def test_what_becomes_of_an_order_is_written_down_before_it_is_shown() -> None:
    changed: list[Any] = [edge.target for edge in table().edges() if edge.message == OrderChanged.__name__]
    assert changed == ["journal", "web_face"]


def test_permits_go_to_those_who_need_one() -> None:
    assert {target for _, target in targets(table().edges(), PermitRenewed)} == {"order_gateway", "cycle", "web_face"}


@pytest.mark.req("DD1")
def test_a_resume_reaches_the_arbiter_and_what_it_acknowledges_the_journal() -> None:
    edges = table().edges()
    assert ("kill_switch", "risk_arbiter") in targets(edges, HaltCleared)
    assert targets(edges, LossAcknowledged) == {("risk_arbiter", "journal"), ("risk_arbiter", "web_face")}


@pytest.mark.req("CB2", "U4")
def test_what_a_breaker_or_a_ban_comes_to_is_written_down() -> None:
    edges = table().edges()
    assert targets(edges, BreakerChanged) == {("breakers", "journal"), ("breakers", "web_face")}
    assert targets(edges, BanLapsed) == {("risk_arbiter", "journal"), ("risk_arbiter", "web_face")}
