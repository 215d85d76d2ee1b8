"""Times and lengths of time on the command line."""

from typing import TYPE_CHECKING, Final

import click

from trader247.model.instant import DAY, HOUR, MINUTE, SECOND

if TYPE_CHECKING:
    from trader247.model.instant import Instant

__all__ = ["instant_of", "span_of"]

_UNITS: Final = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY}
_SPAN_MAX: Final = 10_000 * DAY
"""Older than any market here."""


def instant_of(_context: click.Context, _parameter: click.Parameter, text: str | None) -> "Instant | None":
    """A day (its beginning in UTC) or an RFC 3339 time."""
    from trader247.model.instant import instant

    if text is None:
        return None
    try:
        return instant(text if "T" in text else f"{text}T00:00:00Z")
    except ValueError as wrong:
        raise click.BadParameter(f"{wrong}; write a day like 2024-05-01 or a time like 2024-05-01T12:00:00Z") from None


def span_of(_context: click.Context, _parameter: click.Parameter, text: str | None) -> int | None:
    """``90s``, ``90m``, ``12h`` or ``60d`` in nanoseconds."""
    if text is None:
        return None
    number, unit = text[:-1], _UNITS.get(text[-1:])
    number = number.lstrip("0")
    if unit is None or not (number.isascii() and number.isdigit()) or not 0 < int(number[:12]) * unit < _SPAN_MAX:
        raise click.BadParameter(f"{text!r} is no length of time; write for example 60d, 12h or 90m")
    return int(number) * unit
