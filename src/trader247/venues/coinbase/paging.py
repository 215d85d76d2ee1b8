"""Reading a list to its end. A list whose end was not seen is never given out: a hole in it would read as absence."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

from trader247.venues.coinbase.numbers import WireFault, quoted

__all__ = ["PAGES_MAX", "every_page"]

T = TypeVar("T")

PAGES_MAX: Final = 400
"""400 pages of 250 rows are 100,000 rows: more than an account makes in the longest gap we ask about."""


async def every_page(
    page_at: Callable[[str], Awaitable[tuple[Sequence[T], str]]], key_of: Callable[[T], str]
) -> tuple[T, ...]:
    """All rows in the order they came; a row that two pages show (the list moved meanwhile) counts once, first seen.

    ``page_at(cursor)`` gives the rows and the next cursor, ``""`` after the last page. Safe to cancel.

    Raises:
        WireFault: a cursor comes back a second time, or there are more than 400 pages.
    """
    rows: dict[str, T] = {}
    seen = {""}
    cursor = ""
    for _page in range(PAGES_MAX):
        found, cursor = await page_at(cursor)
        for row in found:
            rows.setdefault(key_of(row), row)
        if not cursor:
            return tuple(rows.values())
        if cursor in seen:
            raise WireFault(f"the list does not end: cursor {quoted(cursor)} came back")
        seen.add(cursor)
    raise WireFault(f"the list does not end within {PAGES_MAX} pages")
