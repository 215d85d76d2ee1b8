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
        ("", faults.StorageFailed),
    ],
)
def test_each_driver_error_gets_its_name_and_the_file_in_its_text(code: str, kind: type[StoreError]) -> None:
    for raised in (driver_error(code), sqlalchemy.exc.OperationalError("SELECT 1", {}, driver_error(code))):
        with pytest.raises(kind, match=r"^/somewhere/x\.db.*as the driver puts it"), naming_faults("/somewhere/x.db"):
            raise raised


def test_other_errors_pass_unchanged() -> None:
    with pytest.raises(KeyError), naming_faults("x.db"):
        raise KeyError


def test_every_fault_can_be_explained_to_a_user() -> None:
    named = [getattr(faults, name) for name in faults.__all__]
    kinds = [kind for kind in named if isinstance(kind, type)]
    assert all(issubclass(kind, Trader247Error) for kind in kinds)
    assert issubclass(faults.WrongAccount, ConfigurationInvalid)
    assert faults.WrongAccount.exit_code == 2
