"""What the web face may ask of the daemon, and what it is given.

Looking is free; steering goes through a few methods, of which only the reload waits. The face holds nothing that
trades: if it crashes, hangs or is stopped, trading does not notice.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from attrs import field, frozen

from trader247.core.signal_intake import SignalAnswer
from trader247.core.status_board import StatusBoard
from trader247.core.status_views import Plain
from trader247.errors import Trader247Error
from trader247.messages.bans import Ban, BanKind
from trader247.messages.breakers import BreakerState
from trader247.messages.control import KeyChanged
from trader247.model.ids import StrategyName
from trader247.model.instrument import Symbol
from trader247.model.mode import TradingState
from trader247.observe.metrics import Metrics
from trader247.ports import Clock, OncePort
from trader247.runtime.dead_letters import DeadLetters
from trader247.runtime.offload import Offload
from trader247.runtime.snapshot import Node
from trader247.web.events import Fanout

__all__ = [
    "ControlPort",
    "Face",
    "FaceSettings",
    "HistoryPort",
    "ReloadDone",
    "SignalPort",
    "UnknownActor",
    "UnknownBreaker",
]


class UnknownActor(Trader247Error):
    """No actor of the tree has this name."""


class UnknownBreaker(Trader247Error):
    """No breaker has this name."""


class ReloadDone(Protocol):
    """What came of a reload."""

    @property
    def before(self) -> str:
        """The fingerprint until now."""
        ...

    @property
    def after(self) -> str:
        """The fingerprint in force."""
        ...

    @property
    def changes(self) -> tuple[KeyChanged, ...]:
        """Every key that changed; none where nothing did."""
        ...

    @property
    def text(self) -> str:
        """One sentence for a person."""
        ...


class ControlPort(Protocol):
    """The daemon, as far as the faces may steer it. What is synchronous returns at once."""

    def halt(self, reason: str, by: str) -> None:
        """Trip the halt latch; a halt in force stays as it is."""
        ...

    def resume(self, reason: str, by: str) -> None:
        """Clear the halt latch.

        Raises:
            Trader247Error: it may not be cleared now; the text says what has to be done first.
        """
        ...

    def set_state(self, state: TradingState, by: str, reason: str) -> None:
        """ACTIVE or REDUCING.

        Raises:
            Trader247Error: not now; the text says why.
        """
        ...

    def set_breaker(self, breaker: str, state: BreakerState, by: str, reason: str) -> None:
        """Hold a breaker open, or close it.

        Raises:
            UnknownBreaker: there is none of this name.
        """
        ...

    def ban(self, symbol: Symbol, kind: BanKind, hours: float | None, by: str, reason: str) -> Ban:
        """No entries into an instrument for so many hours, or as many as the policy says."""
        ...

    def unban(self, symbol: Symbol, by: str, reason: str) -> None:
        """Lift an instrument's ban."""
        ...

    def flatten(self, reason: str, by: str) -> None:
        """REDUCING, and sell every position until only dust is held.

        Raises:
            RefusedByGate: trading is halted; the text says what has to be done first.
        """
        ...

    def accept_balances(self, reason: str, by: str) -> None:
        """Take the balances that differ at this moment into the books; where none does, nothing happens."""
        ...

    async def reload(self, reason: str, by: str) -> ReloadDone:
        """Read the configuration again and take it over. Cancelled: it goes on, and only nobody is told.

        Raises:
            RefusedByGate: not now, or not without a restart; nothing was changed.
            ConfigurationInvalid: it is faulty; nothing was changed.
            Trader247Error: it was tried and undone.
        """
        ...

    def crash(self, actor: str) -> None:
        """End this actor's present incarnation as a crash. Only offered on the embedded venue.

        Raises:
            UnknownActor: the tree has no such worker.
        """
        ...

    def tree(self) -> Node:
        """The supervision tree now."""
        ...

    def dead_letters(self) -> DeadLetters:
        """Messages that ended their actor."""
        ...

    def loop_lag_s(self) -> float:
        """How late the event loop's heartbeat is, in seconds."""
        ...


class HistoryPort(Protocol):
    """What the journal tells of the past; it waits for the disk."""

    async def explain(self, key: str) -> Plain:
        """The story of an id (``core/explain.story_view``). Cancelled: nothing is left behind.

        Raises:
            UnknownId, Ambiguous: nothing, or several things, are called so.
            Trader247Error: the journal could not be read.
        """
        ...


class SignalPort(Protocol):
    """Where signals by webhook go, once their sender is known."""

    async def take(self, strategy: StrategyName, content: bytes, source: str) -> SignalAnswer:
        """What became of it; it waits for the disk. Nothing is raised that a sender could cause."""
        ...


@frozen
class FaceSettings:
    """``token`` guards what changes state over TCP; ``signal_secrets`` are what the senders of signals sign with, by
    strategy. ``hosts`` are further names under which the face may be called.

    ``chaos`` offers fault injection (only where the venue is embedded). ``publish_every_s`` is in seconds of the event
    loop's clock, which a scaled clock shortens.
    """

    host: str = "127.0.0.1"
    port: int = 9247
    token: str = field(default="", repr=False)
    signal_secrets: Mapping[str, bytes] = field(factory=dict, repr=False)
    hosts: tuple[str, ...] = ()
    chaos: bool = False
    publish_every_s: float = 1.0

    @property
    def loopback(self) -> bool:
        """Whether only this machine can call."""
        return self.host in {"localhost", "::1"} or self.host.startswith("127.")


def _as_it_is(content: Any) -> Any:
    return content


@frozen
class Face:
    """Everything a request may look at or ask. ``redact`` masks secrets in structures (``Redactor.value``).

    ``history``, ``once`` and ``signals`` are None where there is no journal on a disk.
    """

    settings: FaceSettings
    board: StatusBoard
    metrics: Metrics
    control: ControlPort
    clock: Clock
    offload: Offload
    fanout: Fanout
    redact: Callable[[Any], Any] = _as_it_is
    history: HistoryPort | None = None
    once: OncePort | None = None
    signals: SignalPort | None = None
