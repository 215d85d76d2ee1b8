"""``db``: look after the database of a daemon that is not running."""

import json
from pathlib import Path

import click

from trader247.cli.stopped_journal import journal_options, named_server, opened

__all__ = ["db"]

_SHOWN_MAX = 20
"""Differences told one by one; more say the same."""


@click.group()
def db() -> None:
    """The database: recompute its projections, copy it, move it to a server."""


@db.command()
@journal_options
@click.option("--only-look", is_flag=True, help="Compare, and change nothing.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def rebuild(data_dir: Path | None, folder: Path | None, sets: tuple[str, ...], only_look: bool, as_json: bool) -> None:
    """Recompute orders, fills, positions, flows, halts and alerts from the journal alone.

    Exit 1 where what was kept differs; it is put right, except with --only-look.
    """
    from attrs import asdict

    from trader247.store.rebuilding import rebuild as rebuilt

    with opened(data_dir, folder, sets) as database:
        found = rebuilt(database, only_look=only_look)
    if as_json:
        told = [asdict(difference) for difference in found.differences]
        click.echo(json.dumps({"rows": found.rows, "identical": not told, "differences": told}, indent=2))
    elif not found.differences:
        click.echo(f"identical: what is kept is what {found.rows} rows of the journal say")
    else:
        done = "DIFFERENT" if only_look else "PUT RIGHT"
        click.echo(f"{done}: {len(found.differences)} rows of the projections, by {found.rows} rows of the journal")
        for difference in found.differences[:_SHOWN_MAX]:
            click.echo(f"  {difference.table} {difference.key}")
            click.echo(f"    kept:       {difference.kept or 'nothing'}")
            click.echo(f"    recomputed: {difference.recomputed or 'nothing'}")
    if found.differences:
        raise SystemExit(1)


@db.command()
@journal_options
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
def backup(data_dir: Path | None, folder: Path | None, sets: tuple[str, ...], target: Path) -> None:
    """Copy the whole database into the file TARGET, and its head beside it.

    Only an earlier backup is replaced, whole or not at all.
    """
    from trader247.cli.targets import backup_target
    from trader247.drivers.disk import DATABASE_NAME
    from trader247.store.head_file import HeadFile, head_path
    from trader247.store.journal import end_of

    backup_target(target, head_path(target) if target.name else target, DATABASE_NAME)
    with opened(data_dir, folder, sets) as database:
        database.backup(target)
        head = HeadFile(head_path(target))
        last = end_of(database)
        head.reset(last)
        head.close()
    click.echo(f"{target}: {last.seq} rows of the journal, up to {last.hash[:16]}")


@db.command("move-to-server")
@journal_options
@click.argument("source", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def move_to_server(data_dir: Path | None, folder: Path | None, sets: tuple[str, ...], source: Path) -> None:
    """Copy the database file SOURCE into the empty database that app.database.url names; SOURCE stays as it is."""
    from trader247.errors import ConfigurationInvalid
    from trader247.store.copying import copy_rows
    from trader247.store.database import open_database
    from trader247.store.head_file import HeadFile
    from trader247.store.journal import end_of
    from trader247.store.migrating import bring_up_to_date, upgrade_due

    target, _ = named_server(data_dir, folder, sets)
    if target is None:
        raise ConfigurationInvalid("app.database.url is silent: name the server to move to, in app.yaml or by --set")
    with open_database(source) as file, open_database(target, migrate=False) as server:
        with file.transaction() as reading, server.transaction() as writing:
            upgrade = upgrade_due(writing, server.where)
            if upgrade is not None:
                bring_up_to_date(writing, upgrade)
            rows = copy_rows(reading, writing, server.where)
        head = HeadFile(target.head_file)
        head.reset(end_of(server))
        head.close()
    click.echo(
        f"{server.where}: {rows} rows of the journal; move {source} away, so that nobody takes it for the live one"
    )
