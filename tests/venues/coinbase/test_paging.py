"""A list is read to its last page, or it is not given out."""

from collections.abc import Sequence

import pytest
import trio

from trader247.venues.coinbase.numbers import WireFault
from trader247.venues.coinbase.paging import PAGES_MAX, every_page


def pages(found: dict[str, tuple[list[str], str]]) -> object:
    async def page_at(cursor: str) -> tuple[Sequence[str], str]:
        await trio.lowlevel.checkpoint()
        return found[cursor]

    return page_at


async def read(found: dict[str, tuple[list[str], str]]) -> tuple[str, ...]:
    return await every_page(pages(found), lambda row: row)  # type: ignore[arg-type]


async def test_all_pages_are_joined_and_overlaps_count_once() -> None:
    assert await read({"": (["a", "b"], "1"), "1": (["b", "c"], "2"), "2": ([], "")}) == ("a", "b", "c")


async def test_a_cursor_that_comes_back_is_a_fault() -> None:
    with pytest.raises(WireFault, match="came back"):
        await read({"": (["a"], "1"), "1": (["b"], "2"), "2": (["c"], "1")})
    with pytest.raises(WireFault, match="came back"):
        await read({"": (["a"], "1"), "1": (["b"], "1")})


async def test_a_list_without_end_is_a_fault() -> None:
    with pytest.raises(WireFault, match=str(PAGES_MAX)):
        await read({"": (["a"], "0"), **{str(n): (["b"], str(n + 1)) for n in range(PAGES_MAX + 1)}})
