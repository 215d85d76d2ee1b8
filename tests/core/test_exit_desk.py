"""Sells what has to be sold, once at a time, and never more than is held."""

from decimal import Decimal

import pytest
from attrs import evolve
from tests.builders import BTC, instrument, position, price
from tests.core.scripted_orders import NO_BOOKS, Script, only

from trader247.messages.market import InstrumentsListed
from trader247.messages.orders import (
    CancelAll,
    InDoubt,
    NotSent,
    OrderChanged,
    OrderWithheld,
    PlaceFinished,
    PlaceOutcome,
    PortfolioChanged,
    ResumeOrders,
    StopRaised,
)
from trader247.model.instrument import ProductStatus
from trader247.model.mode import Mode, OrderKind
from trader247.model.order import Order, OrderIntent, OrderStatus, Side, Style
from trader247.model.policy import ExitTerms, Policy


def sale(script: Script, bid: str, second: float) -> OrderIntent | None:
    """The sale this quote brings, if any."""
    made = [m.order.intent for m in only(script.quote(bid, second), OrderChanged) if m.await_durable]
    return made[0] if made else None


def ended(script: Script, number: int, outcome: PlaceOutcome) -> Order:
    script.durable(number)
    script.say(PlaceFinished(script.order(number).intent.intent_id, outcome, None))
    return script.order(number)


@pytest.fixture
def script() -> Script:
    """A position of about 1,000 USD bought at 100, its stop at 95, its target at 110."""
    held = Script()
    held.hold()
    return held


@pytest.mark.fault("OL-17")
@pytest.mark.req("R3")
@pytest.mark.parametrize(
    ("bid", "second", "cause"), [("95", 1, "stop"), ("110", 1, "target"), ("100", 86_400, "max_hold")]
)
def test_the_whole_position_is_sold_as_a_taker_at_the_bid_less_the_tolerance(
    script: Script, bid: str, second: float, cause: str
) -> None:
    held = script.position()
    made = sale(script, bid, second)
    assert held is not None
    assert made is not None
    assert (made.kind, made.side, made.style, made.quantity) == (
        OrderKind.EXIT,
        Side.SELL,
        Style.TAKER_IOC,
        held.quantity,
    )
    assert made.limit_price == Decimal(bid) * Decimal("0.99")
    assert made.reason.startswith(f"{cause}: ")


@pytest.mark.fault("OL-14", "OL-25")
def test_nothing_more_is_sold_while_a_sale_may_be_live_or_is_not_booked(script: Script) -> None:
    assert sale(script, "95", 1) is not None
    assert sale(script, "90", 10) is None
    ended(script, 2, InDoubt("reset"))
    assert sale(script, "90", 20) is None
    script.report(OrderStatus.CANCELED, 4, number=2)
    assert sale(script, "90", 30) is None, "four are sold and not booked yet"
    script.fills(4, 2, price=95)
    again = sale(script, "90", 40)
    held = script.position()
    assert again is not None
    assert held is not None
    assert again.quantity == held.quantity


@pytest.mark.req("R3")
def test_an_exit_that_did_not_fill_is_tried_again_a_second_later_and_wider_up_to_the_limit(script: Script) -> None:
    prices = []
    for number in range(2, 8):
        made = sale(script, "90", 10 * number)
        assert made is not None
        prices.append(made.limit_price)
        ended(script, number, NotSent("the gate was closed"))
        assert sale(script, "90", 10 * number + 0.9) is None
    tolerances = [(1 - price / 90) * 10_000 for price in prices]
    assert tolerances == [100, 200, 400, 800, 800, 800]


def test_the_next_position_begins_with_the_plain_tolerance_again(script: Script) -> None:
    held = script.position()
    assert held is not None
    assert sale(script, "90", 1) is not None
    ended(script, 2, NotSent("the gate was closed"))
    assert sale(script, "90", 3) is not None
    script.open(3)
    script.report(OrderStatus.FILLED, held.quantity, number=3)
    script.fills(held.quantity, 3, price=90)
    assert script.position() is None
    script.quote(100, 10)
    script.approve(2)
    size = script.open(4).intent.quantity
    script.report(OrderStatus.FILLED, size, number=4)
    script.fills(size, 4, name="next")
    made = sale(script, "90", 20)
    assert made is not None
    assert made.limit_price == Decimal("89.1")


@pytest.mark.fault("OL-13", "OL-05")
def test_dust_is_not_sold_and_not_tried(script: Script) -> None:
    dust = position(BTC, size="0.000001", entry=100, stop=95)
    quiet = Script(evolve(NO_BOOKS, positions=(dust,)))
    assert sale(quiet, "90", 1) is None


