"""Runs the migrations on the connection it is handed, or, from a developer's shell, on ``-x database=FILE``.

Handed a connection (``config.attributes["connection"]``), everything happens inside the caller's transaction: a
migration that fails leaves no trace.
"""

from alembic import context
from sqlalchemy import Connection

from trader247.store.tables import metadata


def _run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=metadata)
    with context.begin_transaction():
        context.run_migrations()


def _run_from_a_shell() -> None:
    from trader247.store.database import open_database  # noqa: PLC0415 - the daemon's own path never needs it

    database = context.get_x_argument(as_dictionary=True).get("database")
    if database is None:
        raise SystemExit("name the database: alembic -x database=FILE ...")
    with open_database(database, migrate=False) as opened, opened.transaction() as connection:
        _run(connection)


_handed = context.config.attributes.get("connection")
if _handed is None:
    _run_from_a_shell()
else:
    _run(_handed)
