"""Orders, fills, positions and alerts as rows and back, exactly: one table of columns per type.

``tests/store/test_rows.py`` fails where a type of the model has a field that no column keeps.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from trader247.messages.bans import Ban, BanKind
from trader247.messages.breakers import BreakerState, OpenedBreaker, SetBreaker
from trader247.messages.control import AlertChanged, AlertState, Severity
from trader247.model.instant import Instant
from trader247.model.instrument import Symbol
from trader247.model.mode import OrderKind
from trader247.model.money import Notional, decimal_of, plain
from trader247.model.order import Fill, Liquidity, Order, OrderIntent, OrderStatus, Side, Style
from trader247.model.portfolio import AcknowledgedLoss, Balance, EquityMarks, Position

__all__ = [
    "alert_from",
    "alert_row",
    "fill_from",
    "fill_row",
    "order_from",
    "order_row",
    "position_from",
    "position_row",
    "spelled_balances",
    "spelled_bans",
    "spelled_breakers",
    "spelled_losses",
    "spelled_marks",
    "told_balances",
    "told_bans",
    "told_breakers",
    "told_losses",
    "told_marks",
]

# field -> column
INTENT: Final = {
    "intent_id": "intent_id",
    "client_order_id": "client_order_id",
    "proposal_id": "proposal_id",
    "strategy": "strategy",
    "symbol": "symbol",
    "kind": "kind",
    "side": "side",
    "style": "style",
    "quantity": "quantity",
    "limit_price": "limit_price",
    "notional_max": "notional_max",
    "reason": "intent_reason",
    "created_at": "created_at_utc_ns",
    "stop_price": "stop_price",
    "target_price": "target_price",
    "max_hold_s": "max_hold_s",
}
ORDER: Final = {
    "status": "status",
    "changed_at": "changed_at_utc_ns",
    "venue_order_id": "venue_order_id",
    "filled": "filled",
    "booked": "booked",
    "booked_notional": "booked_notional",
    "fees": "fees",
    "reason": "status_reason",
    "fill_ids": "fill_ids",
}
FILL: Final = {
    "fill_id": "fill_id",
    "venue_order_id": "venue_order_id",
    "symbol": "symbol",
    "side": "side",
    "price": "price",
    "quantity": "quantity",
    "fee": "fee",
    "liquidity": "liquidity",
    "at": "at_utc_ns",
}
POSITION: Final = {
    "symbol": "symbol",
    "quantity": "quantity",
    "average_entry": "average_entry",
    "entry_fees": "entry_fees",
    "opened_at": "opened_at_utc_ns",
    "strategy": "strategy",
    "realised_pnl": "realised_pnl",
    "stop_price": "stop_price",
    "target_price": "target_price",
    "max_hold_s": "max_hold_s",
    "raised_from": "raised_from",
}
ALERT: Final = {
    "key": "key",
    "severity": "severity",
    "text": "text",
    "state": "state",
    "count": "count",
    "raised_at": "raised_at_utc_ns",
    "changed_at": "changed_at_utc_ns",
}
_WORDS: Final[Mapping[str, Callable[[Any], Any]]] = {"side": Side, "style": Style, "liquidity": Liquidity}

Row = Mapping[Any, Any]


def _taken(value: object, columns: Mapping[str, str]) -> dict[str, Any]:
    return {column: getattr(value, field) for field, column in columns.items()}


def _given(row: Row, columns: Mapping[str, str], **words: Callable[[Any], Any]) -> dict[str, Any]:
    """Field values of a row; an enumeration's word unknown to this code raises ``ValueError``."""
    told = {**_WORDS, **words}
    return {field: told[field](row[column]) if field in told else row[column] for field, column in columns.items()}


def order_row(order: Order) -> dict[str, Any]:
    """The order and its intent as one row."""
    row = _taken(order.intent, INTENT) | _taken(order, ORDER)
    row["fill_ids"] = json.dumps(order.fill_ids)
    row["settled"] = int(order.settled)
    return row


def order_from(row: Row) -> Order:
    """The order a row of ``orders`` holds."""
    intent = OrderIntent(**_given(row, INTENT, kind=OrderKind))
    return Order(intent=intent, **_given(row, ORDER, status=OrderStatus, fill_ids=_ids))


