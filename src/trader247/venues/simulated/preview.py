"""What an order would come to in the book as it stands: the figures of previews. Pure; nothing is placed or held.

A part that would trade at once pays the taker's rate at the prices of the book; a part that would rest counts at its
limit, with the rate its hold includes. ``order_total`` is the cost of a buy with fees and the proceeds of a sell after
them (guess for the sell). Slippage is the average price's distance from the touch as a fraction, zero for an order that
would only rest (guess).

``is_short``: a market order would not trade whole, for the book within its protection is too small. The
venue's warning ``BIG_ORDER`` is taken to mean that (guess).
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from attrs import frozen

from trader247.model.money import ZERO, floor_to
from trader247.venues.simulated.admission import worst_price
from trader247.venues.simulated.book import Book, Side
from trader247.venues.simulated.order_record import ExchangeOrder
from trader247.venues.simulated.products import Product

__all__ = ["Estimate", "estimated"]

_ONE: Final = Decimal(1)


@frozen
class Estimate:
    """Sizes and prices in their currencies, fees and total in quote currency; ``slippage`` is a fraction."""

    base_size: Decimal
    quote_size: Decimal
    commission: Decimal
    total: Decimal
    average_price: Decimal
    slippage: Decimal
    is_short: bool = False


def estimated(order: ExchangeOrder, product: Product, book: Book) -> Estimate:
    """What an order that is not in the book would trade and leave resting."""
    base = quote = ZERO
    for price, quantity in _takes(order, product, book):
        base += quantity
        quote += price * quantity
    commission = quote * order.taker_rate
    taken, limit = base, order.limit_price
    if limit is not None and order.terms.kind.rests:
        left = order.workable - base
        base, quote = base + left, quote + left * limit
        commission += left * limit * order.hold_rate
    average = quote / base if base else ZERO
    touch = book.best_price(order.side.opposite)
    slippage = abs(average - touch) / touch if touch and taken else ZERO
    total = quote + commission if order.side is Side.BUY else quote - commission
    is_short = limit is None and _left(order, product, book, base, quote + commission) > 0
    return Estimate(base, quote, commission, total, average, slippage, is_short)


def _left(order: ExchangeOrder, product: Product, book: Book, base: Decimal, cost: Decimal) -> Decimal:
    """What a market order could still trade, in base; of a budget what it buys at the worst price."""
    worst = worst_price(order, book)
    if order.terms.quote_size is None or worst is None:
        return order.workable - base
    return floor_to((order.workable - cost) / (worst * (_ONE + order.taker_rate)), product.base_increment)


def _takes(order: ExchangeOrder, product: Product, book: Book) -> Iterator[tuple[Decimal, Decimal]]:
    """Price and size of what would trade at once; a stop that waits takes nothing."""
    worst = worst_price(order, book)
    if worst is None or (order.terms.stop_price is not None and not order.terms.kind.is_bracket):
        return
    left = order.workable
    for resting in book.queue(order.side.opposite):
        meets = resting.price <= worst if order.side is Side.BUY else resting.price >= worst
        if left <= 0 or not meets:
            return
        cost = resting.price * (_ONE + order.taker_rate)
        in_quote = order.terms.quote_size is not None
        quantity = min(resting.size, floor_to(left / cost, product.base_increment) if in_quote else left)
        if quantity <= 0:
            return
        left -= quantity * cost if in_quote else quantity
        yield resting.price, quantity
