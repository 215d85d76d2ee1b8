"""Recorded markets in files: CSV, gzipped CSV or Parquet, read whole, checked row by row, kept as whole increments.

Five kinds, told apart by their header line, or in Parquet by the names of their columns::

    candles     time,open,high,low,close,volume                       time = unix seconds of the bar's start
    quote bars  time,bid_open,..,bid_close,bid_size,ask_open,..,ask_size
    quotes      timestamp,symbol,ask_size,ask,bid_size,bid            RFC 3339
    trades      timestamp,trade_id,price,quantity,buyer_maker         RFC 3339
    trades      id,side,size,price,time_ms                            side = who took

The product comes from the file's name (``binance_BTC-USDT_1m_..``) or is given. USDT and USDC books stand for USD.
Every complaint is a ``ConfigurationInvalid`` that names file, line, value and what is expected. UTF-8, with or without
a byte order mark.
"""

import codecs
import gzip
import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

from attrs import frozen

from trader247.errors import ConfigurationInvalid
from trader247.model.instant import MILLISECOND, SECOND, Instant, instant
from trader247.venues.simulated.bar_columns import BarColumns, compact
from trader247.venues.simulated.book import Side
from trader247.venues.simulated.market import Bar, TapeTrade
from trader247.venues.simulated.parquet_file import ParquetFile, is_parquet
from trader247.venues.simulated.recorded_table import RecordedTable, wrong_line

__all__ = [
    "KINDS",
    "QuoteBar",
    "QuoteRow",
    "Recording",
    "TradeRow",
    "lines_of",
    "product_of",
    "read_recording",
    "recording_of",
]

_FILE_BYTES_MAX: Final = 256 * 1024 * 1024
"""Unpacked: a year of one-second bars is 2 GB and belongs into several files."""

_NAME = re.compile(r"(?:^|_)([A-Z0-9]{2,10})-([A-Z]{3,5})(?=[_.])")


class QuoteBar(NamedTuple):
    """Open, high, low and close of bid and ask in ticks over one span, sizes in units."""

    start_s: int
    bid: tuple[int, int, int, int]
    bid_size: int
    ask: tuple[int, int, int, int]
    ask_size: int


class QuoteRow(NamedTuple):
    """One quote, prices in ticks, sizes in units."""

    at: Instant
    bid: int
    bid_size: int
    ask: int
    ask_size: int


class TradeRow(NamedTuple):
    """One trade."""

    at: Instant
    trade: TapeTrade


class _Named(NamedTuple):
    """The product of a file, and the name it has there where that differs."""

    product_id: str
    renamed_from: str


@frozen
class Recording:
    """One file. Exactly one of the four sequences is not empty; ``span_s`` is None for quotes and trades.

    ``missing`` counts the bars that are not there between the first and the last, in ``gaps`` runs.
    """

    path: str
    product_id: str
    price_digits: int
    size_digits: int
    first: Instant
    end: Instant
    span_s: int | None = None
    bars: Sequence[Bar] = ()
    quote_bars: Sequence[QuoteBar] = ()
    quotes: Sequence[QuoteRow] = ()
    trades: Sequence[TradeRow] = ()
    missing: int = 0
    gaps: int = 0
    renamed_from: str = ""


def read_recording(path: Path, product_id: str | None = None) -> Recording:
    """Read and check a file.

    Raises:
        ConfigurationInvalid: the file cannot be read, is of no known kind, or a line of it is wrong.
    """
    if is_parquet(path):
        columns = ParquetFile(path)
        kind = columns.kind_among(KINDS)
        return recording_of(columns.table(kind), kind, product_id)
    lines = lines_of(path)
    named = _named(path, product_id)  # before the header: a file that has neither is told what it is first
    header = lines[0].strip().lower() if lines else ""
    reader = _READERS.get(header)
    if reader is None:
        kinds = "; ".join(_READERS)
        raise ConfigurationInvalid(f"{path}:1: header {header[:120]!r} is none of the known: {kinds}")
    names = header.split(",")
    for index, line in enumerate(lines[1:]):
        if line.count(",") != len(names) - 1:
            raise wrong_line(path, index, line, f"{len(names)} fields: {header}")
    if len(lines) == 1:
        raise ConfigurationInvalid(f"{path}: no line after the header; expected at least one of {header}")
    table = RecordedTable(path, names, lines[1:])
    del lines  # the table has them in less room
    return reader(table, named)


