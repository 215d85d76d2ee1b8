"""What an order would come to."""

from decimal import Decimal
from typing import Any

import pytest
from tests.venues.simulated.rig import BTC, START, exchange_on, limit, stop

from trader247.venues.simulated.order_desk import Ask
from trader247.venues.simulated.order_record import ExchangeOrder
from trader247.venues.simulated.preview import Estimate, estimated


def estimate(side: str, configuration: dict[str, Any]) -> Estimate:
    exchange = exchange_on()
    draft = exchange.desk.draft(Ask(exchange.portfolio_id, "", "BTC-USD", side, configuration), START)
    assert isinstance(draft, ExchangeOrder)
    return estimated(draft, BTC, exchange.engine.books["BTC-USD"])


@pytest.mark.parametrize(
    ("side", "configuration"),
    [
        ("BUY", {"market_market_ioc": {"quote_size": "75000"}}),
        ("BUY", {"market_market_ioc": {"base_size": "1.3"}}),
        ("SELL", {"market_market_ioc": {"base_size": "1"}}),
        ("BUY", {"sor_limit_ioc": {"base_size": "1.5", "limit_price": "60001"}}),
    ],
)
def test_an_immediate_order_comes_to_exactly_what_was_estimated(side: str, configuration: dict[str, Any]) -> None:
    exchange = exchange_on()
    order, _ = exchange.place(exchange.portfolio_id, "a", "BTC-USD", side, configuration, now=START)
    assert isinstance(order, ExchangeOrder)
    guess = estimate(side, configuration)
    assert (guess.base_size, guess.quote_size) == (order.filled_size, order.filled_value)
    assert (guess.commission, guess.average_price) == (order.fees, order.average_price)
    assert guess.total == order.value_after_fees


def test_a_resting_order_counts_at_its_limit_with_the_fee_its_hold_includes() -> None:
    guess = estimate("BUY", limit("0.001", "59000"))
    assert (guess.total, guess.commission, guess.slippage) == (Decimal("59.354"), Decimal("0.354"), Decimal(0))
    assert estimate("BUY", limit("0.001", "59000", post_only=True)).commission == Decimal("0.236")


def test_slippage_is_the_distance_of_the_average_from_the_touch() -> None:
    assert estimate("BUY", {"market_market_ioc": {"base_size": "0.5"}}).slippage == 0
    guess = estimate("BUY", {"market_market_ioc": {"base_size": "1.3"}})
    assert guess.slippage == (guess.average_price - 60_001) / 60_001 > 0


def test_a_stop_that_waits_takes_nothing_from_the_book() -> None:
    guess = estimate("BUY", stop("0.1", "62000", "61000"))
    assert (guess.quote_size, guess.average_price) == (Decimal(6_200), Decimal(62_000))


@pytest.mark.parametrize(
    ("side", "fields", "is_short"),
    [
        ("BUY", {"base_size": "1.3"}, False),
        ("BUY", {"quote_size": "75000"}, False),
        ("SELL", {"base_size": "3000"}, True),
        ("BUY", {"quote_size": "90000000"}, True),
    ],
)
def test_a_market_order_is_short_where_the_book_within_its_protection_does_not_fill_it(
    side: str, fields: dict[str, str], is_short: bool
) -> None:
    assert estimate(side, {"market_market_ioc": fields}).is_short == is_short
