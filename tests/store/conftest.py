"""A database on the disk and its journal, closed again after each test."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.store.samples import CONFIG, EPOCH

from trader247.store.database import Database, open_database
from trader247.store.journal import Journal


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "trader247.db"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    with open_database(path) as opened:
        yield opened


@pytest.fixture
def journal(database: Database) -> Iterator[Journal]:
    with closing(Journal(database, epoch=EPOCH, config_hash=CONFIG)) as opened:
        yield opened
