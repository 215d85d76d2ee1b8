"""What is held: positions with their weighted average entry, balances, and the portfolio as one snapshot."""

from decimal import Decimal

from attrs import frozen

from trader247.model.ids import StrategyName
from trader247.model.instant import Instant
from trader247.model.instrument import Symbol
from trader247.model.money import NO_NOTIONAL, Notional, Price, Quantity

__all__ = ["Balance", "EquityMarks", "Position"]


@frozen
class Balance:
    """One currency of the account at the venue; ``held`` is tied up in working orders."""

    currency: str
    available: Decimal
    held: Decimal

    @property
    def total(self) -> Decimal:
        """Available and held together."""
        return self.available + self.held


@frozen
class Position:
    """A long position made by this daemon's own fills.

    ``average_entry`` is the weighted average price of what is still held, entry fees kept apart in ``entry_fees``
    (they become part of the realised PnL as the position is sold, in proportion; requirement PNL1). ``raised_from`` is
    the stop its entry gave it, once a trailing stop has been raised from there; None while it stands where it was.
    """

    symbol: Symbol
    quantity: Quantity
    average_entry: Price
    entry_fees: Notional
    opened_at: Instant
    strategy: StrategyName
    realised_pnl: Notional = NO_NOTIONAL
    stop_price: Price | None = None
    target_price: Price | None = None
    max_hold_s: int | None = None
    raised_from: Price | None = None

    @property
    def cost(self) -> Notional:
        """What the held quantity cost, without fees."""
        return Notional(self.average_entry * self.quantity)


@frozen
class EquityMarks:
    """The NLVs that losses are measured from: the highest ever, and the first of the UTC day and week.

    ``day`` and ``week`` are the first instants of the periods that ``day_open`` and ``week_open`` belong to.
    """

    high_water: Notional
    day: Instant
    day_open: Notional
    week: Instant
    week_open: Notional
