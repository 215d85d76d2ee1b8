"""Every start is counted where a crash cannot reach it, so that a crash loop starts halted and hammers no venue.

A run that ended in order says so with ``record_clean_stop``; one that did not say so ended abnormally, whatever the
cause. Starts older than ``KEPT_S`` are forgotten as new ones are recorded.
"""

from typing import Final

from attrs import frozen
from sqlalchemy import delete, func, select, update

from trader247.errors import Trader247Error
from trader247.model.ids import RunEpoch
from trader247.model.instant import EPOCH, SECOND, Instant
from trader247.store.database import Database
from trader247.store.faults import ChangeRefused
from trader247.store.tables import SCHEMA, starts

__all__ = ["KEPT_S", "Start", "abnormal_starts_within", "last_starts", "record_clean_stop", "record_start"]

KEPT_S: Final = 90 * 24 * 3600
"""As long as the rest of the records."""


@frozen
class Start:
    """One start of the daemon; ``clean_stop_at`` is None while it runs and for ever if it crashed."""

    epoch: RunEpoch
    at: Instant
    code_version: str
    schema: str
    clean_stop_at: Instant | None


def record_start(database: Database, *, epoch: RunEpoch, at: Instant, code_version: str) -> None:
    """Count this start.

    Raises:
        ChangeRefused: the epoch was used before (the source of randomness is not random).
    """
    row = {"epoch": epoch, "at_utc_ns": at, "code_version": code_version, "schema_revision": SCHEMA}
    try:
        with database.transaction() as connection:
            connection.execute(delete(starts).where(starts.c.at_utc_ns < at - KEPT_S * SECOND))
            connection.execute(starts.insert(), row)
    except ChangeRefused as error:
        raise ChangeRefused(f"run epoch {epoch} was used by an earlier start; start again to draw another") from error


def record_clean_stop(database: Database, *, epoch: RunEpoch, at: Instant) -> None:
    """This run ended in order.

    Raises:
        Trader247Error: no such start was recorded.
    """
    with database.transaction() as connection:
        done = connection.execute(update(starts).where(starts.c.epoch == epoch), {"clean_stop_utc_ns": at})
        if done.rowcount != 1:
            raise Trader247Error(f"run epoch {epoch} ends, but its start was never recorded in {database.where}")


def abnormal_starts_within(
    database: Database, *, window_s: int, now: Instant, apart_from: RunEpoch, after: Instant = EPOCH
) -> int:
    """How many starts of the last ``window_s`` seconds and ``after`` then did not end in order, this run apart."""
    statement = (
        select(func.count())
        .select_from(starts)
        .where(
            starts.c.at_utc_ns > max(now - window_s * SECOND, after),
            starts.c.clean_stop_utc_ns.is_(None),
            starts.c.epoch != apart_from,
        )
    )
    with database.transaction() as connection:
        return connection.execute(statement).scalar_one()


def last_starts(database: Database, count: int) -> tuple[Start, ...]:
    """The last ``count`` starts, newest first."""
    statement = select(starts).order_by(starts.c.at_utc_ns.desc(), starts.c.epoch).limit(count)
    with database.transaction() as connection:
        return tuple(Start(*row) for row in connection.execute(statement))
