"""Exits that rest at the venue: one per position, never beside another sale, and back wherever they got lost."""

from decimal import Decimal

import pytest
from attrs import evolve
from tests.builders import BTC, approval, at, instrument, position, price, quote, trade_proposal
from tests.core.scripted_orders import NO_BOOKS, Script, only

from trader247.core.order_manager import ManagerOut
from trader247.core.protection_desk import FAILURES_MAX, REPLACE_AFTER_S, RESTED_S, TRIGGER_WAIT_S
from trader247.errors import Failure
from trader247.messages.base import Tick
from trader247.messages.control import AlertCleared, AlertRaised, PolicyChanged
from trader247.messages.market import InstrumentsListed, QuoteAccepted
from trader247.messages.orders import (
    CancelAll,
    CancelOrders,
    Drained,
    DrainOrders,
    FillBooked,
    LookUpOrder,
    NotSent,
    OrderChanged,
    PlaceFinished,
    PlaceOrder,
    PortfolioChanged,
    ReconcileFinished,
    Rejected,
    ResumeOrders,
)
from trader247.messages.trading import ProposalRefused
from trader247.model.ids import AlertKey
from trader247.model.instrument import ProductStatus
from trader247.model.mode import Mode, OrderKind
from trader247.model.order import OrderIntent, OrderStatus, Side, Style
from trader247.model.policy import ExitTerms, Policy, RestAtVenue

pytestmark = [pytest.mark.req("R3")]

STOP_LIMIT = Policy(exits=ExitTerms(rest_at_venue=RestAtVenue.STOP_LIMIT))
BRACKET = Policy(exits=ExitTerms(rest_at_venue=RestAtVenue.BRACKET))
TRAILING = Policy(exits=ExitTerms(rest_at_venue=RestAtVenue.STOP_LIMIT, trailing_stop_pct=Decimal(3)))
KEY = AlertKey(f"protection:{BTC}")


def made(out: list[ManagerOut]) -> list[OrderIntent]:
    """The intents that came out."""
    return [m.order.intent for m in only(out, OrderChanged) if m.event == "new"]


def cancelled(out: list[ManagerOut]) -> list[str]:
    """The venue's ids of the orders whose cancel was asked."""
    return [venue_order_id for m in only(out, CancelOrders) for venue_order_id in m.orders]


def protected(policy: Policy = STOP_LIMIT) -> Script:
    """A position bought at 100, its stop at 95, its target at 110, and the second order of the run resting for it."""
    script = Script(policy=policy)
    script.hold()
    assert len(made(script.quote(100))) == 1
    script.open(2)
    return script


def gone(script: Script, number: int = 2, status: OrderStatus = OrderStatus.CANCELED) -> list[ManagerOut]:
    return script.report(status, script.order(number).filled, number)


def nothing_rests(script: Script) -> bool:
    """Though a quote has come, and another comes."""
    return made(script.quote(100)) == [] and not list(script.manager._books.registry.unsettled())


# ----------------------------------------------------------------------------------------------------- what is made
def test_a_position_gets_a_stop_limit_order_for_all_of_it_that_is_written_down_before_it_is_sent() -> None:
    script = Script(policy=STOP_LIMIT)
    held = script.hold()
    (intent,) = made(script.quote(100))
    assert (intent.kind, intent.side, intent.style) == (OrderKind.EXIT, Side.SELL, Style.STOP_LIMIT)
    assert (intent.quantity, intent.stop_price, intent.limit_price) == (held.quantity, price(95), price("87.4"))
    assert intent.reason == "protection: rests at the venue, stop 95.00"
    assert script.order(2).status is OrderStatus.NEW
    assert [m.intent for m in only(script.durable(2), PlaceOrder)] == [intent]
    assert made(script.quote(101)) == []


def test_a_bracket_rests_at_the_target_with_the_stop_as_its_trigger() -> None:
    script = protected(BRACKET)
    intent = script.order(2).intent
    assert (intent.style, intent.limit_price, intent.stop_price) == (Style.BRACKET, price(110), price(95))


def test_where_no_target_is_known_a_bracket_is_a_stop_limit_order() -> None:
    script = Script(evolve(NO_BOOKS, positions=(position(BTC, size=1, entry=100, stop=95),)), policy=BRACKET)
    assert script.order(1).intent.style is Style.STOP_LIMIT


