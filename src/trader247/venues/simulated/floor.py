"""The floor of the exchange: the books of every product over one ledger, and what happens when orders meet. Pure.

Best price first, then oldest; a trade happens at the price of the order that rested and is settled at once. Orders of
one owner that meet are not traded: the larger shrinks by the smaller, the smaller is cancelled, and of two alike both
are (decrement and cancel, the default of the venue's older interface; guess for this one).
"""

from collections import deque
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from attrs import frozen

from trader247.model.instant import Instant
from trader247.model.money import ZERO, floor_to, plain
from trader247.venues.simulated.admission import fillable, worst_price
from trader247.venues.simulated.book import Book, Resting, Side
from trader247.venues.simulated.frictions import Frictions
from trader247.venues.simulated.identifiers import Identifiers
from trader247.venues.simulated.ledger import HOUSE, Ledger, LedgerBroken
from trader247.venues.simulated.order_record import ExchangeOrder, FillRow, Kind, OrderState, Trigger
from trader247.venues.simulated.products import Product, TradingFlags
from trader247.venues.simulated.settlement import held_for, settle
from trader247.venues.simulated.triggers import Triggers

__all__ = ["Floor", "Traded", "configuration_in_force"]

_ONE: Final = Decimal(1)


@frozen
class Traded:
    """A print of the public tape. ``maker_side`` is the side of the order that rested."""

    number: str
    product_id: str
    price: Decimal
    size: Decimal
    maker_side: Side
    at: Instant


