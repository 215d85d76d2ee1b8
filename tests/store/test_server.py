"""An address says where a server is and never a secret; a line that strangers could read is refused."""

from pathlib import Path

import pytest

from trader247.store.server import HEAD_NAME, Server, address_fault


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://trader247@localhost/trader247",
        "postgresql+psycopg://trader247@127.0.0.1:5433/trader247",
        "postgresql+psycopg://trader247@[::1]/trader247",
        "postgresql+psycopg:///trader247",
        "postgresql+psycopg://me@/trader247?host=/run/postgresql&options=-csearch_path%3Dbook",
        "postgresql+psycopg://me@db.example.net/trader247?sslmode=verify-full&sslrootcert=/etc/db.pem",
    ],
)
def test_an_address_on_this_machine_or_over_a_verified_line_is_sound(url: str) -> None:
    assert address_fault(url) is None


@pytest.mark.req("SEC1")
@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql+psycopg://me:hunter22@localhost/x", "holds a password (not shown)"),
        ("postgresql+psycopg://me@localhost/x?password=hunter22", "holds a password (not shown)"),
        ("postgresql+psycopg://me@localhost/x?passfile=hunter22", "an option that is not known here: passfile"),
        ("postgresql+psycopg://me@localhost", "names no database"),
        ("postgresql+psycopg://me@localhost/", "names no database"),
        ("postgresql+psycopg://me@localhost:hunter22/x", "is not a URL"),
        ("postgresql+psycopg://me@localhost/x?hunter22", "is not a URL"),
        ("postgresql://me@localhost/x", "is not the URL of a PostgreSQL server"),
        ("sqlite:///hunter22.db", "without one, the database is a file in data_dir"),
        ("postgresql+psycopg://me@db.example.net/x", "another machine without a verified line is unsafe"),
        ("postgresql+psycopg://me@/x?host=/run/postgresql,10.0.0.7", "unsafe"),
        ("postgresql+psycopg://me@10.0.0.7/x?sslmode=require", "verify-full"),
        ("postgresql+psycopg://me%00@10.0.0.7/x?sslmode=verify-full", "control character"),
    ],
)
def test_everything_else_is_told_without_repeating_what_could_be_a_secret(url: str, told: str) -> None:
    fault = address_fault(url)
    assert fault is not None
    assert told in fault
    assert "hunter22" not in fault


def test_a_server_shows_where_it_is_and_never_its_password() -> None:
    server = Server("postgresql+psycopg://me@localhost/book?sslmode=verify-ca", Path("/data"), "hunter22")
    assert server.where == "postgresql://me@localhost/book"
    assert server.head_file == Path("/data") / HEAD_NAME
    assert "hunter22" not in repr(server)
