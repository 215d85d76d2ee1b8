"""What the projections say now. Each function is one transaction; the writing side is ``changes.py``."""

from typing import Final

from attrs import frozen
from sqlalchemy import ColumnElement, Connection, Select, func, or_, select

from trader247.core.trade_tape import TAPE_FILLS_MAX
from trader247.messages.bans import Ban
from trader247.messages.breakers import OpenedBreaker, SetBreaker
from trader247.messages.control import AlertChanged, AlertState
from trader247.messages.orders import BooksLoaded
from trader247.model.ids import RunEpoch, intent_id
from trader247.model.instant import DAY, EPOCH, Instant
from trader247.model.instrument import Symbol
from trader247.model.mode import OrderKind, TradingState
from trader247.model.money import NO_NOTIONAL, ZERO, Notional
from trader247.model.order import Fill, Order, Side
from trader247.model.portfolio import AcknowledgedLoss, Position, TapedFill
from trader247.store.changes import ACKNOWLEDGED, BANS, HELD_BREAKERS, MARKS, OPENED_BREAKERS, OPENING, TRADING_STATE
from trader247.store.database import Database
from trader247.store.rows import (
    alert_from,
    fill_from,
    order_from,
    position_from,
    told_balances,
    told_bans,
    told_breakers,
    told_losses,
    told_marks,
    told_opened,
)
from trader247.store.tables import alerts, fills, flows, halts, meta, orders, positions

__all__ = [
    "STOP_OUT",
    "STOP_OUT_WITH_A_LOSS",
    "DayResult",
    "HaltRecord",
    "load_acknowledged",
    "load_alerts",
    "load_bans",
    "load_books",
    "load_fills",
    "load_halt",
    "load_halts",
    "load_held_breakers",
    "load_last_resume",
    "load_open_alerts",
    "load_opened_breakers",
    "load_orders",
    "load_positions",
    "load_realised_by_day",
    "load_recent_orders",
]

SETTLED_KEPT: Final = 500
"""As many orders that are over are given back as the order manager keeps of them while it runs."""

STOP_OUT: Final = "stop"
"""An exit whose intent gives a reason that begins with this word was a stop-out (requirement CD1)."""
STOP_OUT_WITH_A_LOSS: Final = ("trailing_stop", "protection")
"""One whose reason begins with these was a stop-out where its last fill lost, fees counted."""


@frozen
class HaltRecord:
    """A halt, standing while ``cleared_at`` is None."""

    reason: str
    by: str
    at: Instant
    cleared_at: Instant | None = None
    cleared_by: str | None = None
    cleared_reason: str | None = None


@frozen
class DayResult:
    """What the fills of one UTC day realised; ``realised`` is after entry and exit fees of what was sold."""

    day: Instant
    realised: Notional
    fees: Notional
    fills: int


def load_orders(database: Database, *, unsettled_only: bool) -> tuple[Order, ...]:
    """Orders, oldest intent first; with ``unsettled_only`` those that are not over or lack a fill."""
    with database.transaction() as connection:
        return _orders(connection, unsettled_only=unsettled_only)


def load_recent_orders(database: Database, count: int) -> tuple[Order, ...]:
    """The ``count`` orders that changed last, newest first."""
    statement = select(orders).order_by(orders.c.changed_at_utc_ns.desc(), orders.c.client_order_id).limit(count)
    with database.transaction() as connection:
        return tuple(order_from(row) for row in connection.execute(statement).mappings())


def load_positions(database: Database) -> tuple[Position, ...]:
    """Every open position, by symbol."""
    with database.transaction() as connection:
        return _positions(connection)


def load_fills(database: Database, since: Instant) -> tuple[Fill, ...]:
    """Fills at or after ``since``, oldest first."""
    statement = select(fills).where(fills.c.at_utc_ns >= since).order_by(fills.c.at_utc_ns, fills.c.fill_id)
    with database.transaction() as connection:
        return tuple(fill_from(row) for row in connection.execute(statement).mappings())


def load_realised_by_day(database: Database, since: Instant) -> tuple[DayResult, ...]:
    """Realised profit per UTC day with a fill at or after ``since``, oldest first, summed exactly."""
    with database.transaction() as connection:
        return _by_day(connection, since)


def load_halt(database: Database) -> HaltRecord | None:
    """The halt that stands, or None."""
    found = _halts(database, select(halts).where(halts.c.cleared_at_utc_ns.is_(None)).limit(1))
    return found[0] if found else None


