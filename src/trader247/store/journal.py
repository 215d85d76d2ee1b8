"""The journal: what happened, in the order it happened, each row bound to the one before it.

``append`` is the only way in. A batch is one transaction: its rows, and everything they change in the projections,
are on the disk together when it returns, or not at all when it raises.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from attrs import evolve, frozen
from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError

from trader247.model.ids import RunEpoch
from trader247.model.instant import Instant
from trader247.store.chain import GENESIS, Head, Record, canonical, faults_of, missing, row_hash
from trader247.store.changes import Change, apply
from trader247.store.database import Database
from trader247.store.faults import (
    DatabaseDamaged,
    EntryRefused,
    JournalDamaged,
    JournalStopped,
    StorageFailed,
    TransactionAborted,
)
from trader247.store.head_file import HeadFile
from trader247.store.tables import journal

__all__ = [
    "BATCH_ENTRIES_MAX",
    "PAGE_ROWS_MAX",
    "Entry",
    "Journal",
    "Written",
    "accept_end",
    "end_of",
    "last_records",
    "records",
]

BATCH_ENTRIES_MAX: Final = 10_000
"""A batch is held in memory and written at one go: 10,000 entries take about half a second."""

TRIES_MAX: Final = 3
"""Of one batch. A server rolls back on its own only for another writer's sake, and here there is none for long."""

PAGE_ROWS_MAX: Final = 10_000
"""As many rows as one reading gives out; ask again from the next number."""

_INSERT: Final = insert(journal)


@frozen
class Entry:
    """One thing that happened. ``cause`` is the number of the message behind it, as its sender counts; not checked."""

    kind: str
    body: Mapping[str, Any]
    at: Instant
    cause: int | None = None
    changes: tuple[Change, ...] = ()


@frozen
class Written:
    """Where an entry came to stand."""

    seq: int
    hash: str


class Journal:
    """The journal of one run: ``epoch`` and ``config_hash`` are stamped on every row (requirement C2).

    ``adopted``: rows found beyond the head file at opening. A crash between a commit and the head's own write leaves
    one batch there, a loss of power up to ``FLUSH_EVERY`` batches; anything else is somebody else's writing.

    ``doubtful``: the end as it is if the batch of which nobody knows was written after all; None where all is known.
    """

    def __init__(self, database: Database, *, epoch: RunEpoch, config_hash: str) -> None:
        """Checks the end of the chain against the head file.

        Raises:
            JournalDamaged: the end that was last written is not there.
        """
        self._database = database
        self._epoch = epoch
        self._config_hash = config_hash
        self._stopped: str | None = None
        self.doubtful: Head | None = None
        self._head_file = HeadFile(database.head_file) if database.head_file else None
        self._head, self.adopted = _end_of(database, self._head_file)
        if self._head_file is not None:
            self._head_file.write(self._head)

    def append(self, entries: Sequence[Entry]) -> list[Written]:
        """Write the entries and their changes, all or none, and return when they are on the disk.

        Raises:
            FillAlreadyBooked, ChangeRefused, EntryRefused, StorageFull: nothing was written, the journal goes on.
            StorageFailed, DatabaseDamaged, JournalDamaged: nobody knows; the journal takes no more until it is opened
                again.
            JournalStopped: such an error came before.
        """
        if self._stopped is not None:
            raise JournalStopped(
                f"the journal of {self._database.where} has stopped after: {self._stopped} Start again to reopen it."
            )
        if len(entries) > BATCH_ENTRIES_MAX:
            raise EntryRefused(f"a batch of {len(entries)} entries, {BATCH_ENTRIES_MAX} at most; write it as several.")
        if not entries:
            return []
        rows = self._chained(entries)
        head = Head(rows[-1]["seq"], rows[-1]["hash"])
        try:
            self._write(rows, entries)
            self._head = head
            if self._head_file is not None:
                self._head_file.write(head)
        except (StorageFailed, DatabaseDamaged, JournalDamaged) as error:
            self._stopped, self.doubtful = str(error), head
            raise
        return [Written(row["seq"], row["hash"]) for row in rows]

    def _write(self, rows: list[dict[str, Any]], entries: Sequence[Entry]) -> None:
        """One transaction, begun again where the server rolled it back by itself: the numbers are the same again."""
        for patience in reversed(range(TRIES_MAX)):
            try:
                with self._database.transaction() as connection:
                    self._insert(connection, rows)
                    for entry in entries:
                        if entry.changes:
                            apply(connection, entry.changes)
            except TransactionAborted:
                if not patience:
                    raise
            else:
                return

    def _insert(self, connection: Connection, rows: list[dict[str, Any]]) -> None:
        """The number is the fence: where a row of this number stands, somebody else has written behind our back."""
        try:
            connection.execute(_INSERT, rows)
        except IntegrityError as error:
            raise JournalDamaged(
                f"{self._database.where}: row {rows[0]['seq']} or one after it is there already: another program has"
                f" written to this journal. Nothing of this batch was written. {self._database.way_back}"
            ) from error

    def head(self) -> Head:
        """The last row's number and hash; number 0 while the journal is empty. Costs nothing."""
        return self._head

    def read(self, from_seq: int, limit: int) -> list[Record]:
        """Rows from ``from_seq`` on, oldest first, at most ``limit`` (itself at most ``PAGE_ROWS_MAX``)."""
        statement = select(journal).where(journal.c.seq >= from_seq).order_by(journal.c.seq)
        with self._database.transaction() as connection:
            return [Record(*row) for row in connection.execute(statement.limit(min(limit, PAGE_ROWS_MAX)))]

    def tail(self, count: int) -> list[Record]:
        """The last ``count`` rows, oldest first."""
        return self.read(max(self._head.seq - count, 0) + 1, count) if count > 0 else []

    def close(self) -> None:
        """Free the head file. The database is its owner's to close. Safe to call twice."""
        if self._head_file is not None:
            self._head_file.close()

    def _chained(self, entries: Sequence[Entry]) -> list[dict[str, Any]]:
        seq, last = self._head.seq, self._head.hash
        rows = []
        for entry in entries:
            seq += 1
            body = canonical(entry.body)
            own = row_hash(last, seq, entry.at, entry.kind, entry.cause, self._config_hash, self._epoch, body)
            rows.append(
                {
                    "seq": seq,
                    "at_utc_ns": entry.at,
                    "kind": entry.kind,
                    "cause": entry.cause,
                    "config_hash": self._config_hash,
                    "epoch": self._epoch,
                    "body": body,
                    "prev_hash": last,
                    "hash": own,
                }
            )
            last = own
        return rows


