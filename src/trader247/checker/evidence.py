"""What a simulated history leaves behind, as plain values: wire, venue's books, journal, alerts, permits.

Nothing of the program under test is imported here or anywhere in this package, and its database is read with sqlite3
alone: what checks a rule must not share the code that keeps it. Times are UTC nanoseconds of the simulated world's true
clock. Whoever runs a history fills these in; ``read_rows`` and ``read_books`` read what the daemon wrote itself.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from attrs import Factory, field, frozen

from trader247.checker.journal import Journal, Row
from trader247.checker.sent import Create, Sent

__all__ = [
    "ALL",
    "DATABASE",
    "SECOND",
    "AlertSeen",
    "Bar",
    "Books",
    "BreachSeen",
    "Evidence",
    "FaultSeen",
    "LifeSeen",
    "Limits",
    "PermitSeen",
    "Product",
    "Row",
    "Sent",
    "VenueFill",
    "VenueOrder",
    "read_books",
    "read_rows",
]

ALL: Final = "all"
"""All clients of the account together: the venue counts them so."""
DATABASE: Final = "trader247.db"
SECOND: Final = 1_000_000_000
_SLOT_BYTES: Final = 512


@frozen
class VenueOrder:
    """An order as the venue has it at the end. ``state`` in the venue's words; ``accepted`` is when it was visible."""

    order_id: str
    client_order_id: str
    symbol: str
    side: str
    kind: str
    size: Decimal
    limit_price: Decimal | None
    stop_price: Decimal | None
    state: str
    filled: Decimal
    created_at: int
    ended_at: int | None

    @property
    def live(self) -> bool:
        """Whether it may still fill."""
        return self.state in {"OPEN", "PENDING", "QUEUED", "CANCEL_QUEUED"}


@frozen
class VenueFill:
    """A fill as the venue booked it."""

    entry_id: str
    order_id: str
    symbol: str
    side: str
    size: Decimal
    price: Decimal
    fee: Decimal
    at: int


@frozen
class AlertSeen:
    """An alert as it reached a channel; ``state`` is raised, escalated or resolved.

    ``said_at`` is when the daemon said it, which is before it is delivered; None: nobody looked.
    """

    at: int
    key: str
    kind: str
    severity: str
    state: str
    text: str
    channel: str
    said_at: int | None = None

    @property
    def so_from(self) -> int:
        """From when on it is so to the daemon."""
        return self.at if self.said_at is None else self.said_at


@frozen
class PermitSeen:
    """The permit from here to the next one: what may leave, and which guards are missing.

    Where no run is up the state is HALTED without a reason: nothing may leave, and no latch is tripped. ``until`` is
    when its last renewal ran out; None: nobody looked.
    """

    at: int
    state: str
    entry: bool
    exit: bool
    missing: tuple[str, ...]
    halt_reason: str
    until: int | None = None

    @property
    def halted(self) -> bool:
        """Whether the latch is tripped."""
        return self.state == "HALTED" and bool(self.halt_reason)

    def enters(self, at: int) -> bool:
        """Whether an entry may leave by it at that time."""
        return self.entry and (self.until is None or at < self.until)


@frozen
class BreachSeen:
    """Something that is wrong in truth, told by the simulation, not by the daemon; ``until`` None: to the end.

    Kinds: ``kill`` (the kill file is there), ``stale`` (of an instrument no quote is newer than allowed),
    ``clock_step`` (the host's clock is over 150 ms off), ``store_down`` and ``disk_full`` (no row can be written),
    ``venue_down`` (no request is answered), ``product_mode`` (of an instrument: it does not trade freely),
    ``market_stream_down``, ``user_stream_down``, ``frozen`` (the process stands still), ``hung`` (an actor takes no
    message), ``alerts_down`` (the channel of alerts hangs), ``clock_drift`` and ``venue_clock`` (a clock goes wrong).
    ``subject``: the instrument or the actor.
    """

    at: int
    until: int | None
    kind: str
    subject: str = ""

    def holds(self, at: int) -> bool:
        """Whether it is so at that time."""
        return self.at <= at and (self.until is None or at < self.until)


@frozen
class LifeSeen:
    """One run of the daemon. ``how``: crashed, drained, halted, "exited N" or running."""

    epoch: str
    began: int
    ready: int | None
    ended: int | None
    how: str


@frozen
class FaultSeen:
    """A fault that the plan caused."""

    at: int
    number: int
    layer: str
    kind: str
    text: str


@frozen
class Product:
    """What the venue takes of an instrument."""

    quote_increment: Decimal
    base_increment: Decimal
    base_min: Decimal
    base_max: Decimal
    quote_min: Decimal
    quote_max: Decimal


@frozen
class Bar:
    """How full a bounded thing was at most, and its bound."""

    name: str
    seen: int
    bound: int


