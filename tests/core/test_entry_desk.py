"""From an approval to entry orders: rest, quote again, then take, inside what was approved."""

from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders import BTC, approval, instrument, trade_proposal
from tests.core.scripted_orders import Script, only

from trader247.core.sizing import with_fee
from trader247.errors import Failure
from trader247.messages.control import AlertRaised, Severity
from trader247.messages.market import FeeTierSeen, InstrumentsListed
from trader247.messages.orders import OrderChanged, PlaceFinished, Rejected
from trader247.messages.trading import ProposalRefused
from trader247.model.instrument import ProductStatus
from trader247.model.money import is_multiple
from trader247.model.order import Order, OrderStatus, Side, Style
from trader247.model.policy import Policy


def cancelled(script: Script, number: int, filled: Decimal = Decimal(0)) -> Order | None:
    """The n-th order ended unfilled, or partly filled; the order that follows it, if any."""
    out = [*script.report(OrderStatus.CANCELED, filled, number)]
    if filled:
        out += script.fills(filled, number, price=script.order(number).intent.limit_price, name=number)
    made = [m.order for m in only(out, OrderChanged) if m.await_durable]
    return made[0] if made else None


@pytest.mark.req("OM1", "X3")
def test_the_first_order_rests_at_the_bid_with_exits_at_the_proposals_distance() -> None:
    intent = Script().approve(notional=1_000).intent
    assert [intent.side, intent.style, intent.limit_price] == [Side.BUY, Style.POST_ONLY, Decimal(100)]
    assert intent.notional_max == with_fee(intent.quantity * 100, Decimal(60)) <= 1_000
    assert with_fee((intent.quantity + Decimal("1e-8")) * 100, Decimal(60)) > 1_000
    assert [intent.stop_price, intent.target_price, intent.max_hold_s] == [Decimal(95), Decimal(110), 86_400]
    assert intent.proposal_id == approval().proposal.proposal_id


@pytest.mark.fault("OL-17")
@pytest.mark.req("OM1")
def test_an_entry_that_never_fills_is_quoted_again_then_taken_then_given_up() -> None:
    script = Script()
    script.approve()
    script.open(1)
    second = cancelled(script, 1)
    assert second is not None
    assert second.intent.style is Style.POST_ONLY
    script.open(2)
    third = cancelled(script, 2)
    assert third is not None
    assert third.intent.style is Style.TAKER_IOC
    assert third.intent.limit_price == Decimal("100.41")
    assert third.intent.stop_price == Decimal("95.01"), "5 % under the ask it takes, not under the limit it would bear"
    script.open(3)
    assert cancelled(script, 3) is None


@pytest.mark.req("X1")
def test_each_step_of_a_plan_is_an_intent_of_its_own_with_the_same_proposal() -> None:
    script = Script()
    first = script.approve()
    script.open(1)
    second = cancelled(script, 1)
    assert second is not None
    assert second.intent.client_order_id != first.intent.client_order_id
    assert second.intent.proposal_id == first.intent.proposal_id


def test_no_taker_order_follows_where_the_policy_forbids_it() -> None:
    policy = Policy(execution=evolve(Policy().execution, taker_fallback=False, reprices=0))
    script = Script(policy=policy)
    script.approve()
    script.open(1)
    assert cancelled(script, 1) is None


def test_nothing_follows_when_the_market_ran_away_over_the_slippage_budget() -> None:
    script = Script()
    script.approve()
    script.open(1)
    script.quote("100.40")
    assert cancelled(script, 1) is None


@pytest.mark.req("ST1")
def test_nothing_follows_on_a_stale_quote() -> None:
    script = Script()
    script.approve()
    script.open(1)
    script.second = 5.1
    assert cancelled(script, 1) is None


@pytest.mark.req("EX1")
@pytest.mark.parametrize("status", [s for s in ProductStatus if not s.admits_entries], ids=lambda s: s.value)
def test_nothing_is_placed_and_nothing_follows_while_the_product_does_not_admit_entries(status: ProductStatus) -> None:
    script = Script()
    script.approve()
    script.open(1)
    script.say(InstrumentsListed((instrument(BTC, status=status),)))
    assert cancelled(script, 1) is None
    (refused,) = only(script.say(approval(2)), ProposalRefused)
    assert refused.reason.rule == "product_disabled"


@pytest.mark.fault("OL-09")
def test_a_post_only_refusal_is_final_for_its_order_and_the_plan_goes_on_a_bounded_number_of_times() -> None:
    script = Script()
    script.approve()
    number = 0
    while number < 10:
        number += 1
        script.durable(number)
        no = Rejected(Failure.INVALID_ORDER, "INVALID_LIMIT_PRICE_POST_ONLY")
        out = script.say(PlaceFinished(script.order(number).intent.intent_id, no, None))
        if not [m for m in only(out, OrderChanged) if m.await_durable]:
            break
    assert number == 3


@pytest.mark.fault("OL-20")
def test_what_follows_a_partial_fill_waits_until_the_fill_is_booked() -> None:
    script = Script()
    size = script.approve().intent.quantity
    script.open(1)
    out = script.report(OrderStatus.CANCELED, size / 2)
    assert not [m for m in only(out, OrderChanged) if m.await_durable]
    (follow,) = [m for m in only(script.fills(size / 2), OrderChanged) if m.await_durable]
    assert follow.order.intent.quantity <= size / 2


