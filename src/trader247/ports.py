"""The doors to the world. Every source of nondeterminism stands behind one, so that a simulation can replace it.

A port says what an actor may ask and what each answer means; adapters live in ``venues``, ``store``, ``observe`` and
``runtime``. Randomness is injected as a seeded ``random.Random``.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Protocol, TypeVar

from attrs import frozen

from trader247.core.journal import JournalFact
from trader247.messages.control import AlertChanged, KillFileSeen
from trader247.messages.orders import BooksLoaded
from trader247.model.ids import RunEpoch, VenueOrderId
from trader247.model.instant import Instant, Moment
from trader247.model.instrument import Instrument, ProductStatus, Symbol
from trader247.model.market import Candle, Depth, Quote
from trader247.model.once import Claim
from trader247.model.order import Fill, OrderIntent
from trader247.model.portfolio import Balance
from trader247.model.venue import CancelAnswer, FeeRates, OrderLookup, OrderReport, OrderReports, PlaceAnswer

__all__ = [
    "AlertChannel",
    "Clock",
    "Gate",
    "JournalStore",
    "KillFile",
    "MarketEvent",
    "MarketStream",
    "Offload",
    "OnceGuard",
    "OncePort",
    "Recorded",
    "StreamDown",
    "StreamUp",
    "UserEvent",
    "UserStream",
    "Venue",
    "VenueReader",
]

T = TypeVar("T")

Gate = Callable[[], str | None]
"""Answers None where the order may leave now, else why it may not. Synchronous and quick."""


class Clock(Protocol):
    """Reads both clocks together. On a scaled market both run at the market's speed."""

    def now(self) -> Moment:
        """This moment."""
        ...


class Offload(Protocol):
    """Runs blocking work off the event loop, and always to its end: a started write is never abandoned."""

    async def run(self, work: Callable[[], T]) -> T:
        """The result of ``work()``. Cancellation is felt only after the work has ended."""
        ...


# --------------------------------------------------------------------------------------------------- files and journal
@frozen
class Recorded:
    """A fact with when it was told and the sequence number of what caused it."""

    fact: JournalFact
    at: Instant
    cause: int | None


class JournalStore(Protocol):
    """The journal's disk. Blocking; called through ``Offload`` by one actor only."""

    def record(self, facts: Sequence[Recorded]) -> int:
        """Write the facts and all they change in one transaction; answer the number of the last row.

        Raises:
            FactRefused: one of several facts cannot be written as it is; nothing was written.
            Trader247Error: the disk is full or failing; nothing more can be written until it is opened anew.
        """
        ...

    def check(self) -> None:
        """Look whether the file is still the one that was opened; a few microseconds, so it may be called on the loop.

        Raises:
            Trader247Error: it was deleted or replaced; what is written now would be lost.
        """
        ...

    def books(self, now: Instant) -> BooksLoaded:
        """Everything the order manager needs to go on."""
        ...

    def prune(self, now: Instant) -> int:
        """Delete one step of what outlived its retention; how many rows went. Raises as ``record``."""

    def restamp(self, config_hash: str) -> None:
        """What is written from now on carries this fingerprint. Safe to repeat.

        Raises:
            Trader247Error: the journal's end is damaged; nothing more can be written.
        """
        ...


class OnceGuard(Protocol):
    """Lets a side effect happen once for a key, across restarts. Blocking; called through ``Offload``.

    Each method is one atomic step, so that a guard elsewhere (``SET key value NX PX``) can take this one's place.
    """

    def claim(self, key: str, epoch: RunEpoch, now: Instant) -> Claim:
        """Take the key, or learn what became of it. Kept for 72 h.

        Raises:
            Trader247Error: nothing was taken.
        """
        ...

    def finish(self, key: str, epoch: RunEpoch, result: str) -> None:
        """Keep the result of what this run claimed.

        Raises:
            Trader247Error: it is not kept, and the key stays taken.
        """
        ...

    def take_over(self, key: str, epoch: RunEpoch, of: RunEpoch) -> bool:
        """Make the open claim of run ``of`` this run's, for what is better done twice than never; False where ``of``
        has none.

        Raises:
            Trader247Error: it stays as it is.
        """
        ...

    def release(self, key: str, epoch: RunEpoch) -> None:
        """What this run claimed did certainly not happen: the next claim is fresh.

        Raises:
            Trader247Error: the key stays taken.
        """
        ...


class OncePort(Protocol):
    """``OnceGuard`` in the name of this run, as the event loop asks it, with the same promises and errors."""

    @property
    def epoch(self) -> RunEpoch:
        """This run."""

    async def claim(self, key: str) -> Claim:
        """Take the key, or learn what became of it."""

    async def take_over(self, key: str, of: RunEpoch) -> bool:
        """Make the open claim of another run this one's."""

    async def finish(self, key: str, result: str) -> None:
        """Keep the result."""

    async def release(self, key: str) -> None:
        """It did not happen."""


