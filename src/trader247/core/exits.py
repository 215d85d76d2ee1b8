"""When a position must be left: stop, then target, then time (requirement R3). Evaluated on every quote.

A long position is sold at the bid, so the bid decides. At the boundary the stop and the target act: a bid that equals
the stop price is a stop. Exits never ask about caps or cooldowns.

A trailing stop lies a fixed percentage under the highest bid since the entry. Only the stop is kept, not the high: each
bid gives a stop, and the highest of them stands. It moves in steps, so that a slow rise does not fill the journal.
"""

from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple

from attrs import evolve, frozen

from trader247.model.instant import SECOND, Moment
from trader247.model.instrument import Instrument
from trader247.model.market import Quote
from trader247.model.money import HUNDRED, ZERO, Price, Quantity, floor_to
from trader247.model.portfolio import Position

__all__ = ["Band", "Exit", "ExitCause", "band_of", "exit_for", "raised"]

_RAISE_STEP: Final = Decimal("1.0025")
"""A stop is raised by at least a quarter percent of itself: each step is a row of the journal and, where exits rest at
the venue, a replaced order; less than a taker's fee is not worth either."""


class ExitCause(StrEnum):
    """Why a position is left, in order of priority; PROTECTION is an order that waits at the venue for its stop."""

    STOP = "stop"
    TRAILING_STOP = "trailing_stop"
    TARGET = "target"
    MAX_HOLD = "max_hold"
    OPERATOR = "operator"
    STRATEGY = "strategy"
    TRIM = "trim"
    PROTECTION = "protection"


@frozen
class Exit:
    """The position should be sold now: ``quantity`` of it, or all where that is None."""

    cause: ExitCause
    text: str
    quantity: Quantity | None = None


def exit_for(position: Position, quote: Quote, now: Moment) -> Exit | None:
    """The exit this quote calls for, or None."""
    if position.stop_price is not None and quote.bid <= position.stop_price:
        text = f"bid {quote.bid} is at or under the stop {position.stop_price}"
        if position.raised_from is not None:
            return Exit(ExitCause.TRAILING_STOP, f"{text}, raised from {position.raised_from}")
        return Exit(ExitCause.STOP, text)
    if position.target_price is not None and quote.bid >= position.target_price:
        return Exit(ExitCause.TARGET, f"bid {quote.bid} is at or over the target {position.target_price}")
    if position.max_hold_s is not None:
        held_s = (now.utc - position.opened_at) // SECOND
        if held_s >= position.max_hold_s:
            return Exit(ExitCause.MAX_HOLD, f"held {held_s // 3600} h, at most {position.max_hold_s // 3600} h")
    return None


class Band(NamedTuple):
    """Bids over ``low`` and under ``high`` that come before ``until``; None is no bound."""

    low: Decimal
    high: Decimal | None
    until: int | None


def band_of(position: Position, distance_pct: Decimal) -> Band:
    """The bids that call for no exit and raise no stop (``exit_for``, ``raised``).

    Where a trailing stop is still to be made from a first bid, there are none.
    """
    stop, target = position.stop_price, position.target_price
    if distance_pct:
        rise = None if stop is None else stop * _RAISE_STEP / (1 - distance_pct / HUNDRED)
        target = Price(ZERO) if rise is None else Price(rise) if target is None else min(target, Price(rise))
    until = None if position.max_hold_s is None else position.opened_at + position.max_hold_s * SECOND
    return Band(ZERO if stop is None else stop, target, until)


def raised(position: Position, quote: Quote, instrument: Instrument, distance_pct: Decimal) -> Position | None:
    """The position with the stop this bid gives it, or None where the stop it has is as good.

    The new stop is always under the bid. A ``distance_pct`` of 0 is no trailing stop.
    """
    if not distance_pct:
        return None
    stop = Price(floor_to(quote.bid * (1 - distance_pct / HUNDRED), instrument.price_increment))
    before = position.stop_price
    if stop <= 0 or (before is not None and stop < before * _RAISE_STEP):
        return None
    return evolve(position, stop_price=stop, raised_from=position.raised_from or before or stop)
