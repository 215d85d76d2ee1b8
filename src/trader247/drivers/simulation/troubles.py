"""Troubles that stand for a while: each a value with its end, looked at by whoever is troubled, ended by ``heal``."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Final

import trio
from attrs import Factory, define, field

from trader247.drivers.mailboxes import Mailboxes
from trader247.drivers.simulation.virtual_time import VirtualClock
from trader247.messages.health import HealthSeen
from trader247.model.instant import Instant
from trader247.runtime.exits import ActorError
from trader247.store.faults import DatabaseInUse, StorageFailed, StorageFull, StoreError
from trader247.venues.simulated.market import Bar, MarketSource, MarketStep

__all__ = [
    "ActorStruck",
    "ActorTrouble",
    "DiskTrouble",
    "LineTrouble",
    "MarketTrouble",
    "PulseTrouble",
    "TroubledMarket",
]

_THIN: Final = 1_000
"""A thin book holds this part of its usual sizes."""

_BALLAST_TRANSACTIONS: Final = 50
"""What the room of the ballast is good for."""

_FAILURES: Final[Mapping[str, Callable[[], StoreError]]] = {
    "locked": lambda: DatabaseInUse("the database is locked"),
    "full": lambda: StorageFull("database or disk is full"),
    "failed": lambda: StorageFailed("disk I/O error"),
}


class ActorStruck(ActorError):
    """The plan ended this actor with a message in hand."""


@define
class DiskTrouble:
    """What the database answers: nothing wrong, an error until ``until_s``, or once an error after the commit.

    A full disk has room again for a few transactions once the ballast was given back. ``on_refused`` is told of the
    first refusal, and for how long there will be more: before somebody writes, nobody can know.
    """

    loop: VirtualClock
    slow_s: float = 0.0
    ballast: Path | None = None
    on_refused: Callable[[str, float], None] = lambda _how, _for_s: None
    _told: bool = True
    _room: int = _BALLAST_TRANSACTIONS
    _how: str = ""
    _until_s: float = 0.0
    _slow_until_s: float = 0.0
    _lies: int = 0

    def fail(self, how: str, for_s: float) -> None:
        """Every transaction ends in ``locked``, ``full`` or ``failed``, for so long."""
        self._how, self._until_s = how, self.loop.now_s + for_s
        self._told, self._room = False, _BALLAST_TRANSACTIONS

    def lie(self) -> None:
        """The next transaction is committed, and told as failed."""
        self._lies += 1

    def slow(self, seconds: float, for_s: float) -> None:
        """Every write takes so much longer, for so long."""
        self.slow_s, self._slow_until_s = seconds, self.loop.now_s + for_s

    @property
    def extra_s(self) -> float:
        """What a write takes on top just now."""
        return self.slow_s if self.loop.now_s < self._slow_until_s else 0.0

    @contextmanager
    def around(self, inner: Callable[[], AbstractContextManager[Any]]) -> Iterator[Any]:
        """A transaction of the database, troubled."""
        if self.loop.now_s < self._until_s and not self._has_room():
            if not self._told:
                self._told = True
                self.on_refused(self._how, self._until_s - self.loop.now_s)
            error = _FAILURES[self._how]()
            raise error
        with inner() as connection:
            yield connection
        if self._lies:
            self._lies -= 1
            raise StorageFailed("disk I/O error; nobody knows what was written")

    def _has_room(self) -> bool:
        if self._how != "full" or self.ballast is None or self.ballast.exists():
            return False
        self._room -= 1
        return self._room >= 0

    def heal(self) -> None:
        """A good disk."""
        self._until_s = self._slow_until_s = 0.0
        self._lies = 0


@define
class LineTrouble:
    """The way to the venue: cut for a while, in both directions."""

    loop: VirtualClock
    _until_s: float = 0.0

    def cut(self, for_s: float) -> None:
        """Nothing gets through, for so long; what waits for bytes waits on."""
        self._until_s = max(self._until_s, self.loop.now_s + for_s)

    @property
    def is_cut(self) -> bool:
        """Whether it is cut now."""
        return self.loop.now_s < self._until_s

    async def restored(self) -> None:
        """Wait until it is not cut any more."""
        if self.is_cut:
            await trio.sleep(self._until_s - self.loop.now_s)
            await self.restored()  # it may have been cut for longer meanwhile

    def heal(self) -> None:
        """Open again; who waits for it learns so at the time it was to be."""
        self._until_s = 0.0


@define
class MarketTrouble:
    """What happens to the quotes of a symbol, or of all (``*``): each until an instant of the market."""

    _gone: dict[str, Instant] = Factory(dict)
    _stuck: dict[str, Instant] = Factory(dict)
    _thin: dict[str, Instant] = Factory(dict)
    _once: dict[str, float] = Factory(dict)
    _level: dict[str, float] = Factory(dict)

    def go(self, symbol: str, until: Instant) -> None:
        """No step at all."""
        self._gone[symbol] = until

    def stick(self, symbol: str, until: Instant) -> None:
        """The same quote again and again, with fresh times and no trade."""
        self._stuck[symbol] = until

    def thin(self, symbol: str, until: Instant) -> None:
        """A thousandth of the usual sizes."""
        self._thin[symbol] = until

    def spike(self, symbol: str, factor: float) -> None:
        """One step at so many times its price."""
        self._once[symbol] = factor

    def crash(self, symbol: str, factor: float) -> None:
        """From now on so many times the price it would have had. It stays: nobody heals a price."""
        self._level[symbol] = self._level.get(symbol, 1.0) * factor

    def troubled(self, step: MarketStep, before: MarketStep | None) -> MarketStep | None:
        """The step as it comes to be; None where it does not."""
        name = step.product_id
        if self._holds(self._gone, name, step.at):
            return None
        factor = self._level.get(name, 1.0) * self._once.pop(name, 1.0)
        if factor != 1.0:
            step = _scaled(step, factor)
        if self._holds(self._thin, name, step.at):
            trades = tuple(each._replace(size=max(1, each.size // _THIN)) for each in step.trades)
            step = step._replace(
                bid_size=max(1, step.bid_size // _THIN), ask_size=max(1, step.ask_size // _THIN), trades=trades
            )
        if before is not None and self._holds(self._stuck, name, step.at):
            step = before._replace(at=step.at, trades=())
        return step

    @staticmethod
    def _holds(table: Mapping[str, Instant], name: str, at: Instant) -> bool:
        return any(at < table[each] for each in (name, "*") if each in table)

    def heal(self) -> None:
        """A market that moves as it does, from where it is."""
        for table in (self._gone, self._stuck, self._thin):
            table.clear()
        self._once.clear()


class TroubledMarket:
    """A market source whose steps pass a ``MarketTrouble``. Implements ``MarketSource``."""

    def __init__(self, inner: MarketSource, trouble: MarketTrouble) -> None:
        """``trouble`` may change at any time; a step that was taken already is as it was."""
        self._inner, self._trouble = inner, trouble
        self.start, self.products, self.notes = inner.start, inner.products, inner.notes

    def history(self, product_id: str) -> Sequence[Bar]:
        """The past is as it was."""
        return self._inner.history(product_id)

    def steps(self) -> Iterator[MarketStep]:
        """Endless where the market is."""
        before: dict[str, MarketStep] = {}
        for step in self._inner.steps():
            made = self._trouble.troubled(step, before.get(step.product_id))
            if made is not None:
                before[made.product_id] = made
                yield made


def _scaled(step: MarketStep, factor: float) -> MarketStep:
    bid = max(1, round(step.bid * factor))
    ask = max(bid + 1, round(step.ask * factor))
    trades = tuple(each._replace(price=max(1, round(each.price * factor))) for each in step.trades)
    return step._replace(bid=bid, ask=ask, trades=trades)


@define
class ActorTrouble:
    """Actors that hang or are struck down, and the small disorder of every history.

    Of every take, ``rate`` are late: half of them let others go first, half sleep up to ``late_s``. ``on_hung`` is told
    of an actor once it hangs, and gives back what is to be called once it does not any more.
    """

    loop: VirtualClock
    rng: random.Random
    rate: float = 0.0
    late_s: float = 0.0
    on_hung: Callable[[str], Callable[[], None]] = lambda _actor: lambda: None
    _hanging: dict[str, float] = Factory(dict)
    _struck: bool = False

    def hang(self, actor: str, for_s: float) -> None:
        """It takes no message, for so long."""
        self._hanging[actor] = self.loop.now_s + for_s

    def strike(self) -> None:
        """Whoever has just taken a message ends with it in hand."""
        self._struck = True

    def raise_if_struck(self, mailbox: str) -> None:
        """Called in the consumer, with the message in hand. The journal's actor is spared: it keeps what it has taken
        in the same step, so that no fault can come between.

        Raises:
            ActorStruck: the plan says so.
        """
        struck, self._struck = self._struck, False
        if struck and mailbox != "journal":
            raise ActorStruck("struck down by the plan")

    async def perturb(self, mailbox: str) -> None:
        """Awaited before each take."""
        until_s = self._hanging.get(mailbox)
        if until_s is not None:
            del self._hanging[mailbox]
            over = self.on_hung(mailbox)
            try:
                await trio.sleep(max(0.0, until_s - self.loop.now_s))
            finally:
                over()
        if self.rate and (drawn := self.rng.random()) < self.rate:
            if drawn < self.rate / 2:
                await trio.lowlevel.checkpoint()
            else:
                await trio.sleep(self.late_s * (drawn / self.rate))

    def heal(self) -> None:
        """Who hangs goes on at the time it was to be."""
        self._hanging.clear()
        self._struck = False


@define
class PulseTrouble:
    """How late the loop was since the last look, which in virtual time only a pause decides. A ``Pulse``."""

    box: Callable[[], Mailboxes | None] = field(default=lambda: None)
    _lag_s: float = 0.0

    def lagged(self, seconds: float) -> None:
        """The process stood still for so long."""
        self._lag_s = max(self._lag_s, seconds)

    def health(self) -> HealthSeen:
        """As in a live daemon, with the lag of the pauses."""
        lag, self._lag_s = self._lag_s, 0.0
        box = self.box()
        if box is None:
            return HealthSeen(lag, 0.0, "none")
        looked_at = {box.board.name, box.alerter.name, box.alerts_due.name}
        oldest = max((each for each in box.all() if each.name not in looked_at), key=lambda each: each.oldest_age_s())
        return HealthSeen(lag, oldest.oldest_age_s(), oldest.name)

    def heal(self) -> None:
        """In time."""
        self._lag_s = 0.0