def test_a_rest_too_small_for_an_order_is_let_be() -> None:
    script = Script()
    size = script.approve().intent.quantity
    script.open(1)
    assert cancelled(script, 1, size - Decimal("0.001")) is None


@pytest.mark.req("CD1")
def test_nothing_follows_once_another_approval_was_filled_in_the_same_instrument_until_its_cooldown_is_over() -> None:
    def follows(cooldown_minutes: float, later_s: float) -> bool:
        script = Script(policy=Policy(cooldown_minutes=cooldown_minutes))
        script.approve(1)
        script.approve(2)
        script.open(1)
        size = script.open(2).intent.quantity
        script.report(OrderStatus.FILLED, size, 1)
        script.fills(size, 1)
        script.quote(100, at_second=later_s)
        return cancelled(script, 2) is not None

    assert not follows(0.1, 5.9)
    assert follows(0.1, 6.0)
    assert follows(0, 0.1)


@pytest.mark.req("CD1")
def test_what_follows_an_approvals_own_part_fill_is_the_same_entry() -> None:
    script = Script(policy=Policy(cooldown_minutes=30))
    size = script.approve().intent.quantity
    script.open(1)
    assert cancelled(script, 1, size / 2) is not None


def test_cash_that_other_entries_may_need_is_not_spent_twice() -> None:
    script = Script()
    script.approve(1, notional=6_000)
    (refused,) = only(script.say(approval(2, notional=6_000)), ProposalRefused)
    assert "free cash is 4000.00" in refused.reason.text


@pytest.mark.fault("OL-20")
@pytest.mark.req("E1", "X3")
@settings(max_examples=60, deadline=None)
@given(
    notional=st.decimals(10, 5_000, places=2),
    shares=st.lists(st.integers(0, 100), min_size=3, max_size=3),
    moves=st.lists(st.decimals("99.70", "100.30", places=2), min_size=3, max_size=3),
)
def test_all_orders_of_an_approval_together_never_cost_more_than_was_approved(
    notional: Decimal, shares: list[int], moves: list[Decimal]
) -> None:
    script = Script()
    script.say(approval(notional=notional, body=trade_proposal()))
    number = 1
    for share, bid in zip(shares, moves, strict=True):
        order = script.order(number)
        assert is_multiple(order.intent.quantity, Decimal("1e-8"))
        held = script.position()
        spent = with_fee(held.cost, Decimal(60)) if held else Decimal(0)
        assert spent + order.intent.notional_max <= notional + Decimal("1e-15")
        script.quote(bid)
        script.open(number)
        filled = (order.intent.quantity * share / 100).quantize(Decimal("1e-8"))
        if cancelled(script, number, filled) is None:
            break
        number += 1


@pytest.mark.req("X3")
@pytest.mark.fault("RA-18")
def test_an_order_with_the_accounts_dearer_fee_fits_what_was_approved_and_one_warning_is_told() -> None:
    script = Script()
    dear = FeeTierSeen(Decimal(60), Decimal(120), "Intro 1")
    (raised,) = only(script.say(dear), AlertRaised)
    assert raised.severity is Severity.WARNING
    assert "taker 120 bps" in raised.text
    assert script.say(dear) == []
    intent = script.approve(notional=1_000).intent
    assert intent.notional_max == with_fee(intent.quantity * 100, Decimal(120)) <= 1_000
    assert with_fee((intent.quantity + Decimal("1e-8")) * 100, Decimal(120)) > 1_000


@pytest.mark.req("X3")
def test_a_cheaper_tier_changes_nothing_and_warns_of_nothing() -> None:
    script = Script()
    assert script.say(FeeTierSeen(Decimal(25), Decimal(40), "Advanced 1")) == []
    intent = script.approve(notional=1_000).intent
    assert intent.notional_max == with_fee(intent.quantity * 100, Decimal(60))


@pytest.mark.req("E1", "E2")
def test_an_order_that_follows_another_takes_no_room_that_rounding_gave_back() -> None:
    """Others may have been let in for it by then."""
    script = Script()
    script.say(InstrumentsListed((instrument(base_increment=1, base_min_size=1),)))
    first = script.approve(notional=1_000)
    script.open()
    assert first.intent.notional_max < 910
    script.quote(99, at_second=1)
    second = cancelled(script, 1)
    assert second is not None
    assert second.intent.notional_max <= first.intent.notional_max
    script.open(2)
    script.quote("89.5", at_second=2)
    third = cancelled(script, 2)
    assert third is not None
    assert third.intent.notional_max <= second.intent.notional_max


def test_an_entry_takes_at_once_where_the_policy_says_so_and_nothing_follows_it() -> None:
    script = Script(policy=Policy(execution=evolve(Policy().execution, maker_first=False)))
    first = script.approve()
    assert first.intent.style is Style.TAKER_IOC
    assert first.intent.limit_price == Decimal("100.41")
    script.open(1)
    assert cancelled(script, 1) is None
