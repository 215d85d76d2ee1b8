"""Where a database on a server is, and what its address may say (``app.database``). Loads no driver.

``postgresql+psycopg://USER@HOST:PORT/DATABASE``, or with the server's socket
``postgresql+psycopg://USER@/DATABASE?host=/run/postgresql``. The password never stands in the address.
"""

import ipaddress
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from attrs import field, frozen

__all__ = ["HEAD_NAME", "SCHEME", "Server", "address_fault"]

SCHEME: Final = "postgresql+psycopg"

HEAD_NAME: Final = "trader247.postgresql.head"
"""The head of a journal on a server, in the data folder of the machine that writes it."""

_OPTIONS: Final = frozenset(
    {"host", "port", "sslmode", "sslrootcert", "sslcert", "sslkey", "channel_binding", "options"}
)
"""What may follow the ``?``: where the server is, how the line is secured, and ``options=-csearch_path=SCHEMA``."""

_VERIFIED: Final = frozenset({"verify-ca", "verify-full"})


@frozen
class Server:
    """A database on a PostgreSQL server, and the folder of this machine that keeps the head of its journal.

    ``url`` has passed ``address_fault``. ``password`` is shown by no repr and stands in no error.
    """

    url: str
    folder: Path
    password: str | None = field(default=None, repr=False)

    @property
    def where(self) -> str:
        """The address as it may be shown: without what follows the ``?``, which is long and says nothing."""
        return self.url.partition("?")[0].replace("+psycopg", "", 1)

    @property
    def head_file(self) -> Path:
        """Where the journal's head is kept."""
        return self.folder / HEAD_NAME


def address_fault(url: str) -> str | None:
    """What is wrong with an address, or None. The text repeats no part of it that could be a secret."""
    if any(ord(character) < 32 or ord(character) == 127 for character in unquote(url)):  # libpq stops reading at a NUL
        return "holds a control character, plain or escaped"
    try:
        parts = urlsplit(url)
        password, _port = parts.password, parts.port
        query = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    except ValueError:
        return f"is not a URL ({_FORM})"
    if password is not None or "password" in query:
        return "holds a password (not shown); write it as database.password: env:NAME, file:PATH or cred:NAME"
    if parts.scheme != SCHEME:
        return f"is not the URL of a PostgreSQL server ({_FORM}); without one, the database is a file in data_dir"
    if len(parts.path) < 2 or "/" in parts.path[1:]:
        return f"names no database ({_FORM})"
    unknown = sorted(query.keys() - _OPTIONS)
    if unknown:
        return f"has an option that is not known here: {unknown[0]} (allowed: {', '.join(sorted(_OPTIONS))})"
    return _line_fault(parts.hostname or "", query)


_FORM: Final = f"{SCHEME}://USER@HOST/DATABASE"


def _line_fault(host: str, query: Mapping[str, str]) -> str | None:
    """A line that anybody between could read and change is refused, as for the venue's own addresses."""
    hosts = [unquote(one) for one in (query.get("host") or host).split(",")]
    if all(_here(one) for one in hosts) or query.get("sslmode") in _VERIFIED:
        return None
    return (
        "another machine without a verified line is unsafe: anybody between could read and change it"
        " (?sslmode=verify-full&sslrootcert=FILE, or the server on this machine)"
    )


def _here(host: str) -> bool:
    if not host or host.startswith("/") or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
