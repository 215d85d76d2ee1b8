"""What the faces remember, and how much of it."""

import pytest
from attrs import evolve
from tests.board_samples import (
    at,
    cycle,
    fill,
    halted,
    order,
    order_changed,
    portfolio,
    proposal,
    quote,
    refused,
    started,
    withheld,
)

from trader247.core import status_facts
from trader247.core.status_facts import Facts, Seen
from trader247.messages.control import ConfigurationReloaded, HaltCleared
from trader247.messages.orders import OrderChanged
from trader247.messages.trading import ProposalRefused
from trader247.model.ids import ClientOrderId
from trader247.model.instrument import Symbol
from trader247.model.order import OrderStatus


def numbered(number: int, status: OrderStatus = OrderStatus.FILLED) -> OrderChanged:
    made = order(number, status)
    return OrderChanged(evolve(made, intent=evolve(made.intent, client_order_id=ClientOrderId(str(number)))), "seen")


def test_every_tail_is_bounded() -> None:
    facts = Facts()
    for number in range(700):
        facts.note(numbered(number), at(number))
        facts.note(fill(1), at(number))
        facts.note(refused(), at(number))
        facts.note(cycle(number), at(number))
        facts.note(quote(Symbol(f"S{number}-USD")), at(number))
    assert len(facts.orders) == status_facts.ORDERS_MAX
    assert len(facts.fills) == status_facts.FILLS_MAX
    assert len(facts.refusals) == status_facts.REFUSALS_MAX
    assert len(facts.cycles) == 50
    assert len(facts.quotes) == len(facts.prices) == 200


def test_a_working_order_is_never_forgotten_for_one_that_is_over() -> None:
    facts = Facts()
    facts.note(numbered(0, OrderStatus.OPEN), at(0))
    for number in range(1, 700):
        facts.note(numbered(number), at(number))
    assert ClientOrderId("0") in facts.orders


def test_the_first_halt_stands_until_it_is_cleared() -> None:
    facts = Facts()
    facts.note(halted("first"), at(0))
    facts.note(halted("second"), at(1))
    assert facts.halt is not None
    assert facts.halt.reason == "first"
    facts.note(HaltCleared("looked into it", "operator", at(2)), at(2))
    assert facts.halt is None


def test_an_order_keeps_its_newest_state_only() -> None:
    facts = Facts()
    facts.note(order_changed(order(1, OrderStatus.OPEN)), at(0))
    facts.note(withheld(), at(0))
    facts.note(fill(1), at(1))
    assert [type(seen.fact).__name__ for seen in facts.orders.values()] == ["OrderWithheld", "Order"]


def test_a_refusal_remembers_when_it_came() -> None:
    facts = Facts()
    facts.note(ProposalRefused(proposal(), refused().cycle, refused().reason), at(5))
    assert facts.refusals[0].age_s(at(7)) == 2.0
    assert facts.refusals[0].age_s(at(1)) == 0.0


def test_an_account_that_is_not_known_yet_is_not_a_point_at_zero() -> None:
    facts = Facts()
    facts.note(evolve(portfolio(0, nlv="0"), books_ready=False), at(0))
    assert facts.equity.points() == []
    facts.note(portfolio(1), at(1))
    assert len(facts.equity.points()) == 1


@pytest.mark.req("C2", "SUP6")
def test_after_a_reload_the_run_shows_the_new_fingerprint_and_the_old_start() -> None:
    facts = Facts()
    reloaded = ConfigurationReloaded("0123456789abcdef", "fedcba9876543210", "operator", "x", ())
    facts.note(reloaded, at(0))
    assert facts.started is None
    facts.note(started(), at(1))
    facts.note(reloaded, at(5))
    assert facts.started == Seen(evolve(started(), config_hash="fedcba9876543210"), at(1))
