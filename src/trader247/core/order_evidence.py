"""The venue's word applied to our orders: reports move statuses, fill rows move money, each exactly once.

A report is cumulative and only ever moves an order forward; what arrives late or twice is absorbed by the transition
table. A fill row is booked by its id, in the ledger and in the order together. An event that has no row in the table
changes nothing and raises an alert. An order under an id of ours that has not the terms of our intent is a stranger
(``core/order_identity.py``): it moves no order and no money, and trading halts.
"""

from typing import Any, Final

from trader247.core.exit_desk import is_stop_out
from trader247.core.ledger import Oversold
from trader247.core.order_books import OrderBooks
from trader247.core.order_identity import difference
from trader247.core.order_state import SEEN, IllegalTransition, OrderEvent
from trader247.core.order_timers import OrderTimers
from trader247.messages.control import AlertCleared, AlertRaised, HaltRequested, Severity
from trader247.messages.orders import FetchFills, FillBooked, OrderChanged, OrderReported
from trader247.model.ids import AlertKey, VenueOrderId
from trader247.model.instant import Moment
from trader247.model.mode import OrderKind
from trader247.model.money import Notional
from trader247.model.order import Fill, Order, OrderStatus
from trader247.model.portfolio import TapedFill

__all__ = ["EvidenceOut", "OrderEvidence", "doubt_alert", "doubt_key"]

_THOUGHT_NEVER_LIVE: Final = frozenset({OrderStatus.REJECTED, OrderStatus.FAILED})

EvidenceOut = OrderChanged | FillBooked | FetchFills | AlertRaised | AlertCleared | HaltRequested