def test_while_an_entry_is_filling_nothing_is_made_and_with_its_end_it_is() -> None:
    script = Script(policy=STOP_LIMIT)
    script.approve()
    size = script.open().intent.quantity
    script.report(OrderStatus.PARTIAL_FILL, 4)
    script.fills(4, name="half")
    assert made(script.quote(100)) == []
    script.report(OrderStatus.FILLED, size)
    assert made(script.quote(100)) == [], "filled, and not all of it is booked"
    script.fills(size - 4, name="rest")
    (intent,) = made(script.quote(100))
    assert intent.quantity == size


@pytest.mark.parametrize("mode", [Mode.DRY_RUN, Mode.PAPER])
def test_by_default_and_where_nothing_is_sent_nothing_rests(mode: Mode) -> None:
    held = (position(BTC, size=1, entry=100, stop=95, target=110),)
    policy = STOP_LIMIT if mode is Mode.DRY_RUN else Policy()
    assert nothing_rests(Script(evolve(NO_BOOKS, positions=held), policy=policy, mode=mode))


def test_a_position_without_a_stop_and_dust_rest_nowhere() -> None:
    for held in (position(BTC, size=1, entry=100), position(BTC, size="0.000001", entry=100, stop=95)):
        assert nothing_rests(Script(evolve(NO_BOOKS, positions=(held,)), policy=STOP_LIMIT))


def test_a_stop_that_the_last_trade_has_reached_is_not_sent_for_the_venue_would_refuse_it() -> None:
    script = Script(policy=STOP_LIMIT)
    script.hold()
    assert made(script.say(QuoteAccepted(evolve(quote(bid=96), last=price(95))))) == []
    assert made(script.say(QuoteAccepted(evolve(quote(bid=96), last=price("95.01"))))) != []


@pytest.mark.req("EX1")
@pytest.mark.parametrize("status", ProductStatus, ids=lambda s: s.value)
def test_nothing_is_made_where_the_product_admits_no_exit(status: ProductStatus) -> None:
    script = Script(policy=STOP_LIMIT)
    script.hold()
    script.say(InstrumentsListed((instrument(BTC, status=status),)))
    assert bool(made(script.quote(100))) is status.admits_exits


# ------------------------------------------------------------------------------------ what the venue does by itself
def test_a_stop_that_triggers_at_the_venue_is_waited_for_and_its_fills_close_the_position() -> None:
    script = protected()
    held = script.position()
    assert held is not None
    out = script.quote(95, 1) + script.quote("94.9", 1 + TRIGGER_WAIT_S - 0.1)
    assert (made(out), cancelled(out)) == ([], [])
    script.report(OrderStatus.FILLED, held.quantity, 2)
    (shown,) = only(script.fills(held.quantity, 2, price="94.9"), PortfolioChanged)
    assert shown.positions == ()
    assert [symbol for symbol, _ in shown.stop_outs_24h] == [BTC]
    assert made(script.quote(94, 30)) == []


def test_a_bracket_that_sold_at_its_target_is_no_stop_out() -> None:
    script = protected(BRACKET)
    held = script.position()
    assert held is not None
    assert script.quote(110, 1) == []
    script.report(OrderStatus.FILLED, held.quantity, 2)
    (shown,) = only(script.fills(held.quantity, 2, price=110), PortfolioChanged)
    assert (shown.positions, shown.stop_outs_24h) == ((), ())


def test_a_partly_filled_order_goes_on_protecting_what_is_left() -> None:
    script = protected(BRACKET)
    script.report(OrderStatus.PARTIAL_FILL, 4, 2)
    script.fills(4, 2, price=110)
    out = script.quote(109, REPLACE_AFTER_S + 1)
    assert (made(out), cancelled(out)) == ([], [])


@pytest.mark.req("OM3", "REC1")
def test_a_stop_that_sold_while_the_daemon_was_dead_is_booked_by_the_next_life_and_nothing_is_sold_again() -> None:
    before = protected()
    held = before.position()
    assert held is not None
    again = Script(evolve(NO_BOOKS, positions=(held,), orders=(before.order(2),)), policy=STOP_LIMIT, bid=90)
    assert made(again.quote(90, 1)) == []
    again.report(OrderStatus.FILLED, held.quantity, 2)
    assert made(again.quote(90, 5)) == [], "filled and not booked yet"
    assert len(only(again.fills(held.quantity, 2, price=94), FillBooked)) == 1
    assert again.position() is None
    assert made(again.quote(90, 9)) == []


