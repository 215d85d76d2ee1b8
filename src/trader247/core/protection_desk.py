"""Exits that rest at the venue, so that a position's protection outlives the daemon (requirement R3; off by default).

Rules
-----
* One order per position, for what is held and no more, at the position's stop (and target, for a bracket). It is made
  once no entry of the instrument is filling: an entry is over within a minute, and a replaced order for each of its
  fills would leave a gap each time.
* It never works beside another sale. Where the position has to be left, it is asked to go first, and the sale follows
  when it is settled. Where the venue is about to act on it by itself, that is awaited for ``TRIGGER_WAIT_S``.
* A position that changed, or a stop that rose, replaces it: cancelled, settled, made anew, ``REPLACE_AFTER_S`` apart.
* A halt cancels it as every order, and it is made again after the halt. A drain leaves it, and makes it where one was
  just being replaced.
* Where the venue refuses it, or somebody cancels it ``FAILURES_MAX`` times, one alert says so and the daemon's own exit
  is what is left, until the position is over or a person resumes or reloads.
"""

from typing import Final

from attrs import Factory, define, field

from trader247.core.exits import Exit, ExitCause
from trader247.core.order_books import OrderBooks
from trader247.core.order_timers import OrderTimers
from trader247.core.sizing import stop_limit_price
from trader247.errors import Failure
from trader247.messages.control import AlertCleared, AlertRaised, Severity
from trader247.messages.orders import OrderChanged
from trader247.model.ids import AlertKey, IntentId, client_order_id
from trader247.model.instant import SECOND, Moment, Mono, seconds
from trader247.model.instrument import Symbol
from trader247.model.market import Quote
from trader247.model.mode import Mode, OrderKind
from trader247.model.money import NO_NOTIONAL, Price, Quantity, floor_to
from trader247.model.order import Order, OrderIntent, OrderStatus, Side, Style
from trader247.model.policy import RestAtVenue
from trader247.model.portfolio import Position

__all__ = ["FAILURES_MAX", "REPLACE_AFTER_S", "RESTED_S", "TRIGGER_WAIT_S", "ProtectionDesk", "Steps"]

TRIGGER_WAIT_S: Final = 2.0
"""The venue triggers on a trade, we see the bid that comes before it: about a trade's time in a liquid market. A cancel
at once would race the trigger it fears; a longer wait leaves a stop unsold where nobody trades."""
REPLACE_AFTER_S: Final = 10.0
"""Between making an order and replacing or making it again: each replacement is a short time without protection."""
WAIT_S_MAX: Final = 300.0
"""The wait doubles with every order that did not come to rest, up to this."""
_DOUBLINGS_MAX: Final = 5
"""After so many the wait has reached its longest."""
FAILURES_MAX: Final = 3
"""An order that somebody cancels three times is not wanted there."""
RESTED_S: Final = 600.0
"""An order that rested this long was no failure, however it ended."""

_MAY_PASS: Final = frozenset({Failure.INSUFFICIENT_FUNDS, Failure.MAINTENANCE, Failure.RATE_LIMIT, Failure.RETRYABLE})
"""Refusals of the moment: a hold not yet released, a market that is closed. Any other will be the same next time."""
_WORKS: Final = frozenset({OrderStatus.OPEN, OrderStatus.PARTIAL_FILL})
_STOPS: Final = frozenset({ExitCause.STOP, ExitCause.TRAILING_STOP})


@define
class Steps:
    """What to tell, and which resting orders have to go, and why."""

    out: list[OrderChanged | AlertRaised | AlertCleared] = Factory(list)
    cancel: list[Order] = Factory(list)
    why: str = ""


@define
class _Terms:
    style: Style
    quantity: Quantity
    stop: Price
    limit: Price


@define
class _Record:
    """How protecting one position went so far, in this run. ``order``: the one whose end is still to be heard of."""

    order: IntentId | None = None
    made_at: Mono | None = None
    next_at: Mono | None = None
    hit_since: Mono | None = None
    failures: int = 0
    waits: int = 0
    given_up: bool = False
    told: bool = False


