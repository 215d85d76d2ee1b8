"""Sells what has to be sold: on every quote, from the order manager's side of the house (requirement R3).

A dead strategy never leaves a position unprotected, because no strategy is asked. One sale at a time per instrument:
while an order that sells it may still be live, nothing more is sold, so a position can never be sold twice. An exit
that did not fill is tried again at the next quote with a wider tolerance, up to the policy's limit. A trim is not: it
is in no hurry, and its next turn asks anew.
"""

from decimal import Decimal
from typing import Final

from attrs import frozen

from trader247.core.exits import Exit, ExitCause, exit_for, raised
from trader247.core.order_books import OrderBooks
from trader247.core.sizing import exit_price
from trader247.messages.orders import OrderChanged, OrderWithheld, StopRaised
from trader247.model.ids import ProposalId, client_order_id
from trader247.model.instant import SECOND, Moment, Mono
from trader247.model.instrument import Instrument, Symbol
from trader247.model.market import Quote
from trader247.model.mode import Mode, OrderKind
from trader247.model.money import Notional, Price, Quantity, floor_to
from trader247.model.order import Order, OrderIntent, OrderStatus, Side, Style
from trader247.model.portfolio import Position

__all__ = ["ExitDesk"]

_WIDENINGS_MAX: Final = 16
"""Failed tries that still widen the tolerance: the policy's limit is reached long before."""
_RETRY_AFTER_S: Final = 1
"""Seconds between two tries to leave one position: long enough for the venue's books to follow the first."""
_WISH_GOOD_FOR_S: Final = 30
"""A wish to sell, a strategy's or a trim's, waits so long for what rests at the venue to be gone: three times what a
cancel may take. Then it is old news, and may be said again."""

_ALL_OF_IT: Final = Exit(ExitCause.OPERATOR, "")


@frozen
class _Wish:
    why: Exit
    proposal_id: ProposalId | None
    until: Mono


