"""Whether an order at the venue is the one an intent asked for.

An order has its intent's client order id, and a venue may know the id from before: it then answers with the order it
has, silently. So whoever reads an order under an id of ours compares its terms, in the run that sent it and after.

Terms the venue leaves out (a listing may not say a market order's size) prove nothing against the order; a term that is
there and other does. A shrunk remainder is no other term: sizes are those asked for, not what is left.
"""

from typing import Protocol

from trader247.model.ids import VenueOrderId
from trader247.model.instrument import Symbol
from trader247.model.money import Price, Quantity
from trader247.model.order import OrderIntent, OrderStatus, Side, Style

__all__ = ["Terms", "difference"]


class Terms(Protocol):
    """An order as the venue describes it; None where it was not told."""

    @property
    def venue_order_id(self) -> VenueOrderId:
        """The venue's name of it."""
        ...

    @property
    def symbol(self) -> Symbol:
        """The instrument."""
        ...

    @property
    def side(self) -> Side | None:
        """Which way."""
        ...

    @property
    def quantity(self) -> Quantity | None:
        """How much was asked for."""
        ...

    @property
    def limit_price(self) -> Price | None:
        """The worst price it takes."""
        ...

    @property
    def style(self) -> Style | None:
        """How it meets the book."""
        ...

    @property
    def stop_price(self) -> Price | None:
        """Where it is triggered, of a stop-limit or a bracket."""
        ...

    @property
    def status(self) -> OrderStatus:
        """How far it got."""
        ...


def difference(found: Terms, intent: OrderIntent) -> str | None:
    """A text that names both orders where their terms differ, or None where they are the same."""
    same = (
        found.symbol == intent.symbol
        and found.side in {None, intent.side}
        and found.quantity in {None, intent.quantity}
        and found.limit_price in {None, intent.limit_price}
        and found.style in {None, intent.style}
        and (not intent.protects or found.stop_price in {None, intent.stop_price})
    )
    if same:
        return None
    asked = f"{intent.side.value} {intent.quantity} {intent.symbol} at {intent.limit_price}"
    there = (
        f"{found.side.value if found.side else 'side unknown'} {found.quantity} {found.symbol} at {found.limit_price}"
    )
    if intent.protects or found.stop_price is not None:
        asked += f", {intent.style.value} with stop {intent.stop_price if intent.protects else None}"
        there += f", {found.style.value if found.style else 'of another kind'} with stop {found.stop_price}"
    return (
        f"client order id {intent.client_order_id} belongs to another order: asked was {asked}, "
        f"the venue has {found.venue_order_id}, {there}, {found.status.value}; nothing new was made, cancel that one"
    )
