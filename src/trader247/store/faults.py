"""What can go wrong with the database, each kind by its own name, and the one place where driver errors get it.

A caller needs to know three things of a failed write: did it happen (no, except after ``StorageFailed``, where nobody
knows), may it be tried again, and what a person has to do. The class says the first two, the text the third.

====================  ======================================  ==================================================
error                 what happened                           next move
====================  ======================================  ==================================================
``StorageFull``       nothing was written                     halt; give the ballast back to write the reason
``StorageFailed``     nobody knows                            halt; reopen and verify; never retry as if it had
                                                              not happened
``ConnectionLost``    nobody knows                            as above, once the server is back
``TransactionAborted`` nothing was written                    try the same again, a few times
``DatabaseInUse``     nothing was written                     end the other program
``DatabaseDamaged``   the file is not what we wrote           halt; restore or start afresh from the venue
``FillAlreadyBooked`` nothing was written                     the fill is known: drop it
====================  ======================================  ==================================================
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import sqlalchemy.exc

from trader247.errors import AnotherInstanceRuns, ConfigurationInvalid, Trader247Error

__all__ = [
    "ChangeRefused",
    "ConnectionLost",
    "DatabaseDamaged",
    "DatabaseInUse",
    "DatabaseReadOnly",
    "DatabaseUnreadable",
    "DatabaseUnsafe",
    "EntryRefused",
    "FillAlreadyBooked",
    "ForeignDatabase",
    "HeldByAnother",
    "JournalDamaged",
    "JournalStopped",
    "NotADatabase",
    "SchemaNewer",
    "StorageFailed",
    "StorageFull",
    "StoreError",
    "TransactionAborted",
    "WrongAccount",
    "code_of",
    "named",
    "naming_faults",
]


class StoreError(Trader247Error):
    """The database could not do what was asked."""


class DatabaseUnreadable(StoreError):
    """It cannot be opened: no such folder, no permission, not a regular file; no such server, user or database."""


class NotADatabase(StoreError):
    """The file holds something else than an SQLite database."""


class ForeignDatabase(StoreError):
    """A database, but another program's."""


class DatabaseDamaged(StoreError):
    """The database finds its own structure broken, or it was taken away."""


class DatabaseReadOnly(StoreError):
    """The file, its folder or its file system does not take writes, or the server is a standby."""


class DatabaseInUse(StoreError):
    """Another connection holds the database, or two threads use this one at once."""


class HeldByAnother(DatabaseInUse, AnotherInstanceRuns):
    """Another instance holds the lock of the database on the server."""


class DatabaseUnsafe(StoreError):
    """A setting that durability depends on was not accepted by this SQLite or this server."""


class SchemaNewer(StoreError):
    """A newer version of this program has written the database."""


class StorageFull(StoreError):
    """No space left; nothing of the transaction was written."""


class StorageFailed(StoreError):
    """The disk failed in the middle; nobody knows what it holds until the journal is opened and verified again."""


class ConnectionLost(StorageFailed):
    """The server is gone, or sent us away. A commit under way may have happened; the journal's end tells."""


class TransactionAborted(StoreError):
    """The server rolled the transaction back for another's sake; nothing was written, the same may be tried again."""


class EntryRefused(StoreError):
    """A journal entry that cannot be written as canonical JSON, or is too large; nothing was written."""


class ChangeRefused(StoreError):
    """A projection's own rules forbid the change; nothing was written."""


class FillAlreadyBooked(StoreError):
    """The fill was booked before; the whole batch was rolled back. ``fill_id`` says which."""

    def __init__(self, fill_id: str) -> None:
        """``fill_id``: the venue's id of the fill."""
        super().__init__(
            f"fill {fill_id} is booked already and nothing of this batch was written; drop the fill and go on"
        )
        self.fill_id = fill_id


class JournalDamaged(StoreError):
    """The journal's end is not the end that was last written."""


class JournalStopped(StoreError):
    """An earlier write of this journal ended in ``StorageFailed``; it takes no more until it is opened again."""


class WrongAccount(StoreError, ConfigurationInvalid):
    """The database belongs to another account or venue than the one configured."""


def code_of(error: BaseException) -> str:
    """The driver's own name of an error: SQLite's ``SQLITE_...`` or the SQLSTATE of PostgreSQL; may be empty."""
    code = getattr(error, "sqlite_errorname", None) or getattr(error, "sqlstate", None)
    return str(code) if code else ""


