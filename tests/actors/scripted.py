"""A stage for the shells: scripted ports, senders that keep what they were sent, and tests that run in virtual time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from functools import wraps
from typing import Any, Generic, ParamSpec, Protocol, TypeVar

import trio
from attrs import evolve
from tests.runtime.scripted import unwrapped, virtually

from trader247.errors import GateClosed
from trader247.messages.control import AlertChanged, KillFileSeen
from trader247.messages.orders import BooksLoaded
from trader247.model.ids import VenueOrderId
from trader247.model.instant import EPOCH, Instant
from trader247.model.instrument import Instrument, ProductStatus, Symbol
from trader247.model.market import Candle, Depth, Quote
from trader247.model.money import Notional
from trader247.model.order import Fill, OrderIntent
from trader247.model.portfolio import Balance
from trader247.model.venue import CancelAnswer, FeeRates, OrderLookup, OrderReports, PlaceAnswer
from trader247.ports import Gate, MarketEvent, Recorded, UserEvent
from trader247.runtime.channels import Mailbox
from trader247.runtime.clock import LoopClock
from trader247.runtime.switchboard import Switchboard

P = ParamSpec("P")
T = TypeVar("T")
M = TypeVar("M")

CLOCK = LoopClock(EPOCH)


def staged(test: Callable[P, Awaitable[None]]) -> Callable[P, None]:
    """The test in virtual time, its scheduler seeded; a test that hangs fails."""

    @wraps(test)
    def run(*args: P.args, **options: P.kwargs) -> None:
        unwrapped(lambda: virtually(lambda: test(*args, **options)))

    return run


def switchboard() -> Switchboard:
    return Switchboard(CLOCK)


class Runs(Protocol):
    async def run(self, ready: Callable[[], None]) -> None: ...


@asynccontextmanager
async def running(actor: Runs) -> AsyncIterator[trio.CancelScope]:
    """The actor from its readiness to the end of the block, where it is told to stop."""
    async with trio.open_nursery() as nursery:
        ready = trio.Event()
        nursery.start_soon(actor.run, ready.set)
        await ready.wait()
        yield nursery.cancel_scope
        nursery.cancel_scope.cancel()


class Heard(Generic[M]):
    """A sender's end that keeps what it was sent, with when and from which cause."""

    def __init__(self, name: str = "heard") -> None:
        self.name = name
        self.messages: list[M] = []
        self.at_s: list[float] = []
        self.causes: list[int | None] = []
        self.then: Callable[[M], None] = lambda _: None

    def post(self, message: M, cause: int | None = None) -> None:
        self.messages.append(message)
        self.at_s.append(round(trio.current_time(), 6))
        self.causes.append(cause)
        self.then(message)


class Notebook(Generic[M]):
    """Stands for the standard shell of a decider: takes what comes and keeps it."""

    def __init__(self, inbox: Mailbox[M]) -> None:
        self.inbox = inbox
        self.seen: list[M] = []
        self.at_s: list[float] = []
        self.causes: list[int | None] = []

    async def run(self, ready: Callable[[], None]) -> None:
        ready()
        async for envelope in self.inbox:
            self.seen.append(envelope.body)
            self.at_s.append(round(trio.current_time(), 6))
            self.causes.append(envelope.cause)


class SlowOffload:
    """Work takes so long and is always finished, as on a worker thread."""

    def __init__(self, takes_s: float = 0.0) -> None:
        self.takes_s = takes_s

    async def run(self, work: Callable[[], T]) -> T:
        with trio.CancelScope(shield=True):
            await trio.sleep(self.takes_s)
        return work()


class ScriptedStore:
    """A journal's disk. ``refuses`` says why a fact cannot be written; ``fails`` is raised instead of any write."""

    def __init__(self, books: BooksLoaded | None = None) -> None:
        self.rows: list[Recorded] = []
        self.pruned_at: list[Instant] = []
        self.prunable: list[int] = []
        self.stamps: list[tuple[str, int]] = []
        self.groups: list[int] = []
        self.refuses: Callable[[Recorded], Exception | None] = lambda _: None
        self.fails: Exception | None = None
        self.lost: Exception | None = None
        self._books = books

    @property
    def facts(self) -> list[object]:
        return [recorded.fact for recorded in self.rows]

    def record(self, facts: Sequence[Recorded]) -> int:
        if self.fails is not None:
            raise self.fails
        for recorded in facts:
            if (refusal := self.refuses(recorded)) is not None:
                raise refusal
        self.rows += facts
        self.groups.append(len(facts))
        return len(self.rows)

    def check(self) -> None:
        if self.lost is not None:
            raise self.lost

    def books(self, now: Instant) -> BooksLoaded:
        assert self._books is not None
        return self._books

    def prune(self, now: Instant) -> int:
        self.pruned_at.append(now)
        return self.prunable.pop(0) if self.prunable else 0

    def restamp(self, config_hash: str) -> None:
        self.stamps.append((config_hash, len(self.rows)))


class ScriptedFile:
    """A kill file that shows ``looks`` one after the other, and then the last of them for ever."""

    def __init__(self, *looks: KillFileSeen) -> None:
        self.looks = list(looks)
        self.looked_at_s: list[float] = []

    def look(self) -> KillFileSeen:
        self.looked_at_s.append(round(trio.current_time(), 6))
        return self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]


