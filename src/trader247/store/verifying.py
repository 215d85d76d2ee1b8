"""Finding any edited, deleted, inserted or moved row of the journal (requirement AUD1).

Every row is hashed again and compared with what it carries and with what its neighbour says of it; the beginning must
be row 1 or the end of an announced pruning, and the end must be the one the head file knows.
"""

import json
from collections.abc import Callable
from typing import Final

from attrs import frozen
from sqlalchemy import Connection, func, select

from trader247.store.chain import GENESIS, Head, faults_of, missing
from trader247.store.database import Database
from trader247.store.head_file import HeadFile
from trader247.store.journal import end_fault
from trader247.store.tables import journal

__all__ = ["FAULTS_MAX", "PRUNED", "Fault", "Verdict", "verify"]

FAULTS_MAX: Final = 20
"""Enough to see the pattern; a rewritten journal would list every row."""

PRUNED: Final = "journal.pruned"
"""The kind of the entry that announces a pruning: ``{"upto": last row that went, "hash": its hash}``."""

_PAGE_ROWS: Final = 5_000  # one transaction each, about 50 ms, so that an owner may write in between


@frozen
class Fault:
    """One thing that is wrong, at this row."""

    seq: int
    what: str


@frozen
class Verdict:
    """``unwitnessed``: rows at the end that the head file does not know yet.

    After a crash these may be the last batch; in a journal that was closed there are none.
    """

    first_seq: int
    last_seq: int
    rows: int
    faults: tuple[Fault, ...]
    unwitnessed: int

    @property
    def intact(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


def verify(
    database: Database,
    *,
    from_seq: int = 1,
    upto_seq: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Verdict:
    """Check rows ``from_seq`` to ``upto_seq`` (default: all, and the end), one page per transaction.

    ``progress(done, total)`` is called after each page. A check of a part trusts the row before it.

    Raises:
        StoreError: the database could not be read.
    """
    head_file = HeadFile(database.head_file) if database.head_file else None
    faults: list[Fault] = []
    with database.transaction() as connection:
        first, last = _ends(connection)
        before = _before(connection, max(from_seq, 1), first, faults)
        unwitnessed = _check_end(connection, head_file, last, faults) if upto_seq is None else 0
    until = last.seq if upto_seq is None else min(upto_seq, last.seq)
    start, total, rows = before.seq, max(until - before.seq, 0), 0
    while before.seq < until:
        with database.transaction() as connection:
            page = connection.execute(
                select(journal)
                .where(journal.c.seq > before.seq, journal.c.seq <= until)
                .order_by(journal.c.seq)
                .limit(_PAGE_ROWS)
            ).all()
        for row in page:
            for what in faults_of(row, before):
                _tell(faults, row.seq, what)
            before = Head(row.seq, row.hash)
        rows += len(page)
        if progress is not None:
            progress(before.seq - start, total)
        if not page:
            break
    ordered = tuple(sorted(faults, key=lambda fault: fault.seq))
    return Verdict(first_seq=start + 1, last_seq=before.seq, rows=rows, faults=ordered, unwitnessed=unwitnessed)


def _tell(faults: list[Fault], seq: int, what: str) -> None:
    if len(faults) < FAULTS_MAX:
        faults.append(Fault(seq, what))


def _ends(connection: Connection) -> tuple[int, Head]:
    row = connection.execute(select(journal.c.seq, journal.c.hash).order_by(journal.c.seq.desc()).limit(1)).first()
    first = connection.execute(select(func.min(journal.c.seq))).scalar()
    return (int(first), Head(*row)) if row and first is not None else (1, GENESIS)


def _before(connection: Connection, from_seq: int, first_seq: int, faults: list[Fault]) -> Head:
    """What the first row to check has to follow."""
    if from_seq > first_seq:
        row = connection.execute(
            select(journal.c.seq, journal.c.hash)
            .where(journal.c.seq < from_seq)
            .order_by(journal.c.seq.desc())
            .limit(1)
        ).first()
        return Head(*row) if row else GENESIS
    if first_seq == 1:
        return GENESIS
    announced = connection.execute(
        select(journal.c.body).where(journal.c.kind == PRUNED).order_by(journal.c.seq.desc()).limit(1)
    ).scalar()
    told = json.loads(announced) if announced else {}
    prev = connection.execute(select(journal.c.prev_hash).where(journal.c.seq == first_seq)).scalar()
    if told.get("upto") != first_seq - 1 or told.get("hash") != prev:
        _tell(faults, first_seq, f"{missing(1, first_seq - 1)} and no pruning announces that")
    return Head(first_seq - 1, str(prev))


def _check_end(connection: Connection, head_file: HeadFile | None, last: Head, faults: list[Fault]) -> int:
    if head_file is None:
        return 0
    witnessed = head_file.read()
    if witnessed is None and last == GENESIS:
        return 0
    fault = end_fault(connection, witnessed, last)
    if fault is not None:
        _tell(faults, last.seq, fault)
    return max(last.seq - witnessed.seq, 0) if witnessed else last.seq
