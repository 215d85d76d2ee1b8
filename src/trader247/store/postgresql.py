"""A database on a PostgreSQL server: one connection, one writer, every committed transaction on the server's disk.

The writer is kept alone by an advisory lock of the session that also writes. Whoever loses the session loses the lock
and the means to write in the same instant, so there is no time in which two believe that they hold it; and a pooler,
which would hand our lock to strangers, is found out and refused. Below that the journal's own numbers fence: a row that
stands already is never written over.

A lost connection is not mended behind the journal's back: every later transaction fails until ``renew``, and the
journal then reads its end again. No time of the server is used for anything.
"""

import os
import platform
import select
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy.exc
from sqlalchemy import Connection, Engine, StaticPool, create_engine, inspect, make_url, text

from trader247.errors import ConfigurationInvalid
from trader247.store.connection import Database
from trader247.store.copying import copy_to_file
from trader247.store.faults import (
    ConnectionLost,
    DatabaseReadOnly,
    DatabaseUnreadable,
    DatabaseUnsafe,
    HeldByAnother,
    code_of,
    naming_faults,
)
from trader247.store.server import Server

if TYPE_CHECKING:
    import psycopg

__all__ = ["LOCK_TIMEOUT_MS", "SERVER_VERSION_MIN", "ServerDatabase", "open_server"]

SERVER_VERSION_MIN: Final = 140_000
"""14: the first that notices by itself that a client is gone (``client_connection_check_interval``)."""

LOCK_TIMEOUT_MS: Final = 2_000
"""How long opening waits for another instance to let go, and a statement for a stranger's lock."""

_CONNECT_TIMEOUT_S: Final = 5
_STATEMENT_TIMEOUT_MS: Final = 30_000
"""A commit takes milliseconds and a page of the journal 50; the pruning of a year's rows takes seconds."""

_SETTINGS: Final = {
    "statement_timeout": str(_STATEMENT_TIMEOUT_MS),
    "lock_timeout": str(LOCK_TIMEOUT_MS),
    # a process that is stopped inside a transaction keeps its locks no longer than this
    "idle_in_transaction_session_timeout": "60000",
    # the server lets go of us, and of our lock, this long after our machine went without a word: 10 + 3 x 5 s
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "client_connection_check_interval": "5000",
    "client_encoding": "UTF8",
}
_LINE: Final = {
    "connect_timeout": _CONNECT_TIMEOUT_S,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}

_READS_MAX: Final = 16  # of 8 KiB: a server says little that it was not asked

_DURABLE: Final = frozenset({"on", "remote_apply"})


