"""The house's ladder and the client's place in its queue."""

from decimal import Decimal

import pytest
from tests.venues.simulated.rig import Desk, at, exchange_on, limit, quote

from trader247.venues.simulated.book import Side
from trader247.venues.simulated.house import ladder_grid
from trader247.venues.simulated.ledger import HOUSE
from trader247.venues.simulated.market import TapeTrade
from trader247.venues.simulated.order_record import OrderState

COIN = 10**8


def sell(price: str, size: str) -> TapeTrade:
    return TapeTrade(int(Decimal(price) * 100), int(Decimal(size) * COIN), Side.SELL)


def test_the_touch_is_the_quote_and_levels_lie_behind_it() -> None:
    exchange = exchange_on(quote(0, "59999", "60001", size="2"))
    book = exchange.engine.books["BTC-USD"]
    bids, asks = book.depth(Side.BUY, 50), book.depth(Side.SELL, 50)
    assert (bids[0], asks[0]) == ((Decimal(59_999), Decimal(2)), (Decimal(60_001), Decimal(2)))
    assert len(bids) == len(asks) == 15
    assert 60_000 * Decimal("0.0015") < asks[-1][0] - 60_000 < 60_000 * Decimal("0.004"), "some 20 bps deep"


@pytest.mark.parametrize(("ticks", "grid"), [(6_000_000, 1000), (320_000, 50), (16_000, 2), (100, 1), (1, 1)])
def test_the_grid_is_a_round_number_near_one_and_a_half_bps(ticks: int, grid: int) -> None:
    assert ladder_grid(ticks) == grid


def test_a_client_waits_behind_what_rested_before_and_trades_when_that_is_gone() -> None:
    steps = [quote(0, "59999", "60001", size="1")]
    steps += [quote(number, "59999", "60001", sell("59999", "0.4"), size="1") for number in (1, 2, 3)]
    exchange = exchange_on(*steps)
    order = Desk(exchange).order("BUY", limit("0.3", "59999"))
    exchange.advance(at(2))
    assert order.fill_count == 0, "0.8 of the 1.0 in front have traded; what the house added stands behind"
    exchange.advance(at(3))
    assert (order.filled_size, order.filled_value) == (Decimal("0.2"), Decimal("0.2") * 59_999)


def test_the_house_leaves_from_the_end_of_the_line() -> None:
    grow = quote(1, "59999", "60001", size="3")
    shrink = quote(2, "59999", "60001", size="0.5")
    exchange = exchange_on(quote(0, "59999", "60001", size="1"), grow, shrink)
    Desk(exchange).order("BUY", limit("0.3", "59999"))
    exchange.advance(at(1))
    line = exchange.engine.books["BTC-USD"].level(Side.BUY, Decimal(59_999))
    assert [(each.owner == HOUSE, each.size) for each in line] == [(True, 1), (False, Decimal("0.3")), (True, 2)]
    exchange.advance(at(2))
    line = exchange.engine.books["BTC-USD"].level(Side.BUY, Decimal(59_999))
    assert [(each.owner == HOUSE, each.size) for each in line] == [(True, Decimal("0.5")), (False, Decimal("0.3"))]


def test_a_house_quote_that_crosses_a_client_trades_at_the_clients_price() -> None:
    exchange = exchange_on(quote(0, "59999", "60001"), quote(1, "59900", "59950", size="0.2"))
    order = Desk(exchange).order("BUY", limit("0.1", "60000.5"))
    exchange.advance(at(1))
    assert (order.state, order.average_price) == (OrderState.FILLED, Decimal("60000.5"))
    assert order.fees == order.filled_value * Decimal("0.004"), "the client waited: maker"
    assert exchange.touch("BTC-USD")[1] == (Decimal(59_950), Decimal("0.1")), "the house rests with what is left"


def test_flow_takes_the_better_price_of_a_client_first() -> None:
    exchange = exchange_on(quote(0, "59999", "60001"), quote(1, "59999", "60001", sell("59999", "0.5")))
    order = Desk(exchange).order("BUY", limit("0.1", "60000"))
    exchange.advance(at(1))
    assert order.state is OrderState.FILLED
    assert [(each.price, each.size) for each in exchange.tape["BTC-USD"]] == [
        (Decimal(60_000), Decimal("0.1")),
        (Decimal(59_999), Decimal("0.4")),
    ]


def test_a_taken_level_is_refilled_by_the_next_step() -> None:
    exchange = exchange_on(quote(0, "59999", "60001"), quote(1, "59999", "60001"))
    Desk(exchange).order("BUY", {"sor_limit_ioc": {"base_size": "0.7", "limit_price": "60001"}})
    assert exchange.touch("BTC-USD")[1] == (Decimal(60_001), Decimal("0.3"))
    exchange.advance(at(1))
    assert exchange.touch("BTC-USD")[1] == (Decimal(60_001), Decimal(1))
