"""Candles as others lay them out, made into ours: which column is which, which unit the times have, which end is first.

Known without a word: Binance's klines (files without a header line, and the answer of its API), the answers of both
of Coinbase's APIs, Kraken's OHLCVT files, CryptoDataDownload's files with their line above the header, and any file
whose columns carry the usual names. For the rest ``--columns`` says which is which. Numbers stay the text they are.
"""

import difflib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from trader247.errors import ConfigurationInvalid
from trader247.model.instant import SECOND, instant
from trader247.venues.simulated.recorded_table import wrong_line

__all__ = ["CANDLE", "Columns", "candles_of", "json_columns", "named_columns"]

CANDLE: Final = ("time", "open", "high", "low", "close", "volume")
"""Our columns of a candle."""

_BINANCE: Final = (
    *("open_time", "open", "high", "low", "close", "volume"),
    *("close_time", "quote_volume", "count", "taker_buy_volume", "taker_buy_quote_volume", "ignore"),
)
_KRAKEN: Final = (*CANDLE, "trades")
_COINBASE: Final = ("time", "low", "high", "open", "close", "volume")
_HEADERLESS: Final = {len(_BINANCE): _BINANCE, len(_KRAKEN): _KRAKEN}
_ROWS_OF_JSON: Final = {len(_BINANCE): _BINANCE, len(_COINBASE): _COINBASE}
_TIMES: Final = ("time", "unix", "start", "timestamp", "open_time", "opentime", "open time", "datetime", "date")
_VOLUMES: Final = ("volume", "vol", "base_volume", "volume_base", "volume_(base)")
_DIGITS_OF_UNIT: Final = {13: 10**3, 16: 10**6, 19: 10**9}
"""A time of this century has ten digits in seconds, 13 in milliseconds, and so on."""


class Columns(NamedTuple):
    """Columns of text by their names in small letters, and where a row stands, for complaints."""

    path: Path
    texts: Mapping[str, Sequence[str]]
    place: Callable[[int], str]


def named_columns(path: Path, lines: Sequence[str]) -> Columns:
    """A CSV file's columns, by its header line or, where it has none, by its layout or by number from 1.

    Raises:
        ConfigurationInvalid: it is empty, or a line has another number of fields than the first.
    """
    skipped = 1 if lines and lines[0].lower().startswith(("http://", "https://")) else 0
    rows = [line.split(",") for line in lines[skipped:]]
    if not rows:
        raise ConfigurationInvalid(f"{path}: is empty; expected candles")
    head = [name.strip().strip('"').lower() for name in rows[0]]
    if all(_is_number(name) for name in head):
        names, first = _HEADERLESS.get(len(head), tuple(str(number) for number in range(1, len(head) + 1))), 0
    else:
        names, first = tuple(head), 1
    rows = rows[first:]
    above = skipped + first
    for index, row in enumerate(rows):
        if len(row) != len(names):
            raise wrong_line(path, index + above - 1, ",".join(row), f"{len(names)} fields: {','.join(names)}")
    found = {name: [row[number].strip().strip('"') for row in rows] for number, name in enumerate(names)}
    return Columns(path, found, lambda index: f"{path}:{index + above + 1}")


def json_columns(path: Path, text: str) -> Columns:
    """The columns of an exchange's answer as it came: rows of numbers, or objects with names.

    Raises:
        ConfigurationInvalid: it is no JSON, or no answer with candles that is known.
    """
    try:
        found = json.loads(text, parse_float=str, parse_int=str)
    except (ValueError, RecursionError) as fault:
        raise ConfigurationInvalid(f"{path}: cannot be read as JSON: {fault}") from fault
    rows: Any = found.get("candles") if isinstance(found, dict) else found
    if not isinstance(rows, list) or not rows or not isinstance(rows[0], dict | list):
        raise ConfigurationInvalid(f"{path}: has no candles; expected the answer of Coinbase's or Binance's API")
    names = tuple(rows[0]) if isinstance(rows[0], dict) else _ROWS_OF_JSON.get(len(rows[0]), ())
    for index, row in enumerate(rows):
        values = row.values() if isinstance(row, dict) else row
        alike = isinstance(row, dict) and tuple(row) == names if isinstance(rows[0], dict) else len(row) == len(names)
        if not alike or not all(isinstance(value, str) for value in values):
            expected = f"a candle of {', '.join(names) or 'Coinbase (6 fields) or Binance (12)'}"
            raise ConfigurationInvalid(f"{path}: candle {index + 1}: {str(row)[:80]!r} is wrong; expected {expected}")
    cells = [list(row.values()) if isinstance(row, dict) else row for row in rows]
    texts = {name.lower(): [cell[number] for cell in cells] for number, name in enumerate(names)}
    return Columns(path, texts, lambda index: f"{path}: candle {index + 1}")