class Floor:
    """Books and orders of every product over one ledger.

    ``open_orders`` are all that have not ended: working ones, and those that wait for acceptance or for a parent.
    What happened since it was last asked stands in ``traded``, ``fills`` and ``changed``, the house's levels that lost
    something in ``eaten``; whoever reads them empties them.
    """

    def __init__(self, products: Mapping[str, Product], ledger: Ledger, ids: Identifiers) -> None:
        """``ledger`` must hold the house's funds already. Products with an alias share what is kept by book."""
        self.products = products
        self.ledger = ledger
        self.ids = ids
        own = [each.book_id for each in products.values() if not each.alias]
        books = {name: Book() for name in own}
        self.books = {name: books[each.book_id] for name, each in products.items()}
        self.flags = {product_id: TradingFlags() for product_id in products}
        eaten: dict[str, set[tuple[Side, Decimal]]] = {name: set() for name in own}
        self.eaten = {name: eaten[each.book_id] for name, each in products.items()}
        self.open_orders: dict[str, ExchangeOrder] = {}
        self.traded: list[Traded] = []
        self.fills: list[FillRow] = []
        self.changed: dict[str, ExchangeOrder] = {}
        self.due: deque[str] = deque()
        triggers = {name: Triggers(self.due) for name in own}
        self.triggers = {name: triggers[each.book_id] for name, each in products.items()}
        self.frictions: Frictions | None = None
        self._bought: dict[str, Decimal] = {}
        self._fill_count = 0
        self._open_counts: dict[tuple[str, str], int] = {}

    # --------------------------------------------------------------------------------------------------- matching
    def _work(self, order: ExchangeOrder, now: Instant) -> None:
        """Trade what meets the order's limit; the rest stays or ends, as its kind says."""
        book = self.books[order.product_id]
        limit = worst_price(order, book)
        whole = order.terms.kind is Kind.LIMIT_FOK
        if limit is None or (whole and fillable(order, book, limit) < order.workable):
            self._end(order, OrderState.CANCELLED, now)
            return
        self._match(order, book, limit, now)
        if order.workable > 0 and order.terms.kind.rests:
            self._rest(order, book)
        else:
            self._finish(order, now)

    def _match(self, order: ExchangeOrder, book: Book, limit: Decimal, now: Instant) -> None:
        while order.workable > 0 and (resting := book.meeting(order.side, limit)) is not None:
            quantity = min(resting.size, self._affordable(order, resting.price))
            if quantity <= 0:
                order.workable = ZERO
            elif resting.owner == order.owner:
                self._decrement(order, resting, book, quantity, now)
            else:
                self._trade(order.product_id, resting, order, quantity, now)

    def _affordable(self, order: ExchangeOrder, price: Decimal) -> Decimal:
        """How much of the order can trade at a price: its rest, or what its money buys with the fee on top.

        A market buy by base size holds what the book asked when it was admitted; entered later, that may buy less.
        """
        if order.side is Side.SELL or order.terms.limit_price is not None:
            return order.workable
        in_quote = order.terms.quote_size is not None
        budget = order.workable if in_quote else order.hold
        increment = self.products[order.product_id].base_increment
        most = floor_to(budget / (price * (_ONE + order.taker_rate)), increment)
        return most if in_quote else min(most, order.workable)

    def _trade(
        self, product_id: str, resting: Resting, taker: ExchangeOrder | None, quantity: Decimal, now: Instant
    ) -> None:
        """Trade with a resting order at its price; ``taker`` None is the house or its flow."""
        maker = self.open_orders.get(resting.order_id)
        buyer, seller = (maker, taker) if resting.side is Side.BUY else (taker, maker)
        price = resting.price if taker is None else self._price_of(taker, resting, quantity)
        settle(self.ledger, self.products, buyer, seller, price=price, quantity=quantity, maker=maker)
        self._eat(product_id, resting, quantity)
        self._print(product_id, resting.price, quantity, resting.side, now)
        for order in (maker, taker):
            if order is not None:
                self._record_fill(order, price, quantity, now, is_maker=order is maker)
        if maker is not None and maker.workable <= 0:
            self._finish(maker, now)

    def _price_of(self, taker: ExchangeOrder, resting: Resting, quantity: Decimal) -> Decimal:
        """The resting order's price; where trading has frictions, and the house is met, what they make of it."""
        if self.frictions is None or resting.owner != HOUSE:
            return resting.price
        book = self.books[taker.product_id]
        bids, asks = book.depth(Side.BUY, 1), book.depth(Side.SELL, 1)
        mid = (bids[0][0] + asks[0][0]) / 2 if bids and asks else resting.price
        return self.frictions.taker_price(taker, resting.price, mid, quantity)

    def _eat(self, product_id: str, resting: Resting, quantity: Decimal) -> None:
        self.books[product_id].reduce(resting, quantity)
        if resting.owner == HOUSE:
            self.eaten[product_id].add((resting.side, resting.price))

    def _record_fill(
        self, order: ExchangeOrder, price: Decimal, quantity: Decimal, now: Instant, *, is_maker: bool
    ) -> None:
        value = price * quantity
        fee = value * (order.maker_rate if is_maker else order.taker_rate)
        order.filled_size += quantity
        order.filled_value += value
        order.fees += fee
        order.fill_count += 1
        order.last_fill_at = now
        order.workable -= quantity if order.terms.quote_size is None else value + fee
        self._fill_count += 1
        in_quote = order.terms.quote_size is not None
        entry, trade, row = self.ids.entry(), self.ids.unique(), self._fill_count
        who, what = order.owner, order.product_id
        self.fills.append(
            FillRow(
                entry, trade, order.order_id, who, what, order.side, price, quantity, fee, is_maker, now, in_quote, row
            )
        )
        self._touch(order, now)
        if order.attached_order_id in self.open_orders:
            self.hand_over(order.attached_order_id, quantity)

    def hand_over(self, child_id: str, quantity: Decimal) -> None:
        """Let an attached order have what its parent bought, once the trades of now are done."""
        if child_id not in self._bought:
            self.due.append(child_id)
        self._bought[child_id] = self._bought.get(child_id, ZERO) + quantity

    def _decrement(self, order: ExchangeOrder, resting: Resting, book: Book, quantity: Decimal, now: Instant) -> None:
        """Self-trade prevention: both shrink by the smaller; whichever has nothing left is cancelled."""
        other = self.open_orders[resting.order_id]
        book.reduce(resting, quantity)
        for each in (order, other):
            self._shrink(each, quantity, resting.price)
            self._touch(each, now)
        if other.workable <= 0:
            self._end(other, OrderState.CANCELLED, now)

    def _shrink(self, order: ExchangeOrder, quantity: Decimal, price: Decimal) -> None:
        product, terms = self.products[order.product_id], order.terms
        if terms.quote_size is not None:
            order.workable -= price * quantity * (_ONE + order.taker_rate)
            return
        order.workable -= quantity
        freed = quantity if order.side is Side.SELL else held_for(order, terms.limit_price or price, quantity)
        freed = min(freed, order.hold)
        self.ledger.release(order.owner, product.base if order.side is Side.SELL else product.quote, freed)
        order.hold -= freed

    def _finish(self, order: ExchangeOrder, now: Instant) -> None:
        """End an order that does not rest; one that self-trade prevention made smaller was not filled.

        An attached order that sold all it has so far stays open while its parent may still buy.
        """
        if order.originating_order_id in self.open_orders and order.filled_size > 0:
            self._withdraw(order)
            return
        self._end(order, OrderState.FILLED if _was_filled(order) else OrderState.CANCELLED, now)

    def _rest(self, order: ExchangeOrder, book: Book) -> None:
        price = order.limit_price
        if price is None:
            raise LedgerBroken(f"order {order.order_id} rests without a limit price")
        size = order.workable if self.frictions is None else self.frictions.standing_size(order)
        order.resting = Resting(order.order_id, order.owner, order.side, price, size)
        book.add(order.resting)

    def _withdraw(self, order: ExchangeOrder) -> None:
        if order.resting is not None and order.resting.size > 0:
            self.books[order.product_id].remove(order.resting)
        order.resting = None

    def _end(self, order: ExchangeOrder, state: OrderState, now: Instant) -> None:
        self._withdraw(order)
        if order.trigger is Trigger.PENDING:
            self.triggers[order.product_id].forget(order.order_id)
        self.ledger.release(order.owner, self._held_currency(order), order.hold)
        order.hold = ZERO
        order.state, order.pending_edit = state, None
        del self.open_orders[order.order_id]
        self._count(order, -1)
        self._touch(order, now)
        self._bought.pop(order.order_id, None)
        child = self.open_orders.get(order.attached_order_id)
        if child is not None:
            self._end_with_parent(order, child, now)

    def _end_with_parent(self, parent: ExchangeOrder, child: ExchangeOrder, now: Instant) -> None:
        """Nothing more will be bought: a child without a thing to sell ends, any other goes on by itself."""
        if parent.filled_size == 0:
            self._end(child, OrderState.CANCELLED, now)
        elif child.workable <= 0 and child.order_id not in self._bought:
            self._finish(child, now)

    def _held_currency(self, order: ExchangeOrder) -> str:
        product = self.products[order.product_id]
        return product.base if order.side is Side.SELL else product.quote

    # -------------------------------------------------------------------------------------------------- the house
    def take_for_house(self, product_id: str, side: Side, limit: Decimal, size: Decimal, now: Instant) -> Decimal:
        """Trade a house order of ``side`` against clients down to ``limit``, in price-time order; the rest of it.

        House orders in the way are consumed as they would be by a stranger; nothing is settled for them.
        """
        book = self.books[product_id]
        while size > 0 and (resting := book.meeting(side, limit)) is not None:
            quantity = min(size, resting.size)
            if resting.owner == HOUSE:
                self._eat(product_id, resting, quantity)
                self._print(product_id, limit, quantity, side.opposite, now)
            else:
                self._trade(product_id, resting, None, quantity, now)
            size -= quantity
        return size

    def print_off_book(self, product_id: str, price: Decimal, size: Decimal, taker: Side, now: Instant) -> None:
        """Put a trade among strangers on the tape; no order of this exchange had part in it."""
        self._print(product_id, price, size, taker.opposite, now)

    # ---------------------------------------------------------------------------------------------------- records
    def _print(self, product_id: str, price: Decimal, size: Decimal, maker_side: Side, now: Instant) -> None:
        name = self.products[product_id].book_id
        self.triggers[name].see(price)
        self.traded.append(Traded(self.ids.trade_number(), name, price, size, maker_side, now))

    def _touch(self, order: ExchangeOrder, now: Instant) -> None:
        order.updated_at = now
        self.changed[order.order_id] = order

    def _count(self, order: ExchangeOrder, by: int) -> None:
        key = (order.owner, order.product_id)
        self._open_counts[key] = self._open_counts.get(key, 0) + by


def _was_filled(order: ExchangeOrder) -> bool:
    """Whether an order with nothing workable left was filled, and not used up by self-trade prevention alone."""
    return order.filled_size > 0 and (order.terms.base_size is None or order.filled_size == order.terms.base_size)


def configuration_in_force(order: ExchangeOrder) -> Mapping[str, Mapping[str, object]]:
    """The order's configuration as sent, with the size and prices that are now in force."""
    terms = order.terms
    kind, fields = next(iter(order.configuration.items()))
    stop_field = "stop_trigger_price" if terms.kind.is_bracket else "stop_price"
    values = {"base_size": terms.base_size, "limit_price": terms.limit_price, stop_field: terms.stop_price}
    return {kind: {**fields, **{name: plain(value) for name, value in values.items() if value is not None}}}