def load_trading_state(database: Database) -> TradingState:
    """ACTIVE or REDUCING, as an operator last ordered; ACTIVE where nobody ever did."""
    with database.transaction() as connection:
        kept = connection.execute(select(meta.c.value).where(meta.c.key == TRADING_STATE)).scalar_one_or_none()
    return TradingState(kept) if kept is not None else TradingState.ACTIVE


def load_bans(database: Database) -> tuple[Ban, ...]:
    """The bans that were neither lifted nor seen to lapse."""
    return told_bans(_sum(database, BANS))


def load_acknowledged(database: Database) -> tuple[AcknowledgedLoss, ...]:
    """The losses that an operator resumed over last."""
    return told_losses(_sum(database, ACKNOWLEDGED))


def _sum(database: Database, key: str) -> str:
    with database.transaction() as connection:
        kept: str | None = connection.execute(select(meta.c.value).where(meta.c.key == key)).scalar_one_or_none()
    return kept or "[]"


def load_held_breakers(database: Database) -> tuple[SetBreaker, ...]:
    """The breakers that an operator opened and nobody has closed since."""
    return told_breakers(_sum(database, HELD_BREAKERS))


def load_opened_breakers(database: Database) -> tuple[OpenedBreaker, ...]:
    """The breakers that opened by themselves and were not closed since."""
    return told_opened(_sum(database, OPENED_BREAKERS))


def load_halts(database: Database, count: int) -> tuple[HaltRecord, ...]:
    """The last ``count`` halts, newest first."""
    return _halts(database, select(halts).order_by(halts.c.tripped_at_utc_ns.desc()).limit(count))


def load_last_resume(database: Database, now: Instant) -> Instant:
    """When an operator last ended a halt; the beginning of time where nobody ever did.

    A resume later than ``now`` is of a clock that was wrong, and when it was nobody knows: it counts for nothing.
    """
    last = select(func.max(halts.c.cleared_at_utc_ns)).where(halts.c.cleared_at_utc_ns <= now)
    with database.transaction() as connection:
        return Instant(connection.execute(last).scalar_one() or EPOCH)


def load_open_alerts(database: Database) -> tuple[AlertChanged, ...]:
    """Alerts that are not resolved, oldest first."""
    open_ones = select(alerts).where(alerts.c.state != str(AlertState.RESOLVED))
    return _alerts(database, open_ones.order_by(alerts.c.raised_at_utc_ns, alerts.c.key))


def load_alerts(database: Database, count: int) -> tuple[AlertChanged, ...]:
    """The ``count`` alerts that changed last, newest first."""
    return _alerts(database, select(alerts).order_by(alerts.c.changed_at_utc_ns.desc(), alerts.c.key).limit(count))


def load_books(database: Database, *, epoch: RunEpoch, now: Instant) -> BooksLoaded:
    """Everything the order manager needs to go on after a start: what is open, and what the last 24 hours did."""
    today, since = Instant(now - now % DAY), Instant(now - DAY)
    with database.transaction() as connection:
        kept = {row.key: row.value for row in connection.execute(select(meta))}
        return BooksLoaded(
            orders=_known(connection),
            positions=_positions(connection),
            fill_ids=frozenset(connection.execute(select(fills.c.fill_id)).scalars()),
            opening=told_balances(kept[OPENING]) if OPENING in kept else None,
            flows=tuple((row.currency, row.amount) for row in connection.execute(select(flows).order_by("currency"))),
            realised_today=Notional(sum((day.realised for day in _by_day(connection, today)), ZERO)),
            entries_24h=_filled(connection, since, orders.c.kind == str(OrderKind.ENTRY)),
            stop_outs_24h=_stop_outs(connection, since),
            marks=told_marks(kept[MARKS]) if MARKS in kept else None,
            intents_made=_intents_made(connection, epoch),
            tape=_tape(connection),
        )


def _orders(connection: Connection, *, unsettled_only: bool) -> tuple[Order, ...]:
    statement = select(orders).order_by(orders.c.created_at_utc_ns, orders.c.client_order_id)
    if unsettled_only:
        statement = statement.where(orders.c.settled == 0)
    return tuple(order_from(row) for row in connection.execute(statement).mappings())


def _known(connection: Connection) -> tuple[Order, ...]:
    """Those not settled, and the newest that are: the venue may still tell something of them. Oldest intent first."""
    newest = select(orders).where(orders.c.settled == 1).order_by(orders.c.changed_at_utc_ns.desc())
    over = [order_from(row) for row in connection.execute(newest.limit(SETTLED_KEPT)).mappings()]
    found = (*over, *_orders(connection, unsettled_only=True))
    return tuple(sorted(found, key=lambda order: (order.intent.created_at, order.intent.client_order_id)))