def _ids(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


def fill_row(fill: Fill) -> dict[str, Any]:
    """The fill as a row, without what the daemon's own books add to it."""
    return _taken(fill, FILL)


def fill_from(row: Row) -> Fill:
    """The fill a row of ``fills`` holds."""
    return Fill(**_given(row, FILL))


def position_row(position: Position) -> dict[str, Any]:
    """The position as a row."""
    return _taken(position, POSITION)


def position_from(row: Row) -> Position:
    """The position a row of ``positions`` holds."""
    return Position(**_given(row, POSITION))


def alert_row(alert: AlertChanged) -> dict[str, Any]:
    """The alert as a row."""
    return _taken(alert, ALERT)


def alert_from(row: Row) -> AlertChanged:
    """The alert a row of ``alerts`` holds."""
    return AlertChanged(**_given(row, ALERT, severity=Severity, state=AlertState))


def spelled_balances(balances: tuple[Balance, ...]) -> str:
    """The balances as one text."""
    return json.dumps([[balance.currency, plain(balance.available), plain(balance.held)] for balance in balances])


def told_balances(text: str) -> tuple[Balance, ...]:
    """The balances a text of ``spelled_balances`` holds."""
    return tuple(Balance(currency, decimal_of(free), decimal_of(held)) for currency, free, held in json.loads(text))


def spelled_bans(bans: tuple[Ban, ...]) -> str:
    """The bans as one text."""
    return json.dumps([[ban.symbol, ban.kind.value, ban.reason, ban.by, ban.at, ban.until] for ban in bans])


def told_bans(text: str) -> tuple[Ban, ...]:
    """The bans a text of ``spelled_bans`` holds."""
    return tuple(
        Ban(Symbol(symbol), BanKind(kind), reason, by, Instant(at), Instant(until))
        for symbol, kind, reason, by, at, until in json.loads(text)
    )


def spelled_losses(losses: tuple[AcknowledgedLoss, ...]) -> str:
    """The acknowledged losses as one text."""
    return json.dumps([[loss.limit, loss.since, plain(loss.mark), plain(loss.lost_pct)] for loss in losses])


def told_losses(text: str) -> tuple[AcknowledgedLoss, ...]:
    """The losses a text of ``spelled_losses`` holds."""
    return tuple(
        AcknowledgedLoss(limit, Instant(since), Notional(decimal_of(mark)), decimal_of(lost_pct))
        for limit, since, mark, lost_pct in json.loads(text)
    )


def spelled_breakers(held: tuple[SetBreaker, ...]) -> str:
    """The breakers that operators hold open as one text."""
    return json.dumps([[order.breaker, order.by, order.reason, order.at] for order in held])


def told_breakers(text: str) -> tuple[SetBreaker, ...]:
    """The orders a text of ``spelled_breakers`` holds."""
    rows = json.loads(text)
    return tuple(SetBreaker(name, BreakerState.OPEN, by, reason, Instant(at)) for name, by, reason, at in rows)


def spelled_opened(opened: tuple[OpenedBreaker, ...]) -> str:
    """The breakers that opened by themselves as one text."""
    return json.dumps([[each.breaker, each.since, each.until, each.why] for each in opened])


def told_opened(text: str) -> tuple[OpenedBreaker, ...]:
    """The breakers a text of ``spelled_opened`` holds."""
    rows = json.loads(text)
    return tuple(OpenedBreaker(name, Instant(since), Instant(until), why) for name, since, until, why in rows)


def spelled_marks(marks: EquityMarks) -> str:
    """The marks as one text."""
    return json.dumps([plain(marks.high_water), marks.day, plain(marks.day_open), marks.week, plain(marks.week_open)])


def told_marks(text: str) -> EquityMarks:
    """The marks a text of ``spelled_marks`` holds."""
    high_water, day, day_open, week, week_open = json.loads(text)
    return EquityMarks(
        high_water=Notional(decimal_of(high_water)),
        day=Instant(day),
        day_open=Notional(decimal_of(day_open)),
        week=Instant(week),
        week_open=Notional(decimal_of(week_open)),
    )
