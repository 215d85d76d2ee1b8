"""Turns of trimming: asked of the exit desk, counted when they end, and told where they keep failing."""

from collections.abc import Iterable
from decimal import Decimal

import pytest
from attrs import evolve
from tests.builders import BTC, ETH, approval, instrument, moment, position, price, quantity, quote
from tests.core.scripted_orders import NO_BOOKS, Script, only, reported

from trader247.core.order_manager import ManagerOut
from trader247.core.trim_desk import FAILING, FAILURES_MAX
from trader247.messages.base import Tick
from trader247.messages.control import AlertCleared, AlertRaised, GroupsChanged, PolicyChanged, Severity
from trader247.messages.market import InstrumentsListed, QuoteAccepted
from trader247.messages.orders import (
    CancelAll,
    CancelOrders,
    NotSent,
    OrderChanged,
    OrderWithheld,
    PlaceFinished,
    ResumeOrders,
    TrimEnded,
    TrimOutcome,
)
from trader247.messages.trading import Proposal, RiskApproved, TradeProposal
from trader247.model.instrument import ProductStatus
from trader247.model.mode import Mode
from trader247.model.order import OrderIntent, OrderStatus, Side, Style
from trader247.model.policy import Caps, ExitTerms, Policy, RestAtVenue, TrimTerms
from trader247.model.policy_universe import Group

pytestmark = pytest.mark.req("R3")

TURN_S = 60
RESTING = Policy(exits=ExitTerms(rest_at_venue=RestAtVenue.STOP_LIMIT))


def holding(policy: Policy | None = None, mode: Mode = Mode.PAPER) -> Script:
    """10 BTC at 100 in an account of 11,000: 9.1 % of it, where one asset may be 5 %."""
    books = evolve(NO_BOOKS, positions=(position(BTC, size=10, entry=100, stop=50),))
    script = Script(books, policy=policy, mode=mode)
    script.say(Tick())
    return script


def turn(script: Script, number: int = 1, bid: int = 100) -> list[ManagerOut]:
    """The n-th turn, a fresh quote before it and one after it."""
    second = number * TURN_S
    script.quote(bid, second)
    out = script.say(Tick())
    return [*out, *script.quote(bid, second + 0.2)]


def sale(out: Iterable[ManagerOut]) -> OrderIntent | None:
    """The order that sells, if one was made."""
    made = [m.order.intent for m in only([*out], OrderChanged) if m.await_durable and m.order.intent.side is Side.SELL]
    return made[0] if made else None


def unsold(script: Script, number: int, why: str = "the gate was closed") -> list[ManagerOut]:
    script.durable(number)
    return script.say(PlaceFinished(script.order(number).intent.intent_id, NotSent(why), None))


# --------------------------------------------------------------------------------------------------------- how it sells
def test_a_position_over_its_cap_is_sold_in_part_like_any_exit_and_no_more() -> None:
    script = holding()
    assert sale(turn(script)) is not None
    made = script.order().intent
    assert (made.style, made.side, made.limit_price) == (Style.TAKER_IOC, Side.SELL, price(99))
    assert made.reason == "trim: asset holds 9.09 %, at most 5 %"
    # down to 4.5 % of 11,000.1 at a mid of 100.01, and not one step of the grid more
    assert made.quantity == Decimal("5.05044996")


def test_it_comes_on_its_own_time_and_not_before() -> None:
    script = holding()
    script.quote(100, TURN_S - 1)
    assert sale([*script.say(Tick()), *script.quote(100)]) is None
    assert sale(turn(script)) is not None
    unsold(script, 1)
    script.quote(100, 2 * TURN_S - 1)
    assert sale([*script.say(Tick()), *script.quote(100)]) is None


def test_what_was_sold_is_told_as_trimmed_once_and_the_rest_of_the_position_stays() -> None:
    script = holding()
    turn(script)
    size = script.open(1).intent.quantity
    script.report(OrderStatus.FILLED, size)
    out = script.fills(size)
    assert only(out, TrimEnded) == [TrimEnded(BTC, TrimOutcome.TRIMMED, f"sold {size} of {size}")]
    held = script.position()
    assert held is not None
    assert held.quantity == 10 - size
    assert not only(script.report(OrderStatus.FILLED, size), TrimEnded)
    assert sale(turn(script, 2)) is None, "it is under its cap"


def test_a_sale_that_filled_in_part_did_trim_and_the_next_turn_sells_the_rest() -> None:
    script = holding()
    turn(script)
    script.open(1)
    script.report(OrderStatus.CANCELED, 2)
    (ended,) = only(script.fills(2), TrimEnded)
    assert ended.outcome is TrimOutcome.TRIMMED
    again = sale(turn(script, 2))
    assert again is not None
    assert 3 < again.quantity < 4


def test_a_trim_is_not_tried_again_before_its_next_turn_and_never_wider() -> None:
    script = holding()
    turn(script)
    unsold(script, 1)
    assert sale(script.quote(100, TURN_S + 5)) is None
    again = sale(turn(script, 2))
    assert again is not None
    assert again.limit_price == 99


