"""A database is brought to the schema of this code, or refused with a reason, and never left between two schemas."""

import shutil
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from tests.store.places import OnFile, Place
from tests.store.samples import CONFIG, EPOCH, entry

from trader247.store import migrating
from trader247.store.database import Database
from trader247.store.faults import ForeignDatabase, SchemaNewer, StoreError
from trader247.store.journal import Journal
from trader247.store.migrating import Upgrade, bring_up_to_date, migrations_folder, revision_of, upgrade_due
from trader247.store.tables import SCHEMA, metadata

_NEXT = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "0004", "0003"


def upgrade() -> None:
    op.create_table("later", sa.Column("id", sa.Integer))
    {last}
"""


def newer_migrations(tmp_path: Path, last: str = "pass") -> Path:
    folder = tmp_path / "newer"
    shutil.copytree(migrations_folder(), folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "0004_later.py").write_text(_NEXT.format(last=last))
    return folder


def test_a_new_database_gets_exactly_the_schema_of_the_code(database: Database) -> None:
    with database.transaction() as connection:
        assert revision_of(connection, "x") == SCHEMA
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_the_newest_migration_is_the_one_the_code_names() -> None:
    assert ScriptDirectory(str(migrations_folder())).get_heads() == [SCHEMA]


def test_a_database_in_order_is_left_alone(database: Database) -> None:
    with database.transaction() as connection:
        assert upgrade_due(connection, "x") is None


@pytest.mark.fault("DB-11")
def test_every_older_schema_is_brought_up_to_date_with_its_rows(place: Place, tmp_path: Path) -> None:
    with place.open(migrate=False) as old, old.transaction() as connection:
        bring_up_to_date(connection, Upgrade(None, migrations_folder()), to="0001")
        assert revision_of(connection, "x") == "0001"
    with place.open() as upgraded:
        Journal(upgraded, epoch=EPOCH, config_hash=CONFIG).append([entry()])
        with upgraded.transaction() as connection:
            assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    assert len(list(tmp_path.glob("*before-upgrade-from-0001*"))) == 1


@pytest.mark.fault("PR-15", "DB-17")
def test_a_newer_schema_is_refused_with_both_numbers(place: Place, tmp_path: Path) -> None:
    place.open(migrations=newer_migrations(tmp_path)).close()
    with pytest.raises(SchemaNewer, match=r"has schema 0004, this version knows up to 0003.*newer version"):
        place.open()


@pytest.mark.fault("DB-11")
def test_an_upgrade_keeps_the_journal_and_a_copy_from_before(place: Place, tmp_path: Path) -> None:
    with place.open() as old:
        Journal(old, epoch=EPOCH, config_hash=CONFIG).append([entry()])
    newer = newer_migrations(tmp_path)
    with place.open(migrations=newer) as upgraded:
        reopened = Journal(upgraded, epoch=EPOCH, config_hash=CONFIG)
        assert reopened.head().seq == 1
        reopened.close()
    place.open(migrations=newer).close()
    assert "later" in place.tables()
    (copy,) = tmp_path.glob("*before-upgrade-from-0003*")
    assert "journal" in OnFile(copy).tables()
    assert "later" not in OnFile(copy).tables()
    assert OnFile(copy).ask("SELECT count(*) FROM journal") == [(1,)]


@pytest.mark.fault("DB-11")
def test_a_failing_upgrade_leaves_no_trace_and_can_be_run_again(place: Place, tmp_path: Path) -> None:
    place.open().close()
    folder = newer_migrations(tmp_path, last="raise RuntimeError('half way')")
    with pytest.raises(RuntimeError, match="half way"):
        place.open(migrations=folder)
    assert "later" not in place.tables()
    place.open().close()
    (folder / "versions" / "0004_later.py").write_text(_NEXT.format(last="pass"))
    place.open(migrations=folder).close()
    assert "later" in place.tables()


def test_another_programs_database_is_refused_untouched(place: Place) -> None:
    place.do("CREATE TABLE recipes (id INTEGER)")
    with pytest.raises(ForeignDatabase, match=r"another program's database \(it holds recipes\).*another data_dir"):
        place.open()
    assert place.tables() == {"recipes"}


def test_an_empty_version_table_alone_counts_as_new(place: Place) -> None:
    place.do("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
    place.open().close()
    assert "journal" in place.tables()


def test_an_installation_without_migrations_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(migrating, "__file__", str(tmp_path / "lib" / "trader247" / "store" / "migrating.py"))
    with pytest.raises(StoreError, match="install it again"):
        migrations_folder()
