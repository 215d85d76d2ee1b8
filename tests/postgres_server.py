"""A real PostgreSQL server of this machine, started for the tests and ended with them.

It runs as an unprivileged user (it refuses root), in a folder of its own, on a Unix socket and with a password, with
fsync on, and in a language whose order of words is not that of bytes.
"""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import psycopg

from trader247.store.server import SCHEME, Server

__all__ = ["PostgresServer", "running_server", "why_none"]

_SETTINGS: Final = {
    "listen_addresses": "",
    "max_connections": "20",
    "shared_buffers": "16MB",
    "max_wal_size": "64MB",
    "autovacuum": "off",
    "log_min_messages": "panic",
}


def _program(name: str) -> str | None:
    newest = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    return shutil.which(name) or (str(newest[0]) if newest else None)


def _user() -> str | None:
    """Whom the server runs as: us, or somebody unprivileged where we are root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise LookupError("root may not run a server, and there is neither a user postgres nor nobody")


def _leash() -> list[str]:
    """What ends the server with the tests, also where they are killed."""
    found = shutil.which("setpriv")
    return [found, "--pdeathsig", "QUIT", "--"] if found else []


def why_none() -> str | None:
    """Why there can be no server here, or None."""
    if sys.platform == "win32":
        return "no PostgreSQL server on this platform"
    missing = [name for name in ("initdb", "postgres") if _program(name) is None]
    return f"no {' and no '.join(missing)} on this machine: install postgresql" if missing else None


class PostgresServer:
    """A running server. ``stop`` and ``start`` are for tests of what happens meanwhile."""

    def __init__(self, folder: Path) -> None:
        """Makes the cluster in ``folder``, which belongs to the server's user; starts nothing."""
        self.folder = folder
        self.password = secrets.token_hex(12)
        self._process: subprocess.Popen[bytes] | None = None
        self._schemas = 0
        file = folder / "password"
        file.write_text(self.password)
        file.chmod(0o644)  # in a folder that nobody else enters
        command = [_program("initdb"), "-D", folder / "cluster", "-U", "owner", "--auth=scram-sha-256"]
        command += [f"--pwfile={file}", "-E", "UTF8", "--no-sync"]
        self._run(
            [*command, "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US"], [*command, "--locale=C"]
        )

    def _run(self, *alternatives: list[Any]) -> None:
        """The first that works: not every build knows the languages of ICU."""
        told = ""
        for command in alternatives:
            shutil.rmtree(self.folder / "cluster", ignore_errors=True)
            done = subprocess.run(command, user=_user(), cwd=self.folder, capture_output=True, text=True, check=False)
            if done.returncode == 0:
                return
            told = done.stderr
        raise RuntimeError(f"initdb failed: {told}")

    def start(self) -> None:
        """Until it takes connections."""
        options = [f"--{name}={value}" for name, value in _SETTINGS.items()]
        command = [*_leash(), _program("postgres"), "-D", self.folder / "cluster", "-k", self.folder, *options]
        log = (self.folder / "log").open("ab")
        with log:
            self._process = subprocess.Popen(command, user=_user(), cwd=self.folder, stdout=log, stderr=log)  # type: ignore[arg-type]
        while True:
            try:
                self.ask("SELECT 1")
            except psycopg.OperationalError:
                if self._process.poll() is not None:
                    raise RuntimeError(f"the server ended:\n{(self.folder / 'log').read_text()}") from None
            else:
                return

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT ends every session and shuts down in order; SIGQUIT is a crash. Waits for the end."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(30)
            self._process = None

    def ask(self, statement: str, *values: object, schema: str = "public") -> list[tuple[Any, ...]]:
        """What somebody with all rights does beside the program."""
        with psycopg.connect(**self._line(schema), autocommit=True) as connection:
            done = connection.execute(statement, values or None)
            return done.fetchall() if done.description else []

    def fill(self, table: str, rows: Sequence[Sequence[Any]], schema: str) -> None:
        """The table holds these rows and no others, whatever its guards say."""
        with psycopg.connect(**self._line(schema)) as connection, connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - our own table
            if rows:
                marks = ", ".join(["%s"] * len(rows[0]))
                cursor.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608

    def new_schema(self) -> str:
        """The name of a schema that nobody has used."""
        self._schemas += 1
        name = f"test_{self._schemas}"
        self.ask(f"CREATE SCHEMA {name}")
        return name

    def drop(self, schema: str) -> None:
        """Whatever is in it."""
        self.terminate()
        self.ask(f"DROP SCHEMA IF EXISTS {schema} CASCADE")

    def address(self, schema: str, folder: Path) -> Server:
        """As the store takes it; its ``url`` is as it stands in a configuration."""
        options = quote(f"-csearch_path={schema}", safe="")
        return Server(f"{SCHEME}://owner@/postgres?host={self.folder}&options={options}", folder, self.password)

    def terminate(self) -> int:
        """End every connection, as an administrator does; answers how many there were."""
        return len(
            self.ask(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            )
        )

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """Every process of the server is stopped, as a machine or a container that is frozen; the kernel goes on."""
        told = (self.folder / "cluster" / "postmaster.pid").read_text().split()[0]
        found = subprocess.run(["ps", "-o", "pid=", "--ppid", told], capture_output=True, text=True, check=True)
        processes = [int(told), *map(int, found.stdout.split())]
        for process in processes:
            os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in processes:
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGCONT)

    def _line(self, schema: str) -> dict[str, Any]:
        address = {"host": str(self.folder), "user": "owner", "password": self.password, "dbname": "postgres"}
        return {**address, "options": f"-csearch_path={schema}"}


@contextmanager
def running_server() -> Iterator[PostgresServer]:
    """A server for as long as the block lasts."""
    folder = Path(tempfile.mkdtemp(prefix="trader247-pg-"))  # a socket's path may have 107 bytes; pytest's are longer
    user = _user()
    if user is not None:
        shutil.chown(folder, user)
    server = PostgresServer(folder)
    try:
        server.start()
        yield server
    finally:
        server.stop(signal.SIGQUIT)  # at once: nobody needs it again
        shutil.rmtree(folder, ignore_errors=True)
