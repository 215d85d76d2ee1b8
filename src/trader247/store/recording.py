"""The journal as the actors know it (``ports.JournalStore``): facts in, rows and projections out.

A fact is written under its own name, whole, and with everything it changes in the projections.
"""

from collections.abc import Callable, Sequence

from trader247.errors import FactRefused
from trader247.messages.codec import as_plain, kind_of
from trader247.messages.orders import BooksLoaded
from trader247.model.ids import RunEpoch
from trader247.model.instant import Instant
from trader247.ports import Recorded
from trader247.store.ballast import Ballast
from trader247.store.chain import Head
from trader247.store.changes import Change
from trader247.store.database import Database
from trader247.store.faults import ChangeRefused, EntryRefused, FillAlreadyBooked, StorageFull, StoreError
from trader247.store.journal import Entry, Journal, Written
from trader247.store.projections import load_books
from trader247.store.retention import before_of, prune_step

__all__ = ["Recorder"]


class Recorder:
    """One run's journal on an open database."""

    def __init__(
        self, database: Database, journal: Journal, ballast: Ballast, epoch: RunEpoch, on_full: Callable[[str], None]
    ) -> None:
        """``ballast`` gives back its room when the disk is full, so that the halt's reason can still be written.

        ``on_full`` is told why in the thread that writes, before the room is given back: it halts, since there is no
        second time.
        """
        self._database = database
        self._journal = journal
        self._ballast = ballast
        self._epoch = epoch
        self._on_full = on_full
        self._known: tuple[Recorded, ...] = ()
        self._doubted: tuple[Recorded, ...] = ()

    def follow(self, before: "Recorder") -> None:
        """Take over from the recorder of before, whose last write may or may not have happened (catalogue DB-15).

        The journal has been read anew: where its end is the one that write would have made, its facts are written,
        and are passed over when they are handed in again, by their identity.
        """
        self._known = before.known_at(self._journal.head())

    def known_at(self, end: Head) -> tuple[Recorded, ...]:
        """The facts that will be handed in again and are written already, if the journal ends there."""
        return self._doubted if self._journal.doubtful == end else self._known

    def record(self, facts: Sequence[Recorded]) -> int:
        """Write the facts in one transaction; the number of the last row.

        Raises:
            FactRefused: a fact contradicts what is written, or cannot be spelled; nothing was written.
            StoreError: the disk is full or failing.
        """
        known = 0
        while known < min(len(facts), len(self._known)) and facts[known] is self._known[known]:
            known += 1
        try:
            self._append([_entry(recorded) for recorded in facts[known:]])
        except (FillAlreadyBooked, ChangeRefused, EntryRefused, TypeError) as error:
            raise FactRefused(str(error)) from error
        except StoreError:
            self._doubted = tuple(facts)
            raise
        self._known = self._known[known:]
        return self._journal.head().seq

    def _append(self, entries: list[Entry]) -> list[Written]:
        try:
            return self._journal.append(entries)
        except StorageFull as error:
            self._on_full(str(error))
            return self._ballast.append(self._journal, entries)

    def check(self) -> None:
        """Look whether what was opened is still there; waits for nothing.

        Raises:
            DatabaseDamaged: the file was deleted or replaced.
            ConnectionLost: the server ended the connection.
        """
        self._database.check()

    def prune(self, now: Instant) -> int:
        """One step of the retention of 90 days; how many rows went."""
        return prune_step(self._database, self._journal, before=before_of(now), at=now, by="retention")

    def books(self, now: Instant) -> BooksLoaded:
        """Everything the order manager needs to go on."""
        return load_books(self._database, epoch=self._epoch, now=now)


def _entry(recorded: Recorded) -> Entry:
    fact = recorded.fact
    changes = (fact,) if isinstance(fact, Change) else ()
    return Entry(kind_of(fact), as_plain(fact), recorded.at, recorded.cause, changes)
