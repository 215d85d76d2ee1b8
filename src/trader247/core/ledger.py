"""Cash, positions and profit, from fills only (requirement PNL1).

Weighted average entry: buying moves the average, selling does not. A sale realises, in proportion to what it sells::

    realised = quantity * (price - average_entry) - exit_fee - entry_fees * quantity / held

so that the realised profit of a position that was opened and closed is exactly the change of cash. Fees are in the
quote currency on both sides; the base balance moves by exactly the filled quantity.
"""

from decimal import Decimal

from attrs import evolve, frozen

from trader247.model.instrument import Symbol
from trader247.model.money import NO_NOTIONAL, NO_QUANTITY, ZERO, Notional, Price, Quantity
from trader247.model.order import Fill, Order, Side
from trader247.model.portfolio import Balance, Position

__all__ = ["Ledger", "Oversold", "cut", "position_after"]


class Oversold(Exception):
    """A sale of more than is held reached the books: spot only, so this is somebody's error and halts."""


@frozen
class Booking:
    """What one fill did."""

    position: Position
    realised: Notional


def position_after(held: Position | None, fill: Fill, order: Order) -> Booking:
    """The position after the fill, and what the fill realised.

    Raises:
        Oversold: the fill sells more than is held.
    """
    if fill.side is Side.BUY:
        return Booking(_bought(held, fill, order), NO_NOTIONAL)
    if held is None or fill.quantity > held.quantity:
        raise Oversold(f"{fill.symbol}: fill {fill.fill_id} sells {fill.quantity} of {held.quantity if held else 0}")
    share = fill.quantity / held.quantity
    fees_out = held.entry_fees * share
    realised = Notional(fill.quantity * (fill.price - held.average_entry) - fill.fee - fees_out)
    left = Quantity(held.quantity - fill.quantity)
    return Booking(
        evolve(
            held,
            quantity=left,
            entry_fees=NO_NOTIONAL if left == 0 else Notional(held.entry_fees - fees_out),
            realised_pnl=Notional(held.realised_pnl + realised),
        ),
        realised,
    )


def cut(held: Position, quantity: Quantity) -> Position:
    """The position with less of it and nothing realised: what is gone was not sold by an order of ours."""
    return evolve(held, quantity=quantity, entry_fees=Notional(held.entry_fees * quantity / held.quantity))


def _bought(held: Position | None, fill: Fill, order: Order) -> Position:
    intent = order.intent
    if held is None or held.quantity == 0:
        return Position(
            symbol=fill.symbol,
            quantity=fill.quantity,
            average_entry=fill.price,
            entry_fees=fill.fee,
            opened_at=fill.at,
            strategy=intent.strategy,
            realised_pnl=NO_NOTIONAL,
            stop_price=intent.stop_price,
            target_price=intent.target_price,
            max_hold_s=intent.max_hold_s,
        )
    total = Quantity(held.quantity + fill.quantity)
    stop = intent.stop_price or held.stop_price
    # what was raised is not taken back by buying more; while it was not, the newest entry knows best
    stays_raised = held.raised_from is not None and held.stop_price is not None and held.stop_price >= (stop or ZERO)
    return evolve(
        held,
        quantity=total,
        average_entry=Price((held.cost + fill.price * fill.quantity) / total),
        entry_fees=Notional(held.entry_fees + fill.fee),
        stop_price=held.stop_price if stays_raised else stop,
        raised_from=held.raised_from if stays_raised else None,
        target_price=intent.target_price or held.target_price,
        max_hold_s=intent.max_hold_s or held.max_hold_s,
    )


class Ledger:
    """The account as our fills made it: what each currency should amount to at the venue, and every open position.

    ``opening`` are the venue's balances at this journal's first start; what the account held then is not ours to sell.
    """

    def __init__(self) -> None:
        """Empty books; ``open`` or ``restore`` fills them."""
        self.positions: dict[Symbol, Position] = {}
        self._totals: dict[str, Decimal] = {}
        self._booked: set[str] = set()

    def open(self, balances: tuple[Balance, ...]) -> None:
        """Begin from the venue's balances."""
        self._totals = {balance.currency: balance.total for balance in balances}

    def restore(
        self,
        opening: tuple[Balance, ...],
        flows: tuple[tuple[str, Decimal], ...],
        positions: tuple[Position, ...],
        fill_ids: frozenset[str],
    ) -> None:
        """Continue from the journal: the opening balances, the sum of all fills per currency, and what is open."""
        self.open(opening)
        for currency, amount in flows:
            self._totals[currency] = self._totals.get(currency, ZERO) + amount
        self.positions = {position.symbol: position for position in positions if position.quantity}
        self._booked = set(fill_ids)

    def knows(self, fill: Fill) -> bool:
        """Whether the fill is booked already."""
        return fill.fill_id in self._booked

    def book(self, fill: Fill, order: Order) -> Booking:
        """Apply a fill that is not yet known, once.

        Raises:
            Oversold: nothing was changed.
        """
        booking = position_after(self.positions.get(fill.symbol), fill, order)
        base, _, quote = fill.symbol.partition("-")
        sign = 1 if fill.side is Side.BUY else -1
        self._totals[base] = self._totals.get(base, ZERO) + sign * fill.quantity
        self._totals[quote] = self._totals.get(quote, ZERO) - sign * fill.price * fill.quantity - fill.fee
        self._booked.add(fill.fill_id)
        if booking.position.quantity:
            self.positions[fill.symbol] = booking.position
        else:
            self.positions.pop(fill.symbol, None)
        return booking

    def total(self, currency: str) -> Decimal:
        """What the venue should say the account holds of a currency, in all."""
        return self._totals.get(currency, ZERO)

    def totals(self) -> tuple[tuple[str, Decimal], ...]:
        """Every currency with its expected total, by name."""
        return tuple(sorted(self._totals.items()))

    def accept(self, currency: str, ours: Decimal, theirs: Decimal) -> None:
        """Take the venue's word for a currency, because a person did; a position that is not all there is cut."""
        self._totals[currency] = self._totals.get(currency, ZERO) + theirs - ours
        for symbol, held in list(self.positions.items()):
            if symbol.partition("-")[0] == currency and held.quantity > theirs:
                left = cut(held, Quantity(max(theirs, ZERO)))
                if left.quantity:
                    self.positions[symbol] = left
                else:
                    del self.positions[symbol]

    def raise_stop(self, position: Position) -> None:
        """The position with its stop raised, in the place of the one before."""
        self.positions[position.symbol] = position

    def held(self, symbol: Symbol) -> Quantity:
        """The quantity of our own position, zero where there is none."""
        position = self.positions.get(symbol)
        return position.quantity if position else NO_QUANTITY