class KillFile(Protocol):
    """The file whose presence halts trading. Blocking; called through ``Offload``."""

    def look(self) -> KillFileSeen:
        """Whether it is there, and its first words; unreadable counts as there."""
        ...


class AlertChannel(Protocol):
    """Somewhere a person listens."""

    @property
    def name(self) -> str:
        """What a delivery is recorded under: the same in every run, and no address."""
        ...

    async def deliver(self, alert: AlertChanged) -> None:
        """Deliver, with the channel's own bounded retries. Never raises what a network may do."""
        ...


# ---------------------------------------------------------------------------------------------------------- the venue
class VenueReader(Protocol):
    """Questions to a venue. Every method raises ``VenueUnavailable`` (ask again later) or ``VenueRejected``.

    All are safe to cancel. Lists are complete or not given at all.
    """

    async def server_time(self) -> Instant:
        """The venue's clock."""
        ...

    async def instruments(self, symbols: Sequence[Symbol], *, fresh_status: bool = False) -> tuple[Instrument, ...]:
        """The named instruments in the order asked; unknown ones are left out.

        Metadata may be minutes old (requirement PM1), and their status with it unless ``fresh_status`` is asked for.
        """
        ...

    async def product_status(self, symbol: Symbol) -> ProductStatus:
        """An instrument's trading status, freshly asked."""
        ...

    async def candles(self, symbol: Symbol, span_s: int, start: Instant, end: Instant) -> tuple[Candle, ...]:
        """Closed candles with ``start <= candle.start < end``, oldest first; minutes without trades are missing."""
        ...

    async def quotes(self, symbols: Sequence[Symbol]) -> tuple[Quote, ...]:
        """Best bid and ask of the named instruments; an empty side leaves the instrument out."""
        ...

    async def depth(self, symbol: Symbol) -> Depth | None:
        """How deep the instrument's book is near its mid, or None where a side is empty."""
        ...

    async def balances(self) -> tuple[Balance, ...]:
        """All balances of the account, one per currency, every page read."""
        ...

    async def fee_rates(self) -> FeeRates:
        """The account's present fee tier."""
        ...

    async def open_orders(self) -> OrderReports:
        """All working orders of the account, ours and others', every page read."""
        ...

    async def orders_since(self, start: Instant) -> OrderReports:
        """All orders created at or after ``start``, whatever their status, every page read."""
        ...

    async def order(self, venue_order_id: VenueOrderId) -> OrderLookup:
        """One order by the venue's id; a 404 is ``Undecided``, since an order just made may not be visible yet."""
        ...

    async def fills_since(self, start: Instant) -> tuple[Fill, ...]:
        """All fills of the account with a time at or after ``start``, oldest first, every page read."""
        ...

    async def fills_of(self, venue_order_id: VenueOrderId) -> tuple[Fill, ...]:
        """All fills of one order so far, oldest first, every page read."""
        ...


class Venue(VenueReader, Protocol):
    """A venue that also takes orders. The two writing methods shield themselves and end by their own deadline."""

    async def place(self, intent: OrderIntent, gate: Gate) -> PlaceAnswer:
        """Send the intent under its client order id, once.

        ``gate`` is asked after every wait, in the very step in which the first byte leaves, with nothing that could be
        scheduled in between; where it gives a reason, nothing leaves.

        Raises:
            VenueRejected: the venue refused; nothing happened.
            GateClosed: the gate gave a reason; nothing was sent.
            VenueUnavailable: the request was not sent.
            OutcomeUnknown: it was sent and the outcome is not known.
        """
        ...

    async def cancel(self, orders: Sequence[VenueOrderId]) -> tuple[CancelAnswer, ...]:
        """Ask to cancel up to 100 orders; one answer per order, in the order asked.

        Raises as ``place`` does; a cancel is idempotent and may be sent again.
        """
        ...


# -------------------------------------------------------------------------------------------------------- the streams
@frozen
class StreamUp:
    """Connected and subscribed; what was missed before has to be asked for."""

    at: Instant


@frozen
class StreamDown:
    """The stream was lost, or showed a gap, and is being rebuilt; until ``StreamUp`` nothing of it can be trusted."""

    why: str


MarketEvent = Quote | StreamUp | StreamDown
UserEvent = OrderReport | StreamUp | StreamDown


class MarketStream(Protocol):
    """Quotes as they happen. Reconnects by itself, for ever, with bounded and jittered waits."""

    def events(self, symbols: Sequence[Symbol]) -> AsyncIterator[MarketEvent]:
        """Quotes of the named instruments, with ``StreamDown`` and ``StreamUp`` between them. Cancel to stop."""
        ...


class UserStream(Protocol):
    """The account's own orders as they change, cumulative. Reconnects as ``MarketStream`` does."""

    def events(self) -> AsyncIterator[UserEvent]:
        """Order reports; after each ``StreamUp`` the reports of all open orders come first."""
        ...