@pytest.mark.req("OM3")
def test_an_order_that_rests_is_taken_up_at_a_restart_and_no_second_one_is_made() -> None:
    before = protected()
    held = before.position()
    assert held is not None
    again = Script(evolve(NO_BOOKS, positions=(held,), orders=(before.order(2),)), policy=STOP_LIMIT)
    out = again.quote(100, 60)
    assert (made(out), cancelled(out)) == ([], [])
    assert again.order(2).status is OrderStatus.OPEN


def test_it_rests_as_long_as_it_has_to_and_is_looked_at_now_and_then() -> None:
    script = protected()
    seen = [only(script.say(Tick(), at_second=second), LookUpOrder, CancelOrders) for second in (1, 5, 59, 62, 63)]
    assert [len(each) for each in seen] == [0, 0, 0, 1, 0]
    assert isinstance(seen[3][0], LookUpOrder)


# ------------------------------------------------------------------------------------------------ beside the local exit
def test_a_stop_the_venue_does_not_act_on_in_time_is_cancelled_and_sold_once_that_is_settled() -> None:
    script = protected()
    held = script.position()
    assert held is not None
    script.quote(95, 1)
    assert cancelled(script.quote(95, 1 + TRIGGER_WAIT_S)) == ["v2"]
    out = script.quote(94, 4)
    assert (made(out), cancelled(out)) == ([], []), "asked for, and not settled"
    script.report(OrderStatus.CANCELED, 3, 2)
    assert made(script.quote(94, 5)) == [], "it sold three on the way out, and they are not booked"
    script.fills(3, 2, price=94)
    (sale,) = made(script.quote(94, 6))
    assert (sale.style, sale.quantity) == (Style.TAKER_IOC, held.quantity - 3)
    assert sale.reason.startswith("stop: ")


def test_a_bid_that_recovers_in_time_leaves_the_order_where_it_is() -> None:
    script = protected()
    script.quote(95, 1)
    script.quote(96, 2)
    out = script.quote(95, 1 + TRIGGER_WAIT_S) + script.quote(95, 0.5 + 2 * TRIGGER_WAIT_S)
    assert cancelled(out) == []


@pytest.mark.parametrize(("bid", "second", "cause"), [("110", 1, "target"), ("100", 86_400, "max_hold")])
def test_an_exit_the_resting_order_does_not_know_of_takes_its_place_at_once(
    bid: str, second: float, cause: str
) -> None:
    script = protected()
    assert cancelled(script.quote(bid, second)) == ["v2"]
    gone(script)
    (sale,) = made(script.quote(bid, second + 1))
    assert sale.reason.startswith(f"{cause}: ")


def test_a_strategys_sale_waits_for_the_resting_order_to_go_and_then_leaves_under_its_proposal() -> None:
    script = protected()
    wish = approval(2, trade_proposal(BTC, Side.SELL), second=1)
    out = script.say(wish, at_second=1)
    assert (cancelled(out), only(out, ProposalRefused)) == (["v2"], [])
    assert made(script.quote(100, 2)) == []
    gone(script)
    (sale,) = made(script.quote(100, 3))
    assert sale.proposal_id == wish.proposal.proposal_id
    assert sale.reason.startswith("strategy: ")


def test_a_strategys_sale_that_waited_too_long_is_old_news_and_the_position_is_protected_again() -> None:
    script = protected()
    script.say(approval(2, trade_proposal(BTC, Side.SELL), second=1), at_second=1)
    gone(script)
    (intent,) = made(script.quote(100, 40))
    assert intent.style is Style.STOP_LIMIT


def test_a_strategys_sale_that_finds_no_buyer_is_not_tried_again_and_the_position_is_protected() -> None:
    script = protected()
    script.say(approval(2, trade_proposal(BTC, Side.SELL), second=1), at_second=1)
    gone(script)
    script.quote(100, 3)
    script.open(3)
    gone(script, 3)
    assert [intent.style for intent in made(script.quote(100, 5))] == [Style.STOP_LIMIT]


