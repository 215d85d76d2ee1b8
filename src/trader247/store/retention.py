"""Deleting what has outlived its retention (requirement RET1), without breaking the chain or losing what still matters.

Only the beginning of the journal goes, and only up to the oldest thing that still matters: an order that is not
settled, a position that is open. The deletion is itself an entry that carries the number and hash of the last row that
went, so that ``verify`` knows the new beginning from a cut. Flows and opening balances stay: they are sums. What the
rows that go had made is kept as a checkpoint, so that the projections can still be recomputed (``checkpoint.py``).

A pruning is done in steps of ``STEP_ROWS``: the journal's one thread does them between commits, and an intent that
comes meanwhile waits for one step.
"""

from collections.abc import Sequence
from typing import Any, Final

from attrs import frozen
from sqlalchemy import Connection, func, select

from trader247.model.instant import DAY, Instant
from trader247.store.changes import RowsPruned
from trader247.store.checkpoint import digest, load_checkpoint, next_checkpoint
from trader247.store.database import Database
from trader247.store.journal import Entry, Journal
from trader247.store.rebuilding import change_of
from trader247.store.tables import journal, orders, positions
from trader247.store.verifying import PRUNED

__all__ = ["RETENTION_DAYS", "STEP_ROWS", "before_of", "prune", "prune_step"]

RETENTION_DAYS: Final = 90
"""The default of requirement RET1."""

STEP_ROWS: Final = 1_000
"""Rows that go in one transaction: some tens of milliseconds."""

_NEVER: Final = 2**62  # the year 2116


@frozen
class _Cut:
    seq: int
    hash: str
    rows: int
    before: Instant
    checkpoint: str


def prune(database: Database, writer: Journal, *, before: Instant, at: Instant, by: str) -> int:
    """Delete rows older than ``before`` as far as nothing living needs them; answers how many went.

    ``at`` is now, ``by`` who asked: both stand in the entries, one per step. Nothing happens where nothing is old
    enough.
    """
    total, last = 0, writer.head().seq  # the entries that announce the steps are not theirs to delete
    while gone := prune_step(database, writer, before=before, at=at, by=by, last=last):
        total += gone
    return total


def prune_step(
    database: Database, writer: Journal, *, before: Instant, at: Instant, by: str, last: int | None = None
) -> int:
    """One step of it, of at most ``STEP_ROWS``, and of no row after number ``last``; 0 where nothing may go."""
    cut = _cut(database, before, _NEVER if last is None else last)
    if cut is None:
        return 0
    body = {"upto": cut.seq, "hash": cut.hash, "rows": cut.rows, "before": cut.before, "by": by}
    if cut.checkpoint:
        body["checkpoint"] = digest(cut.checkpoint)
    writer.append([Entry(PRUNED, body, at, changes=(RowsPruned(cut.seq, cut.before, cut.checkpoint),))])
    return cut.rows


def before_of(now: Instant, days: int = RETENTION_DAYS) -> Instant:
    """The instant before which records have outlived ``days`` days."""
    return Instant(now - days * DAY)


def _cut(database: Database, before: Instant, last: int) -> _Cut | None:
    """The oldest rows that may go: older than ``before`` and than anything living, and no more than one step."""
    with database.transaction() as connection:
        order = connection.execute(select(func.min(orders.c.created_at_utc_ns)).where(orders.c.settled == 0)).scalar()
        held = connection.execute(select(func.min(positions.c.opened_at_utc_ns))).scalar()
        limit = min(before, order if order is not None else _NEVER, held if held is not None else _NEVER)
        columns = (journal.c.seq, journal.c.at_utc_ns, journal.c.hash, journal.c.kind, journal.c.body)
        page = connection.execute(select(*columns).order_by(journal.c.seq).limit(STEP_ROWS + 1)).all()
        old = next((index for index, row in enumerate(page) if row.at_utc_ns >= limit or row.seq > last), len(page))
        old = min(old, STEP_ROWS)
        if not old:
            return None
        # of what the rows made, as much goes as of the rows: the rest is a later step's
        upto = Instant(min(limit, page[old].at_utc_ns)) if old < len(page) else before
        return _Cut(
            page[old - 1].seq, page[old - 1].hash, old, upto, _checkpoint(connection, page[:old], database.where)
        )


def _checkpoint(connection: Connection, gone: Sequence[Any], where: str) -> str:
    """Empty where an earlier version pruned and left none: what those rows made nobody can say any more."""
    kept = load_checkpoint(connection)
    if kept is None and gone[0].seq != 1:
        return ""
    changes = (change_of(row.kind, row.body, row.seq, where) for row in gone)
    return next_checkpoint(connection, kept, [change for change in changes if change is not None])
