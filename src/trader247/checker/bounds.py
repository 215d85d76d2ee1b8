"""Boundedness: whatever queues up has a bound and keeps it, and an order writes no novel."""

from collections.abc import Iterator
from typing import Final

from trader247.checker.evidence import Evidence
from trader247.checker.invariant import Violation, invariant

__all__ = ["bounded"]

_ROWS_PER_ORDER: Final = 12
_ORDERS_LEAST: Final = 5
"""Fewer orders count as so many: one of them may have been cancelled for a minute."""


@invariant("I-41", "mailboxes, rows of orders", lambda evidence: len(evidence.bars) + len(evidence.journal.orders()))
def bounded(evidence: Evidence) -> Iterator[Violation]:
    """No mailbox was ever fuller than its bound, and orders have at most 12 rows in the mean, fills apart.

    That memory does not grow is for days and not for a history: see ``NOT_FROM_ONE_HISTORY``.
    """
    for bar in evidence.bars:
        if bar.seen > bar.bound:
            yield bounded.broken(f"{bar.name} held {bar.seen}, at most {bar.bound}", None, bar.name)
    stories = evidence.journal.orders().values()
    rows = sum(entry.row.kind == "order_changed" for told in stories for entry in told)
    if rows > _ROWS_PER_ORDER * max(len(stories), _ORDERS_LEAST):
        text = f"{len(stories)} orders have {rows} rows, at most {_ROWS_PER_ORDER} each in the mean"
        yield bounded.broken(text, None, "rows")
