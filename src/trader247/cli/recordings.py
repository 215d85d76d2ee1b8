"""``data check``: what is wrong or odd about a recorded file, before anything trades over it."""

import sys
from pathlib import Path

import click

from trader247.cli.rendering import show_json

__all__ = ["data"]


@click.group()
def data() -> None:
    """Recorded markets in files."""


@data.command()
@click.argument("path", metavar="FILE[=SYMBOL]")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def check(path: str, as_json: bool) -> None:
    """Read a file and say what is odd about it: 0 usable, 1 with prices or times that cannot be true, 2 unreadable."""
    from trader247.model.instant import rfc3339
    from trader247.runtime.clock import SystemClock
    from trader247.venues.simulated.examined import examined
    from trader247.venues.simulated.recorded_files import read_recording

    name, _, symbol = path.partition("=")
    found = read_recording(Path(name), symbol or None)
    findings = examined(found, SystemClock().now().utc)
    rows = len(found.bars) or len(found.quote_bars) or len(found.quotes) or len(found.trades)
    kind = "candles" if found.bars else "quote bars" if found.quote_bars else "quotes" if found.quotes else "trades"
    about = {
        "file": Path(name).name,
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