class ScriptedChannel:
    """Keeps what it delivered; each delivery takes so long."""

    def __init__(self, takes_s: float = 0.0, name: str = "scripted") -> None:
        self.name = name
        self.takes_s = takes_s
        self.delivered: list[AlertChanged] = []

    async def deliver(self, alert: AlertChanged) -> None:
        await trio.sleep(self.takes_s)
        self.delivered.append(alert)


class ScriptedStream:
    """Says each event after so many seconds, and then nothing more. An event that is an exception is raised."""

    def __init__(self, *script: tuple[float, Any]) -> None:
        self.script = script
        self.asked: list[tuple[Symbol, ...]] = []

    async def events(self, symbols: Sequence[Symbol] = ()) -> AsyncIterator[Any]:
        self.asked.append(tuple(symbols))
        for wait_s, event in self.script:
            await trio.sleep(wait_s)
            if isinstance(event, Exception):
                raise event
            yield event
        await trio.sleep_forever()


class ScriptedUserStream(ScriptedStream):
    async def events(self, symbols: Sequence[Symbol] = ()) -> AsyncIterator[UserEvent]:
        async for event in super().events(symbols):
            yield event


class ScriptedMarketStream(ScriptedStream):
    async def events(self, symbols: Sequence[Symbol] = ()) -> AsyncIterator[MarketEvent]:
        async for event in super().events(symbols):
            yield event


class ScriptedVenue:
    """Answers each question from its script: the next answer of several, and the last of them for ever.

    An answer that is an exception is raised, one that can be called is called. Reads take ``takes_s``. ``place`` does
    as the port demands: shielded, connecting for ``connects_s``, asking the gate in the step of the send.
    """

    def __init__(self, *, takes_s: float = 0.0, connects_s: float = 0.0, **script: Any) -> None:
        self.takes_s = takes_s
        self.connects_s = connects_s
        self.script: dict[str, Any] = script
        self.asked: list[tuple[str, tuple[Any, ...]]] = []
        self.sent: list[OrderIntent] = []
        self.steps: list[str] = []

    def questions(self, what: str) -> list[tuple[Any, ...]]:
        return [details for name, details in self.asked if name == what]

    def _next(self, what: str) -> Any:
        answer = self.script[what]
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if callable(answer):
            answer = answer()
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def _read(self, what: str, *details: Any) -> Any:
        self.asked.append((what, details))
        await trio.sleep(self.takes_s)
        return self._next(what)

    async def server_time(self) -> Instant:
        found: Instant = await self._read("server_time")
        return found

    async def instruments(self, symbols: Sequence[Symbol], *, fresh_status: bool = False) -> tuple[Instrument, ...]:
        found: tuple[Instrument, ...] = await self._read("instruments", tuple(symbols), fresh_status)
        return found

    async def product_status(self, symbol: Symbol) -> ProductStatus:
        found: ProductStatus = await self._read("product_status", symbol)
        return found

    async def candles(self, symbol: Symbol, span_s: int, start: Instant, end: Instant) -> tuple[Candle, ...]:
        found: tuple[Candle, ...] = await self._read("candles", symbol, span_s, start, end)
        return found

    async def quotes(self, symbols: Sequence[Symbol]) -> tuple[Quote, ...]:
        found: tuple[Quote, ...] = await self._read("quotes", tuple(symbols))
        return found

    async def depth(self, symbol: Symbol) -> Depth | None:
        """A deep book as of now, unless the script says otherwise."""
        self.script.setdefault(
            "depth", lambda: Depth(symbol, CLOCK.now().utc, Notional(Decimal(10**9)), Notional(Decimal(10**9)))
        )
        found: Depth | None = await self._read("depth", symbol)
        return found if found is None else evolve(found, symbol=symbol)

    async def balances(self) -> tuple[Balance, ...]:
        found: tuple[Balance, ...] = await self._read("balances")
        return found

    async def fee_rates(self) -> FeeRates:
        found: FeeRates = await self._read("fee_rates")
        return found

    async def open_orders(self) -> OrderReports:
        found: OrderReports = await self._read("open_orders")
        return found

    async def orders_since(self, start: Instant) -> OrderReports:
        found: OrderReports = await self._read("orders_since", start)
        return found

    async def order(self, venue_order_id: VenueOrderId) -> OrderLookup:
        found: OrderLookup = await self._read("order", venue_order_id)
        return found

    async def fills_since(self, start: Instant) -> tuple[Fill, ...]:
        found: tuple[Fill, ...] = await self._read("fills_since", start)
        return found

    async def fills_of(self, venue_order_id: VenueOrderId) -> tuple[Fill, ...]:
        found: tuple[Fill, ...] = await self._read("fills_of", venue_order_id)
        return found

    async def place(self, intent: OrderIntent, gate: Gate) -> PlaceAnswer:
        with trio.CancelScope(shield=True):
            await trio.sleep(self.connects_s)
            if (why := gate()) is not None:
                raise GateClosed(why)
            self.sent.append(intent)
            self.steps.append(f"place {intent.intent_id}")
            await trio.sleep(self.takes_s)
        found: PlaceAnswer = self._next("place")
        return found

    async def cancel(self, orders: Sequence[VenueOrderId]) -> tuple[CancelAnswer, ...]:
        with trio.CancelScope(shield=True):
            self.steps.append(f"cancel {' '.join(orders)}")
            await trio.sleep(self.takes_s)
        answers: tuple[CancelAnswer, ...] = self._next("cancel")
        return answers