def last_records(database: Database, count: int) -> list[Record]:
    """The last ``count`` rows of a journal that nobody writes, oldest first; its end is not checked here."""
    statement = select(journal).order_by(journal.c.seq.desc()).limit(min(count, PAGE_ROWS_MAX))
    with database.transaction() as connection:
        return [Record(*row) for row in connection.execute(statement)][::-1]


def records(database: Database, from_seq: int, to_seq: int | None = None) -> Iterator[Record]:
    """Rows ``from_seq`` to ``to_seq`` (default: the end) of a journal that nobody writes, a page per transaction."""
    after = from_seq - 1
    while True:
        statement = select(journal).where(journal.c.seq > after).order_by(journal.c.seq).limit(PAGE_ROWS_MAX)
        if to_seq is not None:
            statement = statement.where(journal.c.seq <= to_seq)
        with database.transaction() as connection:
            page = [Record(*row) for row in connection.execute(statement)]
        if not page:
            return
        yield from page
        after = page[-1].seq


def end_of(database: Database) -> Head:
    """The last row of a journal that nobody writes; whether it should be another is not asked."""
    with database.transaction() as connection:
        return _last(connection)


def accept_end(database: Database, entry: Entry, *, epoch: RunEpoch, config_hash: str) -> Journal:
    """Open a journal whose end does not match its head file, because a person decided to go on from here.

    ``entry`` says who and why; what was found is added to its body and it becomes the next row, for ever.

    Raises:
        JournalDamaged: not the end is missing, but a row of what is there is wrong; ``verify`` says which.
    """
    head_file = HeadFile(database.head_file) if database.head_file else None
    witnessed = head_file.read() if head_file else None
    with database.transaction() as connection:
        last = _last(connection)
    found = {"last_seq": last.seq, "head_seq": witnessed.seq if witnessed else None}
    if head_file is not None:
        head_file.reset(last)
        head_file.close()
    opened = Journal(database, epoch=epoch, config_hash=config_hash)
    opened.append([evolve(entry, body={**entry.body, "found": found})])
    return opened


def _last(connection: Connection) -> Head:
    row = connection.execute(select(journal.c.seq, journal.c.hash).order_by(journal.c.seq.desc()).limit(1)).first()
    return Head(*row) if row else GENESIS


def _end_of(database: Database, head_file: HeadFile | None) -> tuple[Head, int]:
    """The true end, and how many rows of it the head file did not know."""
    with database.transaction() as connection:
        last = _last(connection)
        if head_file is None:
            return last, 0
        witnessed = head_file.read()
        if witnessed is None and last == GENESIS:
            return last, 0
        fault = end_fault(connection, witnessed, last)
        if fault is None and witnessed is not None:
            beyond = connection.execute(
                select(journal).where(journal.c.seq > witnessed.seq).order_by(journal.c.seq).limit(PAGE_ROWS_MAX)
            )
            fault = _first_fault(witnessed, [Record(*row) for row in beyond])
    if fault is not None or witnessed is None:
        raise JournalDamaged(f"{database.where}: {fault}. {database.way_back}")
    return last, last.seq - witnessed.seq


def end_fault(connection: Connection, witnessed: Head | None, last: Head) -> str | None:
    """What the head file says against the end of the table, or None."""
    if witnessed is None:
        return f"the head file is missing, so nobody can tell whether row {last.seq} is the last"
    if witnessed.seq > last.seq:
        return f"{missing(last.seq + 1, witnessed.seq)} at the end (an old copy, or a cut)"
    if witnessed.seq == 0:
        return None
    there = connection.execute(select(journal.c.hash).where(journal.c.seq == witnessed.seq)).scalar()
    if there != witnessed.hash:
        return f"row {witnessed.seq} is not the row that was written there: the chain was rewritten"
    return None


def _first_fault(before: Head, rows: Sequence[Record]) -> str | None:
    for row in rows:
        found = faults_of(row, before)
        if found:
            return f"row {row.seq}: {found[0]}"
        before = Head(row.seq, row.hash)
    return None
