"""What an entry changes in the projections, applied in the transaction that writes the entry.

Most changes are the messages that the deciders send anyway: what the journal is told and what it keeps are one value.

===================  ==================================================================================
change               effect
===================  ==================================================================================
``OrderChanged``     the order's row is made or replaced
``FillBooked``       the fill's row is made (never replaced), its order and position replaced, the
                     flows of both currencies moved
``PositionChanged``  the position's row is made or replaced; deleted where nothing is held
``StopRaised``       the position's row is replaced
``HaltTripped``      the standing halt is made; where one stands, the first reason stays
``HaltCleared``      the standing halt gets its end
``AlertChanged``     the alert's row is made or replaced
``AccountOpened``    the opening balances are kept; where they are kept already, the first stay
``EquityMarked``     the levels that losses are measured from are kept
``BalancesAccepted`` the flows of its currencies become what the venue says; a position that is not all
                     there is cut
``SetTradingState``  the state an operator ordered is kept
``SetBreaker``       the breaker an operator opened is kept until it is closed
``BreakerChanged``   one that opened by itself is kept until it is closed, or held by an operator
``InstrumentBanned`` the ban is kept, and one of before replaced
``BanLifted``        the ban is kept no more; so with ``BanLapsed``
``LossAcknowledged`` the losses that an operator resumed over are kept
``RowsPruned``       retention: see ``retention.py``
===================  ==================================================================================
"""

from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from typing import Any, Final

from attrs import frozen
from sqlalchemy import Connection, Table, bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from trader247.core.ledger import cut
from trader247.messages.bans import Ban, BanLapsed, BanLifted, InstrumentBanned
from trader247.messages.breakers import BreakerChanged, BreakerLine, BreakerState, OpenedBreaker, SetBreaker
from trader247.messages.control import AlertChanged, HaltCleared, HaltTripped, LossAcknowledged, SetTradingState
from trader247.messages.orders import AccountOpened, EquityMarked, FillBooked, OrderChanged, StopRaised
from trader247.messages.reconciling import BalancesAccepted, Difference
from trader247.model.instant import Instant
from trader247.model.instrument import Symbol
from trader247.model.money import ZERO, Notional, Quantity
from trader247.model.order import Fill, Order, Side
from trader247.model.portfolio import Position
from trader247.store.faults import ChangeRefused, FillAlreadyBooked, code_of
from trader247.store.rows import (
    alert_row,
    fill_row,
    order_row,
    position_from,
    position_row,
    spelled_balances,
    spelled_bans,
    spelled_breakers,
    spelled_losses,
    spelled_marks,
    spelled_opened,
    told_bans,
    told_breakers,
    told_opened,
)
from trader247.store.tables import alerts, fills, flows, halts, journal, meta, orders, positions

__all__ = ["Change", "PositionChanged", "RowsPruned", "apply"]


@frozen
class PositionChanged:
    """What is held of an instrument now; None is nothing."""

    symbol: Symbol
    position: Position | None


@frozen
class RowsPruned:
    """Rows up to ``upto_seq`` and projections settled before ``before`` have outlived their retention.

    ``checkpoint`` is what they had made (``checkpoint.py``); empty where nobody knows, or where it is kept already.
    """

    upto_seq: int
    before: Instant
    checkpoint: str = ""


Change = (
    OrderChanged
    | FillBooked
    | PositionChanged
    | StopRaised
    | HaltTripped
    | HaltCleared
    | AlertChanged
    | AccountOpened
    | EquityMarked
    | SetTradingState
    | SetBreaker
    | BreakerChanged
    | InstrumentBanned
    | BanLifted
    | BanLapsed
    | LossAcknowledged
    | BalancesAccepted
    | RowsPruned
)

OPENING: Final = "opening_balances"
MARKS: Final = "equity_marks"
TRADING_STATE: Final = "trading_state"
HELD_BREAKERS: Final = "held_breakers"
OPENED_BREAKERS: Final = "opened_breakers"
BANS: Final = "bans"
ACKNOWLEDGED: Final = "acknowledged_losses"
PRUNED_UPTO: Final = "pruned_upto"