class ServerDatabase(Database):
    """A database on a server; closing frees its lock."""

    way_back = (
        "Restore the newest backup of the database together with its .head file in data_dir; after a failover, name"
        " the server that has those rows; or empty the database, move the .head file away and start afresh: the venue's"
        " own records are read at the start."
    )

    def __init__(self, server: Server) -> None:
        """Connects. Use ``open_server``."""
        super().__init__(server.where, None, server.head_file)
        self._server = server
        self._lost: str | None = None
        self._raw, self._made = _connected(server)

    @property
    def _engine(self) -> Engine:
        return self._made

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """As promised by ``Database``; what it reads is one picture, whatever strangers do.

        Raises:
            ConnectionLost: the connection is gone, now or since an earlier transaction.
        """
        if self._lost is not None:
            raise ConnectionLost(self._lost)
        try:
            with super().transaction() as connection:
                yield connection
        except ConnectionLost as error:
            self._lost = str(error)
            raise

    def quick_check(self) -> None:
        """Read every page of every table: a server with checksums tells the broken ones."""
        with self.transaction() as connection:
            for name in inspect(connection).get_table_names():
                connection.exec_driver_sql(f'SELECT count(*) FROM "{name}"')  # noqa: S608 - named by the catalogue

    def check(self) -> None:
        """Raises ``ConnectionLost`` where the server has ended the connection; looks only at what has arrived."""
        if not self._in_use.acquire(blocking=False):
            return  # a transaction is under way and will notice by itself
        try:
            if self._lost is None and not self._alive():
                self._lost = (
                    f"{self.where}: the server ended the connection. Start the server again; the journal's end is read"
                    " anew on the way up."
                )
        finally:
            self._in_use.release()
        if self._lost is not None:
            raise ConnectionLost(self._lost)

    def renew(self) -> None:
        """A new connection with a new lock, where the old one was lost."""
        if self._lost is None:
            return
        self._raw.close()
        self._raw, self._made = _connected(self._server)
        self._lost = None

    def backup(self, to: Path) -> None:
        """As promised by ``Database``; rows of money stay exact, and ``audit verify`` reads the copy as any file."""
        with self.transaction() as connection:
            copy_to_file(connection, to, self.where)

    def copy_before_upgrade(self, revision: str) -> Path:
        """In the data folder."""
        return self._server.folder / f"trader247.postgresql.before-upgrade-from-{revision}.db"

    def close(self) -> None:
        """Free the connection and its lock. Safe to call twice."""
        self._made.dispose()
        self._raw.close()

    def _alive(self) -> bool:
        import psycopg  # noqa: PLC0415 - an extra, loaded by now

        if self._raw.closed:
            return False
        poll = select.poll()
        poll.register(self._raw.fileno(), select.POLLIN)
        with suppress(psycopg.OperationalError):
            for _ in range(_READS_MAX):
                if not poll.poll(0):
                    break
                self._raw.pgconn.consume_input()  # a notice, or a farewell, and after that the end of the stream
        return self._raw.pgconn.status == psycopg.pq.ConnStatus.OK


def open_server(server: Server) -> ServerDatabase:
    """Connect, check what durability depends on, and take the lock.

    Raises:
        ConfigurationInvalid: the driver is not installed.
        StoreError: by name: not reachable, another instance's, read-only, or set so that commits can be lost.
    """
    return ServerDatabase(server)


def _connected(server: Server) -> "tuple[psycopg.Connection[Any], Engine]":
    with ExitStack() as undo:
        raw = _dialled(server)
        undo.callback(raw.close)
        engine = create_engine("postgresql+psycopg://", creator=lambda: raw, poolclass=StaticPool)
        with naming_faults(server.where):
            with engine.begin() as connection:
                _check_server(connection, raw.info.backend_pid, server.where)
                _set(connection, server.where)
            with engine.begin() as connection:
                _check_writable(connection, server.where)
            _take_lock(engine, server.where)
        undo.pop_all()
    return raw, engine


def _dialled(server: Server) -> "psycopg.Connection[Any]":
    try:
        import psycopg  # noqa: PLC0415 - an extra

        from trader247.store.bounded_connection import BoundedConnection  # noqa: PLC0415 - it imports the extra
    except ImportError as error:
        raise ConfigurationInvalid(
            "app.database.url names a PostgreSQL server, and psycopg is not installed: install trader247[postgresql]"
        ) from error
    arguments = make_url(server.url).translate_connect_args(username="user", database="dbname")
    arguments |= make_url(server.url).query
    if server.password is not None:
        arguments["password"] = server.password
    name = f"trader247 pid {os.getpid()} on {platform.node()}"
    try:
        raw = BoundedConnection.connect(**{**_LINE, "application_name": name[:63], **arguments})
    except psycopg.Error as error:
        raise DatabaseUnreadable(
            f"{server.where} cannot be reached ({' '.join(str(error).split())}). Check that the server runs, and"
            " app.database in app.yaml."
        ) from error
    raw.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    return raw