_RESTORE: Final = (
    " Restore a backup of the database and its .head file, or move both away and start afresh: the venue's own records"
    " are read at the start."
)
_LOOK: Final = " Check the disk and its file system, then start again: the journal is checked on the way up."

_NAMES: Final[tuple[tuple[tuple[str, ...], type[StoreError], str], ...]] = (
    (
        ("SQLITE_FULL", "53100"),
        StorageFull,
        "no space left on the device ({error}); nothing was written. Free some space.",
    ),
    (("SQLITE_IOERR", "58"), StorageFailed, "the disk failed ({code}: {error})." + _LOOK),
    (
        ("SQLITE_NOTADB",),
        NotADatabase,
        "is not an SQLite database ({error}). Name another database file or move this one away.",
    ),
    (("SQLITE_CORRUPT", "XX001", "XX002"), DatabaseDamaged, "is damaged ({error})." + _RESTORE),
    (
        ("42P01", "42703", "3F000"),
        DatabaseDamaged,
        "has lost a table or a column that was there ({error})." + _RESTORE,
    ),
    (
        ("SQLITE_READONLY",),
        DatabaseReadOnly,
        (
            "cannot be written ({error}). Give this user write permission on the file and its folder, or remount the"
            " file system for writing."
        ),
    ),
    (
        ("25006",),
        DatabaseReadOnly,
        "takes no writes ({error}). It is a standby, or default_transaction_read_only is on: name the primary.",
    ),
    (
        ("SQLITE_BUSY", "SQLITE_LOCKED", "55P03"),
        DatabaseInUse,
        (
            "is held by another connection ({error}). End the program that has it open; a running daemon is asked with"
            " `trader247 status`, never through its database."
        ),
    ),
    (
        ("SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_AUTH"),
        DatabaseUnreadable,
        "cannot be opened ({error}). Check that its folder exists and is yours.",
    ),
    (
        ("28", "3D", "42501", "53300"),
        DatabaseUnreadable,
        "does not let this user in ({error}). Check user, password and rights: the user must own the schema.",
    ),
    (
        ("08", "57P"),
        ConnectionLost,
        (
            "the connection to the server ended ({code}: {error}). Start the server again; the journal's end is read"
            " anew on the way up."
        ),
    ),
    (("25P03", "25P04"), ConnectionLost, "the server ended a transaction that stood still too long ({error})."),
    (("40",), TransactionAborted, "the server rolled the transaction back ({error}); nothing was written."),
    (("57014",), StorageFailed, "the server took too long ({error}). Look what keeps it busy, then start again."),
    (
        ("SQLITE_CONSTRAINT", "23"),
        ChangeRefused,
        "a rule of the schema forbids the change ({error}); nothing was written.",
    ),
    (("22",), ChangeRefused, "a value cannot be stored ({error}); nothing was written."),
)
"""The first row with a prefix of the code holds. Two-digit prefixes are classes of SQLSTATE."""


def named(error: BaseException, where: str) -> StoreError:
    """Our error for a driver's; ``where`` names the database in the text."""
    code, text = code_of(error), " ".join(str(error).split())
    for prefixes, kind, template in _NAMES:
        if code.startswith(prefixes):
            told = template.format(code=code, error=text)
            return kind(f"{where} {told}" if kind in _OF_THE_DATABASE else f"{where}: {told}")
    return StorageFailed(f"{where}: {type(error).__name__} {code}: {text}")


_OF_THE_DATABASE: Final = {DatabaseDamaged, NotADatabase, DatabaseReadOnly, DatabaseInUse, DatabaseUnreadable}


@contextmanager
def naming_faults(where: str) -> Iterator[None]:
    """Turns every error of the driver or of SQLAlchemy's driver wrapper raised inside into one of ours."""
    try:
        yield
    except sqlalchemy.exc.DBAPIError as error:
        if error.connection_invalidated and not code_of(error.orig or error):
            raise ConnectionLost(
                f"{where}: the connection to the server ended ({' '.join(str(error.orig).split())}). Start the server"
                " again; the journal's end is read anew on the way up."
            ) from error
        if isinstance(error, sqlalchemy.exc.DataError) and not code_of(error.orig or error):
            raise ChangeRefused(f"{where}: a value cannot be stored ({error.orig}); nothing was written.") from error
        raise named(error.orig or error, where) from error
    except sqlite3.Error as error:
        raise named(error, where) from error