def apply(connection: Connection, changes: Iterable[Change]) -> None:
    """Write the changes, in their order.

    Raises:
        FillAlreadyBooked: the transaction must be rolled back, which leaving its block does.
        ChangeRefused: a change that contradicts itself or the schema.
    """
    for change in changes:
        match change:
            case OrderChanged(order=order):
                _put(connection, orders, order_row(order))
            case FillBooked():
                _book(connection, change)
            case PositionChanged(symbol=symbol, position=position):
                _hold(connection, symbol, position)
            case StopRaised(position=raised):
                _hold(connection, raised.symbol, raised)
            case HaltTripped():
                _trip(connection, change)
            case HaltCleared():
                _clear(connection, change)
            case AlertChanged():
                _put(connection, alerts, alert_row(change))
            case AccountOpened(balances=balances):
                _keep(connection, OPENING, spelled_balances(balances), first_stays=True)
            case EquityMarked(marks=marks):
                _keep(connection, MARKS, spelled_marks(marks))
            case SetTradingState(state=state):
                _keep(connection, TRADING_STATE, state.value)
            case SetBreaker():
                _set_breaker(connection, change)
            case BreakerChanged(line=line):
                _keep_opened(connection, line)
            case InstrumentBanned(ban=ban):
                _keep_bans(connection, ban.symbol, ban)
            case BanLifted(symbol=symbol):
                _keep_bans(connection, symbol, None)
            case BanLapsed(ban=ban):
                _keep_bans(connection, ban.symbol, None)
            case LossAcknowledged(losses=losses):
                _keep(connection, ACKNOWLEDGED, spelled_losses(losses))
            case BalancesAccepted(differences=differences):
                for each in differences:
                    _accept(connection, each)
            case RowsPruned(upto_seq=upto_seq, before=before, checkpoint=checkpoint):
                if checkpoint:
                    _keep(connection, "checkpoint", checkpoint)
                _prune(connection, upto_seq, before)


def _book(connection: Connection, change: FillBooked) -> None:
    fill, order = change.fill, change.order
    _put(connection, orders, order_row(order))
    _insert_fill(connection, fill, order, change.realised)
    _hold(connection, fill.symbol, change.position)
    base, _, quote = fill.symbol.partition("-")
    sign = 1 if fill.side is Side.BUY else -1
    _move(connection, base, sign * fill.quantity)
    _move(connection, quote, -sign * fill.price * fill.quantity - fill.fee)


def _insert_fill(connection: Connection, fill: Fill, order: Order, realised: Notional) -> None:
    row = fill_row(fill) | {"client_order_id": order.intent.client_order_id, "realised_pnl": realised}
    try:
        connection.execute(_INSERT_FILL, row)
    except IntegrityError as error:
        if code_of(error.orig or error) in _NOT_UNIQUE:
            raise FillAlreadyBooked(fill.fill_id) from error
        raise


_INSERT_FILL: Final = fills.insert()
_NOT_UNIQUE: Final = frozenset({"SQLITE_CONSTRAINT_PRIMARYKEY", "SQLITE_CONSTRAINT_UNIQUE", "23505"})


def _hold(connection: Connection, symbol: Symbol, position: Position | None) -> None:
    if position is None or not position.quantity:
        connection.execute(delete(positions).where(positions.c.symbol == symbol))
    elif position.symbol != symbol:
        raise ChangeRefused(f"the position of {symbol} is said to be one of {position.symbol}; nothing was written")
    else:
        _put(connection, positions, position_row(position))


def _move(connection: Connection, currency: str, amount: Decimal) -> None:
    """Read, add, write: SQLite would add doubles."""
    before = connection.execute(select(flows.c.amount).where(flows.c.currency == currency)).scalar()
    _put(connection, flows, {"currency": currency, "amount": (before or ZERO) + amount})


def _accept(connection: Connection, difference: Difference) -> None:
    _move(connection, difference.name, difference.theirs - difference.ours)
    held = [position_from(row) for row in connection.execute(select(positions)).mappings()]
    for position in held:
        if position.symbol.partition("-")[0] == difference.name and position.quantity > difference.theirs:
            _hold(connection, position.symbol, cut(position, Quantity(max(difference.theirs, ZERO))))


