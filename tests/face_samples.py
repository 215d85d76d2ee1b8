"""A face over a daemon that is not there: the board is real, the control port notes what it was told."""

from typing import Any

from attrs import define, field, frozen
from tests.board_samples import at, everything
from tests.story_samples import searched
from tests.tree_samples import tree

from trader247.core.explain import story, story_view
from trader247.core.status_board import BoardFact, StatusBoard
from trader247.errors import RefusedByGate, Trader247Error
from trader247.messages.bans import Ban, BanKind
from trader247.messages.breakers import BreakerState
from trader247.messages.control import KeyChanged
from trader247.model.instant import Moment
from trader247.model.instrument import Symbol
from trader247.model.mode import TradingState
from trader247.observe.metrics import Metrics
from trader247.observe.redaction import Redactor
from trader247.runtime.dead_letters import DeadLetters
from trader247.runtime.offload import InlineOffload
from trader247.runtime.snapshot import Node
from trader247.web.events import Fanout
from trader247.web.ports import Face, FaceSettings, UnknownActor, UnknownBreaker

TOKEN = "correct-horse-battery-staple"
SECRET = "k4narie-secret-of-the-venue"


@define
class SetClock:
    """Shows the second it was set to."""

    second: float = 1.0

    def now(self) -> Moment:
        return at(self.second)


@frozen
class DoneReload:
    """What a reload of one key answers."""

    before: str = "0123456789abcdef"
    after: str = "fedcba9876543210"
    changes: tuple[KeyChanged, ...] = (KeyChanged("policy.caps.total_pct", "15", "10"),)
    text: str = f"in force: {SECRET}"


@define
class NotedControl:
    """Notes what it was told to do."""

    told: list[tuple[str, ...]] = field(factory=list)
    refusal: str = ""
    failure: Trader247Error | None = None
    lag_s: float = 0.01
    node: Node = field(factory=tree)
    letters: DeadLetters = field(factory=DeadLetters)

    def halt(self, reason: str, by: str) -> None:
        self.told.append(("halt", reason, by))

    def resume(self, reason: str, by: str) -> None:
        if self.refusal:
            raise RefusedByGate(self.refusal)
        self.told.append(("resume", reason, by))

    def set_state(self, state: TradingState, by: str, reason: str) -> None:
        self.told.append((state.value, reason, by))

    def ban(self, symbol: Symbol, kind: BanKind, hours: float | None, by: str, reason: str) -> Ban:
        self.told.append(("ban", symbol, kind.value, str(hours), reason, by))
        return Ban(symbol, kind, reason, by, at(1).utc, at(1 + 3600 * (hours or 168)).utc)

    def unban(self, symbol: Symbol, by: str, reason: str) -> None:
        self.told.append(("unban", symbol, reason, by))

    def set_breaker(self, breaker: str, state: BreakerState, by: str, reason: str) -> None:
        if breaker != "orders":
            raise UnknownBreaker(f"there is no breaker {breaker!r}; there are: orders")
        self.told.append(("breaker", breaker, state.value, reason, by))

    def flatten(self, reason: str, by: str) -> None:
        if self.refusal:
            raise RefusedByGate(self.refusal)
        self.told.append(("flatten", reason, by))

    def accept_balances(self, reason: str, by: str) -> None:
        self.told.append(("accept_balances", reason, by))

    async def reload(self, reason: str, by: str) -> DoneReload:
        self.told.append(("reload", reason, by))
        if self.failure is not None:
            raise self.failure
        return DoneReload()

    def crash(self, actor: str) -> None:
        if actor not in {"journal", "cycle"}:
            raise UnknownActor(f"no actor is called {actor!r}")
        self.told.append(("crash", actor))

    def tree(self) -> Node:
        return self.node

    def dead_letters(self) -> DeadLetters:
        return self.letters

    def loop_lag_s(self) -> float:
        return self.lag_s


class NotedHistory:
    """Tells the story of the samples."""

    failure: Trader247Error | None = None

    async def explain(self, key: str) -> dict[str, Any]:
        if self.failure is not None:
            raise self.failure
        return story_view(story(searched(key), {}))


def face(*facts: BoardFact, **settings: Any) -> tuple[Face, NotedControl]:
    """A face that has seen these facts (or one of almost every), and its control port."""
    control = NotedControl()
    board, metrics = StatusBoard(), Metrics()
    for fact in facts or everything():
        board.handle(fact, at(0))
        metrics.observe(fact)
    made = Face(
        settings=FaceSettings(**{"token": TOKEN, "port": 9247, **settings}),
        board=board,
        metrics=metrics,
        control=control,
        clock=SetClock(),
        offload=InlineOffload(),
        fanout=Fanout(),
        redact=Redactor([SECRET]).value,
        history=NotedHistory(),
    )
    return made, control