def test_a_stop_that_is_hit_meanwhile_sells_all_and_no_trim_is_left_over() -> None:
    script = holding()
    script.quote(100, TURN_S)
    script.say(Tick())
    out = script.quote(49, TURN_S + 1)
    made = sale(out)
    assert made is not None
    assert (made.quantity, made.reason[:5]) == (quantity(10), "stop:")
    script.open(1)
    script.report(OrderStatus.FILLED, 10)
    assert not only(script.fills(10, price=49), TrimEnded)


def test_a_strategy_that_sells_all_is_not_held_up_by_a_trim() -> None:
    script = holding()
    script.quote(100, TURN_S)
    script.say(Tick())
    made = sale(script.say(sell()))
    assert made is not None
    assert made.quantity == 10
    assert sale(script.quote(100, TURN_S + 2)) is None


def sell(second: int = TURN_S) -> RiskApproved:
    """A strategy's approved wish to leave."""
    given = approval(second=second)
    body = evolve(given.proposal.body, side=Side.SELL)
    assert isinstance(body, TradeProposal)
    assert isinstance(given.proposal, Proposal)
    return evolve(given, proposal=evolve(given.proposal, body=body))


def test_what_rests_at_the_venue_goes_first_and_comes_again_for_the_rest() -> None:
    script = holding(RESTING)
    script.quote(100, 1)
    assert script.open(1).intent.protects
    out = turn(script)
    assert sale(out) is None
    assert [m.reason for m in only(out, CancelOrders)] == ["the position is being left: trim"]
    script.report(OrderStatus.CANCELED)
    made = sale(script.quote(100, TURN_S + 1))
    assert made is not None
    assert made.reason.startswith("trim")
    script.open(2)
    script.report(OrderStatus.FILLED, made.quantity, number=2)
    script.fills(made.quantity, 2)
    protects = sale(script.quote(100, TURN_S + 2))
    assert protects is not None
    assert (protects.protects, protects.quantity) == (True, 10 - made.quantity)


def test_a_trim_that_failed_does_not_widen_the_next_stop_nor_a_stop_that_failed_the_next_trim() -> None:
    script = holding()
    turn(script)
    unsold(script, 1)
    stop = sale(script.quote(50, TURN_S + 5))
    assert stop is not None
    assert stop.limit_price == Decimal("49.5")
    unsold(script, 2)
    trim = sale(turn(script, 2))
    assert trim is not None
    assert (trim.reason[:5], trim.limit_price) == ("trim:", price(99))


def test_an_end_that_is_told_late_is_not_the_end_of_the_next_trim() -> None:
    script = holding()
    turn(script)
    script.open(1)
    script.report(OrderStatus.CANCELED, 1)
    script.fills(1)
    script.quote(100, 2 * TURN_S)
    script.say(Tick())
    assert not only(script.report(OrderStatus.CANCELED, 1), TrimEnded)


def test_while_a_sale_may_be_live_nothing_is_asked_for_beside_it_and_so_nothing_fails() -> None:
    books = evolve(NO_BOOKS, positions=(position(BTC, size=1_500, entry=100),))
    script = Script(books)
    script.say(Tick())
    made = sale(script.say(sell(1), at_second=1))
    assert made is not None
    assert made.quantity == 1_000, "the largest order there may be"
    script.open(1)
    turn(script)
    script.say(reported(OrderStatus.CANCELED), at_second=TURN_S + 40)
    script.quote(100, 2 * TURN_S)
    assert not only(script.say(Tick()), TrimEnded)
    assert sale(script.quote(100, 2 * TURN_S + 1)) is not None


def test_what_is_about_to_be_left_counts_as_gone_and_nothing_else_is_sold_for_it() -> None:
    held = (position(BTC, size=10, entry=100, stop=95), position(ETH, size=10, entry=120))
    policy = evolve(RESTING, caps=Caps(per_asset_pct=Decimal(25), total_pct=Decimal(10)))
    script = Script(evolve(NO_BOOKS, positions=held), policy=policy)
    script.say(InstrumentsListed((instrument(BTC), instrument(ETH))), Tick())
    script.open(1)
    script.say(QuoteAccepted(quote(ETH, bid=100, second=TURN_S)))
    script.quote(95, TURN_S)  # its stop; what rests there is given time to act on it
    script.say(Tick())
    assert sale(script.say(QuoteAccepted(quote(ETH, bid=100, second=TURN_S)))) is None


def test_a_theme_of_the_universe_has_its_cap_from_the_message_that_says_so() -> None:
    script = holding(Policy(caps=Caps(per_asset_pct=Decimal(25), per_theme_pct=Decimal(5))))
    assert sale(turn(script)) is None
    assert script.say(GroupsChanged((Group("theme:LAYER1", (BTC, ETH)),))) == []
    made = sale(turn(script, 2))
    assert made is not None
    assert made.reason == "trim: theme:LAYER1 holds 9.09 %, at most 5 %"


