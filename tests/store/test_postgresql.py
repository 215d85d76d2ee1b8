"""One writer on a server, every commit on its disk, and a lost connection that is told and never papered over."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from attrs import evolve
from sqlalchemy import event
from tests.postgres_server import PostgresServer, running_server
from tests.store.places import OnServer
from tests.store.samples import CONFIG, EPOCH, entry, order

from trader247.errors import AnotherInstanceRuns, ConfigurationInvalid
from trader247.messages.orders import OrderChanged
from trader247.store import postgresql as subject
from trader247.store.database import Database, open_database
from trader247.store.faults import (
    ChangeRefused,
    ConnectionLost,
    DatabaseInUse,
    DatabaseReadOnly,
    DatabaseUnreadable,
    DatabaseUnsafe,
    JournalDamaged,
    JournalStopped,
    StorageFull,
    TransactionAborted,
)
from trader247.store.journal import Entry, Journal
from trader247.store.postgresql import ServerDatabase
from trader247.store.projections import load_orders
from trader247.store.verifying import verify


@pytest.fixture
def database(server_place: OnServer) -> Iterator[ServerDatabase]:
    with server_place.open() as opened:
        assert isinstance(opened, ServerDatabase)
        yield opened


def fresh(database: Database) -> Journal:
    return Journal(database, epoch=EPOCH, config_hash=CONFIG)


def setting(database: Database, name: str) -> str:
    with database.transaction() as connection:
        return str(connection.exec_driver_sql(f"SHOW {name}").scalar())


def before_statement(database: ServerDatabase, start: str, act: Any) -> None:
    """Do this, once, before the first statement that begins so."""
    done = False

    @event.listens_for(database._engine, "before_cursor_execute")
    def _act(connection: object, cursor: object, statement: str, *rest: object) -> None:
        nonlocal done
        if not done and statement.startswith(start):
            done = True
            act()


# ------------------------------------------------------------------------------------------------------------ settings
@pytest.mark.fault("DB-04")
def test_every_commit_waits_for_the_disk_and_every_wait_has_an_end(database: ServerDatabase) -> None:
    assert setting(database, "synchronous_commit") == "on"
    assert setting(database, "statement_timeout") == "30s"
    assert setting(database, "lock_timeout") == "2s"
    assert setting(database, "idle_in_transaction_session_timeout") == "1min"
    assert setting(database, "transaction_isolation") == "repeatable read"


@pytest.mark.fault("DB-04")
@pytest.mark.parametrize("careless", ["off", "local", "remote_write"])
def test_a_server_that_would_forget_commits_is_told_not_to(server_place: OnServer, careless: str) -> None:
    server = server_place.server
    server.ask(f"ALTER ROLE owner SET synchronous_commit = {careless}")
    try:
        with server_place.open() as database:
            assert setting(database, "synchronous_commit") == "on"
    finally:
        server.ask("ALTER ROLE owner RESET synchronous_commit")


@pytest.mark.fault("DB-04")
@pytest.mark.parametrize("name", ["fsync", "full_page_writes"])
def test_a_server_that_does_not_flush_is_refused(server_place: OnServer, name: str) -> None:
    server = server_place.server
    for value in ("off", None):
        server.ask(f"ALTER SYSTEM SET {name} = off" if value else f"ALTER SYSTEM RESET {name}")
        server.stop()
        server.start()
        if value:
            with pytest.raises(DatabaseUnsafe, match=rf"answers {name}=off, on is needed.*postgresql\.conf"):
                server_place.open()


@pytest.mark.fault("SS-13")
def test_a_pooler_between_us_and_the_server_is_found_out(
    server_place: OnServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(psycopg.ConnectionInfo, "backend_pid", property(lambda self: 1))
    with pytest.raises(DatabaseUnsafe, match="a connection pooler stands between"):
        server_place.open()


def test_an_old_server_is_refused(server_place: OnServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "SERVER_VERSION_MIN", 990_000)
    with pytest.raises(DatabaseUnsafe, match=r"the server has version \d+, 99 is the oldest"):
        server_place.open()


@pytest.mark.fault("DB-13", "SS-15")
def test_a_server_that_takes_no_writes_is_refused_at_the_start(server_place: OnServer) -> None:
    server_place.server.ask("ALTER ROLE owner SET default_transaction_read_only = on")
    try:
        with pytest.raises(DatabaseReadOnly, match="name the primary"):
            server_place.open()
    finally:
        with psycopg.connect(**server_place.server._line("public"), autocommit=True) as raw:
            raw.execute("SET default_transaction_read_only = off")
            raw.execute("ALTER ROLE owner RESET default_transaction_read_only")


@pytest.mark.fault("DB-13")
def test_a_server_that_turns_read_only_refuses_the_write_and_the_journal_goes_on(database: ServerDatabase) -> None:
    with closing(fresh(database)) as journal:
        journal.append([entry(1)])
        database._raw.read_only = True
        with pytest.raises(DatabaseReadOnly, match="takes no writes"):
            journal.append([entry(2)])
        database._raw.read_only = False
        assert journal.append([entry(2)])[0].seq == 2


def test_a_missing_schema_a_wrong_password_and_no_server_are_each_one_clear_word(server_place: OnServer) -> None:
    address = server_place.address
    with pytest.raises(DatabaseUnreadable, match="names no schema that is there"):
        open_database(evolve(address, url=address.url.replace(server_place.schema, "nowhere")))
    with pytest.raises(DatabaseUnreadable, match="password authentication failed") as refused:
        open_database(evolve(address, password="hunter2222"))
    assert "hunter2222" not in str(refused.value)
    with pytest.raises(DatabaseUnreadable, match=r"cannot be reached.*app\.database"):
        open_database(evolve(address, url="postgresql+psycopg://owner@/postgres?host=/nowhere"))


def test_without_the_driver_the_extra_is_named(server_place: OnServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ConfigurationInvalid, match=r"install trader247\[postgresql\]"):
        server_place.open()


# ---------------------------------------------------------------------------------------------------------- one writer
@pytest.mark.req("SI1")
@pytest.mark.fault("PR-08")
def test_a_second_instance_is_refused_and_told_who_the_first_is(
    database: ServerDatabase, server_place: OnServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "_SETTINGS", {**subject._SETTINGS, "lock_timeout": "10"})
    with pytest.raises(DatabaseInUse, match=r"held by another instance \(trader247 pid \d+ on .*\)") as refused:
        server_place.open()
    assert isinstance(refused.value, AnotherInstanceRuns)
    assert refused.value.exit_code == 4
    database.close()
    server_place.open().close()


def test_two_schemas_of_one_database_have_two_writers(database: ServerDatabase, server_place: OnServer) -> None:
    other = server_place.server.new_schema()
    with open_database(server_place.server.address(other, server_place.head.parent)) as second:
        assert setting(second, "search_path") == other


@pytest.mark.req("SI1")
@pytest.mark.fault("PR-09")
def test_a_killed_holder_leaves_no_lock(server_place: OnServer) -> None:
    address = server_place.address
    program = (
        "import sys; from pathlib import Path; from trader247.store.database import open_database;"
        " from trader247.store.server import Server; url, folder, password = sys.argv[1:];"
        " held = open_database(Server(url, Path(folder), password)); print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", program, address.url, str(address.folder), str(address.password)]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": str(Path(subject.__file__).parents[2])},
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        holder.send_signal(signal.SIGKILL)
    server_place.open().close()


@pytest.mark.fault("SS-09", "SS-14")
def test_a_writer_whose_session_ended_cannot_write_beside_its_successor(
    database: ServerDatabase, server_place: OnServer
) -> None:
    with closing(fresh(database)) as journal:
        journal.append([entry(1)])
        server_place.server.terminate()
        with server_place.open() as successor, closing(fresh(successor)) as theirs:
            theirs.append([entry(2)])
            with pytest.raises(ConnectionLost):
                journal.append([entry(3)])
            with pytest.raises(DatabaseInUse):
                database.renew()
            assert verify(successor).intact
            assert verify(successor).rows == 2


@pytest.mark.fault("SS-09")
def test_a_row_that_a_stranger_wrote_is_never_written_over(database: ServerDatabase, server_place: OnServer) -> None:
    with closing(fresh(database)) as journal:
        journal.append([entry(1)])
        columns = "at_utc_ns, kind, cause, config_hash, epoch, body, prev_hash, hash"
        server_place.do(f"INSERT INTO journal SELECT 2, {columns} FROM journal")  # noqa: S608 - our own columns
        with pytest.raises(JournalDamaged, match="another program has written to this journal"):
            journal.append([entry(2, changes=(OrderChanged(order(), "made"),))])
        with pytest.raises(JournalStopped):
            journal.append([entry(3)])
        assert load_orders(database, unsettled_only=False) == ()


# -------------------------------------------------------------------------------------------------- lost connections
@pytest.mark.fault("SS-02", "DB-15")
@pytest.mark.parametrize("at", ["INSERT INTO journal", "INSERT INTO orders", "SELECT"])
def test_a_connection_killed_in_the_middle_of_an_append_leaves_nothing_half_written(
    database: ServerDatabase, server_place: OnServer, at: str
) -> None:
    changes = (OrderChanged(order(1), "made"),)
    with closing(fresh(database)) as journal:
        journal.append([entry(1)])
        before_statement(database, at, server_place.server.terminate)
        with pytest.raises(ConnectionLost, match=r"connection to the server ended.*Start the server again"):
            _append_and_look(database, journal, entry(2, changes=changes), entry(3))
        with pytest.raises((JournalStopped, ConnectionLost)):
            journal.append([entry(4)])
    database.renew()
    with closing(fresh(database)) as journal:
        assert verify(database).intact
        written = journal.head().seq
        assert written == (3 if at == "SELECT" else 1)  # all of the batch, or none of it
        assert len(load_orders(database, unsettled_only=False)) == (1 if at == "SELECT" else 0)
        assert journal.append([entry(5)])[0].seq == written + 1


def _append_and_look(database: ServerDatabase, journal: Journal, *entries: Entry) -> None:
    journal.append(entries)
    with database.transaction() as connection:
        connection.exec_driver_sql("SELECT 1")


@pytest.mark.fault("SS-02")
def test_an_idle_connection_that_was_ended_is_noticed_without_asking(
    database: ServerDatabase, server_place: OnServer
) -> None:
    database.check()
    server_place.server.terminate()
    for _ in range(2):
        with pytest.raises(ConnectionLost, match="the server ended the connection"):
            database.check()
    with pytest.raises(ConnectionLost), database.transaction():
        pytest.fail("no transaction begins on a connection that is gone")
    database.renew()
    database.check()


def test_what_a_server_says_unasked_is_no_end(database: ServerDatabase, server_place: OnServer) -> None:
    server_place.server.ask("ALTER SYSTEM SET application_name = 'said by the server'")
    server_place.server.ask("ALTER SYSTEM SET DateStyle = 'German'")  # a reported setting: every session is told
    server_place.server.ask("SELECT pg_reload_conf()")
    database.check()
    assert setting(database, "synchronous_commit") == "on"
    server_place.server.ask("ALTER SYSTEM RESET ALL")
    server_place.server.ask("SELECT pg_reload_conf()")


def test_a_check_beside_a_transaction_does_not_disturb_it(database: ServerDatabase) -> None:
    with database.transaction() as connection:
        database.check()
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    """A server of this test alone, to be stopped."""
    with running_server() as server:
        yield server


@pytest.mark.fault("SS-01", "SS-02")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT])
def test_a_server_stopped_and_started_again_has_everything_that_was_acknowledged(
    postgres_server: PostgresServer, own_server: PostgresServer, tmp_path: Path, how: signal.Signals
) -> None:
    address = own_server.address(own_server.new_schema(), tmp_path)
    with open_database(address) as database:
        journal = fresh(database)
        journal.append([entry(number) for number in range(1, 4)])
        own_server.stop(how)
        with pytest.raises(ConnectionLost):
            journal.append([entry(4)])
        with pytest.raises(DatabaseUnreadable, match="cannot be reached"):
            database.renew()
        journal.close()
        own_server.start()
        database.renew()
        with closing(fresh(database)) as again:
            assert again.head().seq == 3
            assert again.append([entry(4)])[0].seq == 4
            assert verify(database).intact


# --------------------------------------------------------------------------------------------------------- other errors
def fails_with(database: ServerDatabase, error: type[psycopg.Error], at: str) -> list[int]:
    """From now on the server answers so to statements that start with ``at``; counts how often."""
    seen: list[int] = []

    @event.listens_for(database._engine, "before_cursor_execute")
    def _fail(connection: object, cursor: object, statement: str, *rest: object) -> None:
        if statement.startswith(at):
            seen.append(1)
            raise error("injected")

    return seen


@pytest.mark.fault("DB-01")
def test_a_full_server_writes_nothing_and_the_journal_goes_on(database: ServerDatabase) -> None:
    with closing(fresh(database)) as journal:
        fails_with(database, psycopg.errors.DiskFull, "INSERT INTO orders")
        with pytest.raises(StorageFull, match="nothing was written"):
            journal.append([entry(1, changes=(OrderChanged(order(), "made"),))])
        assert journal.append([entry(2)])[0].seq == 1


@pytest.mark.fault("DB-16")
@pytest.mark.parametrize("error", [psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected])
def test_a_transaction_that_the_server_rolls_back_is_tried_again_a_few_times(
    database: ServerDatabase, error: type[psycopg.Error]
) -> None:
    with closing(fresh(database)) as journal:
        tries = fails_with(database, error, "INSERT INTO orders")
        with pytest.raises(TransactionAborted):
            journal.append([entry(1, changes=(OrderChanged(order(), "made"),))])
        assert len(tries) == 3
        assert journal.append([entry(2)])[0].seq == 1


@pytest.mark.fault("DB-16")
def test_a_real_conflict_with_a_stranger_is_survived_on_the_second_try(
    database: ServerDatabase, server_place: OnServer
) -> None:
    with closing(fresh(database)) as journal:
        journal.append([entry(1, changes=(OrderChanged(order(1), "made"),))])

        def meddle() -> None:
            server_place.do("UPDATE orders SET strategy = 'meddled'")

        before_statement(database, "INSERT INTO orders", meddle)
        journal.append([entry(2, changes=(OrderChanged(order(1), "made"),))])
        assert journal.head().seq == 2
        assert load_orders(database, unsettled_only=False) == (order(1),)


def test_a_value_that_cannot_be_stored_is_a_refused_change(database: ServerDatabase) -> None:
    with closing(fresh(database)) as journal:
        with pytest.raises(ChangeRefused, match="nothing was written"):
            journal.append([entry(1, changes=(OrderChanged(order(reason="a\0b"), "made"),))])
        assert journal.append([entry(2)])[0].seq == 1


def test_a_table_cannot_be_emptied_at_one_go(database: ServerDatabase) -> None:
    with closing(fresh(database)) as journal:
        journal.append([entry(1)])
        with pytest.raises(ChangeRefused, match="append-only"), database.transaction() as connection:
            connection.exec_driver_sql("TRUNCATE journal")
        assert verify(database).intact