class ExitDesk:
    """Makes exit intents from positions and quotes."""

    def __init__(self, books: OrderBooks) -> None:
        """Shares the order manager's books."""
        self._books = books
        self._tries: dict[Symbol, int] = {}
        self._last_try: dict[Symbol, Mono] = {}
        self._wishes: dict[Symbol, _Wish] = {}

    def look(self, quote: Quote, now: Moment) -> list[OrderChanged | OrderWithheld | StopRaised]:
        """The exit this quote calls for, if any may be made now; else the stop it raises, if any."""
        position = self._books.ledger.positions.get(quote.symbol)
        if position is None:
            self.forget(quote.symbol)
            return []
        found, wish = self.wanted(quote, now), self._wishes.get(quote.symbol)
        if found is None:
            return [*self._raise_stop(position, quote)]
        return [*self.leave(position, found, now, wish.proposal_id if wish and wish.why is found else None)]

    @property
    def pressed(self) -> bool:
        """Whether somebody waits for a sale, or one was tried and its position is still held."""
        return bool(self._wishes or self._tries)

    def forget(self, symbol: Symbol) -> None:
        """Of what is not held any more nothing is pending."""
        if symbol not in self._books.ledger.positions:
            self._tries.pop(symbol, None)
            self._wishes.pop(symbol, None)

    def wish(self, position: Position, why: Exit, now: Moment, proposal_id: ProposalId | None = None) -> None:
        """Sell the position, or its part, as soon as nothing is in the way any more, if that is soon."""
        self._wishes[position.symbol] = _Wish(why, proposal_id, Mono(now.mono + _WISH_GOOD_FOR_S * SECOND))

    def leave(
        self, position: Position, why: Exit, now: Moment, proposal_id: ProposalId | None = None
    ) -> list[OrderChanged | OrderWithheld]:
        """Sell the position, unless a sale of it may be live, trading is stopped or not admitted, or it is dust."""
        books, symbol = self._books, position.symbol
        known = books.tradable(symbol)
        last = self._last_try.get(symbol)
        if books.stopped or known is None or any(_in_the_way(order, symbol) for order in books.registry.unsettled()):
            return []
        if last is not None and now.mono - last < _RETRY_AFTER_S * SECOND:
            return []
        instrument, quote = known
        if not instrument.status.admits_exits:
            return []  # a try that must fail would only widen the tolerance of the one that counts
        quantity, price = self._terms(position, why, instrument, quote)
        intent = self._intent(position, why, quantity, price, now=now, proposal_id=proposal_id)
        if instrument.fault_of(price, quantity) is not None:
            return []  # dust: too small to sell, and too small to matter
        if why.cause is not ExitCause.TRIM:
            self._tries[symbol] = min(self._tries.get(symbol, 0) + 1, _WIDENINGS_MAX)
        self._last_try[symbol] = now.mono
        self._wishes.pop(symbol, None)
        if books.mode is Mode.DRY_RUN:
            return [OrderWithheld(intent)]
        order = Order(intent=intent, status=OrderStatus.NEW, changed_at=now.utc)
        books.registry.add(order)
        return [OrderChanged(order, "new", await_durable=True)]

    def wanted(self, quote: Quote, now: Moment) -> Exit | None:
        """The exit that this quote, or else the operator or a wish, calls for, whatever may hold it up."""
        position = self._books.ledger.positions.get(quote.symbol)
        if position is None:
            return None
        wish, ordered = self._wishes.get(quote.symbol), self._books.flattening
        by_hand = Exit(ExitCause.OPERATOR, f"{ordered.reason} (by {ordered.by})") if ordered is not None else None
        wished = wish.why if wish is not None and now.mono < wish.until else None
        return exit_for(position, quote, now) or by_hand or wished

    def is_dust(self, position: Position) -> bool:
        """Whether the venue takes no order so small; not before the instrument and a quote of it are known."""
        known = self._books.tradable(position.symbol)
        if known is None:
            return False
        quantity, price = self._terms(position, _ALL_OF_IT, *known)
        return known[0].fault_of(price, quantity) is not None

    def _raise_stop(self, position: Position, quote: Quote) -> list[StopRaised]:
        instrument = self._books.instruments.get(quote.symbol)
        distance_pct = self._books.policy.exits.trailing_stop_pct
        higher = raised(position, quote, instrument, distance_pct) if instrument else None
        if higher is None:
            return []
        self._books.ledger.raise_stop(higher)
        return [StopRaised(higher, quote.bid)]

    def _terms(self, position: Position, why: Exit, instrument: Instrument, quote: Quote) -> tuple[Quantity, Price]:
        most = min(position.quantity, instrument.base_max_size, why.quantity or position.quantity)
        quantity = Quantity(floor_to(most, instrument.base_increment))
        return quantity, exit_price(quote, instrument, self._tolerance_bps(position.symbol, why.cause))

    def _tolerance_bps(self, symbol: Symbol, cause: ExitCause) -> Decimal:
        terms = self._books.policy.execution
        if cause is ExitCause.TRIM:
            return terms.exit_tolerance_bps
        widened = terms.exit_tolerance_bps * terms.exit_escalation ** self._tries.get(symbol, 0)
        return min(widened, terms.exit_tolerance_bps_max)

    def _intent(
        self,
        position: Position,
        why: Exit,
        quantity: Quantity,
        price: Price,
        *,
        now: Moment,
        proposal_id: ProposalId | None,
    ) -> OrderIntent:
        intent = self._books.next_intent_id()
        return OrderIntent(
            intent_id=intent,
            client_order_id=client_order_id(intent),
            proposal_id=proposal_id,
            strategy=position.strategy,
            symbol=position.symbol,
            kind=OrderKind.EXIT,
            side=Side.SELL,
            style=Style.TAKER_IOC,
            quantity=quantity,
            limit_price=price,
            notional_max=Notional(Decimal(0)),
            reason=f"{why.cause.value}: {why.text}",
            created_at=now.utc,
        )


def _in_the_way(order: Order, symbol: Symbol) -> bool:
    """A sale that is not settled, one that rests at the venue included, or a buy that rests: it is cancelled first and
    the exit comes with the next quote.

    A buy in doubt, or one that is over and waits for its fills, holds no exit up: what is sold is what is booked.
    """
    if order.intent.symbol != symbol:
        return False
    return order.intent.side is Side.SELL or not (order.status.terminal or order.status is OrderStatus.UNKNOWN)


def is_stop_out(order: Order, realised: Notional) -> bool:
    """Whether an order that left a position was a stop-out (requirement CD1), by what its last fill realised.

    A stop where the entry put it is one whatever came of it. An order that rested at the venue tells by its result
    whether its stop or its target was reached. A trailing stop that ends with a profit after fees has
    done its work: nothing went wrong with the instrument, and no cooldown of a stop follows.
    """
    intent = order.intent
    if intent.kind is not OrderKind.EXIT:
        return False
    if intent.reason.startswith(ExitCause.STOP.value):
        return True
    words = (ExitCause.TRAILING_STOP.value, ExitCause.PROTECTION.value)
    return intent.reason.startswith(words) and realised < 0