def candles_of(source: Columns, said: Mapping[str, str], base: str, *, utc: bool) -> tuple[Columns, list[str]]:
    """Our six columns of it, oldest first, and what was done to them in words.

    ``said`` are the columns that a person named, ours to theirs. ``base`` is what is traded, by which some name the
    volume. ``utc``: times without a zone are in UTC.

    Raises:
        ConfigurationInvalid: a column is not there, or a time is none.
    """
    theirs = {ours: _column(source, ours, said, base) for ours in CANDLE}
    notes = [f"{ours} is {name}" for ours, name in theirs.items() if ours != name]
    texts = {ours: list(source.texts[name]) for ours, name in theirs.items()}
    times, place = (
        [_unix_seconds(source, index, text, utc=utc) for index, text in enumerate(texts["time"])],
        source.place,
    )
    if len(times) > 1 and times[0] > times[-1]:
        notes.append("newest first, turned round")
        times.reverse()
        texts = {name: column[::-1] for name, column in texts.items()}
        last = len(times) - 1
        return Columns(source.path, texts | {"time": [*map(str, times)]}, lambda index: place(last - index)), notes
    return Columns(source.path, texts | {"time": [*map(str, times)]}, place), notes


def _column(source: Columns, ours: str, said: Mapping[str, str], base: str) -> str:
    there = source.texts
    wanted = said.get(ours)
    if wanted is not None:
        if wanted.lower() in there:
            return wanted.lower()
        near = difflib.get_close_matches(wanted.lower(), there, 1)
        meant = f" (did you mean {near[0]!r}?)" if near else ""
        shown = ", ".join(there)[:200]
        raise ConfigurationInvalid(f"{source.path}: there is no column {wanted!r} for {ours}{meant} among {shown}")
    usual = {"time": _TIMES, "volume": (*_VOLUMES, f"volume {base.lower()}", f"volume_{base.lower()}")}
    for name in usual.get(ours, (ours,)):
        if name in there:
            return name
    shown = ", ".join(there)[:200]
    raise ConfigurationInvalid(
        f"{source.path}: no column is known as {ours} among {shown}; name it, as in --columns {ours}=NAME"
    )


def _unix_seconds(source: Columns, index: int, text: str, *, utc: bool) -> int:
    whole, _, fraction = text.partition(".")
    if whole.isascii() and whole.isdigit() and not fraction.strip("0"):
        unit = _DIGITS_OF_UNIT.get(len(whole), 1)
        seconds, rest = divmod(int(whole), unit)
        if len(whole) < 12 or (unit > 1 and not rest):
            return seconds
    else:
        seconds = -1
        stamp = f"{text}T00:00:00" if len(text) == 10 else text
        for each in (stamp, f"{stamp}Z") if utc else (stamp,):
            try:
                seconds, rest = divmod(instant(each), SECOND)
            except ValueError:
                continue
            if not rest:
                return seconds
    expected = (
        "a time in unix seconds, milliseconds, microseconds or nanoseconds, or RFC 3339 with its zone (--utc adds it)"
    )
    raise ConfigurationInvalid(f"{source.place(index)}: {text[:80]!r} is wrong; expected {expected}, in whole seconds")


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).replace("-", "", 1).isdigit()
