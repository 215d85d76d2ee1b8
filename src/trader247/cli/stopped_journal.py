"""The journal of a daemon that is not running, for the commands that read it: a file, or on a server."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from trader247.store.database import Database
    from trader247.store.server import Server

__all__ = ["journal_options", "named_server", "opened"]

_OPTIONS = (
    click.option("--data-dir", type=click.Path(path_type=Path), help="Where the state is. [default: app.data_dir]"),
    click.option(
        "--config", "folder", type=click.Path(path_type=Path), help="Folder of the five files. [default: config]"
    ),
    click.option("--set", "sets", multiple=True, metavar="KEY=VALUE", help="Overrides any key: app.database.url=..."),
)


def journal_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Gives a command ``data_dir``, ``folder`` and ``sets``, which it hands to ``opened``."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def opened(data_dir: Path | None, folder: Path | None, sets: tuple[str, ...]) -> "Database":
    """The journal that the configuration names.

    A folder that was given and holds a database file, and no head of a journal on a server, is taken at its word: a
    replay's books are always a file.

    Raises:
        ConfigurationInvalid: there is none, or the configuration is wrong.
        StoreError: it cannot be opened; the text says the way out.
    """
    from trader247.drivers.disk import DATABASE_NAME
    from trader247.errors import ConfigurationInvalid
    from trader247.store.database import open_database
    from trader247.store.server import HEAD_NAME

    if data_dir is not None and (data_dir / DATABASE_NAME).exists() and not (data_dir / HEAD_NAME).exists():
        return open_database(data_dir / DATABASE_NAME, migrate=False)
    server, state = named_server(data_dir, folder, sets)
    if server is not None:
        return open_database(server, migrate=False)
    path = state / DATABASE_NAME
    if not path.exists():
        raise ConfigurationInvalid(f"{path} is not there; give the folder of a journal with --data-dir")
    return open_database(path, migrate=False)


def named_server(data_dir: Path | None, folder: Path | None, sets: tuple[str, ...]) -> "tuple[Server | None, Path]":
    """The server that the configuration names, or None, and the folder of the state.

    Raises:
        ConfigurationInvalid: the configuration is wrong, or the password is not to be had.
    """
    from trader247.config.folder import folder_of
    from trader247.config.loading import load
    from trader247.drivers.server_address import server_of

    app = load(folder_of(folder, Path.cwd()), environ=os.environ, overrides=sets).configuration.app
    state = data_dir or Path(app.data_dir)
    return server_of(app.database, state, os.environ), state
