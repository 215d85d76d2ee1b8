"""From the configured address and the reference to its password to what the store connects with."""

from collections.abc import Mapping
from pathlib import Path

from trader247.config.schema import DatabaseTerms
from trader247.config.secrets import read_secret
from trader247.errors import ConfigurationInvalid
from trader247.store.server import Server

__all__ = ["PASSWORD_CHARS_MIN", "server_of"]

PASSWORD_CHARS_MIN = 8
"""Shorter ones cannot be told from ordinary words, and so not be kept out of the log."""


def server_of(terms: DatabaseTerms, folder: Path, environ: Mapping[str, str]) -> Server | None:
    """The server, its password read; None where the database is a file. ``folder`` keeps the journal's head.

    Raises:
        ConfigurationInvalid: the password is not to be had, or too short to be kept secret.
    """
    if terms.url is None:
        return None
    if terms.password is None:
        return Server(terms.url, folder)
    password = read_secret(terms.password, environ).reveal()
    if len(password) < PASSWORD_CHARS_MIN:
        raise ConfigurationInvalid(
            f"secret {terms.password}: a password of fewer than {PASSWORD_CHARS_MIN} characters; choose a longer one"
        )
    return Server(terms.url, folder, password)
