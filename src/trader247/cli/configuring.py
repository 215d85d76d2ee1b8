"""``config``: what may stand in the configuration, and what does."""

import json
import os
from pathlib import Path

import click

__all__ = ["config"]

_SECTIONS = ("app", "policy", "universe", "signals", "strategies")


@click.group()
def config() -> None:
    """The configuration: its schema for editors, its effective values."""


@config.command()
@click.argument("section", type=click.Choice(_SECTIONS))
def schema(section: str) -> None:
    """Print the JSON Schema of one of the five files."""
    from trader247.config.export import json_schema

    click.echo(json.dumps(json_schema(section), indent=2))


@config.command()
@click.option("--config", "folder", type=click.Path(path_type=Path), help="Folder of the five files. [default: config]")
@click.option("--set", "sets", multiple=True, metavar="KEY=VALUE", help="Overrides any key.")
def show(folder: Path | None, sets: tuple[str, ...]) -> None:
    """Print the effective configuration as JSON, secrets as their references."""
    from trader247.config.fingerprint import as_plain
    from trader247.config.folder import folder_of
    from trader247.config.loading import load

    loaded = load(folder_of(folder, Path.cwd()), environ=os.environ, overrides=sets)
    shown = {"fingerprint": loaded.fingerprint, "configuration": as_plain(loaded.configuration)}
    click.echo(json.dumps(shown, indent=2, default=str))
