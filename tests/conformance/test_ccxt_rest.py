"""ccxt's unified calls over REST."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.conformance.rig import Foreign, ForeignError
from tests.conformance.trading import until

SYMBOL = "BTC/USD"
SIZE = 0.01


@pytest.fixture
def resting(ccxt: Foreign) -> Iterator[Callable[..., Any]]:
    """Places a limit buy that does not trade, and takes it away in the end."""
    placed: list[str] = []

    def place(**params: Any) -> Any:
        limit = round(ccxt.fetch_ticker(SYMBOL)["last"] * 0.95, 2)
        order = ccxt.create_order(SYMBOL, "limit", "buy", SIZE, limit, params)
        placed.append(order["id"])
        return order_in(ccxt, order["id"], "open")

    yield place
    for order_id in placed:
        if ccxt.fetch_order(order_id)["status"] == "open":
            ccxt.cancel_order(order_id)


def order_in(ccxt: Foreign, order_id: str, *states: str) -> Any:
    """The order, once ccxt says it is in one of these states."""
    return until(lambda: ccxt.fetch_order(order_id), lambda order: order["status"] in states)


# ---------------------------------------------------------------------------------------------------------- market
def test_the_markets_are_spot_with_their_precisions(ccxt: Foreign) -> None:
    markets = ccxt.load_markets()
    market = markets[SYMBOL]
    assert (market["spot"], market["active"], market["id"]) == (True, True, "BTC-USD")
    assert market["precision"] == {"amount": 1e-8, "price": 0.01}
    assert (market["maker"], market["taker"]) == (0.004, 0.006)
    assert [each["id"] for each in ccxt.fetch_markets() if each["spot"]] == [
        "BTC-USD",
        "ETH-USD",
        "BTC-USDC",
        "ETH-USDC",
    ]


def test_the_time_is_told(ccxt: Foreign) -> None:
    assert ccxt.fetch_time() > 1_700_000_000_000


def test_tickers_have_prices(ccxt: Foreign) -> None:
    ticker = ccxt.fetch_ticker(SYMBOL)
    assert 0 < ticker["bid"] < ticker["ask"]
    assert ticker["last"] > 0
    assert set(ccxt.fetch_tickers([SYMBOL, "ETH/USD"])) == {SYMBOL, "ETH/USD"}


def test_the_book_is_sorted_and_not_crossed(ccxt: Foreign) -> None:
    book = ccxt.fetch_order_book(SYMBOL, 10)
    assert len(book["bids"]) == len(book["asks"]) == 10
    assert book["bids"][0][0] < book["asks"][0][0]
    touch = ccxt.fetch_bids_asks([SYMBOL])[SYMBOL]
    assert touch["bid"] < touch["ask"]


@pytest.mark.parametrize("timeframe", ["1m", "5m", "15m", "30m", "1h", "2h", "6h", "1d"])
def test_candles_come_oldest_first(ccxt: Foreign, timeframe: str) -> None:
    rows = ccxt.fetch_ohlcv(SYMBOL, timeframe, None, 5)
    assert [row[0] for row in rows] == sorted(row[0] for row in rows)
    assert 1 <= len(rows) <= 5
    assert all(low <= opened <= high for _, opened, high, low, *_ in rows)


def test_trades_are_listed(ccxt: Foreign) -> None:
    trades = ccxt.fetch_trades(SYMBOL, None, 20)
    assert 0 < len(trades) <= 20
    assert {trade["symbol"] for trade in trades} == {SYMBOL}
    assert {trade["side"] for trade in trades} <= {"buy", "sell"}


def test_an_unknown_market_is_refused(ccxt: Foreign) -> None:
    with pytest.raises(ForeignError) as failed:
        ccxt.fetch_ticker("NOPE/USD")
    assert "BadSymbol" in failed.value.names


# --------------------------------------------------------------------------------------------------------- account
def test_balances_portfolios_accounts_and_fees_are_told(ccxt: Foreign) -> None:
    balance = ccxt.fetch_balance()
    assert balance["BTC"]["total"] > 0
    assert balance["USD"]["total"] == pytest.approx(balance["USD"]["free"] + balance["USD"]["used"])
    assert {"USD", "BTC", "ETH"} <= {account["code"] for account in ccxt.fetch_accounts()}
    portfolio, *_ = ccxt.fetch_portfolios()
    details = ccxt.fetch_portfolio_details(portfolio["id"])
    assert {each["currency"] for each in details} >= {"USD", "BTC", "ETH"}
    fees = ccxt.fetch_trading_fees()
    assert (fees[SYMBOL]["maker"], fees[SYMBOL]["taker"]) == (0.004, 0.006)


def test_a_stranger_is_not_let_in(ccxt: Foreign, clients: Any) -> None:
    with pytest.raises(ForeignError) as failed:
        clients.on("ccxt:stranger").fetch_balance()
    assert "AuthenticationError" in failed.value.names


# ---------------------------------------------------------------------------------------------------------- orders
def test_a_market_order_fills_and_has_its_fills(ccxt: Foreign) -> None:
    bought = ccxt.create_market_buy_order_with_cost(SYMBOL, 200)
    order = order_in(ccxt, bought["id"], "closed")
    assert (order["type"], order["side"], order["status"]) == ("market", "buy", "closed")
    sold = ccxt.create_order(SYMBOL, "market", "sell", SIZE)
    assert order_in(ccxt, sold["id"], "closed")["filled"] == SIZE
    trades = until(
        lambda: [trade for trade in ccxt.fetch_my_trades(SYMBOL) if trade["order"] == sold["id"]],
        lambda seen: sum(trade["amount"] for trade in seen) == pytest.approx(SIZE),
    )
    assert {(trade["side"], trade["takerOrMaker"]) for trade in trades} == {("sell", "taker")}


@pytest.mark.parametrize(
    ("params", "state"), [({"timeInForce": "IOC"}, "canceled"), ({"timeInForce": "FOK"}, "canceled")]
)
def test_an_immediate_order_that_does_not_cross_is_cancelled(ccxt: Foreign, params: Any, state: str) -> None:
    limit = round(ccxt.fetch_ticker(SYMBOL)["last"] * 0.95, 2)
    order = ccxt.create_order(SYMBOL, "limit", "buy", SIZE, limit, params)
    assert order_in(ccxt, order["id"], state)["filled"] == 0


@pytest.mark.parametrize("params", [{}, {"postOnly": True}, {"timeInForce": "GTD", "end_time": "{tomorrow}"}])
def test_a_resting_order_is_found_and_cancelled(ccxt: Foreign, resting: Callable[..., Any], params: Any) -> None:
    tomorrow = ccxt.iso8601(ccxt.fetch_time() + 86_400_000)
    order = resting(**{key: tomorrow if value == "{tomorrow}" else value for key, value in params.items()})
    assert (order["status"], order["remaining"], order["symbol"]) == ("open", SIZE, SYMBOL)
    assert order["id"] in {each["id"] for each in ccxt.fetch_open_orders(SYMBOL)}
    ccxt.cancel_order(order["id"])
    order_in(ccxt, order["id"], "canceled")
    assert order["id"] in {each["id"] for each in ccxt.fetch_canceled_orders(SYMBOL)}
    assert order["id"] in {each["id"] for each in ccxt.fetch_orders(SYMBOL)}


def test_several_orders_are_cancelled_at_once(ccxt: Foreign, resting: Callable[..., Any]) -> None:
    ids = [resting()["id"] for _ in range(2)]
    assert {each["id"] for each in ccxt.cancel_orders(ids)} == set(ids)
    with pytest.raises(ForeignError) as failed:
        ccxt.cancel_orders(["11111111-1111-4111-8111-111111111111"])
    assert "BadRequest" in failed.value.names


def test_filled_orders_are_listed_as_closed(ccxt: Foreign) -> None:
    order_id = ccxt.create_order(SYMBOL, "market", "sell", SIZE)["id"]
    order_in(ccxt, order_id, "closed")
    assert order_id in {each["id"] for each in ccxt.fetch_closed_orders(SYMBOL)}


def test_a_client_order_id_is_kept(ccxt: Foreign, resting: Callable[..., Any], new_id: Callable[[], str]) -> None:
    wanted = new_id()
    assert resting(client_order_id=wanted)["clientOrderId"] == wanted


def test_an_order_is_edited(ccxt: Foreign, resting: Callable[..., Any]) -> None:
    order = resting()
    lower = round(order["price"] * 0.99, 2)
    ccxt.edit_order(order["id"], SYMBOL, "limit", "buy", SIZE * 2, lower)
    edited = until(lambda: order_in(ccxt, order["id"], "open"), lambda seen: seen["price"] == lower)
    assert (edited["id"], edited["amount"]) == (order["id"], SIZE * 2)


@pytest.mark.parametrize(
    "params", [{"triggerPrice": 1.04, "stop_direction": "STOP_DIRECTION_STOP_UP"}, {"stopLossPrice": 1.04}]
)
def test_a_stop_order_waits(ccxt: Foreign, params: Any) -> None:
    last = ccxt.fetch_ticker(SYMBOL)["last"]
    stop = {key: round(last * value, 2) if isinstance(value, float) else value for key, value in params.items()}
    placed = ccxt.create_order(SYMBOL, "limit", "buy", SIZE, round(last * 1.05, 2), stop)
    order = order_in(ccxt, placed["id"], "open")
    assert order["triggerPrice"] == round(last * 1.04, 2)
    ccxt.cancel_order(order["id"])


def test_a_preview_places_nothing(ccxt: Foreign) -> None:
    before = len(ccxt.fetch_orders(SYMBOL))
    limit = round(ccxt.fetch_ticker(SYMBOL)["last"] * 0.95, 2)
    preview = ccxt.create_order(SYMBOL, "limit", "buy", SIZE, limit, {"preview": True})
    assert preview["id"] is None, "ccxt shows no more of a preview"
    assert len(ccxt.fetch_orders(SYMBOL)) == before


@pytest.mark.parametrize(
    ("size", "factor", "params", "error"),
    [(50, 0.95, {}, "InsufficientFunds"), (SIZE, 1.01, {"postOnly": True}, "ExchangeError")],
)
def test_a_refusal_is_raised_as_what_it_is(ccxt: Foreign, size: float, factor: float, params: Any, error: str) -> None:
    limit = round(ccxt.fetch_ticker(SYMBOL)["last"] * factor, 2)
    with pytest.raises(ForeignError) as failed:
        ccxt.create_order(SYMBOL, "limit", "buy", size, limit, params)
    assert error in failed.value.names
