"""The columns of a recorded file, with the checks every kind of file shares: plain numbers, rising times, one grid."""

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

from trader247.errors import ConfigurationInvalid
from trader247.model.instant import Instant

__all__ = ["RecordedTable", "wrong_line"]

_SPANS_S: Final = (1, 60, 300, 900, 1800, 3600, 7200, 14_400, 21_600)
_LINES_AT_ONCE: Final = 4096
"""Lines whose fields lie apart at once: a text for each field of a large file takes ten times the file."""
_DIGITS_MAX: Final = 8
_NUMBER_MAX: Final = 10**18
"""Of a price or a size: the bound that live quotes have. Beyond some three hundred digits a float has no place."""
_POSITIVE = re.compile(r"(\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,2})?", re.ASCII)


def wrong_line(path: Path, index: int, value: str, expected: str) -> ConfigurationInvalid:
    """What is wrong with row ``index`` (0 is the line after the header)."""
    return _wrong(f"{path}:{index + 2}", value, expected)


def _wrong(place: str, value: str, expected: str) -> ConfigurationInvalid:
    return ConfigurationInvalid(f"{place}: {value[:80]!r} is wrong; expected {expected}")


class RecordedTable:
    """The rows of a file by column, with the checks all kinds share."""

    def __init__(self, path: Path, columns: Sequence[str], lines: Sequence[str]) -> None:
        """``lines``: every row, with as many fields as there are columns. Each column is kept as one text."""
        self.path = path
        parts: list[list[str]] = [[] for _ in columns]
        for begin in range(0, len(lines), _LINES_AT_ONCE):
            fields = ",".join(lines[begin : begin + _LINES_AT_ONCE]).split(",")
            for number, column in enumerate(parts):
                column.append("\n".join(fields[number :: len(columns)]))
        self._columns: dict[str, str | Sequence[str]] = {
            name: "\n".join(column) for name, column in zip(columns, parts, strict=True)
        }
        self._place: Callable[[int], str] = lambda index: f"{path}:{index + 2}"

    @classmethod
    def of_columns(
        cls, path: Path, columns: Mapping[str, Sequence[str]], place: Callable[[int], str]
    ) -> "RecordedTable":
        """Columns as they are; ``place`` says where row ``index`` stands, for complaints."""
        table = cls(path, (), ())
        table._columns, table._place = dict(columns), place
        return table

    def texts(self, name: str) -> Sequence[str]:
        """A column as it stands."""
        column = self._columns[name]
        return column.split("\n") if isinstance(column, str) else column

    def scaled(self, name: str, digits: int, *, least: int = 1) -> list[int]:
        """A column of plain numbers as whole increments of ``10**-digits``."""
        texts = self.texts(name)
        scale, matches = 10**digits, _POSITIVE.fullmatch
        if not all(map(matches, texts)):
            index = next(index for index, text in enumerate(texts) if not matches(text))
            raise self.wrong(index, texts[index], f"{name} as a plain number above zero")
        given = list(map(float, texts))
        if max(given) > _NUMBER_MAX:
            index = next(index for index, number in enumerate(given) if number > _NUMBER_MAX)
            raise self.wrong(index, texts[index], f"{name} as a plain number of at most {_NUMBER_MAX:.0e}")
        numbers = [round(number * scale) for number in given]
        if min(numbers) < least:
            index = next(index for index, number in enumerate(numbers) if number < least)
            raise self.wrong(index, texts[index], f"{name} as a plain number{'' if least < 1 else ' above zero'}")
        return numbers

    def sizes(self, name: str, digits: int) -> list[int]:
        """Sizes, which may be smaller than the finest increment but not zero."""
        return [max(1, size) for size in self.scaled(name, digits, least=0)]

    def digits(self, *names: str) -> int:
        """The decimals that the numbers of some columns need, at most eight."""
        most = 0
        for name in names:
            for text in set(self.texts(name)):
                needed = _DIGITS_MAX if "e" in text or "E" in text else len(text.partition(".")[2].rstrip("0"))
                most = max(most, needed)
        return min(most, _DIGITS_MAX)

    def starts(self) -> tuple[list[int], int]:
        """The bars' start seconds, strictly rising on a grid, and the grid's span."""
        texts = self.texts("time")
        for index, text in enumerate(texts):
            if not (text.isascii() and text.isdigit() and len(text) < 12):
                raise self.wrong(index, text, "time as unix seconds")
        starts = [int(text) for text in texts]
        distances = [later - earlier for earlier, later in pairwise(starts)]
        if distances and min(distances) <= 0:
            index = next(index for index, distance in enumerate(distances) if distance <= 0) + 1
            raise self.wrong(index, texts[index], f"a time after {texts[index - 1]} of the line before")
        shortest = min(distances, default=60)
        span_s = max((span for span in _SPANS_S if span <= shortest), default=1)
        for index, start_s in enumerate(starts):
            if start_s % span_s or (start_s - starts[0]) % span_s:
                raise self.wrong(index, texts[index], f"a multiple of the file's span of {span_s} s")
        return starts, span_s

    def instants(self, name: str, read: Callable[[str], Instant], form: str) -> list[Instant]:
        """A column of times that never go back."""
        texts = self.texts(name)
        found: list[Instant] = []
        for index, text in enumerate(texts):
            try:
                at = read(text)
            except ValueError:
                raise self.wrong(index, text, f"{name} as {form}") from None
            if found and at < found[-1]:
                raise self.wrong(index, text, f"a time not before {texts[index - 1]} of the line before")
            found.append(at)
        return found

    def wrong(self, index: int, value: str, expected: str) -> ConfigurationInvalid:
        """What is wrong with a row."""
        return _wrong(self._place(index), value, expected)