def recording_of(table: RecordedTable, kind: str, product_id: str | None = None) -> Recording:
    """Check columns that were read already; ``kind`` is one of ``KINDS``.

    Raises:
        ConfigurationInvalid: a row of it is wrong, or there is no product.
    """
    return _READERS[kind](table, _named(table.path, product_id))


def lines_of(path: Path) -> list[str]:
    """The lines of a CSV or gzipped CSV file, without a byte order mark.

    Raises:
        ConfigurationInvalid: it cannot be read, is too large or no UTF-8.
    """
    try:
        if path.exists() and not path.is_file():
            raise ConfigurationInvalid(f"{path}: is no plain file")
        with path.open("rb") as file:
            raw = file.read(_FILE_BYTES_MAX + 1)
        if raw[:2] == b"\x1f\x8b":
            with gzip.open(path) as unpacked:
                raw = unpacked.read(_FILE_BYTES_MAX + 1)
        if len(raw) > _FILE_BYTES_MAX:
            raise ConfigurationInvalid(f"{path}: more than {_FILE_BYTES_MAX // 1024**2} MiB; split the file")
        if raw[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}:
            raise ConfigurationInvalid(f"{path}: begins with the byte order mark of UTF-16; save it as UTF-8")
        return raw.decode("utf-8-sig").splitlines()
    except (OSError, EOFError, UnicodeDecodeError) as fault:
        raise ConfigurationInvalid(f"{path}: cannot be read as CSV or gzipped CSV: {_why(fault)}") from fault


def _why(fault: OSError | EOFError | UnicodeDecodeError) -> str:
    return (fault.strerror if isinstance(fault, OSError) else None) or str(fault)


def product_of(path: Path) -> str:
    """The product that a file's name says.

    Raises:
        ConfigurationInvalid: it says none.
    """
    return _product_of(path).product_id


def _named(path: Path, product_id: str | None) -> _Named:
    return _Named(product_id, "") if product_id else _product_of(path)


def _product_of(path: Path) -> _Named:
    found = _NAME.search(path.name)
    if found is None:
        raise ConfigurationInvalid(f"{path}: no product like BTC-USD in the file's name; give it as {path}=BTC-USD")
    base, quote = found.groups()
    if quote in {"USDT", "USDC"}:
        return _Named(f"{base}-USD", f"{base}-{quote}")
    return _Named(f"{base}-{quote}", "")


