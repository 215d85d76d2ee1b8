"""Driver errors get our names, and every text says what to do."""

import sqlite3

import pytest
import sqlalchemy.exc

from trader247.errors import ConfigurationInvalid, Trader247Error
from trader247.store import faults
from trader247.store.faults import StoreError, naming_faults


def driver_error(code: str) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("as the driver puts it")
    error.sqlite_errorname = code
    return error


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("SQLITE_FULL", faults.StorageFull),
        ("SQLITE_IOERR_FSYNC", faults.StorageFailed),
        ("SQLITE_NOTADB", faults.NotADatabase),
        ("SQLITE_CORRUPT_INDEX", faults.DatabaseDamaged),
        ("SQLITE_READONLY_DBMOVED", faults.DatabaseReadOnly),
        ("SQLITE_BUSY", faults.DatabaseInUse),
        ("SQLITE_LOCKED", faults.DatabaseInUse),
        ("SQLITE_CANTOPEN", faults.DatabaseUnreadable),
        ("SQLITE_CONSTRAINT_FOREIGNKEY", faults.ChangeRefused),
        ("23505", faults.ChangeRefused),
        ("SQLITE_NOMEM", faults.StorageFailed),
        ("53100", faults.StorageFull),
        ("25006", faults.DatabaseReadOnly),
        ("08006", faults.ConnectionLost),
        ("57P01", faults.ConnectionLost),
        ("57P02", faults.ConnectionLost),
        ("25P03", faults.ConnectionLost),
        ("40001", faults.TransactionAborted),
        ("40P01", faults.TransactionAborted),
        ("55P03", faults.DatabaseInUse),
        ("57014", faults.StorageFailed),
        ("58030", faults.StorageFailed),
        ("XX001", faults.DatabaseDamaged),
        ("42P01", faults.DatabaseDamaged),
        ("28P01", faults.DatabaseUnreadable),
        ("3D000", faults.DatabaseUnreadable),
        ("42501", faults.DatabaseUnreadable),
        ("22021", faults.ChangeRefused),
        ("23514", faults.ChangeRefused),
        ("", faults.StorageFailed),
    ],
)
def test_each_driver_error_gets_its_name_and_the_file_in_its_text(code: str, kind: type[StoreError]) -> None:
    for raised in (driver_error(code), sqlalchemy.exc.OperationalError("SELECT 1", {}, driver_error(code))):
        with pytest.raises(kind, match=r"^/somewhere/x\.db.*as the driver puts it"), naming_faults("/somewhere/x.db"):
            raise raised


def test_a_line_that_broke_without_a_code_is_a_lost_connection() -> None:
    broken = sqlalchemy.exc.OperationalError("COMMIT", {}, driver_error(""), connection_invalidated=True)
    with pytest.raises(faults.ConnectionLost, match=r"^db: the connection to the server ended"), naming_faults("db"):
        raise broken


def test_after_a_lost_connection_nobody_knows_as_after_a_failing_disk() -> None:
    assert issubclass(faults.ConnectionLost, faults.StorageFailed)
    assert not issubclass(faults.TransactionAborted, faults.StorageFailed)
    assert faults.HeldByAnother("x").exit_code == 4


def test_other_errors_pass_unchanged() -> None:
    with pytest.raises(KeyError), naming_faults("x.db"):
        raise KeyError


def test_every_fault_can_be_explained_to_a_user() -> None:
    named = [getattr(faults, name) for name in faults.__all__]
    kinds = [kind for kind in named if isinstance(kind, type)]
    assert all(issubclass(kind, Trader247Error) for kind in kinds)
    assert issubclass(faults.WrongAccount, ConfigurationInvalid)
    assert faults.WrongAccount.exit_code == 2