def test_a_strategys_wish_ends_with_the_position_it_was_about() -> None:
    script = protected()
    held = script.position()
    assert held is not None
    script.say(approval(2, trade_proposal(BTC, Side.SELL), second=1), at_second=1)
    script.report(OrderStatus.FILLED, held.quantity, 2)
    script.fills(held.quantity, 2, price=94)
    script.quote(100, 2)
    script.approve(3)
    size = script.open(3).intent.quantity
    script.report(OrderStatus.FILLED, size, 3)
    script.fills(size, 3, name="next")
    assert [intent.style for intent in made(script.quote(100, 3))] == [Style.STOP_LIMIT]


def test_an_intent_that_was_not_sent_yet_is_taken_back_where_the_position_has_to_be_left() -> None:
    script = Script(policy=STOP_LIMIT)
    script.hold()
    script.quote(100)
    script.quote(95, 1)
    assert script.order(2).status is OrderStatus.FAILED
    assert [intent.style for intent in made(script.quote(95, 2))] == [Style.TAKER_IOC]


# --------------------------------------------------------------------------------------------------------- replacing
def test_a_raised_stop_replaces_the_order_once_the_old_one_is_settled_and_not_too_often() -> None:
    script = protected(TRAILING)
    assert script.order(2).intent.stop_price == 97
    early = script.quote(105, REPLACE_AFTER_S - 1)
    assert cancelled(early) == []
    assert cancelled(script.quote(105, REPLACE_AFTER_S)) == ["v2"]
    assert made(script.quote(105, REPLACE_AFTER_S + 1)) == []
    gone(script)
    (intent,) = made(script.quote(105, REPLACE_AFTER_S + 2))
    assert intent.stop_price == price("101.85")


def test_an_order_is_not_taken_away_while_its_successor_could_not_be_made() -> None:
    script = protected(TRAILING)
    script.say(InstrumentsListed((instrument(BTC, status=ProductStatus.CANCEL_ONLY),)))
    assert cancelled(script.quote(105, REPLACE_AFTER_S)) == []
    script.say(InstrumentsListed((instrument(BTC, status=ProductStatus.ONLINE),)))
    assert cancelled(script.quote(105, REPLACE_AFTER_S + 1)) == ["v2"]


def test_after_a_restart_an_order_that_ought_to_be_another_is_replaced_once_the_daemon_can_send() -> None:
    before = protected()
    held = before.position()
    assert held is not None
    again = Script(evolve(NO_BOOKS, positions=(held,), orders=(before.order(2),)), policy=BRACKET)
    assert cancelled(again.quote(100, REPLACE_AFTER_S - 1)) == []
    assert cancelled(again.quote(100, REPLACE_AFTER_S)) == ["v2"]


def test_a_position_that_grew_gets_an_order_of_its_new_size_when_the_entry_is_over() -> None:
    script = protected()
    held = script.position()
    assert held is not None
    script.quote(100, 20)
    script.approve(2)
    script.open(3)
    script.report(OrderStatus.PARTIAL_FILL, 2, 3)
    script.fills(2, 3, name="more")
    assert cancelled(script.quote(100, 21)) == [], "the old one protects while the entry fills"
    script.report(OrderStatus.CANCELED, 2, 3)
    script.manager._entries.give_up(script.order(3))
    for order in (4, 5):  # the entry's further tries, which end unfilled
        if script.manager._books.registry.working(BTC, Side.BUY):
            script.open(order)
            script.report(OrderStatus.EXPIRED, 0, order)
    assert cancelled(script.quote(100, 40)) == ["v2"]
    gone(script)
    assert [intent.quantity for intent in made(script.quote(100, 41))] == [held.quantity + 2]


def test_a_reload_that_turns_it_off_cancels_what_rests_and_one_that_turns_it_on_makes_it() -> None:
    script = protected()
    script.say(PolicyChanged(Policy()))
    assert cancelled(script.quote(100, 1)) == ["v2"]
    gone(script)
    assert made(script.quote(100, 2)) == []
    script.say(PolicyChanged(BRACKET))
    assert [intent.style for intent in made(script.quote(100, 3))] == [Style.BRACKET]


# ---------------------------------------------------------------------------------------------------- halt and drain
@pytest.mark.req("K1")
def test_a_halt_cancels_it_as_every_order_and_after_the_halt_it_is_made_again() -> None:
    script = protected()
    assert cancelled(script.say(CancelAll("halt"))) == ["v2"]
    gone(script)
    assert made(script.quote(100, 1)) == []
    script.say(ResumeOrders())
    assert len(made(script.quote(100, 2))) == 1


