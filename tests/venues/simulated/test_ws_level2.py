"""The book as a stream: a client that sets what it is told has the exchange's book after every frame."""

from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.venues.simulated.rig import START, at, exchange_on, limit, quote
from tests.venues.simulated.stream_rig import BUY, ClientBook, Stream, book_of, set_levels

from trader247.venues.simulated.book import Side
from trader247.venues.simulated.market import MarketStep, TapeTrade
from trader247.venues.simulated.order_record import ExchangeOrder


def test_the_snapshot_is_the_whole_book_bids_first_and_best_first() -> None:
    stream = Stream()
    snapshot, _ = stream.subscribe("level2", "BTC-USD")
    (event,) = snapshot["events"]
    assert (event["type"], event["product_id"]) == ("snapshot", "BTC-USD")
    sides = [row["side"] for row in event["updates"]]
    assert sides == sorted(sides) == ["bid"] * 15 + ["offer"] * 15
    assert event["updates"][0]["price_level"] == "59999"
    assert event["updates"][15]["price_level"] == "60001"


def test_an_order_that_rests_shows_as_the_whole_size_at_its_price_and_a_cancel_takes_it_away() -> None:
    stream = Stream(exchange_on())
    stream.subscribe("level2", "BTC-USD")
    rows = [stream.place("BUY", limit(size, "50000"), number)[0] for number, size in enumerate(("0.5", "0.25"))]
    assert [frame["events"][0]["updates"][0]["new_quantity"] for frame in rows] == ["0.5", "0.75"]
    orders = list(stream.exchange.engine.open_orders.values())
    gone = []
    for order in orders:
        _, events = stream.exchange.cancel(order.owner, order.order_id, START)
        gone += stream.told(events)
    assert [frame["events"][0]["updates"][0]["new_quantity"] for frame in gone] == ["0.25", "0"]


def test_a_book_is_watched_only_while_somebody_listens() -> None:
    stream = Stream()
    book = stream.exchange.engine.books["BTC-USD"]
    stream.subscribe("level2", "BTC-USD")
    other = stream.another()
    other.on_text('{"type":"subscribe","channel":"level2","product_ids":["BTC-USD"]}', START)
    watched = []
    for leave in (lambda: stream.unsubscribe("level2", "BTC-USD"), other.leave):
        leave()
        watched.append(book.touched is not None)
    assert watched == [True, False]


def test_a_step_that_moves_no_level_is_silent() -> None:
    stream = Stream(exchange_on(quote(0, "59999", "60001"), quote(1, "59999", "60001")))
    stream.subscribe("level2", "BTC-USD")
    assert stream.advance(1) == []


STEP = st.builds(
    lambda bid, spread, size, trades: (bid, bid + spread, size, tuple(trades)),
    st.integers(5_990_000, 6_010_000),
    st.integers(1, 3_000),
    st.integers(1, 3 * 10**8),
    st.lists(
        st.builds(TapeTrade, st.integers(5_985_000, 6_015_000), st.integers(1, 3 * 10**8), st.sampled_from(Side)),
        max_size=3,
    ),
)
ORDER = st.tuples(
    st.sampled_from(["BUY", "SELL"]),
    st.integers(5_980_000, 6_020_000),
    st.integers(10_000, 5 * 10**7),
    st.sampled_from(["limit_limit_gtc", "sor_limit_ioc", "limit_limit_fok"]),
)
ACT = STEP | ORDER | st.integers(0, 20) | st.just("again")


def _act(stream: Stream, act: Any, number: int) -> list[Any]:
    """A market step, an order, a cancel or a new subscription: the frames of it."""
    exchange = stream.exchange
    if act == "again":
        return stream.subscribe("level2", "BTC-USD")
    if isinstance(act, int):
        orders: list[ExchangeOrder] = list(exchange.engine.open_orders.values())
        if not orders:
            return []
        chosen = orders[act % len(orders)]
        return stream.told(exchange.cancel(chosen.owner, chosen.order_id, START)[1])
    if isinstance(act[0], str):
        side, price, size, kind = act
        terms: dict[str, Any] = {
            "base_size": str(Decimal(size).scaleb(-8)),
            "limit_price": str(Decimal(price).scaleb(-2)),
        }
        return stream.place(side, {kind: terms}, number)
    bid, ask, size, trades = act
    exchange._houses["BTC-USD"].step(MarketStep(at(number), "BTC-USD", bid, ask, size, size, trades))
    return stream.told(exchange._collect(), at(number))


@given(st.lists(ACT, min_size=1, max_size=30))
@settings(deadline=None, max_examples=150)
def test_a_clients_book_is_the_exchanges_book_after_every_frame(acts: list[Any]) -> None:
    stream = Stream(exchange_on(funds={"USD": Decimal(10**7), "BTC": Decimal(100)}))
    mine: ClientBook = {}
    set_levels(mine, stream.subscribe("level2", "BTC-USD"))
    for number, act in enumerate(acts, 1):
        set_levels(mine, _act(stream, act, number))
        assert mine == book_of(stream.exchange)
    assert all(size > 0 for size in mine.values())


def test_a_client_that_comes_in_the_middle_has_the_same_book_as_one_from_the_start() -> None:
    stream = Stream(exchange_on(*(quote(n, f"{59_990 + n * 7 % 20}", "60020", BUY) for n in range(20))))
    early: ClientBook = {}
    set_levels(early, stream.subscribe("level2", "BTC-USD"))
    set_levels(early, stream.advance(10))
    late = Stream(stream.exchange)
    late.feed, late.session = stream.feed, stream.another()
    lately: ClientBook = {}
    set_levels(lately, late.subscribe("level2", "BTC-USD", now=at(10)))
    set_levels(early, stream.advance(19))
    assert early == book_of(stream.exchange) != lately