def _gaps(starts: Sequence[int], span_s: int) -> tuple[int, int]:
    steps = [(later - earlier) // span_s - 1 for earlier, later in pairwise(starts)]
    return sum(steps), sum(step > 0 for step in steps)


def _ordered(table: RecordedTable, columns: Sequence[Sequence[int]], name: str) -> None:
    for index, (opened, high, low, close) in enumerate(zip(*columns, strict=True)):
        if not low <= opened <= high or not low <= close <= high:
            shown = f"{opened},{high},{low},{close}"
            raise table.wrong(index, shown, f"a {name} of open,high,low,close (in ticks) with none beyond high or low")


def _read_bars(table: RecordedTable, named: _Named) -> Recording:
    prices, sizes = table.digits("open", "high", "low", "close"), table.digits("volume")
    starts, span_s = table.starts()
    columns = [compact(table.scaled(name, prices)) for name in ("open", "high", "low", "close")]
    _ordered(table, columns, "candle")
    volumes = compact(table.scaled("volume", sizes, least=0))
    missing, gaps = _gaps(starts, span_s)
    return Recording(
        path=str(table.path),
        product_id=named.product_id,
        price_digits=prices,
        size_digits=sizes,
        first=Instant(starts[0] * SECOND),
        end=Instant((starts[-1] + span_s) * SECOND),
        span_s=span_s,
        bars=BarColumns([compact(starts), *columns, volumes]),
        missing=missing,
        gaps=gaps,
        renamed_from=named.renamed_from,
    )


def _read_quote_bars(table: RecordedTable, named: _Named) -> Recording:
    names = {side: [f"{side}_{part}" for part in ("open", "high", "low", "close")] for side in ("bid", "ask")}
    prices, sizes = table.digits(*names["bid"], *names["ask"]), table.digits("bid_size", "ask_size")
    starts, span_s = table.starts()
    bids, asks = ([table.scaled(name, prices) for name in names[side]] for side in ("bid", "ask"))
    _ordered(table, bids, "bid bar")
    _ordered(table, asks, "ask bar")
    bid_sizes, ask_sizes = table.sizes("bid_size", sizes), table.sizes("ask_size", sizes)
    missing, gaps = _gaps(starts, span_s)
    rows = zip(starts, zip(*bids, strict=True), bid_sizes, zip(*asks, strict=True), ask_sizes, strict=True)
    return Recording(
        path=str(table.path),
        product_id=named.product_id,
        price_digits=prices,
        size_digits=sizes,
        first=Instant(starts[0] * SECOND),
        end=Instant((starts[-1] + span_s) * SECOND),
        span_s=span_s,
        quote_bars=[QuoteBar(*row) for row in rows],
        missing=missing,
        gaps=gaps,
        renamed_from=named.renamed_from,
    )


def _read_quotes(table: RecordedTable, named: _Named) -> Recording:
    prices, sizes = table.digits("bid", "ask"), table.digits("bid_size", "ask_size")
    times = table.instants("timestamp", instant, "RFC 3339 with a zone")
    bids, asks = table.scaled("bid", prices), table.scaled("ask", prices)
    for index, (bid, ask) in enumerate(zip(bids, asks, strict=True)):
        if bid >= ask:
            raise table.wrong(index, f"{table.texts('bid')[index]},{table.texts('ask')[index]}", "a bid below the ask")
    rows = map(QuoteRow, times, bids, table.sizes("bid_size", sizes), asks, table.sizes("ask_size", sizes))
    return _ticks(table, named, times, digits=(prices, sizes), quotes=list(rows))


def _read_trades(table: RecordedTable, named: _Named) -> Recording:
    times = table.instants("timestamp", instant, "RFC 3339 with a zone")
    takers = _takers(table, "buyer_maker", {"true": Side.SELL, "false": Side.BUY})
    return _trades(table, named, times, takers, "quantity")


def _read_aggregate_trades(table: RecordedTable, named: _Named) -> Recording:
    times = table.instants("time_ms", lambda text: Instant(int(text) * MILLISECOND), "unix milliseconds")
    takers = _takers(table, "side", {"sell": Side.SELL, "buy": Side.BUY})
    return _trades(table, named, times, takers, "size")


def _takers(table: RecordedTable, name: str, words: dict[str, Side]) -> list[Side]:
    found = [words.get(text.strip().lower()) for text in table.texts(name)]
    for index, side in enumerate(found):
        if side is None:
            raise table.wrong(index, table.texts(name)[index], f"{name} as one of {', '.join(words)}")
    return [side for side in found if side is not None]


def _trades(table: RecordedTable, named: _Named, times: list[Instant], takers: list[Side], size_name: str) -> Recording:
    prices, sizes = table.digits("price"), table.digits(size_name)
    trades = map(TapeTrade, table.scaled("price", prices), table.sizes(size_name, sizes), takers)
    rows = list(map(TradeRow, times, trades))
    return _ticks(table, named, times, digits=(prices, sizes), trades=rows)


def _ticks(
    table: RecordedTable,
    named: _Named,
    times: list[Instant],
    *,
    digits: tuple[int, int],
    quotes: Sequence[QuoteRow] = (),
    trades: Sequence[TradeRow] = (),
) -> Recording:
    return Recording(
        path=str(table.path),
        product_id=named.product_id,
        price_digits=digits[0],
        size_digits=digits[1],
        first=times[0],
        end=Instant(times[-1] + 1),
        quotes=quotes,
        trades=trades,
        renamed_from=named.renamed_from,
    )


_READERS: Final[dict[str, Callable[[RecordedTable, _Named], Recording]]] = {
    "time,open,high,low,close,volume": _read_bars,
    "time,bid_open,bid_high,bid_low,bid_close,bid_size,ask_open,ask_high,ask_low,ask_close,ask_size": _read_quote_bars,
    "timestamp,symbol,ask_size,ask,bid_size,bid": _read_quotes,
    "timestamp,trade_id,price,quantity,buyer_maker": _read_trades,
    "id,side,size,price,time_ms": _read_aggregate_trades,
}

KINDS: Final = tuple(_READERS)
"""The kinds by their columns, separated by commas."""