@pytest.mark.req("K1")
def test_one_that_comes_to_rest_under_a_halt_is_cancelled() -> None:
    script = Script(policy=STOP_LIMIT)
    script.hold()
    script.quote(100)
    script.durable(2)
    script.say(CancelAll("halt"))
    assert cancelled(script.accepted(2)) == ["v2"]


@pytest.mark.req("SUP6")
def test_a_drain_leaves_it_and_says_so() -> None:
    script = protected()
    out = script.say(DrainOrders())
    assert cancelled(out) == []
    assert only(out, Drained) == [Drained((), resting=(script.order(2),))]
    assert cancelled(script.say(Tick(), at_second=300)) == []


@pytest.mark.req("SUP6")
def test_a_drain_that_finds_a_position_without_protection_makes_it_first() -> None:
    script = Script(policy=STOP_LIMIT)
    script.hold()
    assert only(script.say(DrainOrders()), Drained) == []
    (intent,) = made(script.quote(100))
    assert only(script.durable(2), PlaceOrder)[0].intent == intent
    assert only(script.say(Tick()), Drained) == [], "it is on its way"
    assert only(script.accepted(2), CancelOrders) == []
    assert len(only(script.say(Tick()), Drained)) == 1


@pytest.mark.req("SUP6")
def test_a_drain_does_not_wait_for_protection_that_cannot_be_made() -> None:
    script = Script(policy=STOP_LIMIT)
    script.hold()
    script.second = 60
    assert len(only(script.say(DrainOrders()), Drained)) == 1, "the newest quote is a minute old"


@pytest.mark.req("SUP6")
def test_a_drain_replaces_nothing() -> None:
    script = protected(TRAILING)
    script.say(DrainOrders())
    assert cancelled(script.quote(105, REPLACE_AFTER_S + 1)) == []


@pytest.mark.req("SUP6")
def test_a_drain_does_not_wait_for_a_stop_that_the_market_has_passed() -> None:
    script = Script(policy=STOP_LIMIT)
    script.hold()
    script.quote(94)
    assert len(only(script.say(DrainOrders()), Drained)) == 1


@pytest.mark.req("SUP6", "R1")
def test_an_order_for_more_than_is_held_goes_at_once_even_in_a_drain() -> None:
    before = protected()
    less = position(BTC, size=5, entry=100, stop=95)
    again = Script(None, policy=STOP_LIMIT)
    again.say(evolve(NO_BOOKS, positions=(less,), orders=(before.order(2),)), InstrumentsListed((instrument(BTC),)))
    again.say(ReconcileFinished(at()), DrainOrders())
    assert cancelled(again.quote(100)) == ["v2"]


def test_a_target_under_the_stop_makes_no_bracket() -> None:
    held = position(BTC, size=1, entry=100, stop=95, target=94)
    script = Script(evolve(NO_BOOKS, positions=(held,)), policy=BRACKET)
    script.say(DrainOrders())
    assert [intent.style for intent in made(script.quote(100))] == [Style.STOP_LIMIT]


@pytest.mark.req("REC1")
def test_before_the_venue_has_confirmed_the_books_nothing_is_made() -> None:
    script = Script(None, policy=STOP_LIMIT)
    held = position(BTC, size=1, entry=100, stop=95)
    script.say(evolve(NO_BOOKS, positions=(held,)), InstrumentsListed((instrument(BTC),)))
    assert made(script.quote(100)) == []
    script.say(ReconcileFinished(at()))
    assert len(made(script.quote(100))) == 1


# ----------------------------------------------------------------------------------------------------------- failures
def test_a_cancel_by_somebody_else_is_noticed_and_the_order_made_again_later_and_later_and_then_no_more() -> None:
    script = protected()
    second, told = 1.0, []
    for number in range(2, 2 + FAILURES_MAX):
        script.second = second
        told += only(gone(script, number), AlertRaised)
        waited = REPLACE_AFTER_S * 2 ** (number - 2)
        assert made(script.quote(100, second + waited - 0.1)) == []
        again = made(script.quote(100, second + waited))
        second += waited
        if again:
            script.open(number + 1)
    assert [alert.key for alert in told] == [KEY]
    assert made(script.quote(100, 80_000)) == []
    assert only(script.say(ResumeOrders()), AlertCleared) == [AlertCleared(KEY)]
    assert len(made(script.quote(100, 80_001))) == 1


