"""A database is brought to the schema of this code, or refused with a reason, and never left between two schemas."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from tests.store.samples import CONFIG, EPOCH, entry

from trader247.store import migrating
from trader247.store.database import Database, open_database
from trader247.store.faults import ForeignDatabase, SchemaNewer, StoreError
from trader247.store.journal import Journal
from trader247.store.migrating import migrations_folder, revision_of, upgrade_due
from trader247.store.tables import SCHEMA, metadata

_NEXT = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "0002", "0001"


def upgrade() -> None:
    op.create_table("later", sa.Column("id", sa.Integer))
    {last}
"""


def newer_migrations(tmp_path: Path, last: str = "pass") -> Path:
    folder = tmp_path / "newer"
    shutil.copytree(migrations_folder(), folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "0002_later.py").write_text(_NEXT.format(last=last))
    return folder


def tables_of(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as raw:
        return {row[0] for row in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def test_a_new_database_gets_exactly_the_schema_of_the_code(database: Database) -> None:
    with database.transaction() as connection:
        assert revision_of(connection, "x") == SCHEMA
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_the_newest_migration_is_the_one_the_code_names() -> None:
    assert ScriptDirectory(str(migrations_folder())).get_heads() == [SCHEMA]


def test_a_database_in_order_is_left_alone(database: Database) -> None:
    with database.transaction() as connection:
        assert upgrade_due(connection, "x") is None


def test_a_newer_schema_is_refused_with_both_numbers(path: Path, tmp_path: Path) -> None:
    open_database(path, migrations=newer_migrations(tmp_path)).close()
    with pytest.raises(SchemaNewer, match=r"db has schema 0002, this version knows up to 0001.*newer version"):
        open_database(path)


def test_an_upgrade_keeps_the_journal_and_a_copy_from_before(path: Path, tmp_path: Path) -> None:
    with open_database(path) as old:
        Journal(old, epoch=EPOCH, config_hash=CONFIG).append([entry()])
    newer = newer_migrations(tmp_path)
    with open_database(path, migrations=newer) as upgraded:
        reopened = Journal(upgraded, epoch=EPOCH, config_hash=CONFIG)
        assert reopened.head().seq == 1
        reopened.close()
    open_database(path, migrations=newer).close()
    assert "later" in tables_of(path)
    copy = path.with_name("trader247.db.before-upgrade-from-0001")
    assert "journal" in tables_of(copy)
    assert "later" not in tables_of(copy)


def test_a_failing_upgrade_leaves_no_trace_and_can_be_run_again(path: Path, tmp_path: Path) -> None:
    open_database(path).close()
    folder = newer_migrations(tmp_path, last="raise RuntimeError('half way')")
    with pytest.raises(RuntimeError, match="half way"):
        open_database(path, migrations=folder)
    assert "later" not in tables_of(path)
    open_database(path).close()
    (folder / "versions" / "0002_later.py").write_text(_NEXT.format(last="pass"))
    open_database(path, migrations=folder).close()
    assert "later" in tables_of(path)


def test_another_programs_database_is_refused_untouched(path: Path) -> None:
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("CREATE TABLE recipes (id INTEGER)")
    with pytest.raises(ForeignDatabase, match=r"another program's database \(it holds recipes\).*another data_dir"):
        open_database(path)
    assert tables_of(path) == {"recipes"}


def test_an_empty_version_table_alone_counts_as_new(path: Path) -> None:
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
    open_database(path).close()
    assert "journal" in tables_of(path)


def test_an_installation_without_migrations_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(migrating, "__file__", str(tmp_path / "lib" / "trader247" / "store" / "migrating.py"))
    with pytest.raises(StoreError, match="install it again"):
        migrations_folder()
