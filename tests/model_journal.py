"""A journal that is a list: facts wait to be written, and what was written comes back as the order manager's books."""

from decimal import Decimal

from attrs import evolve

from trader247.core.exit_desk import is_stop_out
from trader247.core.order_manager import ManagerOut
from trader247.messages.orders import (
    AccountOpened,
    BooksLoaded,
    EquityMarked,
    FillBooked,
    IntentDurable,
    OrderChanged,
    StopRaised,
)
from trader247.model.ids import IntentId, RunEpoch
from trader247.model.instant import Instant
from trader247.model.instrument import Symbol
from trader247.model.money import NO_NOTIONAL, Notional
from trader247.model.order import Order, Side
from trader247.model.portfolio import Balance, EquityMarks, Position, TapedFill

__all__ = ["ModelJournal"]

Fact = OrderChanged | FillBooked | AccountOpened | EquityMarked | StopRaised


class ModelJournal:
    """Writes in order, each fact wholly or not at all, and never one fill twice."""

    def __init__(self) -> None:
        self._waiting: list[Fact] = []
        self.orders: dict[IntentId, Order] = {}
        self.positions: dict[Symbol, Position] = {}
        self.fill_ids: set[str] = set()
        self.flows: dict[str, Decimal] = {}
        self.realised: Notional = NO_NOTIONAL
        self.tape: list[TapedFill] = []
        self.entries: dict[IntentId, tuple[Symbol, Instant]] = {}
        self.stop_outs: list[tuple[Symbol, Instant]] = []
        self._opening: tuple[Balance, ...] | None = None
        self._marks: EquityMarks | None = None

    def take(self, out: ManagerOut) -> None:
        """A fact waits to be written; everything else is not for the journal."""
        if isinstance(out, Fact):
            self._waiting.append(out)

    def write(self, count: int) -> list[IntentDurable]:
        """The oldest facts go to disk; the answers they ask for."""
        now, self._waiting = self._waiting[:count], self._waiting[count:]
        answers = []
        for fact in now:
            self._apply(fact)
            if isinstance(fact, OrderChanged) and fact.await_durable:
                answers.append(IntentDurable(fact.order.intent.intent_id))
        return answers

    def write_all(self) -> list[IntentDurable]:
        return self.write(len(self._waiting))

    def lose_rest(self) -> None:
        self._waiting = []

    def _apply(self, fact: Fact) -> None:
        match fact:
            case OrderChanged(order):
                self.orders[order.intent.intent_id] = order
            case AccountOpened(balances):
                assert self._opening is None, "the account is opened twice"
                self._opening = balances
            case EquityMarked(marks):
                self._marks = marks
            case StopRaised(position):
                self.positions[position.symbol] = position
            case FillBooked(fill, order, position, realised):
                assert fill.fill_id not in self.fill_ids, f"{fill.fill_id} is booked twice"
                self.fill_ids.add(fill.fill_id)
                proposal = order.intent.proposal_id
                self.tape.append(TapedFill(fill.symbol, fill.side, fill.quantity, realised, fill.at, proposal))
                if fill.side is Side.BUY:
                    last = self.entries.get(order.intent.intent_id, (fill.symbol, fill.at))[1]
                    self.entries[order.intent.intent_id] = (fill.symbol, max(last, fill.at))
                elif is_stop_out(order, realised):
                    self.stop_outs.append((fill.symbol, fill.at))
                self.orders[order.intent.intent_id] = order
                self.positions[fill.symbol] = position
                self.realised = Notional(self.realised + realised)
                base, _, currency = fill.symbol.partition("-")
                sign = 1 if fill.side is Side.BUY else -1
                self.flows[base] = self.flows.get(base, Decimal(0)) + sign * fill.quantity
                cost = sign * fill.price * fill.quantity + fill.fee
                self.flows[currency] = self.flows.get(currency, Decimal(0)) - cost

    def books(self, epoch: RunEpoch) -> BooksLoaded:
        """What a start or a restart is given; the fill ids of orders are kept apart, as the database keeps them."""
        mine = [int(i.rpartition("-i")[2]) for i in self.orders if i.startswith(epoch)]
        return BooksLoaded(
            orders=tuple(evolve(o) for o in self.orders.values() if not o.settled),
            positions=tuple(p for p in self.positions.values() if p.quantity),
            fill_ids=frozenset(self.fill_ids),
            opening=self._opening,
            flows=tuple(self.flows.items()),
            realised_today=self.realised,
            entries_24h=tuple(self.entries.values()),
            stop_outs_24h=tuple(self.stop_outs),
            marks=self._marks,
            intents_made=max(mine, default=0),
            tape=tuple(self.tape),
        )