def test_an_end_that_is_told_again_and_again_is_one_end() -> None:
    script = protected(TRAILING)
    script.quote(105, REPLACE_AFTER_S)
    for _ in range(2 * FAILURES_MAX):
        assert only(gone(script), AlertRaised) == [], "our own cancel, however often it is told"
    assert len(made(script.quote(105, REPLACE_AFTER_S + 1))) == 1
    script.open(3)
    script.report(OrderStatus.CANCELED, 0, 3)
    for _ in range(2 * FAILURES_MAX):
        assert only(gone(script, 3), AlertRaised) == []


def test_one_that_rested_long_before_somebody_cancelled_it_counts_anew() -> None:
    script = protected()
    for number in range(2, 4 + FAILURES_MAX):
        script.second += RESTED_S + 1
        assert only(gone(script, number), AlertRaised) == []
        script.quote(100, script.second + REPLACE_AFTER_S)
        script.open(number + 1)


@pytest.mark.req("FC1")
def test_a_refusal_for_good_is_told_once_and_the_local_exit_is_what_is_left() -> None:
    script = Script(policy=BRACKET)
    script.hold()
    script.quote(100)
    script.durable(2)
    no = Rejected(Failure.INVALID_ORDER, "UNSUPPORTED_ORDER_CONFIGURATION")
    told = only(script.say(PlaceFinished(script.order(2).intent.intent_id, no, None)), AlertRaised)
    assert [alert.key for alert in told] == [KEY]
    assert "UNSUPPORTED_ORDER_CONFIGURATION" in told[0].text
    assert made(script.quote(100, 1_000)) == []
    assert [intent.style for intent in made(script.quote(95, 1_001))] == [Style.TAKER_IOC]


@pytest.mark.req("FC1")
def test_a_refusal_of_the_moment_is_tried_again() -> None:
    script = Script(policy=STOP_LIMIT)
    script.hold()
    script.quote(100)
    script.durable(2)
    no = Rejected(Failure.INSUFFICIENT_FUNDS, "the hold of the last one is not released yet")
    assert only(script.say(PlaceFinished(script.order(2).intent.intent_id, no, None)), AlertRaised) == []
    assert made(script.quote(100, REPLACE_AFTER_S - 0.1)) == []
    assert len(made(script.quote(100, REPLACE_AFTER_S))) == 1


def test_one_that_never_left_is_made_again_for_as_long_as_it_takes() -> None:
    script = Script(policy=STOP_LIMIT)
    script.hold()
    seconds = []
    for number in range(2, 12):
        while not made(script.quote(100, script.second + 1)):
            assert script.second < 10_000
        seconds.append(script.second)
        script.durable(number)
        closed = PlaceFinished(script.order(number).intent.intent_id, NotSent("no exit permit"), None)
        assert only(script.say(closed), AlertRaised) == []
    assert [later - before for before, later in zip(seconds[-3:], seconds[-2:], strict=False)] == [300, 300]


def test_with_the_position_its_alert_is_over() -> None:
    script = Script(policy=BRACKET)
    held = script.hold()
    script.quote(100)
    script.durable(2)
    no = Rejected(Failure.FORBIDDEN, "INELIGIBLE_PAIR")
    script.say(PlaceFinished(script.order(2).intent.intent_id, no, None))
    script.quote(95, 1)
    script.open(3)
    script.report(OrderStatus.FILLED, held.quantity, 3)
    script.fills(held.quantity, 3, price=95)
    assert only(script.quote(95, 2), AlertCleared) == [AlertCleared(KEY)]


def test_an_order_that_came_back_from_the_dead_beside_its_successor_is_cancelled() -> None:
    script = protected()
    script.report(OrderStatus.CANCELED, 0, 2)
    script.quote(100, REPLACE_AFTER_S)
    script.durable(3)
    script.say(PlaceFinished(script.order(3).intent.intent_id, NotSent("the line is closed"), None))
    script.quote(100, 4 * REPLACE_AFTER_S)
    script.open(4)
    assert only(script.report(OrderStatus.OPEN, 0, 3), AlertRaised)[0].key.startswith("order_back:")
    assert cancelled(script.quote(100, 41)) == ["v3"]
