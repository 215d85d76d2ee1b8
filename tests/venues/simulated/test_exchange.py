"""The facade: time, orders, events, books."""

import random
from decimal import Decimal

import pytest
from tests.venues.simulated.rig import START, Desk, ScriptedMarket, at, exchange_on, limit, quote

from trader247.errors import ConfigurationInvalid
from trader247.venues.simulated.book import Side
from trader247.venues.simulated.exchange import Change, OrderMoved, SimulatedExchange, TapeMoved
from trader247.venues.simulated.generated_market import GeneratedMarket
from trader247.venues.simulated.market import TapeTrade
from trader247.venues.simulated.order_record import ExchangeOrder, OrderState
from trader247.venues.simulated.order_terms import Refusal
from trader247.venues.simulated.products import TradingFlags

TRADE = TapeTrade(6_000_100, 10_000_000, Side.BUY)


def test_the_market_goes_on_step_by_step_and_never_skips_one() -> None:
    exchange = exchange_on(quote(0, "59999", "60001"), *(quote(n, "59999", "60001", TRADE) for n in range(1, 6)))
    assert exchange.next_step_at() == at(1)
    assert exchange.advance(at(0.5)) == []
    assert len(exchange.advance(at(9), steps_max=2)) == 2
    assert exchange.next_step_at() == at(3)
    assert len(exchange.advance(at(9))) == 3
    assert exchange.next_step_at() is None


def test_prints_reach_tape_candles_and_events_alike() -> None:
    exchange = exchange_on(quote(0, "59999", "60001"), quote(1, "59999", "60001", TRADE))
    (event,) = exchange.advance(at(1))
    assert isinstance(event, TapeMoved)
    assert [trade.price for trade in event.trades] == [Decimal(60_001)]
    assert exchange.candles["BTC-USD"].last == 6_000_100
    assert exchange.tape["BTC-USD"][-1].maker_side is Side.SELL


def test_a_used_client_order_id_gives_the_order_that_has_it() -> None:
    exchange = exchange_on()
    who = exchange.portfolio_id
    first, _ = exchange.place(who, "same", "BTC-USD", "BUY", limit("0.1", "50000"), now=START)
    again, events = exchange.place(who, "same", "BTC-USD", "SELL", limit("9", "1"), now=START)
    assert again is first
    assert events == []
    assert exchange.books().open_orders == 1


def test_an_unknown_product_is_refused() -> None:
    exchange = exchange_on()
    refused, _ = exchange.place(exchange.portfolio_id, "x", "NOPE-USD", "BUY", limit("1", "1"), now=START)
    assert isinstance(refused, Refusal)
    assert refused.reason == "INVALID_PRODUCT_ID"


def test_cancelling_answers_with_the_venues_reasons() -> None:
    exchange = exchange_on()
    who, desk = exchange.portfolio_id, Desk(exchange)
    working = desk.order("BUY", limit("0.1", "50000"))
    filled = desk.order("BUY", limit("0.1", "60001"))
    reason, events = exchange.cancel(who, working.order_id, START)
    assert reason == ""
    assert [event.order for event in events if isinstance(event, OrderMoved)] == [working]
    assert exchange.cancel(who, working.order_id, START)[0] == "DUPLICATE_CANCEL_REQUEST"
    assert exchange.cancel(who, filled.order_id, START)[0] == "ORDER_IS_FULLY_FILLED"
    assert exchange.cancel(who, "", START)[0] == "INVALID_CANCEL_REQUEST"
    assert exchange.cancel("somebody else", working.order_id, START)[0] == "UNKNOWN_CANCEL_ORDER"


def test_the_books_say_what_a_client_should_believe() -> None:
    exchange = exchange_on()
    order = Desk(exchange).order("BUY", limit("0.1", "60001"))
    Desk(exchange, sent=5).order("SELL", limit("0.2", "70000"))
    books = exchange.books()
    assert (books.fill_count, books.open_orders, books.fees) == (1, 1, order.fees)
    assert books.volume == order.filled_value
    assert books.balances["BTC"].available == Decimal("0.9")
    assert books.balances["BTC"].hold == Decimal("0.2")


