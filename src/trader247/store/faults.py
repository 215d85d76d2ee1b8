"""What can go wrong with the database, each kind by its own name, and the one place where driver errors get it.

A caller needs to know three things of a failed write: did it happen (no, except after ``StorageFailed``, where nobody
knows), may it be tried again, and what a person has to do. The class says the first two, the text the third.

====================  ======================================  ==================================================
error                 what happened                           next move
====================  ======================================  ==================================================
``StorageFull``       nothing was written                     halt; give the ballast back to write the reason
``StorageFailed``     nobody knows                            halt; reopen and verify; never retry as if it had
                                                              not happened
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

from trader247.errors import ConfigurationInvalid, Trader247Error

__all__ = [
    "ChangeRefused",
    "DatabaseDamaged",
    "DatabaseInUse",
    "DatabaseReadOnly",
    "DatabaseUnreadable",
    "DatabaseUnsafe",
    "EntryRefused",
    "FillAlreadyBooked",
    "ForeignDatabase",
    "JournalDamaged",
    "JournalStopped",
    "NotADatabase",
    "SchemaNewer",
    "StorageFailed",
    "StorageFull",
    "StoreError",
    "WrongAccount",
    "named",
    "naming_faults",
]


class StoreError(Trader247Error):
    """The database could not do what was asked."""


class DatabaseUnreadable(StoreError):
    """The file cannot be opened: no such folder, no permission, not a regular file."""


class NotADatabase(StoreError):
    """The file holds something else than an SQLite database."""


class ForeignDatabase(StoreError):
    """An SQLite database, but another program's."""


class DatabaseDamaged(StoreError):
    """SQLite finds its own structure broken."""


class DatabaseReadOnly(StoreError):
    """The file, its folder or its file system does not take writes."""


class DatabaseInUse(StoreError):
    """Another connection holds the database, or two threads use this one at once."""


class DatabaseUnsafe(StoreError):
    """A setting that durability depends on was not accepted by this SQLite."""


class SchemaNewer(StoreError):
    """A newer version of this program has written the database."""


class StorageFull(StoreError):
    """No space left; nothing of the transaction was written."""


class StorageFailed(StoreError):
    """The disk failed in the middle; nobody knows what it holds until the journal is opened and verified again."""


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


_CONSTRAINTS: Final = ("SQLITE_CONSTRAINT", "23")


def code_of(error: BaseException) -> str:
    """The driver's own name of an error: SQLite's ``SQLITE_...`` or the SQLSTATE of PostgreSQL; may be empty."""
    code = getattr(error, "sqlite_errorname", None) or getattr(error, "sqlstate", None)
    return str(code) if code else ""


def named(error: BaseException, where: str) -> StoreError:
    """Our error for a driver's; ``where`` names the database file in the text."""
    code = code_of(error)
    if code == "SQLITE_FULL":
        return StorageFull(f"{where}: no space left on the device ({error}); nothing was written. Free some space.")
    if code.startswith("SQLITE_IOERR"):
        return StorageFailed(
            f"{where}: the disk failed ({code}: {error}). Check the disk and its file system, then start again:"
            " the journal is checked on the way up."
        )
    if code == "SQLITE_NOTADB":
        return NotADatabase(
            f"{where} is not an SQLite database ({error}). Name another database file or move this one away."
        )
    if code.startswith("SQLITE_CORRUPT"):
        return DatabaseDamaged(
            f"{where} is damaged ({error}). Restore a backup of the database and its .head file,"
            " or move both away and start afresh: the venue's own records are read at the start."
        )
    if code.startswith("SQLITE_READONLY"):
        return DatabaseReadOnly(
            f"{where} cannot be written ({error}). Give this user write permission on the file and its folder,"
            " or remount the file system for writing."
        )
    if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return DatabaseInUse(
            f"{where} is held by another connection ({error}). End the program that has it open;"
            " a running daemon is asked with `trader247 status`, never through its database."
        )
    if code.startswith(("SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_AUTH")):
        return DatabaseUnreadable(f"{where} cannot be opened ({error}). Check that its folder exists and is yours.")
    if code.startswith(_CONSTRAINTS):
        return ChangeRefused(f"{where}: a rule of the schema forbids the change ({error}); nothing was written.")
    return StorageFailed(f"{where}: {type(error).__name__} {code}: {error}")


@contextmanager
def naming_faults(where: str) -> Iterator[None]:
    """Turns every error of the driver or of SQLAlchemy's driver wrapper raised inside into one of ours."""
    try:
        yield
    except sqlalchemy.exc.DBAPIError as error:
        raise named(error.orig or error, where) from error
    except sqlite3.Error as error:
        raise named(error, where) from error
