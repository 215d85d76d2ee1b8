"""The exchange as the backtest's venue says what the daemon's client would have heard of it."""

from decimal import Decimal

import pytest
from attrs import evolve
from tests.builders import intent
from tests.drivers.backtest.worlds import exchange, made

from trader247.drivers.backtest.venue import BacktestVenue
from trader247.messages.market import FetchHistory, FetchMinutes
from trader247.messages.orders import Accepted, OrderLookedUp, OrderReported, Rejected
from trader247.model.instant import HOUR, MINUTE, SECOND, Instant
from trader247.model.instrument import Symbol
from trader247.model.money import Price, Quantity
from trader247.model.order import OrderStatus, Side, Style

pytestmark = pytest.mark.req("BT4")

BTC = Symbol("BTC-USD")


@pytest.fixture
def venue() -> BacktestVenue:
    """One instrument an hour before its data end, with a first price."""
    found = BacktestVenue(exchange([made("BTC-USD", 1)], 1.0), [BTC, Symbol("SOL-USD")], 192)
    found.advance(found.exchange.market.start)
    return found


def now_of(venue: BacktestVenue) -> Instant:
    return Instant(venue.exchange.market.start + 5 * SECOND)


def wish(venue: BacktestVenue, style: Style, side: Side = Side.BUY) -> Accepted | Rejected:
    quote = venue.quote(BTC, now_of(venue))
    assert quote is not None
    at = quote.bid if style is Style.POST_ONLY else quote.ask
    made_ = evolve(intent(), side=side, style=style, limit_price=Price(at), quantity=Quantity(Decimal("0.01")))
    outcome = venue.place(made_, now_of(venue))
    assert isinstance(outcome, Accepted | Rejected)
    return outcome


def test_what_the_exchange_does_not_list_is_missing(venue: BacktestVenue) -> None:
    assert venue.symbols == (BTC,)
    assert venue.missing == ("SOL-USD",)
    assert [each.symbol for each in venue.instruments()] == [BTC]


def test_the_quote_is_the_touch_vouched_for_now(venue: BacktestVenue) -> None:
    quote = venue.quote(BTC, now_of(venue))
    assert quote is not None
    assert quote.at == now_of(venue)
    assert quote.bid < quote.last < quote.ask
    assert quote.fault() is None


def test_depth_and_quote_are_those_of_the_book_that_is_laid_for_an_order(venue: BacktestVenue) -> None:
    now = now_of(venue)
    before = venue.quote(BTC, now), venue.depth(BTC, now)
    assert venue.exchange.idle is not None
    venue.exchange.idle.lay(BTC)
    assert (venue.quote(BTC, now), venue.depth(BTC, now)) == before


def test_history_is_hours_and_the_minutes_of_a_day(venue: BacktestVenue) -> None:
    now = now_of(venue)
    found = venue.history(FetchHistory(BTC), now)
    assert found.until == now - now % MINUTE
    assert found.minutes[-1].start == found.until - MINUTE
    assert found.hours[-1].start == now - now % HOUR - HOUR
    asked = FetchMinutes(BTC, Instant(found.until - 3 * MINUTE), found.until)
    assert venue.minutes(asked).candles == found.minutes[-3:]


def test_an_order_that_takes_is_filled_reported_and_its_fills_are_listed(venue: BacktestVenue) -> None:
    heard: list[OrderReported] = []
    venue.on_report = heard.append
    outcome = wish(venue, Style.TAKER_IOC)
    assert isinstance(outcome, Accepted)
    assert heard[-1].status is OrderStatus.FILLED
    (fill,) = venue.fills_of(outcome.venue_order_id).fills
    assert (fill.quantity, fill.fee) == (Decimal("0.01"), fill.price * fill.quantity * Decimal("0.006"))


def test_an_order_that_rests_is_cancelled_once(venue: BacktestVenue) -> None:
    outcome = wish(venue, Style.POST_ONLY)
    assert isinstance(outcome, Accepted)
    order = outcome.venue_order_id
    assert venue.cancel([order], now_of(venue)).accepted == (order,)
    assert venue.cancel([order], now_of(venue)).refused[0][0] == order


def test_a_refusal_says_why(venue: BacktestVenue) -> None:
    outcome = wish(venue, Style.TAKER_IOC, Side.SELL)
    assert isinstance(outcome, Rejected)
    assert outcome.failure.value == "insufficient_funds"


def test_an_order_is_found_by_our_id_or_proven_absent(venue: BacktestVenue) -> None:
    one = intent()
    assert isinstance(venue.look_up(one.intent_id, one.client_order_id), OrderLookedUp)
    wish(venue, Style.POST_ONLY)
    assert isinstance(venue.look_up(one.intent_id, one.client_order_id), OrderReported)


def test_fees_and_balances_are_the_accounts(venue: BacktestVenue) -> None:
    tier = venue.fee_tier(now_of(venue))
    assert (tier.maker_bps, tier.taker_bps) == (Decimal(40), Decimal(60))
    assert {each.currency: each.total for each in venue.balances() if each.total} == {"USD": 100_000}
