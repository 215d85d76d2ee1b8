"""How the command line shows rows and amounts: aligned plain text, and a ruled table on a terminal."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any, TextIO

import click

__all__ = ["amount", "counted", "is_terminal", "lasting", "price", "show_json", "show_table", "span", "time_of"]


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person looks at it. A stream that was closed before the start is None."""
    return stream is not None and stream.isatty()


def show_json(content: Any) -> None:
    """For programs; the keys are those of the HTTP API."""
    click.echo(json.dumps(content, indent=2, ensure_ascii=False))


def show_table(head: Sequence[str], rows: Iterable[Sequence[str]], empty: str) -> None:
    """A column whose heading starts with ``>`` is aligned to the right."""
    cells = [[str(cell) for cell in row] for row in rows]
    if not cells:
        click.echo(empty)
        return
    if is_terminal(sys.stdout):
        _ruled(head, cells)
        return
    names = [name.removeprefix(">") for name in head]
    widths = [max(len(row[column]) for row in (names, *cells)) for column in range(len(head))]
    for row in (names, *cells):
        padded = (
            cell.rjust(width) if name.startswith(">") else cell.ljust(width)
            for cell, width, name in zip(row, widths, head, strict=True)
        )
        click.echo("  ".join(padded).rstrip())


def _ruled(head: Sequence[str], rows: list[list[str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in head:
        table.add_column(name.removeprefix(">"), justify="right" if name.startswith(">") else "left")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)


def amount(text: str | None, places: int = 2) -> str:
    """A decimal text for reading, thousands grouped; tiny ones keep their digits."""
    if text is None:
        return ""
    from decimal import Decimal

    value = Decimal(text)
    if value and abs(value) < Decimal("0.1"):
        return f"{value:.6g}"
    return f"{value:,.{places}f}"


def price(text: str | None) -> str:
    """The decimal text of a price for reading, with its significant digits."""
    if text is None:
        return ""
    from trader247.model.money import decimal_of, price_text

    return price_text(decimal_of(text))


def counted(number: int, one: str, many: str) -> str:
    """``1 position``, ``2 positions``."""
    return f"{number} {one if number == 1 else many}"


def time_of(at: str | None) -> str:
    """The time of day (UTC) of an RFC 3339 text."""
    return at[11:19] if at else ""


_DAYS_FROM_S = 48 * 3600
"""Beyond two days a duration counts in days; holds up to there are set in hours."""
_SECONDS_BELOW_S = 120
"""Under two minutes seconds are read as they are."""


def lasting(whole_s: int) -> str:
    """A whole number of seconds, exact, in units a person counts in: ``90 s``, ``48 h``, ``1 h 30 min``, ``3 d``."""
    if whole_s < _SECONDS_BELOW_S:
        return f"{whole_s} s"
    parts, rest = [], whole_s
    for unit, unit_s in (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)):
        if unit == "d" and whole_s <= _DAYS_FROM_S:
            continue
        count, rest = divmod(rest, unit_s)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts)


def span(seconds: float | None) -> str:
    """A duration in words of one unit, two where it is long."""
    if seconds is None:
        return "?"
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes = int(seconds // 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours < 48 else f"{hours // 24} d {hours % 24} h"