def _check_server(connection: Connection, dialled: int, where: str) -> None:
    """``dialled`` is the server process that answered the call; behind a pooler it is not the one that works."""
    version = int(_show(connection, "server_version_num"))
    if version < SERVER_VERSION_MIN:
        raise DatabaseUnsafe(
            f"{where}: the server has version {version // 10_000}, {SERVER_VERSION_MIN // 10_000} is the oldest that"
            " lets go of a client that vanished. Upgrade it."
        )
    if connection.execute(text("SELECT pg_backend_pid()")).scalar_one() != dialled:
        raise DatabaseUnsafe(
            f"{where}: a connection pooler stands between, which would share the lock of the only writer with others."
            " Name the server itself."
        )
    for name in ("fsync", "full_page_writes"):
        found = _show(connection, name)
        if found != "on":
            raise DatabaseUnsafe(
                f"{where}: the server answers {name}={found}, on is needed so that nothing committed is lost. Set"
                f" {name} = on in postgresql.conf."
            )
    encoding = _show(connection, "server_encoding")
    if encoding != "UTF8":
        raise DatabaseUnsafe(f"{where}: the database is encoded in {encoding}; create it with ENCODING 'UTF8'.")
    if _show(connection, "search_path").strip() in {"", '""'} or _schema(connection) is None:
        raise DatabaseUnreadable(f"{where}: the search_path of this user names no schema that is there. Create it.")


def _set(connection: Connection, where: str) -> None:
    """Set and read back. Commits wait for the disk, and for the standby where the server's owner says so."""
    wanted = dict(_SETTINGS)
    if _show(connection, "synchronous_commit") not in _DURABLE:
        wanted["synchronous_commit"] = "on"
    for name, value in wanted.items():
        connection.execute(text("SELECT set_config(:name, :value, false)"), {"name": name, "value": value})
    found = _show(connection, "synchronous_commit")
    if found not in _DURABLE:
        raise DatabaseUnsafe(
            f"{where}: the server answers synchronous_commit={found}, on is needed so that nothing committed is lost."
        )


def _check_writable(connection: Connection, where: str) -> None:
    if _show(connection, "transaction_read_only") != "off":
        raise DatabaseReadOnly(
            f"{where} takes no writes. It is a standby, or default_transaction_read_only is on: name the primary."
        )


def _take_lock(engine: Engine, where: str) -> None:
    """For the life of the session. Taken once: a session may stack it, and would then have to free it as often."""
    with engine.connect() as connection:
        key = _lock_key(_schema(connection) or "")
        try:
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": key})
        except sqlalchemy.exc.DBAPIError as error:
            if code_of(error.orig or error) != "55P03":
                raise
            connection.rollback()
            raise HeldByAnother(
                f"{where} is held by {_holder(connection, key)}. End that one first, or give this one a database of"
                " its own; a running daemon is asked with `trader247 status`, never through its database."
            ) from error
        connection.commit()


def _holder(connection: Connection, key: int) -> str:
    """Whoever has the lock, by the name it gave; only the server's owner may see all names."""
    found = connection.execute(
        text(
            "SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
            " WHERE l.locktype = 'advisory' AND l.granted AND l.database = (SELECT oid FROM pg_database"
            " WHERE datname = current_database()) AND l.classid = :high AND l.objid = :low AND l.objsubid = 1"
        ),
        {"high": (key >> 32) & 0xFFFFFFFF, "low": key & 0xFFFFFFFF},
    ).scalar()
    return f"another instance ({found})" if found else "another instance"


def _lock_key(schema: str) -> int:
    """One lock per schema; PostgreSQL keeps those of different databases apart by itself."""
    return int.from_bytes(sha256(f"trader247 journal in {schema}".encode()).digest()[:8], "big", signed=True)


def _schema(connection: Connection) -> str | None:
    found = connection.execute(text("SELECT current_schema()")).scalar()
    return str(found) if found is not None else None


def _show(connection: Connection, name: str) -> str:
    return str(connection.execute(text("SELECT current_setting(:name)"), {"name": name}).scalar_one())
