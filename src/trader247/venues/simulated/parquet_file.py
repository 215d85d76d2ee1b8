"""Parquet files as columns of text, and columns of text as Parquet files: a decimal comes out as it went in.

The library for it is an extra (``trader247[research]``), imported here alone and only where a file is Parquet. What is
read is text whatever its type: decimals and whole numbers by their digits, 64 bit floats by the shortest text that
is that float, times in UTC. Floats of 32 bits have seven digits and are refused, as are times without a zone.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from trader247.errors import ConfigurationInvalid
from trader247.model.instant import SECOND, Instant, rfc3339
from trader247.venues.simulated.recorded_table import RecordedTable

__all__ = ["ParquetFile", "is_parquet", "write_parquet"]

_MAGIC: Final = b"PAR1"
_ROWS_MAX: Final = 5_000_000
"""As many as a CSV file of the largest size has; ten years of minutes."""
_DIGITS_MAX: Final = 38
"""Of Parquet's common decimal type, before and after the point; a column with more becomes text."""
_INSTANT_MAX: Final = 2**63
"""Nanoseconds from 1970: the years 1678 to 2262. What lies beyond is left as a number, and so is no time."""
_PER_SECOND: Final = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_PLAIN = re.compile(r"(\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,2})?", re.ASCII)
_WHOLE: Final = frozenset({"time", "time_ms"})
_NUMBERS: Final = frozenset({"open", "high", "low", "close", "volume", "price", "quantity", "size", "bid", "ask"})


def is_parquet(path: Path) -> bool:
    """Whether its name or its first bytes say so; what cannot be read is none."""
    if path.suffix.lower() == ".parquet":
        return True
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return file.read(len(_MAGIC)) == _MAGIC
    except OSError:
        return False


def _library(path: Path) -> tuple[Any, Any]:
    try:
        import pyarrow as pa  # noqa: PLC0415 - an extra
        import pyarrow.parquet as pq  # noqa: PLC0415 - the same
    except ImportError as missing:
        text = f"{path}: is Parquet, and pyarrow, which reads and writes it, is not installed"
        raise ConfigurationInvalid(f"{text}: install trader247[research], or use CSV") from missing
    return pa, pq


class ParquetFile:
    """A file's columns, each read when it is asked for. ``names`` are those of the file, in small letters."""

    def __init__(self, path: Path) -> None:
        """Reads what the file says of itself.

        Raises:
            ConfigurationInvalid: it cannot be read, is none or too large, or the library is missing.
        """
        if path.exists() and not path.is_file():
            raise ConfigurationInvalid(f"{path}: is no plain file")
        self.path = path
        self._pa, pq = _library(path)
        try:
            self._file = pq.ParquetFile(path)
        except (self._pa.ArrowException, OSError) as fault:
            raise ConfigurationInvalid(f"{path}: cannot be read as Parquet: {fault}") from fault
        self._fields = {field.name.lower(): field for field in self._file.schema_arrow}
        self.names = tuple(self._fields)
        self.rows: int = self._file.metadata.num_rows
        if self.rows > _ROWS_MAX:
            raise ConfigurationInvalid(f"{path}: has {self.rows:,} rows, more than {_ROWS_MAX:,}; split the file")

    def kind_among(self, kinds: Sequence[str]) -> str:
        """The first kind whose columns are all there, in any order and among others.

        Raises:
            ConfigurationInvalid: there is none.
        """
        for kind in kinds:
            if set(kind.split(",")) <= self._fields.keys():
                return kind
        shown = ",".join(self.names)[:120]
        raise ConfigurationInvalid(f"{self.path}: columns {shown!r} are none of the known: {'; '.join(kinds)}")

    def table(self, kind: str) -> RecordedTable:
        """The columns of a kind."""
        if not self.rows:
            raise ConfigurationInvalid(f"{self.path}: has no rows; expected at least one of {kind}")
        columns = {name: self.texts(name) for name in kind.split(",")}
        return RecordedTable.of_columns(self.path, columns, self.place)

    def place(self, index: int) -> str:
        """Where a row stands, counted from 1."""
        return f"{self.path}: row {index + 1}"

    def texts(self, name: str) -> list[str]:
        """A column as text; a time as unix seconds where it is called ``time``, else as RFC 3339.

        Raises:
            ConfigurationInvalid: a row is empty, or its type is none that prices and times can be told by.
        """
        field = self._fields[name]
        shown = self._shown(name, field.type)
        try:
            found = self._file.read(columns=[field.name]).column(0)
            if self._pa.types.is_timestamp(field.type):
                found = found.cast(self._pa.int64())
            values = found.to_pylist()
        except (self._pa.ArrowException, OSError, UnicodeDecodeError) as fault:
            raise ConfigurationInvalid(f"{self.path}: cannot be read as Parquet: {fault}") from fault
        if found.null_count:
            raise ConfigurationInvalid(f"{self.place(values.index(None))}: {name} is empty; expected a value")
        return [shown(value) for value in values]

    def _shown(self, name: str, kind: Any) -> Callable[[Any], str]:
        types = self._pa.types
        if types.is_string(kind) or types.is_large_string(kind):
            return str
        if types.is_boolean(kind):
            return lambda value: "true" if value else "false"
        if types.is_integer(kind):
            return str
        if types.is_decimal(kind):
            return lambda value: format(value, "f")
        if types.is_float64(kind):
            return repr
        if types.is_timestamp(kind):
            if kind.tz is None:
                raise ConfigurationInvalid(f"{self.path}: {name} is a time without a zone; write it in UTC")
            return self._told(name, _PER_SECOND[kind.unit])
        wanted = "text, a decimal, a whole number, a 64 bit float or a time with its zone"
        raise ConfigurationInvalid(f"{self.path}: {name} is of type {kind}; expected {wanted}")

    @staticmethod
    def _told(name: str, per_second: int) -> Callable[[int], str]:
        if name == "time":
            return lambda value: str(value // per_second) if value % per_second == 0 else f"{value / per_second!r}"
        each = SECOND // per_second
        return lambda value: rfc3339(Instant(value * each), 9) if abs(value * each) < _INSTANT_MAX else str(value)


def write_parquet(path: Path, columns: Mapping[str, Sequence[str]], shown: Path) -> None:
    """Columns of text as a new file: unix times as whole numbers, prices and sizes as exact decimals, all else as text.

    ``shown``: what complaints call it, where it is made under another name first.

    Raises:
        ConfigurationInvalid: it cannot be written, or the library is missing.
    """
    pa, pq = _library(shown)
    try:
        pq.write_table(pa.table({name: _column(pa, name, texts) for name, texts in columns.items()}), path)
    except (pa.ArrowException, OSError) as fault:
        raise ConfigurationInvalid(f"{shown}: cannot be written: {fault}") from fault


def _column(pa: Any, name: str, texts: Sequence[str]) -> Any:
    if name in _WHOLE:
        return pa.array(list(map(int, texts)), pa.int64())
    number = name in _NUMBERS or name.startswith(("bid_", "ask_"))
    if not number or not all(map(_PLAIN.fullmatch, texts)):
        return pa.array(texts, pa.string())
    values = list(map(Decimal, texts))
    after = max((max(-int(value.as_tuple().exponent), 0) for value in values), default=0)
    before = max((value.adjusted() + 1 for value in values), default=1)
    if after + max(before, 1) > _DIGITS_MAX:
        return pa.array(texts, pa.string())
    return pa.array(values, pa.decimal128(after + max(before, 1), after))
