"""Deleting what has outlived its retention (requirement RET1), without breaking the chain or losing what still matters.

Only the beginning of the journal goes, and only up to the oldest thing that still matters: an order that is not
settled, a position that is open. The deletion is itself an entry that carries the number and hash of the last row that
went, so that ``verify`` knows the new beginning from a cut. Flows and opening balances stay: they are sums.
"""

from typing import Final

from attrs import frozen
from sqlalchemy import func, select

from trader247.model.instant import DAY, Instant
from trader247.store.changes import RowsPruned
from trader247.store.database import Database
from trader247.store.journal import Entry, Journal
from trader247.store.tables import journal, orders, positions
from trader247.store.verifying import PRUNED

__all__ = ["RETENTION_DAYS", "before_of", "prune"]

RETENTION_DAYS: Final = 90
"""The default of requirement RET1."""

_NEVER: Final = 2**62  # the year 2116


@frozen
class _Cut:
    seq: int
    hash: str
    rows: int


def prune(database: Database, writer: Journal, *, before: Instant, at: Instant, by: str) -> int:
    """Delete rows older than ``before`` as far as nothing living needs them; answers how many went.

    ``at`` is now, ``by`` who asked: both stand in the entry. Nothing happens where nothing is old enough.
    """
    cut = _cut(database, before)
    if cut is None:
        return 0
    body = {"upto": cut.seq, "hash": cut.hash, "rows": cut.rows, "before": before, "by": by}
    writer.append([Entry(PRUNED, body, at, changes=(RowsPruned(cut.seq, before),))])
    return cut.rows


def before_of(now: Instant, days: int = RETENTION_DAYS) -> Instant:
    """The instant before which records have outlived ``days`` days."""
    return Instant(now - days * DAY)


def _cut(database: Database, before: Instant) -> _Cut | None:
    """The last row that may go: all rows up to it are older than ``before`` and than anything living."""
    with database.transaction() as connection:
        order = connection.execute(select(func.min(orders.c.created_at_utc_ns)).where(orders.c.settled == 0)).scalar()
        held = connection.execute(select(func.min(positions.c.opened_at_utc_ns))).scalar()
        limit = min(before, order if order is not None else _NEVER, held if held is not None else _NEVER)
        first_kept = connection.execute(select(func.min(journal.c.seq)).where(journal.c.at_utc_ns >= limit)).scalar()
        old = select(journal.c.seq, journal.c.hash).order_by(journal.c.seq.desc()).limit(1)
        if first_kept is not None:
            old = old.where(journal.c.seq < first_kept)
        last = connection.execute(old).first()
        if last is None:
            return None
        rows = connection.execute(select(func.count()).select_from(journal).where(journal.c.seq <= last.seq))
        return _Cut(last.seq, last.hash, rows.scalar_one())