@frozen
class Limits:
    """The configuration as plain numbers; percentages are of ``nlv``, the equity that caps are measured against.

    ``allocations``: percent by tier, ``tiers`` and ``themes``: symbols. ``strategies``: percent by strategy.
    ``drift_pct``: how far a mark may have moved between the daemon's look and the venue's acceptance, percent of NLV.
    ``rates``: requests in any second by client, and of ``ALL`` together.
    ``sandbox`` says that no host but the simulated one may be mutated.
    """

    mode: str
    nlv: Decimal
    total_pct: Decimal
    per_asset_pct: Decimal
    per_theme_pct: Decimal
    open_positions: int
    products: Mapping[str, Product]
    themes: Mapping[str, Sequence[str]] = Factory(dict)
    tiers: Mapping[str, Sequence[str]] = Factory(dict)
    allocations: Mapping[str, Decimal] = Factory(dict)
    strategies: Mapping[str, Decimal] = Factory(dict)
    proposals: Mapping[str, int] = Factory(dict)
    drift_pct: Decimal = Decimal(2)
    fee_bps: Decimal = Decimal(60)
    staleness_s: float = 5.0
    cooldown_s: float = 1_800.0
    cooldown_after_win_s: float = 600.0
    cooldown_after_loss_s: float = 3_600.0
    cooldown_after_stop_s: float = 7_200.0
    dedupe_s: float = 60.0
    escalate_after_s: float = 120.0
    lease_s: float = 2.0
    rates: Mapping[str, int] = Factory(dict)
    crash_loop_starts: int = 3
    crash_loop_s: float = 600.0


@frozen
class Books:
    """What the projections say: rows of the tables by their key, money as text but for ``flows``."""

    orders: Mapping[str, Mapping[str, Any]] = Factory(dict)
    fills: Mapping[str, Mapping[str, Any]] = Factory(dict)
    positions: Mapping[str, Mapping[str, Any]] = Factory(dict)
    flows: Mapping[str, Decimal] = Factory(dict)
    halts: Sequence[Mapping[str, Any]] = ()
    head: tuple[int, str] | None = None


@frozen
class Evidence:
    """A whole history. ``written``: when the first row that names a client order id was durable, by that id.

    ``funds`` is what the venue held for the account at first and ``totals`` at the end, with what is on hold.
    ``healed`` is when the last fault ended, None where none did. ``halted_at_end`` is the reason of the halt, or empty.
    """

    seed: int
    began: int
    healed: int | None
    ended: int
    sent: Sequence[Sent]
    orders: Sequence[VenueOrder]
    fills: Sequence[VenueFill]
    funds: Mapping[str, Decimal]
    totals: Mapping[str, Decimal]
    marks: Sequence[tuple[int, str, Decimal]]
    rows: Sequence[Row]
    books: Books
    alerts: Sequence[AlertSeen]
    permits: Sequence[PermitSeen]
    breaches: Sequence[BreachSeen]
    lives: Sequence[LifeSeen]
    faults: Sequence[FaultSeen]
    limits: Limits
    written: Mapping[str, int]
    halted_at_end: str = ""
    texts: Sequence[str] = field(default=(), repr=False)
    canaries: Sequence[str] = ()
    bars: Sequence[Bar] = ()
    external: Sequence[str] = ()

    @cached_property
    def journal(self) -> Journal:
        """The rows with their bodies read, once for all invariants."""
        return Journal.of(self.rows)

    @cached_property
    def creates(self) -> Sequence[Create]:
        """The requests for new orders, with what they ask for, in the order of their first bytes."""
        return [Create.of(sent) for sent in self.sent if sent.creates]

    @cached_property
    def own(self) -> Sequence[VenueOrder]:
        """The venue's orders but those that other hands made."""
        return [order for order in self.orders if order.client_order_id not in self.external]

    @cached_property
    def own_fills(self) -> Sequence[VenueFill]:
        """The fills of those."""
        ids = {order.order_id for order in self.own}
        return sorted((fill for fill in self.fills if fill.order_id in ids), key=lambda fill: fill.at)


def read_rows(folder: Path) -> list[Row]:
    """Every row of the journal in that data folder, by number."""
    with closing(_opened(folder)) as books:
        rows = books.execute(
            "SELECT seq, at_utc_ns, kind, cause, config_hash, epoch, body, prev_hash, hash FROM journal ORDER BY seq"
        )
        return [Row(*row) for row in rows]


def read_books(folder: Path) -> Books:
    """What the projections in that data folder say, and the head file beside them."""
    with closing(_opened(folder)) as books:
        return Books(
            orders=_by(books, "orders", "client_order_id"),
            fills=_by(books, "fills", "fill_id"),
            positions=_by(books, "positions", "symbol"),
            flows={name: Decimal(row["amount"]) for name, row in _by(books, "flows", "currency").items()},
            halts=[dict(row) for row in books.execute("SELECT * FROM halts ORDER BY tripped_at_utc_ns")],
            head=_head(folder / f"{DATABASE}.head"),
        )


def _head(path: Path) -> tuple[int, str] | None:
    """The newer of its two slots; a torn one is padded by nothing and has no third word."""
    if not path.exists():
        return None
    text = path.read_bytes().decode("ascii", "replace")
    slots = [text[at : at + _SLOT_BYTES].split() for at in range(0, len(text), _SLOT_BYTES)]
    whole = [(int(words[0]), words[1]) for words in slots if len(words) == 3 and words[0].isdigit()]
    return max(whole, default=None)


def _opened(folder: Path) -> sqlite3.Connection:
    books = sqlite3.connect(folder / DATABASE)
    books.row_factory = sqlite3.Row
    return books


def _by(books: sqlite3.Connection, table: str, key: str) -> dict[str, Mapping[str, Any]]:
    return {row[key]: dict(row) for row in books.execute(f"SELECT * FROM {table}")}  # noqa: S608 - our own words
