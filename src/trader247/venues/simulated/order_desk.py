"""The desk that takes orders, edits and cancels of clients: reads them, answers at once, and has the engine do them.

What is delayed stands on the agenda and is done by ``run``; the answer is the same with and without delays, what a
client sees between is not. Two ways a delayed order can end that an ordinary one cannot: FAILED, where the market
closed or a post-only order would cross by the time it is accepted; CANCELLED with less than it could have had, where a
market buy by base size finds a dearer book than the one it took its hold from.
"""

from collections.abc import Mapping
from typing import Any

from attrs import evolve, frozen

from trader247.model.instant import SECOND, Instant
from trader247.model.money import ZERO
from trader247.venues.simulated.admission import INSUFFICIENT_FUND
from trader247.venues.simulated.delays import Agenda, Delays, Task
from trader247.venues.simulated.editing import NOT_FUNDED, EditRefusal, edit_refusal, is_same, read_edit
from trader247.venues.simulated.fee_tiers import FeeDesk
from trader247.venues.simulated.identifiers import Identifiers
from trader247.venues.simulated.matching import Engine
from trader247.venues.simulated.order_record import Edit, ExchangeOrder, OrderState, Terms
from trader247.venues.simulated.order_terms import (
    BadRequest,
    Refusal,
    plain_configuration,
    read_attached,
    read_terms,
)
from trader247.venues.simulated.records import Records

__all__ = ["Ask", "OrderDesk"]

_EARLY = frozenset({OrderState.PENDING, OrderState.QUEUED})


@frozen
class Ask:
    """A new order as a client sent it; what is ``object`` has not been looked at. ``attached`` is None for none."""

    owner: str
    client_order_id: str
    product_id: str
    side: object
    configuration: object
    attached: object = None


