"""Settling one trade: both assets change hands, both fees go to the fee account, the holds of both sides shrink.

Fees are in quote currency on either side, ``price * size * rate``, never rounded. The house pays none. Products that
share a book may meet: each side settles in the quote currency of its own product, and the house changes one into the
other at par.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from trader247.venues.simulated.ledger import FEE_ACCOUNT, HOUSE, Ledger
from trader247.venues.simulated.order_record import ExchangeOrder
from trader247.venues.simulated.products import Product

__all__ = ["held_for", "settle"]

_ONE: Final = Decimal(1)


def held_for(order: ExchangeOrder, price: Decimal, quantity: Decimal) -> Decimal:
    """The quote currency a buy holds for a quantity at its limit price, with the dearest fee it can meet."""
    return price * quantity * (_ONE + order.hold_rate)


def settle(
    ledger: Ledger,
    products: Mapping[str, Product],
    buyer: ExchangeOrder | None,
    seller: ExchangeOrder | None,
    *,
    price: Decimal,
    quantity: Decimal,
    maker: ExchangeOrder | None,
) -> None:
    """Move ``quantity`` from seller to buyer at ``price``; None is the house. Holds of both orders are reduced."""
    value = price * quantity
    if buyer is not None:
        held = _held_part(buyer, price, quantity, is_maker=buyer is maker)
        _free(ledger, buyer, products[buyer.product_id].quote, held)
    if seller is not None:
        _free(ledger, seller, products[seller.product_id].base, quantity)
    names = [products[order.product_id] for order in (buyer, seller) if order is not None]
    spent, earned, base = names[0].quote, names[-1].quote, names[0].base
    buying = HOUSE if buyer is None else buyer.owner
    selling = HOUSE if seller is None else seller.owner
    if spent == earned:
        ledger.pay(buying, selling, spent, value)
    else:
        ledger.pay(buying, HOUSE, spent, value)
        ledger.pay(HOUSE, selling, earned, value)
    ledger.pay(selling, buying, base, quantity)
    for order, quote in ((buyer, spent), (seller, earned)):
        if order is not None:
            rate = order.maker_rate if order is maker else order.taker_rate
            ledger.pay(order.owner, FEE_ACCOUNT, quote, value * rate)


def _held_part(buyer: ExchangeOrder, price: Decimal, quantity: Decimal, *, is_maker: bool) -> Decimal:
    """What the hold of a buy had bound for this trade: at the limit price, or the exact cost of a market order."""
    limit = buyer.terms.limit_price
    if limit is not None:
        return held_for(buyer, limit, quantity)
    return price * quantity * (_ONE + (buyer.maker_rate if is_maker else buyer.taker_rate))


def _free(ledger: Ledger, order: ExchangeOrder, currency: str, amount: Decimal) -> None:
    ledger.release(order.owner, currency, amount)
    order.hold -= amount