@define
class ProtectionDesk:
    """Decides what rests at the venue. It shares the order manager's books and timers."""

    _books: OrderBooks
    _timers: OrderTimers
    _records: dict[Symbol, _Record] = field(init=False, factory=dict)

    def look(self, quote: Quote, leaving: Exit | None, now: Moment) -> Steps:
        """What this quote asks for; ``leaving``: the exit that it, or a strategy, calls for."""
        symbol = quote.symbol
        resting = self.resting(symbol)
        position = self._books.ledger.positions.get(symbol)
        if self._books.halted:
            return Steps()
        if position is None:
            return Steps([*self._forget(symbol)], resting, "nothing is held any more")
        if not resting and self._books.policy.exits.rest_at_venue is RestAtVenue.NONE:
            return Steps([*self._forget(symbol)])
        if leaving is not None and not self._books.draining:
            return self._make_way(resting, leaving, quote, now)
        record = self._record(symbol)
        record.hit_since = None
        if resting:
            record.order = resting[0].intent.intent_id
            if record.made_at is None:
                record.made_at = now.mono  # adopted; right after a start nothing could be sent in its place yet
            return self._keep(resting, position, quote, now)
        wanted = self._wanted(position, quote)
        if wanted is None or self._held_up(symbol) or not _due(record, now):
            return Steps()
        made = self._make(position, wanted, now)
        record.made_at, record.order = now.mono, made.order.intent.intent_id
        return Steps([made])

    def resting(self, symbol: Symbol) -> list[Order]:
        """The orders that protect a position and are not settled: one, or more where one came back from the dead."""
        return [o for o in self._books.registry.unsettled() if o.intent.symbol == symbol and o.intent.protects]

    def ended(self, order: Order, now: Moment) -> list[AlertRaised | AlertCleared]:
        """An order that protected is settled; to be told before the timers forget it. Refusals come to ``refused``.

        The venue tells an end again and again; only the first time is news.
        """
        symbol = order.intent.symbol
        record = self._record(symbol)
        if record.order != order.intent.intent_id:
            return []
        record.order = None
        if order.status is OrderStatus.FILLED:
            return self._forget(symbol)
        if order.status is OrderStatus.REJECTED or self._timers.was_cancelled(order):
            return []
        if record.made_at is not None and seconds(now.mono - record.made_at) >= RESTED_S:
            record.failures = record.waits = 0
        if order.status is OrderStatus.FAILED and order.venue_order_id is None:
            self._wait(record, now)  # it never got there: a gate or a line is closed, and that passes
            return []
        return self._failed(symbol, order.status.value.lower(), now, final=False)

    def refused(self, order: Order, failure: Failure, text: str, now: Moment) -> list[AlertRaised | AlertCleared]:
        """The venue did not take an order that was to protect."""
        final = failure not in _MAY_PASS
        return self._failed(order.intent.symbol, f"refused: {text}", now, final=final)

    def begin_again(self) -> list[AlertRaised | AlertCleared]:
        """A person resumed or changed the policy: what was given up is tried again."""
        return [alert for symbol in list(self._records) for alert in self._forget(symbol)]

    def missing(self, now: Moment) -> tuple[Symbol, ...]:
        """Positions that a draining daemon would still protect: wanted, possible at this moment, and not there."""
        if self._books.halted:
            return ()
        found = []
        for symbol, position in sorted(self._books.ledger.positions.items()):
            quote = self._books.quotes.get(symbol)
            fresh = quote is not None and seconds(now.utc - quote.at) <= self._books.policy.staleness.quote_s
            if quote is None or not fresh or self.resting(symbol) or not _due(self._record(symbol), now):
                continue
            if self._wanted(position, quote) is not None:
                found.append(symbol)
        return tuple(found)

    # -------------------------------------------------------------------------------------------- what ought to rest
    def _wanted(self, position: Position, quote: Quote) -> _Terms | None:
        """The order for this position now, or None: not configured, not possible, or dust."""
        books, asked = self._books, self._books.policy.exits.rest_at_venue
        instrument, stop = books.instruments.get(position.symbol), position.stop_price
        if asked is RestAtVenue.NONE or not books.ready or books.mode is Mode.DRY_RUN:
            return None
        if instrument is None or stop is None or not instrument.status.admits_exits:
            return None
        if min(quote.bid, quote.last) <= stop:
            return None  # the venue refuses a stop that the last trade has reached
        terms = self._terms(position, stop)
        lowest = min(terms.limit, terms.stop)
        return terms if instrument.fault_of(lowest, terms.quantity) is None else None

    def _terms(self, position: Position, stop: Price) -> _Terms:
        books, target = self._books, position.target_price
        instrument = books.instruments[position.symbol]
        most = min(position.quantity, instrument.base_max_size)
        quantity = Quantity(floor_to(most, instrument.base_increment))
        if books.policy.exits.rest_at_venue is RestAtVenue.BRACKET and target is not None and target > stop:
            return _Terms(Style.BRACKET, quantity, stop, target)
        # nobody may be there to widen it: it begins where the daemon's own tries end
        limit = stop_limit_price(stop, instrument, books.policy.execution.exit_tolerance_bps_max)
        return _Terms(Style.STOP_LIMIT, quantity, stop, limit)

    def _held_up(self, symbol: Symbol) -> bool:
        """Whether a sale may be live, or an entry is filling or not booked; one in doubt may stay so for long."""
        return any(
            order.intent.side is Side.SELL or order.status is not OrderStatus.UNKNOWN
            for order in self._books.registry.unsettled()
            if order.intent.symbol == symbol
        )

    # ------------------------------------------------------------------------------------------------- what rests now
    def _keep(self, resting: list[Order], position: Position, quote: Quote, now: Moment) -> Steps:
        """Leave what rests, or ask it to go because it is not what ought to rest."""
        order, *doubled = resting  # one that came back is behind its successor
        if doubled:
            return Steps(cancel=doubled, why="one order protects a position")
        if self._books.policy.exits.rest_at_venue is RestAtVenue.NONE:
            return Steps(cancel=resting, why="exits rest no longer at the venue")
        stop = position.stop_price
        if stop is None or not order.at_rest:
            return Steps()  # something is under way, and its end comes first
        if position.symbol not in self._books.instruments:
            return Steps()
        wanted, left = self._terms(position, stop), Quantity(order.intent.quantity - order.booked)
        intent = order.intent
        if _Terms(intent.style, left, intent.stop_price or stop, intent.limit_price) == wanted:
            return Steps(self._cleared(position.symbol))
        too_much = left > wanted.quantity
        # a drain leaves what rests: it might end between the cancel and the new order
        entering = any(o.status is not OrderStatus.UNKNOWN for o in self._unsettled_buys(position.symbol))
        recent = not _old_enough(self._record(position.symbol), now)
        impossible = self._wanted(position, quote) is None  # a stop that is too low protects better than none
        waits = self._books.draining or entering or recent or impossible
        if waits and not too_much:
            return Steps()
        before = f"{intent.style.value} of {left}, stop {intent.stop_price}"
        after = f"{wanted.style.value} of {wanted.quantity}, stop {wanted.stop}"
        return Steps(cancel=[order], why=f"replaced: {after}, in place of {before}")

    def _unsettled_buys(self, symbol: Symbol) -> list[Order]:
        unsettled = self._books.registry.unsettled()
        return [o for o in unsettled if o.intent.symbol == symbol and o.intent.side is Side.BUY]

    def _make_way(self, resting: list[Order], leaving: Exit, quote: Quote, now: Moment) -> Steps:
        record = self._record(quote.symbol)
        if any(_venue_acts(order, leaving, quote) for order in resting):
            record.hit_since = now.mono if record.hit_since is None else record.hit_since
            if seconds(now.mono - record.hit_since) < TRIGGER_WAIT_S:
                return Steps()
        return Steps(cancel=resting, why=f"the position is being left: {leaving.cause.value}")

    def _make(self, position: Position, wanted: _Terms, now: Moment) -> OrderChanged:
        intent_id = self._books.next_intent_id()
        target = f", target {wanted.limit}" if wanted.style is Style.BRACKET else ""
        intent = OrderIntent(
            intent_id=intent_id,
            client_order_id=client_order_id(intent_id),
            proposal_id=None,
            strategy=position.strategy,
            symbol=position.symbol,
            kind=OrderKind.EXIT,
            side=Side.SELL,
            style=wanted.style,
            quantity=wanted.quantity,
            limit_price=wanted.limit,
            notional_max=NO_NOTIONAL,
            reason=f"{ExitCause.PROTECTION.value}: rests at the venue, stop {wanted.stop}{target}",
            created_at=now.utc,
            stop_price=wanted.stop,
        )
        order = Order(intent=intent, status=OrderStatus.NEW, changed_at=now.utc)
        self._books.registry.add(order)
        return OrderChanged(order, "new", await_durable=True)

    # ------------------------------------------------------------------------------------------------------- failures
    def _failed(self, symbol: Symbol, what: str, now: Moment, *, final: bool) -> list[AlertRaised | AlertCleared]:
        record = self._record(symbol)
        record.failures += 1
        self._wait(record, now)
        if not final and record.failures < FAILURES_MAX:
            return []
        record.given_up = record.told = True
        text = f"{symbol}: the exit at the venue was {what}; the daemon's own exit protects the position while it runs"
        return [AlertRaised(_key(symbol), Severity.WARNING, text)]

    def _wait(self, record: _Record, now: Moment) -> None:
        wait_s = min(REPLACE_AFTER_S * 2**record.waits, WAIT_S_MAX)
        record.waits = min(record.waits + 1, _DOUBLINGS_MAX)
        record.next_at = Mono(now.mono + round(wait_s * SECOND))

    def _record(self, symbol: Symbol) -> _Record:
        return self._records.setdefault(symbol, _Record())

    def _cleared(self, symbol: Symbol) -> list[OrderChanged | AlertRaised | AlertCleared]:
        record = self._record(symbol)
        told, record.told = record.told, False
        return [AlertCleared(_key(symbol))] if told else []

    def _forget(self, symbol: Symbol) -> list[AlertRaised | AlertCleared]:
        record = self._records.pop(symbol, None)
        return [AlertCleared(_key(symbol))] if record is not None and record.told else []


def _key(symbol: Symbol) -> AlertKey:
    return AlertKey(f"protection:{symbol}")


def _due(record: _Record, now: Moment) -> bool:
    return not record.given_up and (record.next_at is None or now.mono >= record.next_at)


def _old_enough(record: _Record, now: Moment) -> bool:
    return record.made_at is None or seconds(now.mono - record.made_at) >= REPLACE_AFTER_S


def _venue_acts(order: Order, leaving: Exit, quote: Quote) -> bool:
    """Whether the venue can be expected to sell by this order what is to be left."""
    intent = order.intent
    if order.status not in _WORKS or intent.stop_price is None:
        return False
    if leaving.cause in _STOPS:
        return quote.bid <= intent.stop_price
    at_target = intent.style is Style.BRACKET and quote.bid >= intent.limit_price
    return leaving.cause is ExitCause.TARGET and at_target