def test_each_call_that_changes_a_client_is_journalled_once_and_whole() -> None:
    changes: list[Change] = []
    exchange = SimulatedExchange(ScriptedMarket(), on_change=changes.append)
    exchange.advance(START)
    assert changes == [], "the market alone changes no client"
    order = Desk(exchange).order("BUY", limit("0.1", "60001"))
    (change,) = changes
    assert list(change.orders) == [order]
    assert [fill.order_id for fill in change.fills] == [order.order_id]
    assert {currency for _, currency, _ in change.balances} == {"BTC", "USD"}


def test_a_negative_deposit_is_refused() -> None:
    with pytest.raises(ConfigurationInvalid, match="funds of USD: -1"):
        exchange_on(funds={"USD": Decimal(-1)})


def test_the_same_seed_and_calls_are_the_same_run() -> None:
    def run() -> list[str]:
        rng = random.Random(9)
        exchange = SimulatedExchange(GeneratedMarket(START, products=["BTC-USD"]), seed=3)
        seen = []
        for number in range(120):
            events = exchange.advance(at(number))
            seen += [str(each.order.order_id if isinstance(each, OrderMoved) else each.trades) for each in events]
            price = f"{63_900 + rng.randrange(200)}"
            side = rng.choice(["BUY", "SELL"])
            order, _ = exchange.place(
                exchange.portfolio_id, str(number), "BTC-USD", side, limit("0.01", price), now=at(number)
            )
            seen.append(order.order_id if isinstance(order, ExchangeOrder) else order.message)
        return [*seen, str(exchange.books())]

    assert run() == run()


def test_an_order_on_the_usdc_twin_trades_in_the_one_book_and_settles_in_its_own_wallet() -> None:
    exchange = exchange_on(funds={"USD": Decimal(100_000), "USDC": Decimal(50_000)})
    who = exchange.portfolio_id
    exchange.open_portfolio("other", {"BTC": Decimal(1)})
    sums = dict(exchange.ledger.totals())
    sell, _ = exchange.place("other", "s", "BTC-USD", "SELL", limit("0.1", "60000"), now=START)
    buy, events = exchange.place(who, "b", "BTC-USDC", "BUY", limit("0.1", "60000"), now=START)
    assert isinstance(sell, ExchangeOrder)
    assert isinstance(buy, ExchangeOrder)
    assert (buy.state, sell.state, buy.product_id) == (OrderState.FILLED, OrderState.FILLED, "BTC-USDC")
    assert [event.product_id for event in events if isinstance(event, TapeMoved)] == ["BTC-USD"]
    assert exchange.ledger.balance(who, "USDC").total == 50_000 - 6_000 - buy.fees
    assert exchange.ledger.balance(who, "USD").total == 100_000
    assert exchange.ledger.balance("other", "USD").total == 6_000 - sell.fees
    assert exchange.ledger.balance("other", "USDC").total == 0
    assert dict(exchange.ledger.totals()) == sums


def test_orders_of_one_owner_on_both_twins_do_not_trade_with_each_other() -> None:
    exchange = exchange_on(funds={"USD": Decimal(100_000), "BTC": Decimal(1)})
    who = exchange.portfolio_id
    resting, _ = exchange.place(who, "s", "BTC-USDC", "SELL", limit("0.1", "60000"), now=START)
    taking, _ = exchange.place(who, "b", "BTC-USD", "BUY", limit("0.1", "60000"), now=START)
    assert isinstance(resting, ExchangeOrder)
    assert isinstance(taking, ExchangeOrder)
    assert (resting.state, taking.state) == (OrderState.CANCELLED, OrderState.CANCELLED)
    assert exchange.books().fill_count == 0


def test_what_is_switched_on_a_product_holds_for_its_twin() -> None:
    exchange = exchange_on(funds={"USDC": Decimal(50_000)})
    exchange.set_flags("BTC-USD", TradingFlags(trading_disabled=True))
    refused, _ = exchange.place(exchange.portfolio_id, "b", "BTC-USDC", "BUY", limit("0.1", "60000"), now=START)
    assert isinstance(refused, Refusal)
