"""``data``: what is wrong or odd about a recorded file before anything trades over it, and other formats made ours."""

import os
import sys
from pathlib import Path
from typing import Final

import click

from trader247.cli.rendering import show_json
from trader247.errors import ConfigurationInvalid

__all__ = ["data", "recorded_file"]

_NO_SYMBOL: Final = frozenset("/.")
"""What paths have and instruments have not."""


def recorded_file(text: str) -> tuple[Path, str | None]:
    """``FILE[=SYMBOL]``. Folders and files may have a ``=`` in their names: what is there by the whole name is meant.

    Raises:
        click.UsageError: the name is no text, so that no report could hold it.
    """
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise click.UsageError(f"{text!a} is no name in UTF-8: rename the file") from None
    name, equals, symbol = text.rpartition("=")
    if not equals or os.path.lexists(text) or not _NO_SYMBOL.isdisjoint(symbol):
        return Path(text), None
    return Path(name), symbol or None


@click.group()
def data() -> None:
    """Recorded markets in files."""


@data.command()
@click.argument("path", metavar="FILE[=SYMBOL]")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def check(path: str, as_json: bool) -> None:
    """Read a file and say what is odd about it: 0 usable, 1 with prices or times that cannot be true, 2 unreadable.

    CSV, CSV.gz or Parquet.
    """
    name, symbol = recorded_file(path)
    _examine(name, symbol, as_json=as_json)


@data.command("import")
@click.argument("sources", metavar="SOURCE[=SYMBOL]...", nargs=-1, required=True)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A new .csv, .csv.gz or .parquet.")
@click.option("--columns", default="", metavar="OURS=THEIRS,..", help="Which is which: time=Date,volume=Amount.")
@click.option("--utc", is_flag=True, help="Times without a zone are in UTC.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def import_(sources: tuple[str, ...], out: Path, columns: str, utc: bool, as_json: bool) -> None:
    """Make one file of ours from others, exact to the last digit; several are joined in the order of their times.

    Takes what a backtest takes, and candles as Binance, Coinbase, Kraken and CryptoDataDownload give them (CSV, JSON,
    Parquet). Columns without a header line are named by number from 1. Every row is checked before anything is
    written; then the new file is checked as by data check, with its exit codes.
    """
    from trader247.venues.simulated.imported import read_source, written
    from trader247.venues.simulated.recorded_files import product_of

    pairs = [item.partition("=") for item in filter(None, columns.split(","))]
    said = {ours.strip(): theirs.strip() for ours, _, theirs in pairs}
    found = []
    for text in sources:
        name, symbol = recorded_file(text)
        source = read_source(name, symbol, said, utc=utc)
        found.append(source)
        for note in source.notes:
            click.echo(f"note: {name.name}: {note}", err=True)
    written(found, out)
    product_id = found[0].recording.product_id
    try:
        named = product_of(out) == product_id
    except ConfigurationInvalid:
        named = False
    if not named:
        click.echo(f"note: the name does not say the instrument; use it as {out.name}={product_id}", err=True)
    _examine(out, product_id, as_json=as_json)


def _examine(path: Path, symbol: str | None, *, as_json: bool) -> None:
    from trader247.model.instant import rfc3339
    from trader247.runtime.clock import SystemClock
    from trader247.venues.simulated.examined import examined
    from trader247.venues.simulated.recorded_files import read_recording

    found = read_recording(path, symbol)
    findings = examined(found, SystemClock().now().utc)
    rows = len(found.bars) or len(found.quote_bars) or len(found.quotes) or len(found.trades)
    kind = "candles" if found.bars else "quote bars" if found.quote_bars else "quotes" if found.quotes else "trades"
    about = {
        "file": path.name,
        "instrument": found.product_id,
        "kind": kind,
        "span_s": found.span_s,
        "rows": rows,
        "first": rfc3339(found.first, 0),
        "end": rfc3339(found.end, 0),
        "findings": [{"serious": each.serious, "text": each.text} for each in findings],
    }
    if as_json:
        show_json(about)
    else:
        every = f" of {found.span_s} s" if found.span_s else ""
        click.echo(f"{about['file']}: {found.product_id}, {rows:,} {kind}{every}, {about['first']} to {about['end']}")
        for each in findings:
            click.echo(f"{'WRONG' if each.serious else 'note'}: {each.text}")
    if any(each.serious for each in findings):
        sys.exit(1)
