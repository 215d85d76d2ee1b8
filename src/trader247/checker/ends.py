"""How orders end: along the table, by evidence and never by an error, in bounded time, and late ones are taken up."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Final

from trader247.checker.evidence import SECOND, Evidence, VenueOrder
from trader247.checker.invariant import Violation, invariant
from trader247.checker.journal import Entry
from trader247.checker.truth import alive, settled_until

__all__ = [
    "FOLLOWING",
    "OVER",
    "given_up_by_evidence",
    "late_orders_taken_up",
    "only_forward",
    "protects",
    "reach_an_end",
]

_WORKING: Final = {"OPEN", "PARTIAL_FILL", "PENDING_CANCEL", "FILLED", "CANCELED", "EXPIRED", "FAILED"}
_BACK: Final = {"UNKNOWN", "OPEN", "PARTIAL_FILL", "PENDING_CANCEL", "FILLED", "CANCELED", "EXPIRED"}
FOLLOWING: Final[dict[str, set[str]]] = {
    "NEW": {"SUBMITTED", "FAILED", "UNKNOWN"},
    "SUBMITTED": {*_WORKING, "REJECTED", "UNKNOWN"},
    "OPEN": _WORKING - {"OPEN"},
    "PARTIAL_FILL": _WORKING - {"OPEN", "PARTIAL_FILL"},
    "PENDING_CANCEL": {"FILLED", "CANCELED", "EXPIRED", "FAILED"},
    "UNKNOWN": {*_WORKING, "REJECTED"},
    "FILLED": set(),
    "CANCELED": {"FILLED"},
    "EXPIRED": {"FILLED"},
    "REJECTED": _BACK,
    "FAILED": _BACK,
}
"""Written down here a second time and on purpose: a row that changes in the daemon alone is found."""

OVER: Final = frozenset({"FILLED", "CANCELED", "EXPIRED", "REJECTED", "FAILED"})
_GIVEN_UP: Final = frozenset({"REJECTED", "FAILED"})
_END_S_MAX: Final = 600
_LOOKS: Final = 3
_SETTLE_S: Final = 20
"""Twice the longest life of a request: what was on its way has arrived by then, or never will."""
_TAKEN_UP_S: Final = 60


def protects(intent: dict[str, str]) -> bool:
    """Whether it is an order that rests at the venue to sell at a stop: it is meant to stay."""
    return intent["side"] == "SELL" and intent["style"] in {"stop_limit", "bracket"}


@invariant("I-05", "rows about orders", lambda evidence: len(evidence.journal.orders()))
def only_forward(evidence: Evidence) -> Iterator[Violation]:
    """What is filled never shrinks and never exceeds the size, and each change of status is one the table knows.

    Nothing happens to an order that has no row in the table: the daemon's own alert of it is a violation.
    """
    for alert in evidence.alerts:
        if alert.kind == "illegal_transition" and alert.state == "raised":
            yield only_forward.broken(f"an order met what cannot happen to it: {alert.text}", alert.at, alert.key)
    for client_id, told in evidence.journal.orders().items():
        size = Decimal(told[0].intent["quantity"])
        if told[0].body["order"]["status"] != "NEW":
            text = f"the first row of order {client_id} says {told[0].body['order']['status']}, orders begin as NEW"
            yield only_forward.broken(text, told[0].row.told_at, client_id)
        for before, after in pairwise(told):
            first, then = before.body["order"], after.body["order"]
            if Decimal(then["filled"]) < Decimal(first["filled"]):
                text = f"order {client_id} was filled {first['filled']}, then {then['filled']}"
                yield only_forward.broken(text, after.row.told_at, client_id)
            if then["status"] != first["status"] and then["status"] not in FOLLOWING[first["status"]]:
                text = f"order {client_id} went from {first['status']} to {then['status']}"
                yield only_forward.broken(text, after.row.told_at, client_id)
        filled = Decimal(told[-1].body["order"]["filled"])
        if filled > size and not any(alert.key == "overfilled" for alert in evidence.alerts):
            text = f"order {client_id} filled {filled} of {size}, and nobody is told"
            yield only_forward.broken(text, told[-1].row.told_at, client_id)


@invariant("I-23", "orders of the journal and of the venue", lambda evidence: len(evidence.journal.orders()))
def reach_an_end(evidence: Evidence) -> Iterator[Violation]:
    """Every order is over 10 minutes after its last change, or an open alert names it; a drain leaves none at all.

    An order that rests at the venue to protect a position is meant to stay. No order leaves the table of orders.
    """
    orders = evidence.journal.orders()
    for client_id, told in orders.items():
        last = told[-1].body["order"]
        if client_id not in evidence.books.orders:
            yield reach_an_end.broken(
                f"order {client_id} is not in the table of orders", told[-1].row.told_at, client_id
            )
        waited_s = (evidence.ended - told[-1].row.told_at) / SECOND
        open_ended = last["status"] not in OVER and not protects(told[-1].intent)
        if open_ended and waited_s > _END_S_MAX and not _named(evidence, told[-1].intent["intent_id"]):
            text = f"order {client_id} is {last['status']} for {waited_s:.0f} s, and no alert names it"
            yield reach_an_end.broken(text, told[-1].row.told_at, client_id)
    if not evidence.lives or evidence.lives[-1].how != "drained":
        return
    for order in evidence.own:
        if order.live and not _rests_to_protect(order, orders.get(order.client_order_id)):
            text = f"order {order.client_order_id} is {order.state} at the venue after the drain"
            yield reach_an_end.broken(text, evidence.ended, order.client_order_id)


def _rests_to_protect(order: VenueOrder, told: list[Entry] | None) -> bool:
    if not told:
        return False
    return protects(told[-1].intent) and told[-1].body["order"]["status"] in {"OPEN", "PARTIAL_FILL"} and order.live


def _named(evidence: Evidence, intent_id: str) -> bool:
    last = {alert.key: alert.state for alert in evidence.alerts if alert.key.endswith(f":{intent_id}")}
    return any(state != "resolved" for state in last.values())


def _given_up(evidence: Evidence) -> list[Entry]:
    """Rows that say that an order was never made."""
    rows = evidence.journal.entries("order_changed")
    return [entry for entry in rows if entry.body["event"] in {"rejected", "proven_absent"}]


@invariant("I-24", "orders that were given up", lambda evidence: len(_given_up(evidence)))
def given_up_by_evidence(evidence: Evidence) -> Iterator[Violation]:
    """An order is given up as never made by a definitive no, because it never left, or by three complete lists.

    The lists are read to the last page after the request left, and at the end 20 s have passed since. An error is no
    evidence. And in truth: what is given up for good is not at the venue.
    """
    accepted = {order.client_order_id: order for order in evidence.own if order.state != "FAILED"}
    creates: dict[str, list[int]] = {}
    refused: set[str] = set()
    for create in evidence.creates:
        creates.setdefault(create.client_order_id, []).append(create.sent.at)
        if create.refused:
            refused.add(create.client_order_id)
    lists = [s for s in evidence.sent if s.method == "GET" and s.path == "/orders/historical/batch" and s.status == 200]
    for client_id, told in evidence.journal.orders().items():
        for entry in told:
            event = entry.body["event"] if entry.row.kind == "order_changed" else ""
            at = entry.row.told_at
            if event == "rejected" and client_id not in refused:
                yield given_up_by_evidence.broken(
                    f"order {client_id} is REJECTED, and no answer says so", at, client_id
                )
            elif event == "proven_absent":
                left = max((t for t in creates.get(client_id, ()) if t <= at), default=at - _SETTLE_S * SECOND)
                looks = sum(left < each.at and (each.answered_at or at + 1) <= at for each in lists)
                if looks < _LOOKS or at - left < _SETTLE_S * SECOND:
                    text = f"order {client_id} is absent by {looks} lists and {(at - left) / SECOND:.1f} s, needed are"
                    yield given_up_by_evidence.broken(f"{text} {_LOOKS} and {_SETTLE_S} s", at, client_id)
        last = told[-1]
        order = accepted.get(client_id)
        settled = settled_until(evidence)
        if order is None or last.body["order"]["status"] not in _GIVEN_UP or order.created_at > last.row.told_at:
            continue
        if settled is not None and last.row.told_at <= settled:
            text = f"order {client_id} is given up as {last.body['order']['status']}, and is {order.state} at the venue"
            yield given_up_by_evidence.broken(text, last.row.told_at, client_id)


def _came_late(evidence: Evidence) -> list[tuple[VenueOrder, int, list[Entry]]]:
    """Orders that the venue made after we gave them up, when that was, and what was told of them."""
    made = {order.client_order_id: order for order in evidence.own if order.state != "FAILED"}
    found = []
    for client_id, told in evidence.journal.orders().items():
        order = made.get(client_id)
        gave_up = next((e.row.told_at for e in told if e.body["order"]["status"] in _GIVEN_UP), None)
        if order is not None and gave_up is not None and order.created_at > gave_up:
            found.append((order, gave_up, told))
    return found


@invariant("I-25", "orders that came late", lambda evidence: len(_came_late(evidence)))
def late_orders_taken_up(evidence: Evidence) -> Iterator[Violation]:
    """An order that the venue makes after we gave it up is in our books, or over at the venue, within 60 s."""
    for order, gave_up, told in _came_late(evidence):
        client_id = order.client_order_id
        until = order.created_at + _TAKEN_UP_S * SECOND
        known = any(gave_up < e.row.told_at <= until and e.body["order"]["status"] not in _GIVEN_UP for e in told)
        over = order.ended_at is not None and order.ended_at <= until and not order.filled
        if not known and not over and until <= evidence.ended and alive(evidence, order.created_at, until):
            text = f"order {client_id} was made after it was given up, and is not taken up {_TAKEN_UP_S} s later"
            yield late_orders_taken_up.broken(text, until, client_id)
