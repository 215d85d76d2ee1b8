"""Brings a database to the schema of this code: forward only, at every start, all or nothing.

The migrations lie in ``migrations/`` at the top of a checkout and in ``trader247/_migrations`` of an installed wheel.
Alembic is loaded only where there is something to do: most starts find the schema in place and save its import.
"""

from pathlib import Path
from typing import Final

from attrs import frozen
from sqlalchemy import Connection, inspect, text

from trader247.store.faults import DatabaseUnsafe, ForeignDatabase, SchemaNewer
from trader247.store.tables import SCHEMA

__all__ = ["VERSION_TABLE", "Upgrade", "bring_up_to_date", "migrations_folder", "revision_of", "upgrade_due"]

VERSION_TABLE: Final = "alembic_version"


def migrations_folder() -> Path:
    """Where this installation keeps its migrations.

    Raises:
        DatabaseUnsafe: the installation is incomplete.
    """
    here = Path(__file__).resolve()
    for folder in (here.parents[1] / "_migrations", here.parents[3] / "migrations"):
        if (folder / "env.py").is_file():
            return folder
    raise DatabaseUnsafe(f"the migrations are missing from the installation at {here.parents[1]}; install it again")


def revision_of(connection: Connection, where: str) -> str | None:
    """The schema revision of a database, None for an empty one.

    Raises:
        ForeignDatabase: it holds tables, but never was ours.
    """
    tables = set(inspect(connection).get_table_names())
    if VERSION_TABLE in tables:
        found = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608 - a constant
        if found is not None:
            return str(found)
        tables -= {VERSION_TABLE}
    if tables:
        raise ForeignDatabase(
            f"{where} is another program's database (it holds {', '.join(sorted(tables)[:5])})."
            " Name another database (a file in another data_dir, another URL or schema)."
        )
    return None


@frozen
class Upgrade:
    """What there is to do: from the revision found (None: an empty database) to the newest one in the folder."""

    found: str | None
    folder: Path


def upgrade_due(connection: Connection, where: str, *, folder: Path | None = None) -> Upgrade | None:
    """The upgrade this database needs, None where it is in order. Changes nothing.

    Raises:
        SchemaNewer: a newer version of this program wrote the database.
        ForeignDatabase: the database is not ours.
    """
    found = revision_of(connection, where)
    if found == SCHEMA and folder is None:
        return None
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - 60 ms that most starts do not need

    folder = folder or migrations_folder()
    known = ScriptDirectory(str(folder))
    newest = known.get_current_head()
    if found is not None and found not in {script.revision for script in known.walk_revisions()}:
        raise SchemaNewer(
            f"{where} has schema {found}, this version knows up to {newest}."
            " Install the newer version that wrote it, or restore the backup made before that upgrade."
        )
    return None if found == newest else Upgrade(found, folder)


def bring_up_to_date(connection: Connection, upgrade: Upgrade, *, to: str = "head") -> None:
    """Carry out the upgrade inside the caller's transaction; ``to`` names an older revision."""
    from alembic import command  # noqa: PLC0415 - as above
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(upgrade.folder).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, to)
