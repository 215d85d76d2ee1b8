"""What all tests share: how property tests run, and a PostgreSQL server per worker, started when asked for."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from hypothesis import HealthCheck, settings
from tests.postgres_server import PostgresServer, running_server, why_none

from trader247.store.server import Server
from trader247.strategies.registry import BUILDERS

# how long an example takes says more of the machine than of the code: no example has a deadline of real time
settings.register_profile("any_machine", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.register_profile("soak", settings.get_profile("any_machine"), max_examples=20 * settings().max_examples)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "any_machine"))


@pytest.fixture(autouse=True)
def the_box_of_strategies() -> Iterator[None]:
    """A test that puts a strategy of its own into the box (``tests/crashes/life.py``) leaves it as it was."""
    box = cast("dict[str, object]", BUILDERS)
    before = dict(box)
    yield
    box.clear()
    box.update(before)


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
