"""Whether an order at the venue is the one an intent asked for. Pure.

Terms the venue leaves out (a listing may not say a market order's size) prove nothing against the order; a term that is
there and other does. A shrunk remainder is no other term: sizes are those asked for, not what is left.
"""

from trader247.model.order import OrderIntent
from trader247.ports import OrderReport

__all__ = ["difference"]


def difference(found: OrderReport, intent: OrderIntent) -> str | None:
    """A text that names both orders where their terms differ, or None where they are the same."""
    same = (
        found.symbol == intent.symbol
        and found.side is intent.side
        and found.quantity in {None, intent.quantity}
        and found.limit_price in {None, intent.limit_price}
        and found.style in {None, intent.style}
        and (not intent.protects or found.stop_price in {None, intent.stop_price})
    )
    if same:
        return None
    asked = f"{intent.side.value} {intent.quantity} {intent.symbol} at {intent.limit_price}"
    there = f"{found.side.value} {found.quantity} {found.symbol} at {found.limit_price}"
    if intent.protects or found.stop_price is not None:
        asked += f", {intent.style.value} with stop {intent.stop_price if intent.protects else None}"
        there += f", {found.style.value if found.style else 'of another kind'} with stop {found.stop_price}"
    return (
        f"client order id {intent.client_order_id} belongs to another order: asked was {asked}, "
        f"the venue has {found.venue_order_id}, {there}, {found.status.value}; nothing new was made, cancel that one"
    )