def _trip(connection: Connection, change: HaltTripped) -> None:
    standing = connection.execute(select(halts.c.tripped_at_utc_ns).where(halts.c.cleared_at_utc_ns.is_(None))).first()
    if standing is None:
        row = {"tripped_at_utc_ns": change.at.utc, "reason": change.reason, "tripped_by": change.by}
        _put(connection, halts, row | {"cleared_at_utc_ns": None, "cleared_by": None, "cleared_reason": None})


def _clear(connection: Connection, change: HaltCleared) -> None:
    ended = {"cleared_at_utc_ns": change.at.utc, "cleared_by": change.by, "cleared_reason": change.reason}
    connection.execute(update(halts).where(halts.c.cleared_at_utc_ns.is_(None)), ended)


def _keep(connection: Connection, key: str, value: str, *, first_stays: bool = False) -> None:
    if first_stays and connection.execute(select(meta.c.value).where(meta.c.key == key)).first() is not None:
        return
    _put(connection, meta, {"key": key, "value": value})


def _keep_bans(connection: Connection, symbol: Symbol, ban: Ban | None) -> None:
    kept = connection.execute(select(meta.c.value).where(meta.c.key == BANS)).scalar_one_or_none()
    others = tuple(each for each in told_bans(kept or "[]") if each.symbol != symbol)
    _keep(connection, BANS, spelled_bans(others if ban is None else (*others, ban)))


def _set_breaker(connection: Connection, order: SetBreaker) -> None:
    kept = connection.execute(select(meta.c.value).where(meta.c.key == HELD_BREAKERS)).scalar_one_or_none()
    others = tuple(held for held in told_breakers(kept or "[]") if held.breaker != order.breaker)
    held = (*others, order) if order.state is BreakerState.OPEN else others
    _keep(connection, HELD_BREAKERS, spelled_breakers(held))


def _keep_opened(connection: Connection, line: BreakerLine) -> None:
    if line.state is BreakerState.HALF_OPEN:
        return  # it is neither closed nor over: a start finds its time run out, and probes it
    kept = connection.execute(select(meta.c.value).where(meta.c.key == OPENED_BREAKERS)).scalar_one_or_none()
    others = tuple(each for each in told_opened(kept or "[]") if each.breaker != line.breaker)
    mine: tuple[OpenedBreaker, ...] = ()
    if line.state is BreakerState.OPEN and line.until is not None:  # what an operator holds has no time
        mine = (OpenedBreaker(line.breaker, line.since, line.until, line.why),)
    _keep(connection, OPENED_BREAKERS, spelled_opened((*others, *mine)))


def _prune(connection: Connection, upto_seq: int, before: Instant) -> None:
    """Which rows may go is decided in ``retention.py``; the guard on the table lets nothing else go."""
    _keep(connection, PRUNED_UPTO, str(upto_seq))
    connection.execute(delete(journal).where(journal.c.seq <= upto_seq))
    old = select(orders.c.client_order_id).where(orders.c.settled == 1, orders.c.changed_at_utc_ns < before)
    young = select(fills.c.client_order_id).where(fills.c.at_utc_ns >= before)
    gone = old.where(orders.c.client_order_id.not_in(young)).scalar_subquery()
    connection.execute(delete(fills).where(fills.c.client_order_id.in_(gone)))
    connection.execute(delete(orders).where(orders.c.client_order_id.in_(gone)))
    connection.execute(delete(alerts).where(alerts.c.state == "resolved", alerts.c.changed_at_utc_ns < before))
    connection.execute(delete(halts).where(halts.c.cleared_at_utc_ns < before))


def _put(connection: Connection, table: Table, row: dict[str, Any]) -> None:
    connection.execute(_replacing(table, connection.dialect.name), row)


@cache  # one statement per table and dialect: building it costs more than running it
def _replacing(table: Table, dialect: str) -> Any:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    keys = list(table.primary_key.columns)
    statement = insert(table).values({column.name: bindparam(column.name) for column in table.columns})
    rest = {column.name: statement.excluded[column.name] for column in table.columns if column not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=rest)
