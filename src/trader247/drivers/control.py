"""What a person may do to a running daemon: the one implementation behind the API, the socket and the dashboard."""

from collections.abc import Callable, Mapping, Sequence

from trader247.drivers.reloading import Reloaded, Reloader
from trader247.errors import RefusedByGate, Trader247Error
from trader247.messages.bans import Ban, BanKind, BanLifted, InstrumentBanned
from trader247.messages.breakers import BreakerState, SetBreaker
from trader247.messages.control import FlattenOrdered, SetTradingState
from trader247.messages.reconciling import AcceptBalances
from trader247.model.instant import HOUR, Instant
from trader247.model.instrument import Symbol
from trader247.model.mode import TradingState
from trader247.ports import Clock, KillFile
from trader247.runtime.channels import Sender
from trader247.runtime.dead_letters import DeadLetters
from trader247.runtime.exits import ActorError
from trader247.runtime.halt import Halt
from trader247.runtime.running import Running
from trader247.runtime.snapshot import Node
from trader247.runtime.watchdog import LoopWatch
from trader247.web.ports import UnknownActor, UnknownBreaker

__all__ = ["ActorCrashed", "Control"]


class ActorCrashed(ActorError):
    """An operator crashed this actor on purpose, to see it come back."""


class Control:
    """Implements ``web.ports.ControlPort``."""

    def __init__(
        self,
        halt: Halt,
        desk: Sender[SetTradingState],
        journal: Sender[SetTradingState | SetBreaker | FlattenOrdered],
        board: Sender[SetTradingState | FlattenOrdered],
        reconciler: Sender[AcceptBalances],
        *,
        breakers: Mapping[str, Sender[SetBreaker]],
        bans: Sequence[Sender[InstrumentBanned | BanLifted]],
        ban_hours: Callable[[], float],
        clock: Clock,
        manager: Sender[FlattenOrdered],
        kill_file: KillFile,
        running: Callable[[], Running],
        watch: LoopWatch,
        letters: DeadLetters,
        reloader: Reloader,
        redact: Callable[[str], str] = str,
    ) -> None:
        """``running`` gives the tree, made after everything that may ask for it; ``breakers`` whom to tell, by
        name; ``bans`` are all who are told of one, the journal first.
        """
        self._halt = halt
        self._desk = desk
        self._journal = journal
        self._board = board
        self._breakers = breakers
        self._bans = bans
        self._ban_hours = ban_hours
        self._clock = clock
        self._reconciler = reconciler
        self._manager = manager
        self._kill_file = kill_file
        self._running = running
        self._watch = watch
        self._letters = letters
        self._reloader = reloader
        self._redact = redact

    def halt(self, reason: str, by: str) -> None:
        """Trip the latch."""
        self._halt.trip(self._redact(reason), by)

    def resume(self, reason: str, by: str) -> None:
        """Clear the latch, unless the kill file is still there.

        Raises:
            RefusedByGate: the file has to be taken away first.
            Trader247Error: nothing is halted.
        """
        seen = self._kill_file.look()  # one lstat; a person waits for the answer
        if seen.present:
            raise RefusedByGate(f"the kill file is still there ({seen.text}); remove it, then resume")
        if self._halt.tripped is None:
            raise Trader247Error("nothing is halted")
        self._halt.clear(self._redact(reason), by)

    def set_state(self, state: TradingState, by: str, reason: str) -> None:
        """ACTIVE or REDUCING, until the next such order; a restart changes nothing.

        Raises:
            Trader247Error: HALTED is not set this way.
        """
        if state is TradingState.HALTED:
            raise Trader247Error("use halt; it takes effect at once and survives a restart")
        order = SetTradingState(state, by, self._redact(reason))
        self._desk.post(order)
        self._journal.post(order)
        self._board.post(order)

    def set_breaker(self, breaker: str, state: BreakerState, by: str, reason: str) -> None:
        """Hold a breaker open until it is closed, over restarts; or close it, whoever opened it.

        Raises:
            UnknownBreaker: there is none of this name.
        """
        if breaker not in self._breakers:
            raise UnknownBreaker(f"there is no breaker {breaker!r}; there are: {', '.join(self._breakers)}")
        order = SetBreaker(breaker, state, by, self._redact(reason), self._clock.now().utc)
        self._journal.post(order)
        self._breakers[breaker].post(order)

    def ban(self, symbol: Symbol, kind: BanKind, hours: float | None, by: str, reason: str) -> Ban:
        """No entries into an instrument for so many hours, or as many as the policy says; over restarts."""
        at = self._clock.now().utc
        until = Instant(at + round((hours or self._ban_hours()) * HOUR))
        ban = Ban(symbol, kind, self._redact(reason), by, at, until)
        for told in self._bans:
            told.post(InstrumentBanned(ban))
        return ban

    def unban(self, symbol: Symbol, by: str, reason: str) -> None:
        """Lift an instrument's ban."""
        lifted = BanLifted(symbol, by, self._redact(reason), self._clock.now().utc)
        for told in self._bans:
            told.post(lifted)

    def flatten(self, reason: str, by: str) -> None:
        """REDUCING, and every position is sold; it begins now and ends when nothing but dust is held.

        Raises:
            RefusedByGate: in a halt nothing can be sold.
        """
        halted = self._halt.tripped
        if halted is not None:
            way_out = "`trader247 resume --reason TEXT` first, then flatten again"
            raise RefusedByGate(f"nothing can be sold while trading is halted ({halted.reason}): {way_out}")
        self.set_state(TradingState.REDUCING, by, reason)
        order = FlattenOrdered(by, self._redact(reason))
        self._manager.post(order)
        self._journal.post(order)
        self._board.post(order)

    def accept_balances(self, reason: str, by: str) -> None:
        """Take the balances that differ now into the books."""
        self._reconciler.post(AcceptBalances(self._redact(reason), by))

    async def reload(self, reason: str, by: str) -> Reloaded:
        """Read the configuration again and take it over, or say why not; see ``drivers/reloading.py``.

        Cancelled: it goes on without a listener.

        Raises:
            RefusedByGate: not now, or not without a restart.
            ConfigurationInvalid: the files are wrong.
            Trader247Error: it was tried and undone.
        """
        return await self._reloader.reload(self._redact(reason), by)

    def crash(self, actor: str) -> None:
        """End an actor's incarnation as a crash.

        Raises:
            UnknownActor: the tree has no such worker.
            Trader247Error: it is not running just now.
        """
        names = _workers(self.tree())
        if actor not in names:  # a group is none: its end would be its children's
            raise UnknownActor(f"there is no actor {actor!r}; there are: {', '.join(names)}")
        if not self._running().inject_crash(actor, ActorCrashed(f"{actor} was crashed by an operator")):
            raise Trader247Error(f"{actor} is not running just now; see the tree")

    def tree(self) -> Node:
        """The supervision tree now."""
        return self._running().snapshot()

    def dead_letters(self) -> DeadLetters:
        """Messages that ended their actor."""
        return self._letters

    def loop_lag_s(self) -> float:
        """How late the loop's heartbeat is."""
        return self._watch.lag_s()


def _workers(node: Node) -> list[str]:
    return [node.name] if node.kind == "worker" else [name for child in node.children for name in _workers(child)]
