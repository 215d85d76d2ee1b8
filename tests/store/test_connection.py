"""What both databases promise in the same words."""

from pathlib import Path

import pytest
from tests.store.places import OnFile, Place

from trader247.store.connection import Database
from trader247.store.database import IN_MEMORY, open_database


def test_an_untouched_database_passes_its_checks_and_needs_no_renewal(database: Database) -> None:
    database.check()
    database.renew()
    database.quick_check()


def test_a_database_is_named_and_its_head_is_kept_on_this_machine(place: Place, tmp_path: Path) -> None:
    with place.open() as database:
        assert database.head_file == place.head
        assert place.head.parent == tmp_path
        assert ("trader247.db" in database.where) == isinstance(place, OnFile)
        assert "start afresh" in database.way_back


def test_the_copy_before_an_upgrade_lies_in_the_data_folder_and_a_database_in_memory_has_none(
    database: Database, tmp_path: Path
) -> None:
    copy = database.copy_before_upgrade("0001")
    assert copy is not None
    assert copy.parent == tmp_path
    with open_database(IN_MEMORY) as passing:
        assert passing.copy_before_upgrade("0001") is None
        assert passing.head_file is None


def test_a_failing_opening_frees_what_it_took(place: Place) -> None:
    place.open().close()
    place.do("UPDATE alembic_version SET version_num = '9999'")
    for _ in range(2):  # the second would be told that the first still holds it
        with pytest.raises(Exception, match="has schema 9999"):
            place.open()
