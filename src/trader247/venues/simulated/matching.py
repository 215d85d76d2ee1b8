"""The matching engine: order entry, stops, attached orders, cancels, edits and expiries on the exchange's floor. Pure.

Rules (section 11.3 of the wire), in the order they are applied to a new order:

1. the product's trading flags; 2. post-only that would cross is refused whole; 3. a stop that the last trade has
reached is refused; 4. at most 500 open orders per product; 5. a market order needs a book; 6. funds are checked and
held: a buy holds ``price * size * (1 + fee rate)`` (taker rate unless post-only), a sell its base size; 7. it trades at
the prices of the resting orders, best price first, then oldest; 8. what is left rests (GTC, GTD) or is cancelled
(market, IOC); an FOK trades whole or not at all.

Market and immediate orders never trade further than ``protection`` off the touch.

A stop-limit order waits outside the book with its hold taken; a bracket rests in it at its take-profit price. A last
trade that reaches the stop makes either a limit order: the stop-limit at its limit, the bracket at 5 % beyond its stop,
which loses its place. An attached order comes to life with its parent's first fill and grows with each later one, so
that it always sells what the parent bought (guess: the venue says "the same size" and not when); it is cancelled with a
parent that filled nothing. Both happen once the trades that caused them are done, never amid them (``follow_up``).
"""

import heapq
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from attrs import evolve

from trader247.model.instant import Instant
from trader247.model.money import ZERO, floor_to
from trader247.venues.simulated.admission import (
    INSUFFICIENT_FUND,
    NO_LIQUIDITY,
    Standing,
    flag_refusal,
    needed_hold,
    post_only_refusal,
    refusal_of,
)
from trader247.venues.simulated.book import Side
from trader247.venues.simulated.floor import Floor, Traded, configuration_in_force
from trader247.venues.simulated.identifiers import Identifiers
from trader247.venues.simulated.ledger import Ledger
from trader247.venues.simulated.order_record import Edit, ExchangeOrder, OrderState, Trigger
from trader247.venues.simulated.order_terms import Refusal
from trader247.venues.simulated.products import Product
from trader247.venues.simulated.settlement import held_for

__all__ = ["Engine", "Traded"]

OPEN_ORDERS_MAX: Final = 500
EDITS_SHOWN: Final = 5
_STOP_LEG: Final = Decimal("0.95")
"""A bracket's stop sells as a limit order 5 % under its trigger."""