class OrderEvidence:
    """Applies what the venue says. Every method answers what to tell; the books are changed in place."""

    def __init__(self, books: OrderBooks, timers: OrderTimers) -> None:
        """Shares the order manager's books and timers."""
        self._books = books
        self._timers = timers
        self._strangers: set[VenueOrderId] = set()

    def advance(self, order: Order, event: OrderEvent, now: Moment, **changes: Any) -> tuple[Order, list[EvidenceOut]]:
        """The order after the event and the fact to tell; an event that cannot happen changes nothing and alerts."""
        try:
            changed = self._books.registry.advance(order, event, now.utc, **changes)
        except IllegalTransition as error:
            key = AlertKey(f"illegal_transition:{order.intent.intent_id}")
            text = f"{order.intent.symbol} {order.intent.intent_id}: {error}"
            return order, [AlertRaised(key, Severity.CRITICAL, text)]
        if changed is order:
            return order, []
        return changed, [OrderChanged(changed, event.value), *_attention(order, changed, event)]

    def reported(self, report: OrderReported, now: Moment) -> tuple[Order | None, list[EvidenceOut]]:
        """The order a report is about, after it; None for an order that is not ours, or not what we asked for."""
        order = self._books.registry.find(report.venue_order_id, report.client_order_id)
        if order is None:
            return None, []  # somebody else's; the reconciler counts those
        other = difference(report, order.intent)
        if other is not None:
            return self._stranger(report, order, other, now)
        self._timers.heard_of(order, now)
        event = SEEN.get(report.status)
        told: dict[str, Any] = {
            "filled": max(order.filled, report.filled),
            "venue_order_id": report.venue_order_id,
            "reason": report.reason or order.reason,
        }
        if event is None:
            order, out = self._unexplained(order, told)
        else:
            order, out = self.advance(order, event, now, **told)
        if order.filled > order.booked:
            out.append(self._timers.fetch(order, now))
        return order, out

    def fills(self, fills: tuple[Fill, ...]) -> tuple[list[Order], list[EvidenceOut]]:
        """Book what is not booked yet; the orders it touched, as they are now. Fills of others' orders are theirs."""
        touched: dict[VenueOrderId, Order] = {}
        out: list[EvidenceOut] = []
        for fill in fills:
            order = self._books.registry.find(fill.venue_order_id)
            if order is None or fill.venue_order_id in self._strangers or self._books.ledger.knows(fill):
                continue
            try:
                booking = self._books.ledger.book(fill, order)
            except Oversold as error:
                text = f"the books do not bear a fill: {error}"
                out += [AlertRaised(AlertKey("oversold"), Severity.CRITICAL, text), HaltRequested(text, "ledger")]
                continue  # the other fills are facts all the same, and one of them may be what was missing
            booked = order.booked + fill.quantity
            order = self._books.registry.change(
                order,
                booked=booked,
                booked_notional=order.booked_notional + fill.price * fill.quantity,
                fees=order.fees + fill.fee,
                filled=max(order.filled, booked),
                fill_ids=(*order.fill_ids, fill.fill_id),
            )
            self._books.realise(booking.realised, fill.at)
            self._note(order, fill, booking.realised)
            touched[fill.venue_order_id] = order
            out.append(FillBooked(fill, order, booking.position, booking.realised, self._books.cash))
            if booked > order.intent.quantity:
                text = f"{fill.symbol} {order.intent.intent_id}: filled {booked} of {order.intent.quantity}"
                out += [AlertRaised(AlertKey("overfilled"), Severity.CRITICAL, text), HaltRequested(text, "ledger")]
        return list(touched.values()), out

    def _unexplained(self, order: Order, told: dict[str, Any]) -> tuple[Order, list[EvidenceOut]]:
        """A status nobody knows moves no order, but the identity and the amount it came with are facts."""
        text = f"{order.intent.symbol}: the venue reports a status nobody knows; the order is asked for again"
        alert = AlertRaised(AlertKey("order_status_unknown"), Severity.WARNING, text)
        changed = self._books.registry.change(order, **told)
        return changed, [alert] if changed is order else [OrderChanged(changed, "seen_unknown"), alert]

    def _stranger(
        self, report: OrderReported, order: Order, other: str, now: Moment
    ) -> tuple[Order | None, list[EvidenceOut]]:
        """The venue has another order under our id, so it never made ours; ours is given up once that one is over."""
        out: list[EvidenceOut] = []
        if report.venue_order_id not in self._strangers:
            self._strangers.add(report.venue_order_id)
            key = AlertKey(f"reconcile_mismatch:{order.intent.intent_id}")
            out += [AlertRaised(key, Severity.CRITICAL, other), HaltRequested(other, "reconcile")]
        if not report.status.terminal or order.status.terminal or order.status is OrderStatus.NEW:
            return None, out
        order, gone = self.advance(order, OrderEvent.SEEN_FAILED, now, reason=other)
        return order, [*out, *gone]

    def _note(self, order: Order, fill: Fill, realised: Notional) -> None:
        proposal = order.intent.proposal_id
        self._books.tape.play(TapedFill(fill.symbol, fill.side, fill.quantity, realised, fill.at, proposal))
        if order.intent.kind is OrderKind.ENTRY:
            self._books.enter(fill.symbol, fill.at, first=len(order.fill_ids) == 1)
        if is_stop_out(order, realised) and fill.symbol not in self._books.ledger.positions:
            self._books.stop_outs.append((fill.symbol, fill.at))


def _attention(before: Order, after: Order, event: OrderEvent) -> list[EvidenceOut]:
    """What a person should know of a change of status: a doubt that began or ended, an order back from the dead."""
    out: list[EvidenceOut] = []
    if before.status is after.status:
        return out
    if before.status in _THOUGHT_NEVER_LIVE:
        text = f"{after.intent.symbol} {after.intent.intent_id} was {before.status.value} for us: {event.value}"
        out.append(AlertRaised(AlertKey(f"order_back:{after.intent.intent_id}"), Severity.CRITICAL, text))
    if after.status is OrderStatus.UNKNOWN:
        out.append(doubt_alert(after, after.reason or event.value))
    elif before.status is OrderStatus.UNKNOWN:
        out.append(AlertCleared(doubt_key(after)))
    return out


def doubt_key(order: Order) -> AlertKey:
    """The key of the alert that an order's outcome is unknown."""
    return AlertKey(f"order_in_doubt:{order.intent.intent_id}")


def doubt_alert(order: Order, text: str) -> AlertRaised:
    """An order's outcome is unknown, and why."""
    what = f"{order.intent.symbol} {order.intent.side.value} {order.intent.quantity}: outcome unknown ({text})"
    return AlertRaised(doubt_key(order), Severity.WARNING, what)
