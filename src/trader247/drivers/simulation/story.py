"""What happened around a violation, in the words of the domain: the faults, lives, and the order's own life."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from trader247.checker.evidence import SECOND, Evidence
from trader247.checker.invariant import Violation

__all__ = ["story"]

_BEFORE_S: Final = 60
_AFTER_S: Final = 30
"""How much of the history around a violation is told."""

_LINES_MAX: Final = 60


def story(evidence: Evidence, violation: Violation) -> str:
    """The violation, and around it everything that has to do with its subject; one line each, oldest first."""
    at = violation.at if violation.at is not None else evidence.ended
    subject = violation.subject
    first, last = at - _BEFORE_S * SECOND, at + _AFTER_S * SECOND
    around = [(when, text) for when, text, about in _everything(evidence) if _told(when, about, subject, first, last)]
    lines = [f"{_clock(when)}  {text}" for when, text in sorted(around, key=lambda each: each[0])]
    if len(lines) > _LINES_MAX:
        lines = [*lines[: _LINES_MAX // 2], f"... {len(lines) - _LINES_MAX} more ...", *lines[-_LINES_MAX // 2 :]]
    return "\n".join([f"{violation.invariant}: {violation.text}", *lines])


def _told(when: int, about: str | None, subject: str, first: int, last: int) -> bool:
    """Faults and lives of the time, and all that ever happened to the subject."""
    if about is None:
        return first <= when <= last
    return bool(subject) and subject in about


def _everything(evidence: Evidence) -> Iterator[tuple[int, str, str | None]]:
    for fault in evidence.faults:
        yield fault.at, f"FAULT {fault.text}", None
    for life in evidence.lives:
        yield life.began, f"a life begins ({life.epoch})", None
        if life.ended is not None:
            yield life.ended, f"a life ends ({life.epoch}): {life.how}", None
    for alert in evidence.alerts:
        yield alert.at, f"alert {alert.severity} {alert.state} {alert.key}: {alert.text}", None
    for call in evidence.sent:
        if call.method == "POST":
            done = "never processed" if call.processed_at is None else f"processed {_clock(call.processed_at)}"
            got = "no answer" if call.answered_at is None else f"answered {call.status}"
            yield call.at, f"{call.method} {call.path} ({call.client}): {done}, {got}: {call.body[:160]}", call.body
    for order in evidence.orders:
        about = f"{order.client_order_id} {order.order_id} {order.symbol}"
        yield order.created_at, f"venue: {order.side} {order.size} {order.symbol} {order.client_order_id}", about
        if order.ended_at is not None:
            yield order.ended_at, f"venue: {order.client_order_id} is {order.state}, filled {order.filled}", about
    for fill in evidence.fills:
        about = f"{fill.order_id} {fill.entry_id} {fill.symbol}"
        yield fill.at, f"venue: fill {fill.entry_id} {fill.side} {fill.size} {fill.symbol} at {fill.price}", about
    for row in evidence.rows:
        if row.kind in {"order_changed", "fill_booked", "halt_tripped", "halt_cleared"}:
            text = f"journal {row.seq} {row.kind}: {_short(row.kind, row.body)}"
            yield row.told_at, text, None if row.kind.startswith("halt") else row.body


def _short(kind: str, body: str) -> str:
    content: dict[str, Any] = json.loads(body)
    order = content.get("order")
    if kind == "order_changed" and isinstance(order, dict):
        intent = order.get("intent", {})
        return f"{intent.get('client_order_id')} is {order.get('status')}, filled {order.get('filled')}"
    return body[:160]


def _clock(at: int) -> str:
    return datetime.fromtimestamp(at / SECOND, UTC).strftime("%H:%M:%S.%f")[:-3]
