"""From a verdict to an order: price and quantity on the venue's grid, inside the notional that was approved.

The fee is part of the notional: ``quantity * price * (1 + fee) <= notional``. Quantities are rounded down, buying
prices down for makers (never crossing) and up for takers, selling prices the other way; each call says so.
"""

from decimal import Decimal
from typing import Final

from trader247.model.instrument import Instrument
from trader247.model.market import Quote
from trader247.model.money import BPS, Notional, Price, Quantity, ceil_to, floor_to

__all__ = [
    "entry_price",
    "exit_price",
    "least_notional",
    "quantity_within",
    "stop_limit_price",
    "taker_entry_price",
    "with_fee",
]

_ROOM_BPS: Final = Decimal(100)
"""The market moves between a verdict and its order, and a taker bears its slippage; where both come to more than 1 %,
the smallest order may not fit any more and is refused."""


def with_fee(notional: Decimal, fee_bps: Decimal) -> Notional:
    """The notional and its fee together."""
    return Notional(notional * (1 + fee_bps / BPS))


def quantity_within(notional: Notional, price: Price, fee_bps: Decimal, instrument: Instrument) -> Quantity:
    """The largest quantity whose cost at ``price``, fee included, is inside ``notional``; may be zero."""
    return instrument.quantity_for(notional / (1 + fee_bps / BPS), price)


def least_notional(quote: Quote, instrument: Instrument, fee_bps: Decimal) -> Notional:
    """A notional within which the smallest order that the venue takes fits, fee included (requirement X3).

    It fits at every price up to 1 % over the ask. One step of quantity is added for what rounding down takes away.
    """
    dearest = quote.ask * (1 + _ROOM_BPS / BPS)
    by_size = ceil_to(instrument.base_min_size, instrument.base_increment) * dearest
    by_notional = instrument.quote_min_size + instrument.base_increment * dearest
    return with_fee(max(by_size, by_notional), fee_bps)


def entry_price(quote: Quote, instrument: Instrument) -> Price:
    """Where a maker's buy rests: at the best bid, rounded down to the grid, so it never crosses."""
    return Price(floor_to(quote.bid, instrument.price_increment))


def taker_entry_price(quote: Quote, instrument: Instrument, budget_bps: Decimal) -> Price:
    """The highest price a taker's buy may pay: the mid plus the slippage budget, rounded down to the grid."""
    return Price(floor_to(quote.mid * (1 + budget_bps / BPS), instrument.price_increment))


def exit_price(quote: Quote, instrument: Instrument, tolerance_bps: Decimal) -> Price:
    """The lowest price a sale may accept: the bid less the tolerance, rounded up to the grid, at least one step."""
    return Price(
        max(ceil_to(quote.bid * (1 - tolerance_bps / BPS), instrument.price_increment), instrument.price_increment)
    )


def stop_limit_price(stop: Price, instrument: Instrument, tolerance_bps: Decimal) -> Price:
    """The lowest price a triggered stop may accept: the stop less the tolerance, rounded up, at least one step."""
    return Price(max(ceil_to(stop * (1 - tolerance_bps / BPS), instrument.price_increment), instrument.price_increment))
