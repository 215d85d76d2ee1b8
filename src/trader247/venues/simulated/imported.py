"""Recorded markets brought from one format to another: read, checked as a backtest would, joined, written anew.

Nothing is reckoned on the way: a price is written as the text that it was read as, or as that text's exact decimal.
"""

import gzip
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Final

from attrs import frozen

from trader247.errors import ConfigurationInvalid
from trader247.model.instant import rfc3339
from trader247.venues.simulated.foreign_candles import CANDLE, Columns, candles_of, json_columns, named_columns
from trader247.venues.simulated.parquet_file import ParquetFile, is_parquet, write_parquet
from trader247.venues.simulated.recorded_files import KINDS, Recording, lines_of, product_of, recording_of
from trader247.venues.simulated.recorded_table import RecordedTable

__all__ = ["ENDINGS", "Source", "read_source", "written"]

ENDINGS: Final = (".csv.gz", ".csv", ".parquet")
"""Of files that can be written."""


@frozen
class Source:
    """One file as columns of text, oldest row first. ``notes`` say what was done to it."""

    recording: Recording
    kind: str
    columns: Mapping[str, Sequence[str]]
    notes: Sequence[str]


def read_source(path: Path, product_id: str | None, said: Mapping[str, str], *, utc: bool) -> Source:
    """A file of a known kind as it is, any other as candles; see ``foreign_candles.candles_of``.

    Raises:
        ConfigurationInvalid: it cannot be read, has no such columns, or a row of it is wrong.
    """
    unknown = [name for name in said if name not in CANDLE]
    if unknown:
        raise ConfigurationInvalid(f"--columns: {unknown[0]!r} is no column of a candle; those are {', '.join(CANDLE)}")
    found = _columns(path)
    kind = None if said else _kind(found)
    notes: list[str] = []
    if kind is None:
        kind, base = ",".join(CANDLE), (product_id or product_of(path)).partition("-")[0]
        found, notes = candles_of(found, said, base, utc=utc)
    columns = {name: found.texts[name] for name in kind.split(",")}
    if not next(iter(columns.values())):
        raise ConfigurationInvalid(f"{path}: no line after the header; expected at least one of {kind}")
    recording = recording_of(RecordedTable.of_columns(path, columns, found.place), kind, product_id)
    return Source(recording, kind, columns, notes)


def _columns(path: Path) -> Columns:
    if is_parquet(path):
        file = ParquetFile(path)
        return Columns(path, {name: file.texts(name) for name in file.names}, file.place)
    lines = lines_of(path)
    if lines and lines[0].lstrip()[:1] in {"[", "{"}:
        return json_columns(path, "\n".join(lines))
    return named_columns(path, lines)


def _kind(found: Columns) -> str | None:
    """Candles only where their times are unix seconds; else they are somebody else's."""
    kind = next((kind for kind in KINDS if set(kind.split(",")) <= found.texts.keys()), None)
    if kind is None or not kind.startswith("time,"):
        return kind
    times = found.texts["time"]
    ours = all(text.isascii() and text.isdigit() and len(text) < 12 for text in times)
    rising = len(times) < 2 or not ours or int(times[0]) <= int(times[-1])
    return kind if ours and rising else None


def written(sources: Sequence[Source], out: Path) -> None:
    """All of them as one new file, in the order of their times; the ending says the format.

    Raises:
        ConfigurationInvalid: they do not belong together, the ending is unknown, or the file cannot be made anew.
    """
    ending = next((ending for ending in ENDINGS if out.name.endswith(ending)), None)
    if ending is None:
        raise ConfigurationInvalid(f"{out}: the name has to end in one of {', '.join(ENDINGS)}")
    if os.path.lexists(out):
        raise ConfigurationInvalid(f"{out}: is there already, and nothing is replaced; give the name of a new file")
    columns = _joined(sorted(sources, key=lambda each: each.recording.first))
    part = out.with_name(f".{os.getpid()}.part")
    try:
        if ending == ".parquet":
            write_parquet(part, columns, out)
        else:
            text = "\n".join([",".join(columns), *map(",".join, zip(*columns.values(), strict=True))]) + "\n"
            raw = text.encode("utf-8")
            part.write_bytes(raw if ending == ".csv" else gzip.compress(raw, mtime=0))
        os.link(part, out)  # whole or not at all, and never over another
    except OSError as fault:
        raise ConfigurationInvalid(f"{out}: cannot be written: {fault.strerror}") from fault
    finally:
        with suppress(OSError):  # where it cannot be made there is none
            part.unlink()


def _joined(sources: Sequence[Source]) -> dict[str, list[str]]:
    for earlier, later in pairwise(sources):
        before, after = earlier.recording, later.recording
        names = f"{before.path} and {after.path}"
        if earlier.kind != later.kind or before.span_s != after.span_s:
            raise ConfigurationInvalid(f"{names} are not of one kind; import them into a file each")
        if before.product_id != after.product_id:
            told = f"{before.product_id} and {after.product_id}"
            raise ConfigurationInvalid(f"{names} are of {told}; a file has one instrument, so import them one by one")
        if after.first < before.end:
            shown = f"{rfc3339(after.first, 0)}, before {rfc3339(before.end, 0)}"
            raise ConfigurationInvalid(f"{names} overlap: the later begins at {shown}; leave out what is there twice")
    names_of = sources[0].columns
    return {name: [text for source in sources for text in source.columns[name]] for name in names_of}