def _positions(connection: Connection) -> tuple[Position, ...]:
    statement = select(positions).order_by(positions.c.symbol)
    return tuple(position_from(row) for row in connection.execute(statement).mappings())


def _by_day(connection: Connection, since: Instant) -> tuple[DayResult, ...]:
    """Summed here and not in SQL: SQLite would sum doubles."""
    columns = select(fills.c.at_utc_ns, fills.c.realised_pnl, fills.c.fee)
    days: dict[int, DayResult] = {}
    for at, realised, fee in connection.execute(columns.where(fills.c.at_utc_ns >= since)):
        day = at - at % DAY
        before = days.get(day) or DayResult(Instant(day), NO_NOTIONAL, NO_NOTIONAL, 0)
        days[day] = DayResult(
            before.day, Notional(before.realised + realised), Notional(before.fees + fee), before.fills + 1
        )
    return tuple(days[day] for day in sorted(days))


def _intents_made(connection: Connection, epoch: RunEpoch) -> int:
    """The highest number among this run's intents: what follows it was never used."""
    first = intent_id(epoch, 0)[:-1]
    ids = select(orders.c.intent_id).where(orders.c.intent_id >= first, orders.c.intent_id < first + ":")
    return max((int(found[len(first) :]) for found in connection.execute(ids).scalars()), default=0)


def _filled(
    connection: Connection, since: Instant, condition: ColumnElement[bool]
) -> tuple[tuple[Symbol, Instant], ...]:
    """Symbol and time of the last fill of each order that meets the condition, oldest first."""
    last = func.max(fills.c.at_utc_ns)
    statement = (
        select(fills.c.symbol, last)
        .join(orders, orders.c.client_order_id == fills.c.client_order_id)
        .where(condition, fills.c.at_utc_ns >= since)
        .group_by(fills.c.client_order_id, fills.c.symbol)
        .order_by(last, fills.c.client_order_id)
    )
    return tuple((Symbol(symbol), Instant(at)) for symbol, at in connection.execute(statement))


def _tape(connection: Connection) -> tuple[TapedFill, ...]:
    """The newest fills, oldest first, with the proposals behind their orders."""
    newest = (
        select(
            fills.c.symbol,
            fills.c.side,
            fills.c.quantity,
            fills.c.realised_pnl,
            fills.c.at_utc_ns,
            orders.c.proposal_id,
        )
        .join(orders, orders.c.client_order_id == fills.c.client_order_id)
        .order_by(fills.c.at_utc_ns.desc(), fills.c.fill_id.desc())
        .limit(TAPE_FILLS_MAX)
    )
    rows = connection.execute(newest).all()[::-1]
    return tuple(
        TapedFill(Symbol(symbol), Side(side), quantity, realised, Instant(at), proposal)
        for symbol, side, quantity, realised, at, proposal in rows
    )


def _stop_outs(connection: Connection, since: Instant) -> tuple[tuple[Symbol, Instant], ...]:
    """Symbol and time of the last fill of each stop-out, oldest first. Compared here: SQLite knows no decimals."""
    words = (STOP_OUT, *STOP_OUT_WITH_A_LOSS)
    columns = select(
        fills.c.client_order_id, fills.c.symbol, fills.c.at_utc_ns, fills.c.realised_pnl, orders.c.intent_reason
    ).join(orders, orders.c.client_order_id == fills.c.client_order_id)
    statement = columns.where(
        orders.c.kind == str(OrderKind.EXIT),
        or_(*(orders.c.intent_reason.startswith(word, autoescape=True) for word in words)),
        fills.c.at_utc_ns >= since,
    ).order_by(fills.c.at_utc_ns, fills.c.fill_id)
    last = {row.client_order_id: row for row in connection.execute(statement)}
    told = (row for row in last.values() if row.intent_reason.startswith(STOP_OUT) or row.realised_pnl < 0)
    return tuple((Symbol(row.symbol), Instant(row.at_utc_ns)) for row in sorted(told, key=lambda row: row.at_utc_ns))


def _halts(database: Database, statement: Select[tuple[object, ...]]) -> tuple[HaltRecord, ...]:
    with database.transaction() as connection:
        return tuple(
            HaltRecord(
                reason=row.reason,
                by=row.tripped_by,
                at=row.tripped_at_utc_ns,
                cleared_at=row.cleared_at_utc_ns,
                cleared_by=row.cleared_by,
                cleared_reason=row.cleared_reason,
            )
            for row in connection.execute(statement)
        )


def _alerts(database: Database, statement: Select[tuple[object, ...]]) -> tuple[AlertChanged, ...]:
    with database.transaction() as connection:
        return tuple(alert_from(row) for row in connection.execute(statement).mappings())
