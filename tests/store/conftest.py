"""A database of either kind and its journal, closed again after each test."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.postgres_server import PostgresServer
from tests.store.places import OnFile, OnServer, Place
from tests.store.samples import CONFIG, EPOCH

from trader247.store.database import Database, open_database
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
