"""The matching engine: order entry, price-time matching, settlement, cancels and expiries of all products. Pure.

Rules (section 11.3 of the wire), in the order they are applied to a new order:

1. the product's trading flags; 2. post-only that would cross is refused whole; 3. a market order needs a book;
4. at most 500 open orders per product; 5. funds are checked and held: a buy holds ``price * size * (1 + fee rate)``
(taker rate unless post-only), a sell its base size; 6. it trades at the prices of the resting orders, best price
first, then oldest; 7. what is left rests (GTC, GTD) or is cancelled (market, IOC); an FOK trades whole or not at all.

Market and immediate orders never trade further than ``protection`` off the touch. Orders of one owner that meet are
not traded: the larger shrinks by the smaller, the smaller is cancelled (decrement and cancel).
"""

import heapq
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final

from attrs import frozen

from trader247.model.instant import Instant
from trader247.model.money import ZERO, floor_to
from trader247.venues.simulated.book import Book, Resting, Side
from trader247.venues.simulated.identifiers import Identifiers
from trader247.venues.simulated.ledger import HOUSE, Ledger, LedgerBroken
from trader247.venues.simulated.order_record import ExchangeOrder, FillRow, Kind, OrderState
from trader247.venues.simulated.order_terms import Refusal
from trader247.venues.simulated.products import Product, TradingFlags
from trader247.venues.simulated.settlement import held_for, settle

__all__ = ["Engine", "Traded"]

OPEN_ORDERS_MAX: Final = 500
_ONE: Final = Decimal(1)
_PROTECTION: Final = {"BTC-USD": Decimal("0.02"), "ETH-USD": Decimal("0.02")}
_PROTECTION_ELSEWHERE: Final = Decimal("0.03")


@frozen
class Traded:
    """A print of the public tape. ``maker_side`` is the side of the order that rested."""

    number: str
    product_id: str
    price: Decimal
    size: Decimal
    maker_side: Side
    at: Instant