class OrderDesk:
    """Takes orders for one engine."""

    def __init__(self, engine: Engine, records: Records, ids: Identifiers, fees: FeeDesk, delays: Delays) -> None:
        """All but ``delays`` are shared with the exchange."""
        self._engine = engine
        self._records = records
        self._ids = ids
        self._fees = fees
        self._delays = delays
        self._agenda = Agenda()
        self._accept_ns = delays.accept_ns
        self._loses_races = False

    # --------------------------------------------------------------------------------------------------- on demand
    def accept_late(self, seconds: float) -> None:
        """The orders of the next request are answered now and enter their book ``seconds`` later."""
        self._accept_ns = round(seconds * SECOND)

    def lose_cancel_race(self) -> None:
        """The orders of the next request's cancels are answered as accepted, and fill before they are cancelled.

        A stranger takes all that stands in line before them and them; what is not in the book is cancelled in earnest.
        """
        self._loses_races = True

    def take_delays(self, delays: Delays) -> None:
        """From now on orders and cancels are this late; what is under way stays due as it was."""
        self._delays, self._accept_ns = delays, delays.accept_ns

    def disarm(self) -> None:
        """The request is over: what was demanded for it holds no longer."""
        self._accept_ns, self._loses_races = self._delays.accept_ns, False

    # ------------------------------------------------------------------------------------------------- new orders
    def place(self, ask: Ask, now: Instant) -> ExchangeOrder | Refusal | BadRequest:
        """Enter an order. A used client order id gives the order that has it, whatever is asked now."""
        known = self._records.by_client_id(ask.owner, ask.client_order_id)
        if known is not None:
            return known
        order = self.draft(ask, now)
        if not isinstance(order, ExchangeOrder):
            return order
        attached = self._read_attached(order, ask.attached)
        if isinstance(attached, Refusal | BadRequest):
            return attached
        order.order_id = self._ids.unique()
        refusal = self._engine.admit(order, now)
        if refusal is not None:
            return refusal
        self._records.add_order(order)
        if attached is not None:
            self._attach(order, attached, ask.attached, now)
        if self._accept_ns:
            order.state = self._delays.accept_as
            self._agenda.note(Instant(now + self._accept_ns), Task.ENTER, order.order_id)
        else:
            self._engine.enter(order, now)
        return order

    def draft(self, ask: Ask, now: Instant) -> ExchangeOrder | Refusal | BadRequest:
        """The order a request describes, without an id and known to nobody, or why the product does not take it."""
        product = self._engine.products.get(ask.product_id)
        if product is None:
            return Refusal("INVALID_PRODUCT_ID", "PREVIEW_INVALID_PRODUCT_ID")
        terms = read_terms(product, ask.side, ask.configuration, now)
        if isinstance(terms, Refusal | BadRequest):
            return terms
        tier = self._fees.tier(ask.owner, now)
        return ExchangeOrder(
            order_id="",
            client_order_id=ask.client_order_id,
            owner=ask.owner,
            product_id=ask.product_id,
            terms=terms,
            configuration=plain_configuration(ask.configuration),
            maker_rate=tier.maker,
            taker_rate=tier.taker,
            created_at=now,
            workable=terms.base_size or terms.quote_size or ZERO,
            updated_at=now,
        )

    def refusal_of(self, draft: ExchangeOrder, attached: object) -> Refusal | BadRequest | None:
        """Why a draft would be refused now, funds included; nothing changes."""
        read = self._read_attached(draft, attached)
        if isinstance(read, Refusal | BadRequest):
            return read
        amount = self._engine.check(draft)
        if isinstance(amount, Refusal):
            return amount
        return None if self._engine.affords(draft, amount) else INSUFFICIENT_FUND

    def _read_attached(self, order: ExchangeOrder, sent: object) -> Terms | Refusal | BadRequest | None:
        return read_attached(self._engine.products[order.product_id], order.side, sent)

    def _attach(self, parent: ExchangeOrder, terms: Terms, sent: object, now: Instant) -> None:
        """Make the order that sells what its parent buys. Its client order id is one of ours (guess)."""
        child = ExchangeOrder(
            order_id=self._ids.unique(),
            client_order_id=self._ids.unique(),
            owner=parent.owner,
            product_id=parent.product_id,
            terms=evolve(terms, base_size=parent.terms.base_size or ZERO),
            configuration=plain_configuration(sent),
            maker_rate=parent.maker_rate,
            taker_rate=parent.taker_rate,
            created_at=now,
            workable=ZERO,
            updated_at=now,
            originating_order_id=parent.order_id,
        )
        parent.attached_order_id, parent.attached_configuration = child.order_id, child.configuration
        self._records.add_order(child)
        self._engine.wait(child, now)
        if parent.filled_size > 0:
            self._engine.hand_over(child.order_id, parent.filled_size)
            self._engine.follow_up(now)

    # ---------------------------------------------------------------------------------------------------- cancels
    def cancel(self, owner: str, order_id: str, now: Instant) -> str:
        """Cancel an open order; the wire's failure reason, empty when the request was accepted."""
        if not order_id:
            return "INVALID_CANCEL_REQUEST"
        order = self._records.order(owner, order_id)
        if order is None:
            return "UNKNOWN_CANCEL_ORDER"
        if order.is_terminal:
            return "ORDER_IS_FULLY_FILLED" if order.state is OrderState.FILLED else "DUPLICATE_CANCEL_REQUEST"
        if order.state is OrderState.CANCEL_QUEUED:
            return "DUPLICATE_CANCEL_REQUEST"
        if order.state is OrderState.EDIT_QUEUED:
            return "ORDER_IS_BEING_REPLACED"
        if self._loses_races and order.resting is not None:
            self._engine.sweep(order, now)
        elif self._delays.cancel_ns:
            self._engine.mark(order, OrderState.CANCEL_QUEUED, now)
            self._agenda.note(Instant(now + self._delays.cancel_ns), Task.CANCEL, order_id)
        else:
            self._engine.cancel(order, now)
        return ""

    # ------------------------------------------------------------------------------------------------------ edits
    def edit(self, owner: str, order_id: str, body: Mapping[str, Any], now: Instant) -> EditRefusal | None:
        """Change an open order's price, total size and stop; or what is attached to it, at once even where edits lag.

        ``body`` is the request: ``price``, ``size``, ``stop_price``, ``attached_order_configuration``,
        ``cancel_attached_order``.
        """
        order = self._records.order(owner, order_id)
        if order is None:
            return EditRefusal("ORDER_NOT_FOUND")
        edit = self.read_edit(order, body, now)
        if isinstance(edit, EditRefusal):
            return edit
        attached = self._read_attached(order, body.get("attached_order_configuration"))
        if isinstance(attached, Refusal | BadRequest):
            preview = attached.preview if isinstance(attached, Refusal) else "PREVIEW_INVALID_ORDER_CONFIG"
            return EditRefusal("COMMANDER_REJECTED_EDIT_ORDER", preview)
        detaches = body.get("cancel_attached_order") is True or attached is not None
        if is_same(order, edit) and not detaches:
            return EditRefusal("EDIT_REQUEST_EQUAL_TO_ORIGINAL_REQUEST")
        if detaches:
            self._detach(order, now)
        if attached is not None:
            self._attach(order, attached, body["attached_order_configuration"], now)
            self._engine.mark(order, order.state, now)
        if not is_same(order, edit):
            self._start_edit(order, edit, now)
        return None

    def read_edit(self, order: ExchangeOrder, body: Mapping[str, Any], now: Instant) -> Edit | EditRefusal:
        """What an edit would make of an order, or why it would be refused; nothing changes."""
        edit = read_edit(order, body, now)
        if isinstance(edit, EditRefusal):
            return edit
        refusal = self._edit_refusal(order, edit)
        if refusal is None and not self._engine.affords_edit(order, edit):
            refusal = NOT_FUNDED
        return refusal or edit

    def _edit_refusal(self, order: ExchangeOrder, edit: Edit) -> EditRefusal | None:
        return edit_refusal(order, edit, self._engine.standing(order.product_id))

    def _start_edit(self, order: ExchangeOrder, edit: Edit, now: Instant) -> None:
        if self._delays.edit_ns:
            order.pending_edit = edit
            self._engine.mark(order, OrderState.EDIT_QUEUED, now)
            self._agenda.note(Instant(now + self._delays.edit_ns), Task.EDIT, order.order_id)
        else:
            self._engine.replace(order, edit, now)

    def _detach(self, order: ExchangeOrder, now: Instant) -> None:
        child = self._engine.open_orders.get(order.attached_order_id)
        if child is not None:
            self._engine.cancel(child, now)
        order.attached_order_id, order.attached_configuration = "", None
        self._engine.mark(order, order.state, now)

    # ----------------------------------------------------------------------------------------------------- agenda
    def next_at(self) -> Instant | None:
        """When the first delayed task is due."""
        return self._agenda.next_at()

    def run(self, now: Instant) -> None:
        """Do what is due, each at its own time. Tasks of orders that ended or moved on meanwhile do nothing."""
        while (due := self._agenda.take(now)) is not None:
            at, task, order_id = due
            order = self._engine.open_orders.get(order_id)
            if order is None:
                continue
            if task is Task.ENTER and order.state in _EARLY:
                self._engine.enter_late(order, at)
            elif task is Task.CANCEL and order.state is OrderState.CANCEL_QUEUED:
                self._engine.cancel(order, at)
            elif task is Task.EDIT and order.state is OrderState.EDIT_QUEUED:
                self._finish_edit(order, at)

    def _finish_edit(self, order: ExchangeOrder, now: Instant) -> None:
        """An edit that has become impossible is dropped, and the order stays as it was."""
        edit = order.pending_edit
        if edit is None or self._edit_refusal(order, edit) or not self._engine.replace(order, edit, now):
            order.pending_edit = None
            self._engine.mark(order, OrderState.OPEN, now)

    def revive(self, order: ExchangeOrder, at: Instant) -> None:
        """Take over an open order of an earlier run; what was queued then is done at ``at``, but edits are dropped."""
        self._engine.revive(order)
        if order.state in _EARLY and not order.is_attached:
            self._agenda.note(at, Task.ENTER, order.order_id)
        elif order.state is OrderState.CANCEL_QUEUED:
            self._agenda.note(at, Task.CANCEL, order.order_id)
        elif order.state is OrderState.EDIT_QUEUED:
            order.state, order.pending_edit = OrderState.OPEN, None
