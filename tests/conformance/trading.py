"""What the tests that trade share: prices near the market, and an order's end."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from tests.conformance.rig import Foreign, ForeignError

POLLS_MAX: Final = 3_000
"""Looks at an order before a test gives up on it; the exchange may make clients wait for what they sent."""

SIZE: Final = "0.01"
"""Of BTC: some hundred dollars, so that no minimum is in the way and the funds last for all tests."""


def price(sdk: Foreign, factor: str, product_id: str = "BTC-USD") -> str:
    """A price so many times the middle of the book, in cents."""
    book = sdk.get_public_product_book(product_id, limit=1)["pricebook"]
    middle = (Decimal(book["bids"][0]["price"]) + Decimal(book["asks"][0]["price"])) / 2
    return f"{middle * Decimal(factor):.2f}"


def until(look: Callable[[], Any], wanted: Callable[[Any], bool]) -> Any:
    """What ``look`` sees once it is wanted. What is not found is looked for again: reads may lag behind writes."""
    seen: Any = None
    for _ in range(POLLS_MAX):
        try:
            seen = look()
        except ForeignError as unfound:
            if unfound.status != 404 and "was not found" not in str(unfound):
                raise
            continue
        if wanted(seen):
            return seen
    raise AssertionError(f"never came to pass; seen last: {seen}")


def placed(answer: Any) -> str:
    """The order id of an accepted order."""
    assert answer["success"] is True, answer
    return str(answer["success_response"]["order_id"])


def order_in(sdk: Foreign, order_id: str, *states: str) -> Any:
    """The order, once it is in one of these states."""
    return until(lambda: sdk.get_order(order_id)["order"], lambda order: order["status"] in states)


def withdrawn(sdk: Foreign, *order_ids: str) -> None:
    """Cancel orders and wait for it, so that their funds are free for the next test."""
    results = sdk.cancel_orders(list(order_ids))["results"]
    assert [result["order_id"] for result in results] == list(order_ids)
    for result in results:
        assert result["success"] is True, result
        order_in(sdk, result["order_id"], "CANCELLED")