class Engine:
    """Books and orders of every product over one ledger.

    What happened since it was last asked stands in ``traded``, ``fills`` and ``changed``, the house's levels that lost
    something in ``eaten``; whoever reads them empties them.
    """

    def __init__(self, products: Mapping[str, Product], ledger: Ledger, ids: Identifiers) -> None:
        """``ledger`` must hold the house's funds already."""
        self.products = products
        self.ledger = ledger
        self.ids = ids
        self.books = {product_id: Book() for product_id in products}
        self.flags = {product_id: TradingFlags() for product_id in products}
        self.eaten: dict[str, set[tuple[Side, Decimal]]] = {product_id: set() for product_id in products}
        self.open_orders: dict[str, ExchangeOrder] = {}
        self.traded: list[Traded] = []
        self.fills: list[FillRow] = []
        self.changed: dict[str, ExchangeOrder] = {}
        self._fill_count = 0
        self._open_counts: dict[tuple[str, str], int] = {}
        self._expiries: list[tuple[Instant, str]] = []

    # ------------------------------------------------------------------------------------------------ order entry
    def place(self, order: ExchangeOrder, now: Instant) -> Refusal | None:
        """Enter an order, or refuse it with nothing changed. The order is in ``changed`` when accepted."""
        book = self.books[order.product_id]
        limit = self._limit(order, book)
        refusal = self._refusal(order, book, limit)
        if refusal is not None:
            return refusal
        if limit is None:
            return Refusal("INVALID_NO_LIQUIDITY", "PREVIEW_INVALID_NO_LIQUIDITY")
        if not self._take_hold(order, book, limit):
            return Refusal("INSUFFICIENT_FUND", "PREVIEW_INSUFFICIENT_FUND", "Insufficient balance in source account")
        self._count(order, +1)
        self.open_orders[order.order_id] = order
        order.state = OrderState.OPEN
        self._touch(order, now)
        if order.terms.kind is Kind.LIMIT_FOK and self._fillable(order, book, limit) < order.workable:
            self._end(order, OrderState.CANCELLED, now)
            return None
        self._match(order, book, limit, now)
        self._settle_remainder(order, book, now)
        return None

    def cancel(self, order: ExchangeOrder, now: Instant) -> None:
        """Take a working order out and free its hold."""
        self._end(order, OrderState.CANCELLED, now)

    def expire(self, now: Instant) -> None:
        """End the good-till-date orders whose time has come."""
        while self._expiries and self._expiries[0][0] <= now:
            _, order_id = heapq.heappop(self._expiries)
            order = self.open_orders.get(order_id)
            if order is not None:
                self._end(order, OrderState.EXPIRED, now)

    def next_expiry(self) -> Instant | None:
        """When ``expire`` has work next (possibly for an order that has ended by itself)."""
        return self._expiries[0][0] if self._expiries else None

    def revive(self, order: ExchangeOrder) -> None:
        """Put a working order of an earlier run back into its book; its hold stands in the ledger already."""
        self._count(order, +1)
        self.open_orders[order.order_id] = order
        self._rest(order, self.books[order.product_id])

    def _limit(self, order: ExchangeOrder, book: Book) -> Decimal | None:
        """The worst price the order may trade at, or None for a market order in an empty book."""
        limit, kind = order.terms.limit_price, order.terms.kind
        best = book.best_price(order.side.opposite)
        if kind.rests or kind is Kind.LIMIT_FOK or best is None:
            return limit
        guard = _PROTECTION.get(order.product_id, _PROTECTION_ELSEWHERE)
        if order.side is Side.BUY:
            worst = best * (_ONE + guard)
            return worst if limit is None else min(worst, limit)
        worst = best * (_ONE - guard)
        return worst if limit is None else max(worst, limit)

    def _refusal(self, order: ExchangeOrder, book: Book, limit: Decimal | None) -> Refusal | None:
        closed = _flag_refusal(self.flags[order.product_id], order)
        if closed is not None:
            return closed
        terms = order.terms
        if terms.post_only and terms.limit_price is not None and book.crosses(order.side, terms.limit_price):
            return Refusal("INVALID_LIMIT_PRICE_POST_ONLY", "PREVIEW_INVALID_LIMIT_PRICE_POST_ONLY")
        if terms.kind is Kind.MARKET_IOC and terms.base_size is not None and limit is not None:
            touch = book.best_price(order.side.opposite)
            if touch is not None and touch * terms.base_size < self.products[order.product_id].quote_min_size:
                return Refusal("UNKNOWN_FAILURE_REASON", "PREVIEW_INVALID_QUOTE_SIZE_TOO_SMALL")
        if self._open_counts.get((order.owner, order.product_id), 0) >= OPEN_ORDERS_MAX:
            return Refusal("COMMANDER_REJECTED_NEW_ORDER", message=f"Too many open orders, limit is {OPEN_ORDERS_MAX}")
        return None

    def _take_hold(self, order: ExchangeOrder, book: Book, limit: Decimal) -> bool:
        product, terms = self.products[order.product_id], order.terms
        if terms.side is Side.SELL:
            currency, amount = product.base, order.workable
        elif terms.quote_size is not None:
            currency, amount = product.quote, terms.quote_size
        elif terms.limit_price is not None:
            currency, amount = product.quote, held_for(order, terms.limit_price, order.workable)
        else:
            currency, amount = product.quote, _cost_of(order, book, limit)
        if not self.ledger.hold(order.owner, currency, amount):
            return False
        order.hold = amount
        return True

    # --------------------------------------------------------------------------------------------------- matching
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
        """How much of the order can trade at a price: its rest, or what its budget buys with the fee on top."""
        if order.terms.quote_size is None:
            return order.workable
        increment = self.products[order.product_id].base_increment
        return floor_to(order.workable / (price * (_ONE + order.taker_rate)), increment)

    def _trade(
        self, product_id: str, resting: Resting, taker: ExchangeOrder | None, quantity: Decimal, now: Instant
    ) -> None:
        """Trade with a resting order at its price; ``taker`` None is the house or its flow."""
        maker = self.open_orders.get(resting.order_id)
        buyer, seller = (maker, taker) if resting.side is Side.BUY else (taker, maker)
        settle(
            self.ledger, self.products[product_id], buyer, seller, price=resting.price, quantity=quantity, maker=maker
        )
        self._eat(product_id, resting, quantity)
        self._print(product_id, resting.price, quantity, resting.side, now)
        for order in (maker, taker):
            if order is not None:
                self._record_fill(order, resting.price, quantity, now, is_maker=order is maker)
        if maker is not None and maker.workable <= 0:
            self._end(maker, OrderState.FILLED, now)

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

    def _fillable(self, order: ExchangeOrder, book: Book, limit: Decimal) -> Decimal:
        found = ZERO
        for resting in book.queue(order.side.opposite):
            if not _within(order.side, resting.price, limit) or found >= order.workable:
                break
            found += resting.size if resting.owner != order.owner else ZERO
        return found

    def _settle_remainder(self, order: ExchangeOrder, book: Book, now: Instant) -> None:
        if order.workable > 0 and order.terms.kind.rests:
            self._rest(order, book)
        elif order.workable > 0 or not _was_filled(order):
            self._end(order, OrderState.CANCELLED, now)
        else:
            self._end(order, OrderState.FILLED, now)

    def _rest(self, order: ExchangeOrder, book: Book) -> None:
        price = order.terms.limit_price
        if price is None:
            raise LedgerBroken(f"order {order.order_id} rests without a limit price")
        order.resting = Resting(order.order_id, order.owner, order.side, price, order.workable)
        book.add(order.resting)
        if order.terms.end_time is not None:
            heapq.heappush(self._expiries, (order.terms.end_time, order.order_id))

    def _end(self, order: ExchangeOrder, state: OrderState, now: Instant) -> None:
        if order.resting is not None and order.resting.size > 0:
            self.books[order.product_id].remove(order.resting)
        order.resting = None
        product = self.products[order.product_id]
        self.ledger.release(order.owner, product.base if order.side is Side.SELL else product.quote, order.hold)
        order.hold = ZERO
        order.state = state
        del self.open_orders[order.order_id]
        self._count(order, -1)
        self._touch(order, now)

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
        self.traded.append(Traded(self.ids.trade_number(), product_id, price, size, maker_side, now))

    def _touch(self, order: ExchangeOrder, now: Instant) -> None:
        order.updated_at = now
        self.changed[order.order_id] = order

    def _count(self, order: ExchangeOrder, by: int) -> None:
        key = (order.owner, order.product_id)
        self._open_counts[key] = self._open_counts.get(key, 0) + by


