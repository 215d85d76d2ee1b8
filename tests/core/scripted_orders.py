"""An order manager in a quiet world, and the words of its dialogues: what went in, and what came out of it."""

from decimal import Decimal
from typing import Any, TypeVar

from tests.builders import BTC, Amount, approval, at, balance, client_id, fill, instrument, moment, quantity, quote

from trader247.core.order_manager import ManagerIn, ManagerOut, OrderManager
from trader247.messages.market import InstrumentsListed, QuoteAccepted
from trader247.messages.orders import (
    Accepted,
    BalancesSeen,
    BooksLoaded,
    FillsFetched,
    IntentDurable,
    OrderChanged,
    OrderReported,
    PlaceFinished,
    ReconcileFinished,
)
from trader247.model.ids import ClientOrderId, IntentId, RunEpoch, VenueOrderId
from trader247.model.instrument import Symbol
from trader247.model.mode import Mode
from trader247.model.money import NO_NOTIONAL
from trader247.model.order import Order, OrderStatus
from trader247.model.policy import Policy
from trader247.model.portfolio import Position

EPOCH = RunEpoch("00c0ffee00")
NO_BOOKS = BooksLoaded(
    orders=(),
    positions=(),
    fill_ids=frozenset(),
    opening=(balance(),),
    flows=(),
    realised_today=NO_NOTIONAL,
    entries_24h=(),
    stop_outs_24h=(),
    marks=None,
    intents_made=0,
)

T = TypeVar("T")


def only(out: list[ManagerOut], *kinds: type[T]) -> list[T]:
    """What came out that is of these kinds, in order."""
    return [message for message in out if isinstance(message, kinds)]


class Script:
    """Tells a manager what happens, second by second; ``say`` gives what came out."""

    def __init__(
        self,
        books: BooksLoaded | None = NO_BOOKS,
        *,
        mode: Mode = Mode.PAPER,
        policy: Policy | None = None,
        halted: bool = False,
        bid: Amount = 100,
    ) -> None:
        self.manager = OrderManager(policy or Policy(), mode, EPOCH, halted=halted)
        self.second = 0.0
        if books is not None:
            self.say(books)
            self.say(InstrumentsListed((instrument(BTC),)), ReconcileFinished(at()))
            self.quote(bid)

    def say(self, *messages: ManagerIn, at_second: float | None = None) -> list[ManagerOut]:
        """Everything that came out of these messages, told at once."""
        self.second = self.second if at_second is None else at_second
        return [out for message in messages for out in self.manager.handle(message, moment(self.second))]

    def quote(self, bid: Amount, at_second: float | None = None) -> list[ManagerOut]:
        self.second = self.second if at_second is None else at_second
        return self.say(QuoteAccepted(quote(BTC, bid=bid, second=self.second)))

    def order(self, number: int = 1) -> Order:
        """The run's n-th order as it is now."""
        found = self.manager._books.registry.get(IntentId(f"{EPOCH}-i{number}"))
        assert found is not None
        return found

    def position(self, symbol: Symbol = BTC) -> Position | None:
        return self.manager._books.ledger.positions.get(symbol)

    def approve(self, serial: int = 1, notional: Amount = 1_000) -> Order:
        """An approval that becomes an order."""
        (made,) = only(self.say(approval(serial, notional=notional, second=self.second)), OrderChanged)
        return made.order

    def durable(self, number: int = 1) -> list[ManagerOut]:
        return self.say(IntentDurable(IntentId(f"{EPOCH}-i{number}")))

    def accepted(self, number: int = 1) -> list[ManagerOut]:
        """The venue took the n-th order under the id ``v<n>``."""
        return self.say(
            PlaceFinished(IntentId(f"{EPOCH}-i{number}"), Accepted(VenueOrderId(f"v{number}")), moment(self.second).utc)
        )

    def open(self, number: int = 1) -> Order:
        """From durable to resting at the venue."""
        self.durable(number)
        self.accepted(number)
        assert self.order(number).status is OrderStatus.OPEN
        return self.order(number)

    def report(self, status: OrderStatus, filled: Amount = 0, number: int = 1) -> list[ManagerOut]:
        return self.say(reported(status, filled, number))

    def fills(self, size: Amount, number: int = 1, *, price: Amount = 100, name: int | str = 1) -> list[ManagerOut]:
        side = self.order(number).intent.side
        done = fill(name, venue=f"v{number}", side=side, at_price=price, size=size, second=self.second)
        return self.say(FillsFetched((done,)))

    def hold(self, bid: Amount = 100) -> Position:
        """Buy for 1,000 USD at the bid, wholly filled: stop 5 % under, target 10 % over."""
        self.approve()
        size = self.open().intent.quantity
        self.report(OrderStatus.FILLED, size)
        self.fills(size, price=bid, name="entry")
        held = self.position()
        assert held is not None
        return held


def reported(
    status: OrderStatus, filled: Amount = 0, number: int = 1, symbol: Symbol = BTC, **terms: Any
) -> OrderReported:
    return OrderReported(
        venue_order_id=VenueOrderId(f"v{number}"),
        client_order_id=client_id(number),
        symbol=symbol,
        status=status,
        filled=quantity(filled),
        at=at(),
        **terms,
    )


def foreign(status: OrderStatus = OrderStatus.OPEN) -> OrderReported:
    """A report of an order somebody else made."""
    return OrderReported(VenueOrderId("theirs"), ClientOrderId("theirs"), BTC, status, filled=quantity(0), at=at())


def balances(usd: Amount = 10_000) -> BalancesSeen:
    return BalancesSeen((balance("USD", Decimal(usd)),), at())


__all__ = ["EPOCH", "NO_BOOKS", "Script", "balances", "foreign", "only", "reported"]