def test_what_is_over_the_largest_size_of_an_order_is_sold_in_parts() -> None:
    script = Script(evolve(NO_BOOKS, positions=(position(BTC, size=1_500, entry=100, stop=95),)))
    made = sale(script, "90", 1)
    assert made is not None
    assert made.quantity == 1_000


@pytest.mark.req("K1")
def test_under_a_halt_nothing_is_sold_and_after_it_the_next_quote_sells(script: Script) -> None:
    script.say(CancelAll("halt"))
    assert sale(script, "90", 1) is None
    script.say(ResumeOrders())
    assert sale(script, "90", 2) is not None


@pytest.mark.req("EX1")
@pytest.mark.parametrize("status", ProductStatus, ids=lambda s: s.value)
def test_an_exit_is_only_tried_where_the_product_admits_one(script: Script, status: ProductStatus) -> None:
    script.say(InstrumentsListed((instrument(BTC, status=status),)))
    assert (sale(script, "90", 1) is not None) is status.admits_exits


def test_in_a_dry_run_an_exit_is_withheld() -> None:
    held = position(BTC, size=1, entry=100, stop=95)
    script = Script(evolve(NO_BOOKS, positions=(held,)), mode=Mode.DRY_RUN)
    assert len(only(script.quote(90, 1), OrderWithheld)) == 1


@pytest.mark.fault("OL-15")
def test_coins_that_are_not_of_our_fills_are_never_sold() -> None:
    script = Script()
    assert sale(script, "0.01", 1) is None


@pytest.mark.req("OM3")
def test_after_a_restart_a_sale_of_unknown_fate_keeps_a_second_one_back(script: Script) -> None:
    left = sale(script, "90", 1)
    assert left is not None
    held = script.position()
    assert held is not None
    again = Script(evolve(NO_BOOKS, positions=(held,), orders=(script.order(2),)))
    assert again.order(2).status is OrderStatus.UNKNOWN
    assert sale(again, "80", 60) is None


# ------------------------------------------------------------------------------------------------------ trailing stop
TRAILING = Policy(exits=ExitTerms(trailing_stop_pct=Decimal(3)))


def trailing() -> Script:
    """The same position; its stop follows the bid at 3 %."""
    held = Script(policy=TRAILING)
    held.hold()
    return held


@pytest.mark.req("R3")
def test_a_rising_bid_raises_the_stop_once_a_step_and_a_falling_one_sells_there() -> None:
    script = trailing()
    told = [m for bid in ("100", "100.1", "104", "104.1", "103", "108") for m in only(script.quote(bid), StopRaised)]
    assert [(m.position.stop_price, m.bid) for m in told] == [
        (price(97), price(100)),
        (price("100.88"), price(104)),
        (price("104.76"), price(108)),
    ]
    assert script.position() == told[-1].position
    made = sale(script, "104.76", 1)
    assert made is not None
    assert made.reason == "trailing_stop: bid 104.76 is at or under the stop 104.76, raised from 95.00"


@pytest.mark.req("R3")
def test_a_portfolio_with_the_new_stop_follows_at_once() -> None:
    script = trailing()
    (shown,) = only(script.quote(105), PortfolioChanged)
    assert [held.stop_price for held in shown.positions] == [Decimal("101.85")]


@pytest.mark.req("R3")
def test_under_a_halt_the_stop_still_follows_and_acts_after_it() -> None:
    script = trailing()
    script.say(CancelAll("halt"))
    assert only(script.quote(105, 1), StopRaised)
    assert sale(script, "101", 2) is None
    script.say(ResumeOrders())
    assert sale(script, "101", 3) is not None


@pytest.mark.req("R3", "CD1")
@pytest.mark.parametrize(("high", "sold_at", "counted"), [(105, 101, False), (100, 97, True)])
def test_a_trailing_stop_counts_as_a_stop_out_only_where_it_ends_with_a_loss(
    high: int, sold_at: int, counted: bool
) -> None:
    script = trailing()
    held = script.position()
    assert held is not None
    script.quote(high)
    assert sale(script, str(sold_at), 1) is not None
    script.open(2)
    script.report(OrderStatus.FILLED, held.quantity, number=2)
    (shown,) = only(script.fills(held.quantity, 2, price=sold_at), PortfolioChanged)
    assert [symbol for symbol, _ in shown.stop_outs_24h] == ([BTC] if counted else [])