# ------------------------------------------------------------------------------------------------------ when it is not
@pytest.mark.req("K1")
def test_under_a_halt_nothing_is_asked_for_and_after_it_a_whole_turn_is_waited() -> None:
    script = holding()
    script.say(CancelAll("halt"))
    assert sale(turn(script)) is None
    script.say(ResumeOrders(), Tick())
    assert sale(turn(script, 2)) is None, "the first quotes after a halt may be old ones"
    assert sale(turn(script, 3)) is not None


def test_an_ending_in_a_halt_is_no_failed_trim() -> None:
    script = holding()
    turn(script)
    out = script.say(CancelAll("halt"))
    assert script.order(1).status is OrderStatus.FAILED
    assert not only(out, TrimEnded)


def test_it_can_be_switched_off_by_a_reload() -> None:
    script = holding()
    script.say(PolicyChanged(Policy(trim=TrimTerms(enabled=False))))
    assert sale(turn(script)) is None


def test_in_a_dry_run_the_sale_is_withheld_and_is_no_attempt() -> None:
    script = holding(mode=Mode.DRY_RUN)
    out = turn(script)
    assert len(only(out, OrderWithheld)) == 1
    assert not only(turn(script, 2), TrimEnded)


@pytest.mark.parametrize("why", ["stale", "offline", "no quote"])
def test_what_has_no_fresh_quote_or_admits_no_exit_is_not_asked_for(why: str) -> None:
    script = holding()
    if why == "offline":
        script.say(InstrumentsListed((instrument(BTC, status=ProductStatus.CANCEL_ONLY),)))
    script.quote(100, TURN_S if why == "offline" else TURN_S - 10)
    if why == "no quote":
        script.manager._books.quotes.clear()
    out = script.say(Tick(), at_second=TURN_S)
    assert sale([*out, *script.quote(100, TURN_S + 1)]) is None


def test_what_is_too_small_to_sell_is_told_as_dust() -> None:
    script = Script(evolve(NO_BOOKS, positions=(position(BTC, size="0.04", entry=100),), opening=()))
    script.say(Tick())
    assert only(turn(script), TrimEnded) == [TrimEnded(BTC, TrimOutcome.DUST, "too small to sell")]


# -------------------------------------------------------------------------------------------------------------- failing
def test_three_failed_trims_in_a_row_are_told_and_a_success_clears_it() -> None:
    script = holding()
    told = []
    for number in range(1, FAILURES_MAX + 1):
        assert sale(turn(script, number)) is not None
        out = unsold(script, number)
        assert [m.outcome for m in only(out, TrimEnded)] == [TrimOutcome.FAILED]
        told.append(only(out, AlertRaised))
    assert [len(alerts) for alerts in told] == [0, 0, 1]
    ((alert,),) = told[2:]
    assert (alert.key, alert.severity) == (FAILING, Severity.WARNING)
    assert "3 trims in a row sold nothing; BTC-USD: failed: the gate was closed" in alert.text
    turn(script, 4)
    script.open(4)
    script.report(OrderStatus.CANCELED, 1, number=4)
    assert only(script.fills(1, 4), AlertCleared) == [AlertCleared(FAILING)]


def test_a_success_between_them_begins_the_count_anew() -> None:
    script = holding()
    for number in range(1, 6):
        turn(script, number)
        if number == 3:
            script.open(number)
            script.report(OrderStatus.CANCELED, "0.1", number=number)
            script.fills("0.1", number)
        else:
            assert not only(unsold(script, number), AlertRaised)


def test_a_trim_that_never_became_an_order_has_failed_at_the_next_turn() -> None:
    script = holding(RESTING)
    script.quote(100, 1)
    script.open(1)
    turn(script)  # the cancel of what rests is never confirmed
    out = turn(script, 2)
    assert [(m.outcome, m.text) for m in only(out, TrimEnded)] == [(TrimOutcome.FAILED, "it could not be sold in time")]


def test_an_alert_of_an_earlier_run_is_cleared_by_a_turn_that_finds_nothing_over_its_cap() -> None:
    script = Script()
    script.say(Tick())
    assert AlertCleared(FAILING) in turn(script)
    assert AlertCleared(FAILING) not in turn(script, 2)


def test_of_two_the_worse_performer_is_sold_for_the_total() -> None:
    held = (position(BTC, size=10, entry=100), position(ETH, size=10, entry=120))
    policy = Policy(caps=Caps(per_asset_pct=Decimal(25), total_pct=Decimal(10)))
    script = Script(evolve(NO_BOOKS, positions=held), policy=policy)
    script.say(InstrumentsListed((instrument(BTC), instrument(ETH))), Tick())
    script.say(QuoteAccepted(quote(ETH, bid=100, second=TURN_S)))
    script.quote(100, TURN_S)
    script.say(Tick())
    made = sale(script.say(QuoteAccepted(quote(ETH, bid=100, second=TURN_S))))
    assert sale(script.quote(100)) is None
    assert made is not None
    assert (made.symbol, made.limit_price, made.created_at) == (ETH, price(99), moment(TURN_S).utc)
