"""A database of either kind and its journal, closed again after each test."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from functools import partial
from pathlib import Path

import pytest
from tests.postgres_server import PostgresServer
from tests.store.places import TABLES, OnFile, OnServer, Place
from tests.store.samples import CONFIG, EPOCH

from trader247.store.database import IN_MEMORY, Database, open_database
from trader247.store.journal import Journal
from trader247.store.sqlite_file import FileDatabase


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "trader247.db"


@pytest.fixture
def file_database(path: Path) -> Iterator[FileDatabase]:
    """For what is said of files alone."""
    with open_database(path) as opened:
        assert isinstance(opened, FileDatabase)
        yield opened


@pytest.fixture
def server_place(postgres_server: PostgresServer, tmp_path: Path) -> Iterator[OnServer]:
    """For what is said of servers alone."""
    schema = postgres_server.new_schema()
    yield OnServer(postgres_server, postgres_server.address(schema, tmp_path), schema)
    postgres_server.drop(schema)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest) -> Place:
    """Where the database of this test is kept: what holds, holds on both."""
    if request.param == "sqlite":
        return OnFile(request.getfixturevalue("path"))
    made: OnServer = request.getfixturevalue("server_place")
    return made


@pytest.fixture
def database(place: Place) -> Iterator[Database]:
    with place.open() as opened:
        yield opened


@pytest.fixture
def journal(database: Database) -> Iterator[Journal]:
    with closing(Journal(database, epoch=EPOCH, config_hash=CONFIG)) as opened:
        yield opened


Blank = Callable[[], AbstractContextManager[tuple[Database, Journal]]]


@pytest.fixture
def blank(place: Place) -> Iterator[Blank]:
    """An empty database and its journal, as often as a drawn example asks for one."""
    if isinstance(place, OnFile):
        yield _in_memory
        return
    with place.open() as opened:
        yield partial(_emptied, opened, place)


@contextmanager
def _in_memory() -> Iterator[tuple[Database, Journal]]:
    with open_database(IN_MEMORY) as opened:
        yield opened, Journal(opened, epoch=EPOCH, config_hash=CONFIG)


@contextmanager
def _emptied(database: Database, place: OnServer) -> Iterator[tuple[Database, Journal]]:
    with database.transaction() as connection:
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        for table in TABLES:  # a TRUNCATE makes new files and flushes them: ten times as slow
            connection.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608 - our own table
    place.head.unlink(missing_ok=True)
    with closing(Journal(database, epoch=EPOCH, config_hash=CONFIG)) as opened:
        yield database, opened