def _flag_refusal(flags: TradingFlags, order: ExchangeOrder) -> Refusal | None:
    blocked = "PREVIEW_NOT_ALLOWED_BY_MARKET_STATE"
    if not flags.takes_orders:
        reason = "TRADING_DISABLED" if flags.trading_disabled else "ORDER_ENTRY_DISABLED"
        return Refusal(reason, blocked, "target is not enabled for trading")
    if flags.limit_only and order.terms.kind is Kind.MARKET_IOC:
        return Refusal("ORDER_ENTRY_DISABLED", blocked, "limit only")
    if (flags.post_only or flags.auction_mode) and not order.terms.post_only:
        return Refusal("ORDER_ENTRY_DISABLED", blocked, "post only")
    return None


def _was_filled(order: ExchangeOrder) -> bool:
    """Whether an order with nothing workable left was filled, and not used up by self-trade prevention alone."""
    return order.filled_size > 0 and (order.terms.base_size is None or order.filled_size == order.terms.base_size)


def _within(side: Side, price: Decimal, limit: Decimal) -> bool:
    return price <= limit if side is Side.BUY else price >= limit


def _reach(order: ExchangeOrder, book: Book, limit: Decimal) -> Iterator[tuple[Decimal, Decimal]]:
    left = order.workable
    for resting in book.queue(order.side.opposite):
        if left <= 0 or not _within(order.side, resting.price, limit):
            return
        quantity = min(left, resting.size)
        left -= quantity
        yield resting.price, quantity


def _cost_of(order: ExchangeOrder, book: Book, limit: Decimal) -> Decimal:
    """What a market buy by base size costs in this book, fees included; its hold."""
    value = sum((price * quantity for price, quantity in _reach(order, book, limit)), ZERO)
    return value * (_ONE + order.taker_rate)
