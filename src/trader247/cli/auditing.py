"""``audit``: read the journal of a daemon that is not running, and check that nobody touched it.

The database belongs to one process at a time, so these commands say so while the daemon runs.
"""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from trader247.cli.rendering import is_terminal
from trader247.cli.stopped_journal import journal_options, opened

if TYPE_CHECKING:
    from trader247.store.database import Database

__all__ = ["audit"]


@click.group()
def audit() -> None:
    """The journal: verify it, show its end, export it."""


@audit.command()
@journal_options
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def verify(data_dir: Path | None, folder: Path | None, sets: tuple[str, ...], as_json: bool) -> None:
    """Recompute every link of the journal; exit 1 where a row was edited, deleted, inserted or reordered."""
    from trader247.store.verifying import verify as verified

    show = is_terminal(sys.stderr) and not as_json
    with opened(data_dir, folder, sets) as database:
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
@journal_options
@click.option("-n", "count", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many rows.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per line, whole.")
def tail(data_dir: Path | None, folder: Path | None, sets: tuple[str, ...], count: int, as_json: bool) -> None:
    """Show the last rows of the journal, oldest first."""
    from trader247.model.instant import rfc3339
    from trader247.store.journal import last_records

    with opened(data_dir, folder, sets) as database:
        records = last_records(database, count)
    for row in records:
        at = rfc3339(row.at, 3)
        if as_json:
            whole = {"seq": row.seq, "at": at, "kind": row.kind, "cause": row.cause, "hash": row.hash}
            click.echo(json.dumps({**whole, "body": json.loads(row.body)}))
        else:
            click.echo(f"{row.seq:>8}  {at}  {row.kind:<18} {row.body[:100]}")


@audit.command()
@journal_options
@click.option("-o", "--output", type=click.Path(path_type=Path), help="A new file. [default: standard output]")
@click.option("--from", "from_seq", type=click.IntRange(1), default=1, show_default=True, help="The first row.")
@click.option("--to", "to_seq", type=click.IntRange(1), help="The last row. [default: the end]")
def export(  # noqa: PLR0917 - one parameter per option
    data_dir: Path | None,
    folder: Path | None,
    sets: tuple[str, ...],
    output: Path | None,
    from_seq: int,
    to_seq: int | None,
) -> None:
    """Write the journal as JSON lines, every column as it is stored, so that others can recompute its links.

    The formula of a link is in docs/reference/journal.md.
    """
    from trader247.cli.targets import new_text_file

    if to_seq is not None and to_seq < from_seq:
        raise click.UsageError(f"--to {to_seq} lies before --from {from_seq}")
    with opened(data_dir, folder, sets) as database:
        if output is None or str(output) == "-":
            _write(database, from_seq, to_seq, sys.stdout)
        else:
            with new_text_file(output) as file:
                _write(database, from_seq, to_seq, file)


def _write(database: "Database", from_seq: int, to_seq: int | None, file: TextIO) -> None:
    from trader247.store.journal import records

    for row in records(database, from_seq, to_seq):
        whole = row._asdict()
        file.write(json.dumps({"at_utc_ns" if name == "at" else name: whole[name] for name in whole}) + "\n")
