"""An operator has everything sold: it goes on until only dust is held, and no longer than a halt."""

import pytest
from attrs import evolve
from tests.builders import BTC, ETH, approval, at, fill, instrument, position, quantity, quote
from tests.core.scripted_orders import EPOCH, NO_BOOKS, Script, only, reported

from trader247.core.order_manager import ManagerOut, OrderManager
from trader247.messages.base import Tick
from trader247.messages.control import FlattenEnded, FlattenOrdered
from trader247.messages.market import InstrumentsListed, QuoteAccepted
from trader247.messages.orders import (
    CancelAll,
    CancelOrders,
    FillsFetched,
    NotSent,
    OrderChanged,
    PlaceFinished,
    ReconcileFinished,
    ResumeOrders,
)
from trader247.messages.trading import ProposalRefused
from trader247.model.instrument import ProductStatus
from trader247.model.mode import Mode
from trader247.model.order import OrderIntent, OrderStatus, Side
from trader247.model.policy import ExitTerms, Policy, RestAtVenue

pytestmark = pytest.mark.req("R3")

ORDER = FlattenOrdered("ops", "I am leaving")


def sales(out: list[ManagerOut]) -> list[OrderIntent]:
    made = [m.order.intent for m in only(out, OrderChanged) if m.await_durable]
    return [intent for intent in made if intent.side is Side.SELL]


def over(out: list[ManagerOut]) -> list[tuple[str, tuple[str, ...]]]:
    return [(m.text, m.left) for m in only(out, FlattenEnded)]


def sold(script: Script, number: int = 1) -> None:
    """The n-th order sells all it is for."""
    size = script.open(number).intent.quantity
    script.report(OrderStatus.FILLED, size, number=number)
    script.fills(size, number, name=number)


@pytest.fixture
def script() -> Script:
    """One BTC and one ETH, no stop and no target on either."""
    held = Script(evolve(NO_BOOKS, positions=(position(BTC), position(ETH))))
    held.say(InstrumentsListed((instrument(BTC), instrument(ETH))))
    return held


def test_every_position_is_sold_whole_for_the_operators_reason_and_then_it_is_over(script: Script) -> None:
    assert over(script.say(ORDER, Tick())) == []
    made = [*sales(script.quote(100)), *sales(script.say(QuoteAccepted(quote(ETH))))]
    assert [(intent.symbol, intent.quantity) for intent in made] == [(BTC, quantity(1)), (ETH, quantity(1))]
    assert {intent.reason for intent in made} == {"operator: I am leaving (by ops)"}
    sold(script)
    assert over(script.say(Tick())) == []
    script.open(2)
    script.say(reported(OrderStatus.FILLED, 1, 2, ETH))
    script.say(FillsFetched((fill("last", venue="v2", symbol=ETH, side=Side.SELL),)))
    assert over(script.say(Tick())) == [("nothing is held", ())]
    assert over(script.say(Tick())) == []


def test_a_sale_that_did_not_fill_is_tried_again_and_wider_as_any_exit(script: Script) -> None:
    script.say(ORDER)
    limits = []
    for number in (1, 2, 3):
        (made,) = sales(script.quote(100, 10 * number))
        limits.append(made.limit_price)
        script.durable(number)
        script.say(PlaceFinished(script.order(number).intent.intent_id, NotSent("the gate was closed"), None))
    assert limits == [99, 98, 96]


def test_dust_is_left_and_named() -> None:
    script = Script(evolve(NO_BOOKS, positions=(position(BTC, size="0.000001"),)))
    assert over(script.say(ORDER)) == [("only dust is held", (BTC,))]


def test_what_admits_no_exit_or_has_no_quote_yet_is_waited_for(script: Script) -> None:
    script.say(InstrumentsListed((instrument(BTC, status=ProductStatus.CANCEL_ONLY), instrument(ETH))), ORDER)
    assert sales(script.quote(100, 5)) == []
    assert over(script.say(Tick())) == []
    script.say(InstrumentsListed((instrument(BTC), instrument(ETH))))
    assert len(sales(script.quote(100, 6))) == 1


def test_nothing_is_bought_meanwhile_and_a_working_buy_is_cancelled_with_its_next_steps() -> None:
    script = Script()
    script.approve()
    script.open()
    out = script.say(ORDER)
    assert only(out, CancelOrders)
    assert [m.reason.rule for m in only(script.say(approval(2)), ProposalRefused)] == ["flattening"]
    ended = script.report(OrderStatus.CANCELED)
    assert not [m for m in only(ended, OrderChanged) if m.await_durable]
    assert over(script.say(Tick())) == [("nothing is held", ())]
    assert only(script.say(approval(3)), OrderChanged), "the trading state is what holds entries back from here on"


def test_what_rests_at_the_venue_goes_before_the_sale() -> None:
    script = Script(policy=Policy(exits=ExitTerms(rest_at_venue=RestAtVenue.STOP_LIMIT)))
    script.hold()
    script.quote(100, 1)
    script.open(2)
    script.say(ORDER)
    out = script.quote(100, 2)
    assert sales(out) == []
    assert [m.reason for m in only(out, CancelOrders)] == ["the position is being left: operator"]
    script.report(OrderStatus.CANCELED, number=2)
    (made,) = sales(script.quote(100, 3))
    assert not made.protects


@pytest.mark.req("K1")
def test_a_halt_ends_it_and_after_the_resume_nothing_is_sold_until_it_is_ordered_again(script: Script) -> None:
    script.say(ORDER)
    assert over(script.say(CancelAll("the kill file"))) == [("given up: the kill file", (BTC, ETH))]
    script.say(ResumeOrders())
    assert sales(script.quote(100, 5)) == []
    script.say(ORDER)
    assert len(sales(script.quote(100, 6))) == 1


def test_in_a_halt_or_a_dry_run_it_does_not_begin_and_says_so() -> None:
    held = evolve(NO_BOOKS, positions=(position(BTC),))
    halted, dry = Script(held, halted=True), Script(held, mode=Mode.DRY_RUN)
    assert over(halted.say(ORDER)) == [("not begun: halted", (BTC,))]
    assert over(dry.say(ORDER)) == [("not begun: DRY_RUN sends nothing", (BTC,))]


def test_a_second_order_changes_nothing(script: Script) -> None:
    script.say(ORDER)
    assert over(script.say(FlattenOrdered("web", "again"))) == []
    assert script.manager.flattening == ORDER


def test_the_next_incarnation_of_the_manager_goes_on_with_it() -> None:
    script = Script(evolve(NO_BOOKS, positions=(position(BTC),)))
    script.manager = OrderManager(Policy(), Mode.PAPER, EPOCH, flattening=ORDER)
    assert over(script.say(Tick())) == [], "before the books are read nobody knows what is held"
    script.say(evolve(NO_BOOKS, positions=(position(BTC),)), InstrumentsListed((instrument(BTC),)))
    script.say(ReconcileFinished(at()))
    assert len(sales(script.quote(100, 1))) == 1
    assert OrderManager(Policy(), Mode.PAPER, EPOCH, flattening=ORDER, halted=True).flattening is None
