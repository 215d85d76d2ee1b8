"""The daemon on a real PostgreSQL server, end to end."""

import os
import signal
from pathlib import Path

import pytest
from tests.postgres_server import PostgresServer
from tests.system.daemon_process import DaemonProcess, loaded, run

from trader247.store.server import Server

pytestmark = pytest.mark.timeout(240)

PASSWORD = "TRADER247_TEST_DB"


def options(server: Server) -> tuple[str, ...]:
    return ("--set", f"app.database.url='{server.url}'", "--set", f"app.database.password=env:{PASSWORD}X")


@pytest.fixture
def server(on_server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    # not a TRADER247_ name: those are overrides of the configuration, and the tests keep them from the daemon
    assert on_server.password is not None
    monkeypatch.setenv("BOOK_PASSWORD", on_server.password)
    return on_server
