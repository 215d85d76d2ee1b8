"""The backtest's messengers: one queue for all actors, served in the order things were said.

A message is handled at the instant at which it was said, to the end of all that follows from it, before time goes on.
So arrival order is one order, and the same in every run.
"""

from collections import deque
from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar

from trader247.core.alerter import AlerterIn
from trader247.core.breakers import BreakersIn
from trader247.core.cycle import CycleIn
from trader247.core.journal import JournalIn
from trader247.core.kill_switch import SwitchIn
from trader247.core.market_feed import FeedIn, Reads
from trader247.core.order_gateway import GatewayIn
from trader247.core.order_manager import ManagerIn
from trader247.core.permit import DeskIn
from trader247.core.reconciler import Questions, ReconcilerIn
from trader247.core.risk_arbiter import ArbiterIn
from trader247.core.status_board import BoardFact
from trader247.errors import Trader247Error
from trader247.messages.control import AlertDue
from trader247.messages.trading import Deliberate
from trader247.model.ids import StrategyName

__all__ = ["Line", "Queue", "Queues", "Runaway"]

M = TypeVar("M")

_AT_ONE_INSTANT_MAX: Final = 1_000_000
"""Messages said at one instant: a thousand times the busiest moment. More are two actors answering one another."""


class Runaway(Trader247Error):
    """Actors answer one another without end, and time cannot go on."""


class Line:
    """Messages that were said and not yet heard, oldest first."""

    def __init__(self) -> None:
        """Nothing waits."""
        self._waiting: deque[tuple[Queue[Any], Any]] = deque()

    @property
    def waiting(self) -> int:
        """Messages not heard yet."""
        return len(self._waiting)

    def say(self, queue: "Queue[Any]", message: object) -> None:
        """Put a message at the end of the line."""
        self._waiting.append((queue, message))

    def run(self) -> None:
        """Until nobody has anything left to say.

        Raises:
            Runaway: they never stop.
        """
        waiting = self._waiting
        for _ in range(_AT_ONE_INSTANT_MAX):
            if not waiting:
                return
            queue, message = waiting.popleft()
            queue.take(message)
        names = sorted({queue.name for queue, _ in waiting})
        raise Runaway(f"over {_AT_ONE_INSTANT_MAX} messages at one instant; waiting for {', '.join(names)}")


def _unheard(_message: object) -> None:
    """Nobody needs it in a backtest."""


class Queue(Generic[M]):
    """Where one actor is reached. ``take`` is its handler; until it is set, what is said to it is of no interest."""

    def __init__(self, name: str, line: Line) -> None:
        """``name`` as in the topology."""
        self.name = name
        self._line = line
        self.take: Callable[[M], None] = _unheard

    def post(self, message: M, cause: int | None = None) -> None:  # noqa: ARG002 - nothing is explained here
        """Say it; see ``runtime.routes.Sender``."""
        if self.take is not _unheard:
            self._line.say(self, message)


class Queues:
    """One queue per actor and reader: ``drivers.boxes.Boxes`` of a backtest."""

    def __init__(self, line: Line, strategies: tuple[StrategyName, ...]) -> None:
        """All are served by one line."""
        self.journal: Queue[JournalIn] = Queue("journal", line)
        self.permit_desk: Queue[DeskIn] = Queue("permit_desk", line)
        self.breakers: Queue[BreakersIn] = Queue("breakers", line)
        self.order_manager: Queue[ManagerIn] = Queue("order_manager", line)
        self.order_gateway: Queue[GatewayIn] = Queue("order_gateway", line)
        self.reconciler: Queue[ReconcilerIn] = Queue("reconciler", line)
        self.questions: Queue[Questions] = Queue("reconciler.questions", line)
        self.alerter: Queue[AlerterIn] = Queue("alerter", line)
        self.alerts_due: Queue[AlertDue] = Queue("alerter.due", line)
        self.kill_switch: Queue[SwitchIn] = Queue("kill_switch", line)
        self.market_feed: Queue[FeedIn] = Queue("market_feed", line)
        self.reads: Queue[Reads] = Queue("market_feed.reads", line)
        self.cycle: Queue[CycleIn] = Queue("cycle", line)
        self.risk_arbiter: Queue[ArbiterIn] = Queue("risk_arbiter", line)
        self.board: Queue[BoardFact] = Queue("web_face", line)
        self.strategies: dict[StrategyName, Queue[Deliberate]] = {
            name: Queue(f"strategy:{name}", line) for name in strategies
        }
