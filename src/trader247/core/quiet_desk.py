"""When the market may move without a word of the order manager: asked by who has quotes as numbers, many at once.

Each answer is on the safe side of a rule that lies elsewhere (``exits``, ``equity``, ``trim_desk``), and calls it or
takes its bounds from beside it. A yes is sure: the manager, told of the same quotes one by one, would say nothing but
what everything is worth. A no says nothing.
"""

from collections.abc import Mapping
from decimal import Decimal

from trader247.core.equity import band_of as equity_band
from trader247.core.exit_desk import ExitDesk
from trader247.core.exits import Band, band_of
from trader247.core.order_books import OrderBooks
from trader247.core.trim_desk import TrimDesk
from trader247.model.instant import DAY, Moment
from trader247.model.instrument import Symbol
from trader247.model.market import Quote
from trader247.model.money import ZERO
from trader247.model.policy import RestAtVenue
from trader247.model.portfolio import EquityMarks, Position

__all__ = ["QuietDesk"]

_NOTHING = Band(Decimal("Infinity"), None, None)


class QuietDesk:
    """Shares the order manager's books and desks."""

    def __init__(self, books: OrderBooks, exits: ExitDesk, trims: TrimDesk) -> None:
        """Nothing is known yet of what the bounds are made of."""
        self._books, self._exits, self._trims = books, exits, trims
        self._band: tuple[EquityMarks, tuple[float, float]] | None = None
        self._cash: tuple[Decimal, float] = ZERO, 0.0
        self._sizes: dict[Symbol, tuple[Position, float]] = {}

    @property
    def at_rest(self) -> bool:
        """Whether no order is under way and nobody waits for one: quotes and time alone move anything."""
        books = self._books
        if not books.ready or books.stopped or books.flattening or books.bans.all or self._exits.pressed:
            return False
        return next(books.registry.unsettled(), None) is None

    def held(self) -> Mapping[Symbol, Position]:
        """What is held."""
        return self._books.ledger.positions

    def note_quote(self, quote: Quote) -> None:
        """The newest quote of an instrument; it calls for nothing."""
        self._books.quotes[quote.symbol] = quote
        self._books.quotes_moved = True
        self._exits.forget(quote.symbol)

    def band(self, position: Position) -> Band:
        """The bids that call for nothing. Where exits rest at the venue, each may ask for something there."""
        exits = self._books.policy.exits
        return band_of(position, exits.trailing_stop_pct) if exits.rest_at_venue is RestAtVenue.NONE else _NOTHING

    def passed(self, mids: Mapping[Symbol, float], now: Moment) -> float | None:
        """Let a tick pass that would only say what everything is worth: the NLV at these mids, to nine digits.

        None, and nothing is done, where it might say more: a mark would move, a limit is near, a cap is passed.
        """
        books, marks = self._books, self._books.marks
        if marks is None or now.utc - marks.day >= DAY:
            return None
        if self._band is None or self._band[0] is not marks:
            self._band = marks, equity_band(marks, books.policy.loss_limits)
        values = {symbol: self._size(held) * mids[symbol] for symbol, held in books.ledger.positions.items()}
        cash = books.cash
        if self._cash[0] is not cash:
            self._cash = cash, float(cash)
        nlv = self._cash[1] + sum(values.values())
        low, high = self._band[1]
        calm = not values or low < nlv < high  # of cash alone nothing moves
        return nlv if calm and self._trims.passed(nlv, values, now) else None

    def _size(self, held: Position) -> float:
        known = self._sizes.get(held.symbol)
        if known is None or known[0] is not held:
            known = self._sizes[held.symbol] = held, float(held.quantity)
        return known[1]
