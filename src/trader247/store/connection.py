"""What the two databases have in common: one connection, one transaction at a time, errors by their names."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from sqlalchemy import Connection, Engine

from trader247.store.faults import DatabaseInUse, naming_faults

__all__ = ["Database"]


class Database(ABC):
    """An open database: an SQLite file or a database on a PostgreSQL server, the same to whoever uses it.

    Close it, or use it as a context manager.
    """

    way_back: ClassVar[str]
    """What a person does whose database is not the one that was written last."""

    where: str
    """Names the database in a text, without a secret."""
    path: Path | None
    """The database file, None where there is none."""
    head_file: Path | None
    """Where the head of its journal is kept, always on this machine; None for a database in memory."""

    def __init__(self, where: str, path: Path | None, head_file: Path | None) -> None:
        """Made by ``open_database``."""
        self.where = where
        self.path = path
        self.head_file = head_file
        self._in_use = threading.Lock()

    @property
    @abstractmethod
    def _engine(self) -> Engine:
        """SQLAlchemy's view of the one connection."""

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction, committed and on disk when the block ends, else rolled back.

        Raises:
            DatabaseInUse: another thread, or this one, is inside a transaction already. Nothing waits here: the
                caller owns the order of its work.
            StoreError: any other failure of the database, by its name.
        """
        with self._owned(), naming_faults(self.where), self._engine.begin() as connection:
            yield connection

    @abstractmethod
    def quick_check(self) -> None:
        """Read everything once (about 1 s per GB). Raises ``DatabaseDamaged`` with the first finding."""

    @abstractmethod
    def check(self) -> None:
        """Look whether what was opened is still there. Waits for nothing: microseconds, so fit for the event loop.

        Raises:
            DatabaseDamaged: the file was deleted or replaced.
            ConnectionLost: the server ended the connection.
        """

    @abstractmethod
    def renew(self) -> None:
        """Connect anew where the connection was lost, with all checks of an opening; otherwise do nothing.

        Nobody calls this behind a writer's back: after a lost connection the last commit is in doubt, and the journal
        must read its end again.

        Raises:
            StoreError: the server is not to be had, or another instance took over.
        """

    @abstractmethod
    def backup(self, to: Path) -> None:
        """A consistent copy as an SQLite file, durable at return; an older one there is replaced whole or not at all.

        Raises:
            DatabaseInUse: a transaction is under way; the copying would wait for its end for ever.
        """

    @abstractmethod
    def copy_before_upgrade(self, revision: str) -> Path | None:
        """Where the copy goes that is made before the schema is changed; None where nothing can be lost."""

    @abstractmethod
    def close(self) -> None:
        """Free the connection and its lock. Safe to call twice."""

    @contextmanager
    def _owned(self) -> Iterator[None]:
        if not self._in_use.acquire(blocking=False):
            raise DatabaseInUse(f"{self.where}: a transaction is under way; one owner, one transaction at a time")
        try:
            yield
        finally:
            self._in_use.release()

    def __enter__(self) -> Self:
        """The database itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes."""
        self.close()
