"""ccxt's WebSocket calls."""

import pytest
from tests.conformance.rig import Foreign
from tests.conformance.trading import POLLS_MAX

SYMBOL = "BTC/USD"
BOTH = [SYMBOL, "ETH/USD"]


def test_a_ticker_is_watched(pro: Foreign) -> None:
    ticker = pro.watch_ticker(SYMBOL)
    assert (ticker["symbol"], ticker["bid"] < ticker["ask"]) == (SYMBOL, True)
    assert pro.un_watch_ticker(SYMBOL)


def test_tickers_are_watched_together(pro: Foreign) -> None:
    assert set(pro.watch_tickers(BOTH)) <= set(BOTH)


def test_a_book_is_watched_and_stays_whole(pro: Foreign) -> None:
    for _ in range(10):
        book = pro.watch_order_book(SYMBOL)
        assert (len(book["bids"]), len(book["asks"])) >= (15, 15)
        assert book["bids"][0][0] < book["asks"][0][0]
    assert pro.un_watch_order_book(SYMBOL)


def test_several_books_are_watched(pro: Foreign) -> None:
    assert pro.watch_order_book_for_symbols(BOTH)["symbol"] in BOTH


def test_trades_are_watched_in_the_order_of_time(pro: Foreign) -> None:
    for _ in range(3):
        trades = pro.watch_trades(SYMBOL)
        assert trades
        assert [trade["timestamp"] for trade in trades] == sorted(trade["timestamp"] for trade in trades)
    assert pro.un_watch_trades(SYMBOL)


def test_the_trades_of_several_products_are_watched(pro: Foreign) -> None:
    assert pro.watch_trades_for_symbols(BOTH)


def _seen_as(pro: Foreign, order_id: str, state: str) -> None:
    """Let the client read its stream, as it does while it calls anything, until the stream has told this state."""
    for _ in range(POLLS_MAX):
        if state in [order["status"] for order in pro.seen("orders") if order["id"] == order_id]:
            return
        pro.fetch_time()
    raise AssertionError(f"the stream never told {state}")


@pytest.mark.parametrize("symbol", [None, SYMBOL])
def test_an_order_is_watched_from_its_opening_to_its_cancel(pro: Foreign, symbol: str | None) -> None:
    limit = round(pro.fetch_ticker(SYMBOL)["last"] * 0.95, 2)
    _, placed = pro.together(["watch_orders", symbol], ["create_order", SYMBOL, "limit", "buy", 0.01, limit])
    _seen_as(pro, placed["id"], "open")
    pro.cancel_order(placed["id"])
    _seen_as(pro, placed["id"], "canceled")
    if symbol is not None:  # theirs wants one
        assert pro.un_watch_orders(symbol)
