"""A copy holds every row of the original, whichever kind either database is."""

from contextlib import closing
from pathlib import Path

import pytest
from tests.store.places import TABLES, OnFile, OnServer, Place
from tests.store.samples import CONFIG, EPOCH, booked, entry, order

from trader247.messages.orders import OrderChanged
from trader247.store.copying import copy_rows, copy_to_file
from trader247.store.database import Database, open_database
from trader247.store.faults import ForeignDatabase
from trader247.store.journal import Journal
from trader247.store.projections import load_fills, load_orders
from trader247.store.verifying import verify


def lived_in(place: Place) -> None:
    with place.open() as database, closing(Journal(database, epoch=EPOCH, config_hash=CONFIG)) as journal:
        journal.append([entry(1, changes=(OrderChanged(order(2), "made"), booked(1))), entry(2)])


def everything(database: Database) -> dict[str, object]:
    with database.transaction() as connection:
        rows = {name: connection.exec_driver_sql(f"SELECT * FROM {name}").all() for name in ("journal", "meta")}  # noqa: S608
    return {**rows, "orders": load_orders(database, unsettled_only=False), "fills": load_fills(database, entry().at)}


def test_a_backup_of_either_kind_is_a_file_with_the_same_rows_that_verifies(place: Place, tmp_path: Path) -> None:
    lived_in(place)
    copy = tmp_path / "copy.db"
    with place.open() as database:
        database.backup(copy)
        kept = everything(database)
    copy.with_name("copy.db.head").write_bytes(place.head.read_bytes())
    with open_database(copy) as restored:
        assert everything(restored) == kept
        assert verify(restored).intact
    assert not list(tmp_path.glob("*unfinished*"))


def test_a_journal_moves_from_a_file_to_a_server(path: Path, server_place: OnServer) -> None:
    lived_in(OnFile(path))
    with open_database(path) as source, server_place.open() as target:
        with source.transaction() as reading, target.transaction() as writing:
            assert copy_rows(reading, writing, target.where) == 2
        assert everything(target) == everything(source)


def test_a_target_that_is_not_empty_or_of_another_schema_is_refused(place: Place, tmp_path: Path) -> None:
    lived_in(place)
    with (
        open_database(tmp_path / "bare", migrate=False) as bare,
        place.open() as database,
        database.transaction() as reading,
        bare.transaction() as writing,
    ):
        with pytest.raises(ForeignDatabase, match="another schema"):
            copy_rows(reading, writing, "bare")
        copy_to_file(reading, tmp_path / "first.db", database.where)
    with (
        open_database(tmp_path / "first.db") as full,
        place.open() as database,
        database.transaction() as reading,
        full.transaction() as writing,
        pytest.raises(ForeignDatabase, match=r"first is not empty: its table (fills|journal) has rows"),
    ):
        copy_rows(reading, writing, "first")
    assert set(TABLES) <= OnFile(tmp_path / "first.db").tables()
