"""What a plan says."""

import pytest
from tests.venues.simulated.faults.plans import on_request, plan

from trader247.venues.simulated.faults.plan import matcher


@pytest.mark.parametrize(
    ("match", "name", "fits"),
    [
        ("*", "GET /time", True),
        ("POST /orders", "POST /orders", True),
        ("POST /orders", "POST /orders/batch_cancel", False),
        ("* /orders*", "POST /orders/batch_cancel", True),
        ("GET /products/*/candles", "GET /products/BTC-USD/candles", True),
        ("GET /products/*/candles", "GET /products/BTC-USD/ticker", False),
        ("a.c", "abc", False),
        ("[ab]", "a", False),
        ("ab*ba", "aba", False),
        ("*a*b*", "bab", True),
        ("*" + "a*" * 20 + "b", "a" * 100_000, False),  # a pattern that looks back would never end
    ],
)
def test_a_star_stands_for_anything_and_all_else_for_itself(match: str, name: str, fits: bool) -> None:
    assert matcher(match).fits(name) is fits


def test_a_plan_tells_the_products_it_names() -> None:
    made = plan(
        on_request("product_mode", product="BTC-USD", mode="offline"),
        on_request("status_flap", product="ETH-USD"),
        on_request("product_mode", product="BTC-USD", mode="online"),
        on_request("product_mode", mode="online"),
    )
    assert made.products == ["BTC-USD", "ETH-USD"]
