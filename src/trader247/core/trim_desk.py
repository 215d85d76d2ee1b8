"""Asks, turn by turn, for what has outgrown its cap to be sold in part, and counts what came of it (requirement R3).

What to sell is ``core/trim.py``'s; how it is sold is the exit desk's, as with any exit: one sale per instrument, what
rests at the venue is cancelled first and made again after. Under a halt or a drain nothing is asked for.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from trader247.core.exit_desk import ExitDesk
from trader247.core.exits import Exit, ExitCause
from trader247.core.exposure import at_worst
from trader247.core.order_books import OrderBooks
from trader247.core.sizing import exit_price
from trader247.core.trim import Holding, Sale, Selling, caps_of, trims
from trader247.messages.control import AlertCleared, AlertRaised, Severity
from trader247.messages.orders import TrimEnded, TrimOutcome
from trader247.model.ids import AlertKey
from trader247.model.instant import SECOND, Moment, Mono, seconds
from trader247.model.instrument import Symbol
from trader247.model.mode import Mode
from trader247.model.money import NO_QUANTITY, ZERO, Notional, Price, Quantity
from trader247.model.order import Order, Side

__all__ = ["FAILING", "FAILURES_MAX", "TrimDesk", "TrimOut"]

FAILING: Final = AlertKey("trim_failing")
FAILURES_MAX: Final = 3
"""Failed trims in a row after which a person is told: one is a thin book, three are a cap that does not hold."""
_HUNDRED, _SURE = 100.0, 1.000001
"""The margin by which a sum of floats is under a cap for sure."""
_NO_PRICE: Final = Price(Decimal(1))
"""Of what is not held; it is multiplied with nothing."""

_KEPT_MAX: Final = 256
"""Sets of instruments held together whose limits are kept; they are few, and soon found again."""
_Limits = list[tuple[tuple[Symbol, ...], float]]

TrimOut = TrimEnded | AlertRaised | AlertCleared


class TrimDesk:
    """Shares the order manager's books, and the exit desk through which it sells."""

    def __init__(self, books: OrderBooks, exits: ExitDesk) -> None:
        """The first turn comes ``trim.every_s`` after the books are ready: by then the quotes are."""
        self._books = books
        self._exits = exits
        self._asked: dict[Symbol, Moment] = {}
        self._turned: Mono | None = None
        self._failures = 0
        self._narrow: tuple[object, dict[tuple[Symbol, ...], _Limits]] = None, {}
        self._may_stand = True  # an alert of an earlier incarnation

    def look(self, now: Moment) -> list[TrimOut]:
        """One turn, if it is time for one."""
        books, terms = self._books, self._books.policy.trim
        if not books.ready or books.stopped or books.flattening or not terms.enabled:
            self._asked.clear()
            self._turned = None
            return []
        if self._turned is None:
            self._turned = now.mono
        if now.mono - self._turned < terms.every_s * SECOND:
            return []
        self._turned = now.mono
        out = self._given_up(now)
        symbols = books.ledger.positions.keys() | {order.intent.symbol for order in books.registry.unsettled()}
        holdings = [found for symbol in sorted(symbols) if (found := self._holding(symbol, now)) is not None]
        turn = trims(holdings, books.nlv(), caps_of(books.policy.caps, books.groups, symbols), terms)
        for sale in turn.sales:
            self._ask(sale, now)
        out += [TrimEnded(symbol, TrimOutcome.DUST, "too small to sell") for symbol in turn.dust]
        return out if turn.over or self._asked else [*out, *self._well()]

    def passed(self, nlv: float, values: Mapping[Symbol, float], now: Moment) -> bool:
        """Let a turn pass at which nothing is over a cap; False, and nothing is done, where that is not sure.

        ``values`` are the positions at mid, with no order of ours under way: the sum of them is under the narrowest
        cap there is, or each counts alone.
        """
        terms = self._books.policy.trim
        if not terms.enabled or self._turned is None or self._asked:
            return not terms.enabled
        if now.mono - self._turned < terms.every_s * SECOND:
            return True
        for symbols, limit_pct in self._limits(tuple(values)) if values else ():
            held = sum([values[symbol] for symbol in symbols])
            if held * _HUNDRED * _SURE > limit_pct * nlv:
                return False
        self._turned = now.mono
        self._well()
        return True

    def _limits(self, held: tuple[Symbol, ...]) -> "_Limits":
        """Whose values together may come to what, tolerance included, of these instruments."""
        books = self._books
        policy, known = self._narrow
        if policy is not books.policy or len(known) >= _KEPT_MAX:
            known = {}
            self._narrow = books.policy, known
        if held not in known:
            tolerance_pct = books.policy.trim.tolerance_pct
            known[held] = [
                (held if cap.symbols is None else cap.symbols, float(cap.limit_pct + tolerance_pct))
                for cap in caps_of(books.policy.caps, books.groups, held)
            ]
            known[held] = [(tuple(s for s in held if s in symbols), limit) for symbols, limit in known[held]]
        return known[held]

    def ended(self, order: Order) -> list[TrimOut]:
        """An order is settled; the venue tells an end again and again, and only the first time is news."""
        intent = order.intent
        asked = self._asked.get(intent.symbol)
        ours = intent.side is Side.SELL and intent.reason.startswith(ExitCause.TRIM.value)
        if asked is None or not ours or intent.created_at < asked.utc:
            return []
        del self._asked[intent.symbol]
        if self._books.stopped and not order.booked:
            return []  # it was not the market's doing
        if not order.booked:
            return self._failed(intent.symbol, f"{order.status.value.lower()}: {order.reason or 'nothing was sold'}")
        text = f"sold {order.booked} of {intent.quantity}"
        return [TrimEnded(intent.symbol, TrimOutcome.TRIMMED, text), *self._well()]

    # ------------------------------------------------------------------------------------------------- what is at risk
    def _holding(self, symbol: Symbol, now: Moment) -> Holding | None:
        books = self._books
        position, quote = books.ledger.positions.get(symbol), books.quotes.get(symbol)
        unsettled = [order for order in books.registry.unsettled() if order.intent.symbol == symbol]
        working = Notional(sum((at_worst(order) for order in unsettled), ZERO))
        if position is None:
            return Holding(symbol, NO_QUANTITY, _NO_PRICE, _NO_PRICE, working) if working else None
        if quote is None:  # it counts as it was bought, and nobody knows what it would sell for
            return Holding(symbol, position.quantity, position.average_entry, position.average_entry, working)
        going = sum((_going(order) for order in unsettled), ZERO)
        leaving = self._exits.wanted(quote, now)
        if leaving is not None:
            going = max(going, leaving.quantity or position.quantity)
        left = Quantity(max(position.quantity - going, ZERO))
        selling = None if going or symbol in self._asked else self._selling(symbol, now)
        return Holding(symbol, left, position.average_entry, quote.mid, working, selling)

    def _selling(self, symbol: Symbol, now: Moment) -> Selling | None:
        known = self._books.tradable(symbol)
        if known is None:
            return None
        instrument, quote = known
        fresh = abs(seconds(now.utc - quote.at)) <= self._books.policy.staleness.quote_s
        if not fresh or not instrument.status.admits_exits:
            return None
        return Selling(instrument, exit_price(quote, instrument, self._books.policy.execution.exit_tolerance_bps))

    # ------------------------------------------------------------------------------------------------------ what came
    def _ask(self, sale: Sale, now: Moment) -> None:
        self._exits.wish(self._books.ledger.positions[sale.symbol], Exit(ExitCause.TRIM, sale.why, sale.quantity), now)
        if self._books.mode is not Mode.DRY_RUN:  # there it is withheld, and has no end
            self._asked[sale.symbol] = now

    def _given_up(self, now: Moment) -> list[TrimOut]:
        """What was asked for in an earlier turn and never became an order: something else sells it, or it failed."""
        out: list[TrimOut] = []
        for symbol in list(self._asked):
            quote = self._books.quotes.get(symbol)
            sells = any(order.intent.symbol == symbol and _going(order) for order in self._books.registry.unsettled())
            if sells:
                continue
            del self._asked[symbol]
            if symbol in self._books.ledger.positions and (quote is None or not self._exits.wanted(quote, now)):
                out += self._failed(symbol, "it could not be sold in time")
        return out

    def _failed(self, symbol: Symbol, text: str) -> list[TrimOut]:
        self._failures += 1
        out: list[TrimOut] = [TrimEnded(symbol, TrimOutcome.FAILED, text)]
        if self._failures >= FAILURES_MAX:
            self._may_stand = True
            told = f"an exposure is over its cap, and {self._failures} trims in a row sold nothing; {symbol}: {text}"
            out.append(AlertRaised(FAILING, Severity.WARNING, told))
        return out

    def _well(self) -> list[TrimOut]:
        """A trim sold, or nothing is over its cap."""
        self._failures = 0
        stands, self._may_stand = self._may_stand, False
        return [AlertCleared(FAILING)] if stands else []


def _going(order: Order) -> Quantity:
    """What a sale may still take of the position; what rests to protect it does not, until it is cancelled."""
    if order.intent.side is Side.BUY or order.intent.protects:
        return NO_QUANTITY
    most = order.filled if order.status.terminal else order.intent.quantity
    return Quantity(max(most - order.booked, ZERO))
