"""A place where a database is kept, of either kind, and what a person can do to it behind the program's back."""

import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from attrs import frozen
from tests.postgres_server import PostgresServer

from trader247.store.database import Database, open_database
from trader247.store.server import Server
from trader247.store.tables import metadata

__all__ = ["OnFile", "OnServer", "Place"]

TABLES = tuple(metadata.tables)


@frozen
class OnFile:
    """An SQLite file."""

    path: Path

    @property
    def target(self) -> Path:
        return self.path

    @property
    def head(self) -> Path:
        return self.path.with_name(f"{self.path.name}.head")

    def open(self, **rest: Any) -> Database:
        return open_database(self.path, **rest)

    def do(self, *statements: str) -> None:
        """Somebody runs these who knows how to take the guards off."""
        with closing(sqlite3.connect(self.path, isolation_level=None)) as raw:
            raw.execute("DROP TRIGGER IF EXISTS journal_is_never_edited")
            raw.execute("DROP TRIGGER IF EXISTS journal_is_only_pruned")
            for statement in statements:
                raw.execute(statement)

    def fill(self, table: str, rows: Sequence[Sequence[Any]]) -> None:
        """These rows and no others."""
        self.do(f"DELETE FROM {table}")  # noqa: S608 - our own table
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            with closing(sqlite3.connect(self.path)) as raw:
                raw.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608 - our own table
                raw.commit()

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.path)) as raw:
            return raw.execute(statement).fetchall()

    def tables(self) -> set[str]:
        return {name for (name,) in self.ask("SELECT name FROM sqlite_master WHERE type = 'table'")}

    def keep_copy(self) -> None:
        """Remember the rows as they are, to be put back by ``put_back``; the head file is not part of it."""
        shutil.copy(self.path, self.path.with_name("kept"))

    def put_back(self) -> None:
        shutil.copy(self.path.with_name("kept"), self.path)


@frozen
class OnServer:
    """A schema on the server."""

    server: PostgresServer
    address: Server
    schema: str

    @property
    def target(self) -> Server:
        return self.address

    @property
    def head(self) -> Path:
        return self.address.head_file

    def open(self, **rest: Any) -> Database:
        return open_database(self.address, **rest)

    def do(self, *statements: str) -> None:
        """As above."""
        for statement in statements:
            self.server.ask(f"SET session_replication_role = replica; {statement}", schema=self.schema)

    def fill(self, table: str, rows: Sequence[Sequence[Any]]) -> None:
        """As above."""
        self.server.fill(table, rows, schema=self.schema)

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        return self.server.ask(statement, schema=self.schema)

    def tables(self) -> set[str]:
        found = self.ask("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
        return {name for (name,) in found}

    def keep_copy(self) -> None:
        self.do(*(f"CREATE TABLE public.kept_{table} AS TABLE {table}" for table in TABLES))

    def put_back(self) -> None:
        for table in TABLES:
            back = f"INSERT INTO {table} SELECT * FROM public.kept_{table}"  # noqa: S608 - our own tables
            self.do(f"DELETE FROM {table}", back)  # noqa: S608
        self.do(*(f"DROP TABLE public.kept_{table}" for table in TABLES))


Place = OnFile | OnServer
