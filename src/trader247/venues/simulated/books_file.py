"""The exchange's books across restarts: one append-only file of JSON lines.

The first line says whose books they are and how often they were opened; each later one is what a single call changed,
all of it on one line: orders in their last state, fills, balances after it. A line is handed to the operating system
before the call returns, so the death of the process loses nothing; the death of the machine may lose the last lines.
A last line that was torn is dropped, and the whole of its call with it. At every start the file is read back and
written anew without what later lines have overtaken (temporary file, fsync, rename).
"""

import os
import stat
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Final

import msgspec
from attrs import define, evolve, field, frozen

from trader247.errors import ConfigurationInvalid
from trader247.venues.simulated.delays import Delays
from trader247.venues.simulated.exchange import DEFAULT_FUNDS, Change, SimulatedExchange
from trader247.venues.simulated.fee_tiers import FeeTier
from trader247.venues.simulated.identifiers import Identifiers
from trader247.venues.simulated.ledger import Balance
from trader247.venues.simulated.market import MarketSource
from trader247.venues.simulated.order_record import ExchangeOrder, FillRow

__all__ = ["BooksFile", "exchange_with_books"]

_FORMAT: Final = 1
_NO_START: Final = -1
_ORDERS_PER_LINE: Final = 500
_FINISHED_KEPT: Final = 50_000
_FILLS_KEPT: Final = 100_000
"""What a start keeps of finished orders and of fills: weeks of a busy client, read back in a second or two."""

_FILE_BYTES_MAX: Final = 1024 * 1024 * 1024
"""A gibibyte is a million orders; such books are better begun anew."""


@frozen
class _Heading:
    format: int
    portfolio_id: str
    starts: int


@frozen
class _Line:
    """One call's changes, as the exchange tells them."""

    orders: list[ExchangeOrder]
    fills: list[FillRow]
    balances: list[tuple[str, str, Balance]]


@define
class _State:
    """What the lines add up to."""

    orders: dict[str, ExchangeOrder] = field(factory=dict)
    fills: list[FillRow] = field(factory=list)
    balances: dict[tuple[str, str], Balance] = field(factory=dict)

    def take(self, line: _Line) -> None:
        self.orders.update((order.order_id, evolve(order, resting=None)) for order in line.orders)
        self.fills += line.fills
        self.balances.update(((owner, currency), balance) for owner, currency, balance in line.balances)

    def trim(self) -> None:
        """Forget the oldest finished orders and fills beyond what is kept."""
        finished = [order_id for order_id, order in self.orders.items() if order.is_terminal]
        for order_id in finished[: max(0, len(finished) - _FINISHED_KEPT)]:
            del self.orders[order_id]
        self.fills = self.fills[-_FILLS_KEPT:]


_read_heading = msgspec.json.Decoder(_Heading).decode
_read_line = msgspec.json.Decoder(_Line).decode


class BooksFile:
    """The file, open for appending. One process at a time; the daemon's own lock sees to that."""

    def __init__(self, path: Path, heading: _Heading, state: _State, *, torn: bool) -> None:
        """Writes the compacted file in place of the old one and opens it."""
        self.path = path
        self.portfolio_id = heading.portfolio_id
        self.start_number = heading.starts
        self.torn = torn
        self._state = state
        state.trim()
        self._file = _rewritten(path, heading, state)

    @classmethod
    def open(cls, path: Path, portfolio_id: str) -> "BooksFile":
        """The books at ``path``; where there are none, new ones for ``portfolio_id``.

        Raises:
            ConfigurationInvalid: the file is not such a file, or a line before the last is damaged; nothing is written.
        """
        heading, state, torn = _read(path)
        if heading is None:
            heading = _Heading(_FORMAT, portfolio_id, -1)
        return cls(path, evolve(heading, starts=heading.starts + 1), state, torn=torn)

    @property
    def is_new(self) -> bool:
        """Whether nothing was ever booked here."""
        return not self._state.balances

    def restore(self, exchange: SimulatedExchange) -> None:
        """Give the exchange what an earlier run left, oldest orders first."""
        balances = [(owner, currency, balance) for (owner, currency), balance in self._state.balances.items()]
        exchange.restore(balances, self._state.orders.values(), self._state.fills)
        self._state = _State()

    def append(self, change: Change) -> None:
        """Write one call's changes; on return they have left the process."""
        _write(self._file, msgspec.json.encode(change) + b"\n")

    def close(self) -> None:
        """Close the file; appending afterwards is an error."""
        os.close(self._file)


