"""Bars by column: whole numbers side by side, a tenth of the room that a tuple for each bar takes."""

from array import array
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final, overload

from trader247.venues.simulated.market import Bar

__all__ = ["BarColumns", "compact"]

_BAR_OF: Final = partial(tuple.__new__, Bar)
"""A bar of a row that has six numbers for sure: ``Bar`` itself counts them each time."""


def compact(numbers: Sequence[int]) -> Sequence[int]:
    """The numbers in eight bytes each, where all of them fit."""
    try:
        return array("q", numbers)
    except OverflowError:
        return numbers


class BarColumns(Sequence[Bar]):
    """A sequence of bars that makes each of them when it is asked for."""

    __slots__ = ("_columns",)

    def __init__(self, columns: Sequence[Sequence[int]]) -> None:
        """Start, open, high, low, close and volume, each as long as the others."""
        self._columns = tuple(columns)

    def __len__(self) -> int:
        return len(self._columns[0])

    def __iter__(self) -> Iterator[Bar]:
        return map(_BAR_OF, zip(*self._columns, strict=True))

    @overload
    def __getitem__(self, index: int) -> Bar: ...
    @overload
    def __getitem__(self, index: slice) -> "BarColumns": ...
    def __getitem__(self, index: int | slice) -> "Bar | BarColumns":
        if isinstance(index, slice):
            return BarColumns([column[index] for column in self._columns])
        return Bar(*[column[index] for column in self._columns])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and len(self) == len(other) and all(map(Bar.__eq__, self, other))

    def __hash__(self) -> int:
        return hash(tuple(self))
