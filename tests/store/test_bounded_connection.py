"""A server that stands still is given up in bounded time."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from tests.store.places import OnServer

from trader247.store.bounded_connection import ANSWER_S_MAX, BoundedConnection
from trader247.store.faults import ConnectionLost
from trader247.store.postgresql import _STATEMENT_TIMEOUT_MS, ServerDatabase

pytestmark = pytest.mark.timeout(60)


@contextmanager
def standing_still(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@pytest.mark.req("SUP3")
@pytest.mark.fault("SS-17")
def test_a_server_process_that_is_stopped_costs_the_journal_its_connection_and_not_its_thread(
    server_place: OnServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BoundedConnection, "answer_s_max", 0.5)
    with server_place.open() as database:
        assert isinstance(database, ServerDatabase)
        with standing_still(database._raw.info.backend_pid):
            with (
                pytest.raises(ConnectionLost, match=r"did not answer within 0\.5 s; it hangs"),
                database.transaction() as connection,
            ):
                connection.exec_driver_sql("SELECT 1")
            with pytest.raises(ConnectionLost), database.transaction():
                pass
        database.renew()
        with database.transaction() as connection:
            assert connection.exec_driver_sql("SELECT 1").scalar() == 1


def test_a_statement_that_is_only_slow_is_ended_by_the_server_first() -> None:
    assert _STATEMENT_TIMEOUT_MS / 1000 < ANSWER_S_MAX
    assert issubclass(BoundedConnection, psycopg.Connection)
