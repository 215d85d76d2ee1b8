"""The once-only guard in SQL (requirement SE1): whoever makes the row of a key does the thing, and nobody else.

The unique key decides, not a look before the write, so two who claim at once cannot both be first. A claim whose run
died before it finished stays taken: the thing may have happened, and doing it again would be what the guard is there to
prevent. Claims are forgotten after ``KEPT_S``.
"""

from typing import Any, Final

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from trader247.model.ids import RunEpoch
from trader247.model.instant import SECOND, Instant
from trader247.model.once import Claim, Done, Fresh, InProgress
from trader247.store.database import Database
from trader247.store.faults import ChangeRefused
from trader247.store.tables import once

__all__ = ["KEPT_S", "SqlOnceGuard"]

KEPT_S: Final = 72 * 3600
"""How long a result is given again (requirement SE1)."""


class SqlOnceGuard:
    """Implements ``ports.OnceGuard`` on either database."""

    def __init__(self, database: Database) -> None:
        """Of one run; the database is its owner's to close."""
        self._database = database

    def claim(self, key: str, epoch: RunEpoch, now: Instant) -> Claim:
        """Take the key, or learn what became of it; durable at return.

        Raises:
            StoreError: the database failed, and nothing was taken.
        """
        row = {"key": key, "epoch": epoch, "claimed_at_utc_ns": now, "result": None}
        with self._database.transaction() as connection:
            connection.execute(delete(once).where(once.c.claimed_at_utc_ns < now - KEPT_S * SECOND))
            insert: Any = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
            # the drivers do not agree on how many rows an insert counts that met a conflict; what it returns is plain
            taking = insert(once).on_conflict_do_nothing(index_elements=[once.c.key]).returning(once.c.key)
            if connection.execute(taking, row).first() is not None:
                return Fresh()
            taken = connection.execute(select(once.c.epoch, once.c.result).where(once.c.key == key)).one()
        return InProgress(taken.epoch) if taken.result is None else Done(taken.result)

    def finish(self, key: str, epoch: RunEpoch, result: str) -> None:
        """Keep the result of what this run claimed; the first one stays.

        Raises:
            ChangeRefused: this run has no unfinished claim of the key.
            StoreError: the database failed; whoever claims the key hears ``InProgress``.
        """
        mine = update(once).where(once.c.key == key, once.c.epoch == epoch, once.c.result.is_(None))
        with self._database.transaction() as connection:
            if connection.execute(mine, {"result": result}).rowcount != 1:
                raise ChangeRefused(f"{key!r} is finished by run {epoch}, which has no open claim of it")

    def take_over(self, key: str, epoch: RunEpoch, of: RunEpoch) -> bool:
        """Make the open claim of run ``of`` this run's; False where ``of`` has none.

        Raises:
            StoreError: the database failed, and the claim stays whose it was.
        """
        theirs = update(once).where(once.c.key == key, once.c.epoch == of, once.c.result.is_(None))
        with self._database.transaction() as connection:
            return connection.execute(theirs, {"epoch": epoch}).rowcount == 1

    def release(self, key: str, epoch: RunEpoch) -> None:
        """What this run claimed did certainly not happen: the next claim is fresh. Nothing where there is no claim.

        Raises:
            StoreError: the database failed; whoever claims the key hears ``InProgress``.
        """
        mine = delete(once).where(once.c.key == key, once.c.epoch == epoch, once.c.result.is_(None))
        with self._database.transaction() as connection:
            connection.execute(mine)