def exchange_with_books(
    market: MarketSource,
    path: Path,
    *,
    funds: Mapping[str, Decimal] = DEFAULT_FUNDS,
    fee_tier: FeeTier | None = None,
    fee_tiers: Sequence[FeeTier] = (),
    delays: Delays | None = None,
    seed: int = 247,
) -> tuple[SimulatedExchange, BooksFile]:
    """An exchange that goes on where its books left off; ``funds`` only open new ones. Close the file at the end.

    Raises:
        ConfigurationInvalid: the books cannot be read or written.
    """
    books = BooksFile.open(path, Identifiers(seed, _NO_START).unique())
    exchange = SimulatedExchange(
        market,
        funds=funds if books.is_new else {},
        fee_tier=fee_tier,
        fee_tiers=fee_tiers,
        delays=delays,
        seed=seed,
        start_number=books.start_number,
        portfolio_id=books.portfolio_id,
        on_change=books.append,
    )
    if books.is_new:
        held = exchange.ledger.balances(exchange.portfolio_id)
        balances = [(exchange.portfolio_id, currency, balance) for currency, balance in held.items()]
        books.append(Change((), (), balances))
    else:
        books.restore(exchange)
    return exchange, books


def _read(path: Path) -> tuple[_Heading | None, _State, bool]:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise ConfigurationInvalid(f"{path}: the exchange's books are no plain file; move it away")
        size = status.st_size
        if size > _FILE_BYTES_MAX:
            raise ConfigurationInvalid(
                f"{path}: {size} bytes of books are more than can be read back; move the file away"
            )
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return None, _State(), False
    except OSError as fault:
        raise ConfigurationInvalid(f"{path}: the exchange's books cannot be read: {fault}") from fault
    torn = bool(lines.pop())  # what stands behind the last newline was never finished
    if not lines:
        if torn:
            raise ConfigurationInvalid(f"{path}:1: not the exchange's books; move the file away")
        return None, _State(), torn
    heading, state = _decoded(path, lines)
    if heading.format != _FORMAT:
        raise ConfigurationInvalid(f"{path}:1: format {heading.format} is not {_FORMAT}; move the file away")
    return heading, state, torn


def _decoded(path: Path, lines: list[bytes]) -> tuple[_Heading, _State]:
    state, number = _State(), 1
    try:
        heading = _read_heading(lines[0])
        for line in lines[1:]:
            number += 1
            state.take(_read_line(line))
    except msgspec.MsgspecError as fault:
        raise ConfigurationInvalid(f"{path}:{number}: no line of an exchange's books ({fault}); move it away") from None
    else:
        return heading, state


def _rewritten(path: Path, heading: _Heading, state: _State) -> int:
    """The file with nothing but the present state, open for appending."""
    beside = path.with_name(path.name + ".new")
    orders, fills = list(state.orders.values()), state.fills
    balances = [(owner, currency, balance) for (owner, currency), balance in state.balances.items()]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC, 0o600)
        _write(file, msgspec.json.encode(heading) + b"\n")
        for first in range(0, len(orders), _ORDERS_PER_LINE):
            _write(file, msgspec.json.encode(_Line(orders[first : first + _ORDERS_PER_LINE], [], [])) + b"\n")
        if fills or balances:
            _write(file, msgspec.json.encode(_Line([], fills, balances)) + b"\n")
        os.fsync(file)
        beside.rename(path)
        directory = os.open(path.parent, os.O_RDONLY)
        os.fsync(directory)
        os.close(directory)
    except OSError as fault:
        raise ConfigurationInvalid(f"{path}: the exchange's books cannot be written: {fault}") from fault
    return file


def _write(file: int, content: bytes) -> None:
    while content:
        content = content[os.write(file, content) :]
