"""What all listings share: cursors that stay good while rows arrive, and times in queries."""

from collections.abc import Callable, Iterable
from typing import Final, TypeVar

from trader247.model.instant import Instant, instant
from trader247.venues.simulated.http_shapes import Params, failed

__all__ = ["page_of", "position_of", "time_of"]

Row = TypeVar("Row")

_ROWS_LOOKED_AT_MAX: Final = 20_000
"""For one page, some 5 ms of the event loop; a page may come back short, or empty, with a cursor."""

_CURSOR_DIGITS_MAX: Final = 12


def page_of(rows: Iterable[tuple[int, Row]], wanted: Callable[[Row], bool], limit: int) -> tuple[list[Row], str]:
    """The first ``limit`` rows wanted, and the cursor of the next page, which is empty after the last.

    Rows come newest first, each with its position; a cursor is the position above the next row.
    """
    page: list[Row] = []
    for looked_at, (position, row) in enumerate(rows):
        if looked_at == _ROWS_LOOKED_AT_MAX:
            return page, str(position + 1)
        if wanted(row):
            if len(page) == limit:
                return page, str(position + 1)
            page.append(row)
    return page, ""


def position_of(cursor: str) -> int | None:
    """The position a cursor stands for; None without one.

    Raises:
        WireFault: it is no cursor (400).
    """
    if not cursor:
        return None
    if not cursor.isascii() or not cursor.isdigit() or len(cursor) > _CURSOR_DIGITS_MAX:
        raise failed(400, "INVALID_ARGUMENT", "cursor argument is invalid")
    return int(cursor)


def time_of(params: Params, name: str) -> Instant | None:
    """The RFC 3339 time of a parameter; None without one.

    Raises:
        WireFault: it is no time (400).
    """
    text = params.text(name)
    if not text:
        return None
    try:
        return instant(text)
    except ValueError:
        raise failed(400, "INVALID_ARGUMENT", f'parsing field "{name}": "{text}" is not a valid value') from None
