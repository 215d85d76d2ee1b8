"""What could be lost at worst (requirement E2): positions at mid, and every order that may still buy at its limit.

An order counts until its last fill is booked: an order in doubt counts in full, and of a partly filled one the part
that is not yet booked as a position.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from trader247.messages.orders import Exposure
from trader247.model.instrument import Symbol
from trader247.model.market import Quote
from trader247.model.money import ZERO, Notional
from trader247.model.order import Order, OrderStatus, Side
from trader247.model.portfolio import Position

__all__ = ["at_worst", "exposures_of", "position_value"]


def position_value(position: Position, quote: Quote | None) -> Notional:
    """A position at mid; at its entry price while no quote is known."""
    price = quote.mid if quote else position.average_entry
    return Notional(position.quantity * price)


def at_worst(order: Order) -> Notional:
    """What the order can still cost, fees included, beyond what is booked; nothing for a sale."""
    if order.intent.side is Side.SELL or order.settled:
        return Notional(ZERO)
    left = order.intent.quantity if not order.status.terminal else order.filled
    share = max(left - order.booked, ZERO) / order.intent.quantity
    return Notional(order.intent.notional_max * share)


def exposures_of(
    positions: Iterable[Position], orders: Iterable[Order], quotes: Mapping[Symbol, Quote]
) -> tuple[Exposure, ...]:
    """One line per instrument with anything at risk, by symbol."""
    held: dict[Symbol, Decimal] = {}
    working: dict[Symbol, Decimal] = {}
    for position in positions:
        held[position.symbol] = position_value(position, quotes.get(position.symbol))
    for order in orders:
        if order.status is not OrderStatus.REJECTED:
            symbol = order.intent.symbol
            working[symbol] = working.get(symbol, ZERO) + at_worst(order)
    symbols = sorted(held.keys() | {symbol for symbol, amount in working.items() if amount})
    return tuple(Exposure(s, Notional(held.get(s, ZERO)), Notional(working.get(s, ZERO))) for s in symbols)