class Engine(Floor):
    """The floor with its doors: everything an order can do, by itself or because a client asked."""

    def __init__(self, products: Mapping[str, Product], ledger: Ledger, ids: Identifiers) -> None:
        """``ledger`` must hold the house's funds already."""
        super().__init__(products, ledger, ids)
        self._expiries: list[tuple[Instant, str]] = []

    # ------------------------------------------------------------------------------------------------ order entry
    def place(self, order: ExchangeOrder, now: Instant) -> Refusal | None:
        """Enter an order, or refuse it with nothing changed. The order is in ``changed`` when accepted."""
        refusal = self.admit(order, now)
        if refusal is None:
            self.enter(order, now)
        return refusal

    def admit(self, order: ExchangeOrder, now: Instant) -> Refusal | None:
        """Check an order and take its hold; it is open from here on, and works once it is entered."""
        amount = self.check(order)
        if isinstance(amount, Refusal):
            return amount
        if not self.ledger.hold(order.owner, self._held_currency(order), amount):
            return INSUFFICIENT_FUND
        order.hold = amount
        self.wait(order, now)
        if order.terms.end_time is not None:
            heapq.heappush(self._expiries, (order.terms.end_time, order.order_id))
        return None

    def wait(self, order: ExchangeOrder, now: Instant) -> None:
        """Keep an order that holds nothing and does not work yet: an attached one, until its parent fills."""
        self._count(order, +1)
        self.open_orders[order.order_id] = order
        self._touch(order, now)

    def standing(self, product_id: str) -> Standing:
        """The market of a product as it stands."""
        return Standing(
            self.products[product_id],
            self.flags[product_id],
            self.books[product_id],
            self.triggers[product_id].last,
        )

    def check(self, order: ExchangeOrder) -> Refusal | Decimal:
        """What an order would hold if it came now, or why it would be refused; nothing changes."""
        product_id = order.product_id
        market = self.standing(product_id)
        refusal = refusal_of(order, market)
        if refusal is not None:
            return refusal
        if self._open_counts.get((order.owner, product_id), 0) >= OPEN_ORDERS_MAX:
            return Refusal("COMMANDER_REJECTED_NEW_ORDER", message=f"Too many open orders, limit is {OPEN_ORDERS_MAX}")
        amount = needed_hold(order, market.book)
        return NO_LIQUIDITY if amount is None else amount

    def affords(self, order: ExchangeOrder, amount: Decimal) -> bool:
        """Whether the order's owner has that much of what it would hold."""
        return self.ledger.available(order.owner, self._held_currency(order)) >= amount

    def enter(self, order: ExchangeOrder, now: Instant) -> None:
        """Let an admitted order work."""
        self._begin(order, now)
        if self.due:
            self.follow_up(now)

    def _begin(self, order: ExchangeOrder, now: Instant) -> None:
        order.state = OrderState.OPEN
        self._touch(order, now)
        if order.terms.stop_price is not None:
            order.trigger = Trigger.PENDING
            self._watch(order)
        if order.terms.stop_price is None or order.terms.kind.is_bracket:
            self._work(order, now)

    def enter_late(self, order: ExchangeOrder, now: Instant) -> None:
        """Let an order work that was admitted a while ago: what speaks against it now makes it FAILED."""
        refusal = flag_refusal(self.flags[order.product_id], order) or post_only_refusal(
            order, self.books[order.product_id]
        )
        if refusal is None:
            self.enter(order, now)
        else:
            order.reject_message = refusal.message or refusal.reason
            self._end(order, OrderState.FAILED, now)

    def mark(self, order: ExchangeOrder, state: OrderState, now: Instant) -> None:
        """Show another status; the order works on as before."""
        order.state = state
        self._touch(order, now)

    def cancel(self, order: ExchangeOrder, now: Instant) -> None:
        """Take a working order out and free its hold."""
        self._end(order, OrderState.CANCELLED, now)
        if self.due:
            self.follow_up(now)

    def sweep(self, order: ExchangeOrder, now: Instant) -> None:
        """Let a stranger take a resting order and all that stands in line before it."""
        if order.resting is None:
            return
        size = ZERO
        for each in self.books[order.product_id].queue(order.side):
            size += each.size
            if each is order.resting:
                break
        self.take_for_house(order.product_id, order.side.opposite, order.resting.price, size, now)
        if self.due:
            self.follow_up(now)

    def expire(self, now: Instant) -> None:
        """End the good-till-date orders whose time has come."""
        while self._expiries and self._expiries[0][0] <= now:
            _, order_id = heapq.heappop(self._expiries)
            order = self.open_orders.get(order_id)
            if order is not None:
                self._end(order, OrderState.EXPIRED, now)
        if self.due:
            self.follow_up(now)

    def next_expiry(self) -> Instant | None:
        """When ``expire`` has work next (possibly for an order that has ended by itself)."""
        return self._expiries[0][0] if self._expiries else None

    def revive(self, order: ExchangeOrder) -> None:
        """Put an open order of an earlier run back; its hold stands in the ledger already."""
        self._count(order, +1)
        self.open_orders[order.order_id] = order
        if order.terms.end_time is not None:
            heapq.heappush(self._expiries, (order.terms.end_time, order.order_id))
        if order.state in {OrderState.PENDING, OrderState.QUEUED}:
            return
        if order.trigger is Trigger.PENDING:
            self._watch(order)
        rests = order.trigger is not Trigger.PENDING or order.terms.kind.is_bracket
        if rests and order.workable > 0:  # an attached order may have sold all that its parent has bought so far
            self._rest(order, self.books[order.product_id])

    # --------------------------------------------------------------------------------------------- stops and edits
    def follow_up(self, now: Instant) -> None:
        """Do what the trades so far have caused: stops that were reached, children of orders that bought.

        Ends, because an order is triggered once, and grows only by what its parent buys.
        """
        while self.due:
            order = self.open_orders.get(self.due.popleft())
            if order is None:
                continue
            bought = self._bought.pop(order.order_id, None)
            if bought is not None:
                self._grow(order, bought, now)
            elif order.trigger is Trigger.PENDING:
                self._trigger(order, now)

    def _trigger(self, order: ExchangeOrder, now: Instant) -> None:
        order.trigger = Trigger.REACHED
        if order.terms.kind.is_bracket and order.terms.stop_price is not None:
            self._withdraw(order)
            increment = self.products[order.product_id].price_increment
            order.stop_leg = max(increment, floor_to(order.terms.stop_price * _STOP_LEG, increment))
        self._touch(order, now)
        self._work(order, now)

    def _grow(self, child: ExchangeOrder, bought: Decimal, now: Instant) -> None:
        """Let an attached order sell what its parent bought, at the end of the line.

        It fails where that is bound elsewhere: one attached by an edit may come after another sale.
        """
        if not self.ledger.hold(child.owner, self._held_currency(child), bought):
            child.reject_reason = "HOLD_FAILURE"
            self._end(child, OrderState.FAILED, now)
            return
        is_new = child.state is OrderState.PENDING
        size = bought if is_new else (child.terms.base_size or ZERO) + bought
        child.terms = evolve(child.terms, base_size=size)
        child.workable += bought
        child.hold += bought
        child.configuration = configuration_in_force(child)
        if is_new:
            self._begin(child, now)
            return
        self._touch(child, now)
        self._withdraw(child)
        self._work(child, now)

    def _watch(self, order: ExchangeOrder) -> None:
        if order.terms.stop_price is not None:
            self.triggers[order.product_id].watch(
                order.order_id, order.terms.stop_price, upwards=order.terms.stop_upwards
            )

    def replace(self, order: ExchangeOrder, edit: Edit, now: Instant) -> bool:
        """Give an open order a new price, total size and stop, which the caller has checked; False if not funded.

        It keeps its place only where the price stays and the size does not grow; else it enters the line anew, and
        trades at once where it crosses.
        """
        old = order.terms
        cut = (old.base_size or ZERO) - edit.size
        keeps_place = edit.price == old.limit_price and cut >= 0
        left = order.workable - cut
        if not self._rebind(order, _held_after(order, edit)):
            return False
        order.terms = evolve(old, base_size=edit.size, limit_price=edit.price, stop_price=edit.stop_price)
        order.workable = left
        order.configuration = configuration_in_force(order)
        order.edits = (*order.edits, edit)[-EDITS_SHOWN:]
        order.state, order.pending_edit = OrderState.OPEN, None
        self._touch(order, now)
        if order.trigger is Trigger.PENDING and edit.stop_price != old.stop_price:
            self._watch(order)
        if order.resting is not None and keeps_place:
            self.books[order.product_id].reduce(order.resting, cut)
        elif order.resting is not None or order.is_attached:  # an attached one may have sold all and rest no longer
            self._withdraw(order)
            self._work(order, now)
        if self.due:
            self.follow_up(now)
        return True

    def affords_edit(self, order: ExchangeOrder, edit: Edit) -> bool:
        """Whether the order's owner has what its hold would grow by."""
        return self.affords(order, _held_after(order, edit) - order.hold)

    def _rebind(self, order: ExchangeOrder, needed: Decimal) -> bool:
        currency, more = self._held_currency(order), needed - order.hold
        if more > 0 and not self.ledger.hold(order.owner, currency, more):
            return False
        if more < 0:
            self.ledger.release(order.owner, currency, -more)
        order.hold = needed
        return True


def _held_after(order: ExchangeOrder, edit: Edit) -> Decimal:
    left = order.workable + edit.size - (order.terms.base_size or ZERO)
    return left if order.side is Side.SELL else held_for(order, edit.price, left)
