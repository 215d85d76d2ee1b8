"""What several parts of the tests share: the PostgreSQL server, one for each worker, started when first asked for."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.postgres_server import PostgresServer, running_server, why_none

from trader247.store.server import Server


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    reason = why_none()
    if reason is not None:
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with running_server() as server:
        yield server


@pytest.fixture
def on_server(postgres_server: PostgresServer, tmp_path: Path) -> Iterator[Server]:
    """An empty schema of this test alone; the journal's head lies in ``tmp_path``."""
    schema = postgres_server.new_schema()
    yield postgres_server.address(schema, tmp_path)
    postgres_server.drop(schema)
