"""``audit``: read the journal of a daemon that is not running, and check that nobody touched it.

The database belongs to one process at a time, so these commands say so while the daemon runs.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from trader247.store.database import Database

__all__ = ["audit"]

_data_dir = click.option(
    "--data-dir", type=click.Path(path_type=Path), default=Path("data"), show_default=True, help="Where the state is."
)


@click.group()
def audit() -> None:
    """The journal: verify it, show its end."""


def _opened(data_dir: Path) -> "Database":
    from trader247.errors import ConfigurationInvalid
    from trader247.store.database import open_database

    path = data_dir / "trader247.db"
    if not path.exists():
        raise ConfigurationInvalid(f"{path} is not there; give the folder of a journal with --data-dir")
    return open_database(path, migrate=False)


@audit.command()
@_data_dir
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def verify(data_dir: Path, as_json: bool) -> None:
    """Recompute every link of the journal; exit 1 where a row was edited, deleted, inserted or reordered."""
    import sys

    from trader247.store.verifying import verify as verified

    show = sys.stderr.isatty() and not as_json
    with _opened(data_dir) as database:
        verdict = verified(database, progress=_progress if show else lambda *_: None)
    if show:
        click.echo(err=True)
    faults = [f"row {fault.seq}: {fault.what}" for fault in verdict.faults]
    if as_json:
        found = {"intact": verdict.intact, "rows": verdict.rows, "last_seq": verdict.last_seq, "faults": faults}
        click.echo(json.dumps(found, indent=2))
    elif verdict.intact:
        click.echo(f"intact: {verdict.rows} rows, numbers {verdict.first_seq} to {verdict.last_seq}")
    else:
        click.echo(f"NOT INTACT: {len(faults)} faults in {verdict.rows} rows")
        for fault in faults:
            click.echo(f"  {fault}")
    if not verdict.intact:
        raise SystemExit(1)


def _progress(done: int, total: int) -> None:
    click.echo(f"\r{done} of {total} rows", nl=False, err=True)


@audit.command()
@_data_dir
@click.option("-n", "count", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many rows.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per line, whole.")
def tail(data_dir: Path, count: int, as_json: bool) -> None:
    """Show the last rows of the journal, oldest first."""
    from trader247.model.instant import rfc3339
    from trader247.store.journal import last_records

    with _opened(data_dir) as database:
        records = last_records(database, count)
    for row in records:
        at = rfc3339(row.at, 3)
        if as_json:
            whole = {"seq": row.seq, "at": at, "kind": row.kind, "cause": row.cause, "hash": row.hash}
            click.echo(json.dumps({**whole, "body": json.loads(row.body)}))
        else:
            click.echo(f"{row.seq:>8}  {at}  {row.kind:<18} {row.body[:100]}")
