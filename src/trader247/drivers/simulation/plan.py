"""A plan: which faults, each at which event. Data, and what a kind of fault is; ``plan_file`` reads and writes it.

A fault is addressed to an event (the third write of an ``OrderChanged``, just before it) or to a time. Addressing
events finds races that random times miss: a crash at the second at which an order leaves is rare, a crash at the third
order is not.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from trader247.venues.simulated.faults.desk import Hit
from trader247.venues.simulated.faults.kinds import REQUIRED, Argument

if TYPE_CHECKING:
    from trader247.drivers.simulation.scene import Scene

__all__ = ["REQUIRED", "Argument", "At", "Fault", "KindRule", "Layer", "Plan", "Point", "Stage"]


class Layer(StrEnum):
    """Where in the world something goes wrong."""

    PROCESS = "process"
    CLOCK = "clock"
    DATABASE = "database"
    NETWORK = "network"
    REST = "rest"
    STREAM = "stream"
    ORDERS = "orders"
    MARKET = "market"
    STRATEGY = "strategy"
    ACTOR = "actor"
    OPERATOR = "operator"
    ALERTS = "alerts"


class Point(StrEnum):
    """What can be addressed, and the names by which it is narrowed."""

    WRITE = "write"
    """A write of the journal, named by the kinds of its facts: ``OrderChanged``, ``OrderChanged+FillBooked``."""

    CALL = "call"
    """A REST call, named ``METHOD /path`` below the API's prefix: ``POST /orders``."""

    FRAME = "frame"
    """A WebSocket frame about to be sent, named by its channel: ``user``, ``ticker``."""

    CONNECTION = "connection"
    """A WebSocket handshake, named by its path."""

    TAKE = "take"
    """An actor takes a message, named ``mailbox Message``: ``order_manager FillBooked``."""

    TIME = "time"
    """So many virtual seconds after the start of the history."""


class Stage(StrEnum):
    """On which side of the event: a write before it is durable or after, a call before the venue heard it or after."""

    BEFORE = "before"
    AFTER = "after"


@frozen
class At:
    """The ``nth`` event of a point, from ``after_s`` on, whose name fits ``match``; acted on ``delta_s`` later.

    A fault at a time has only ``after_s``.
    """

    point: Point = Point.TIME
    nth: int = 1
    match: str = "*"
    after_s: float = 0.0
    stage: Stage = Stage.BEFORE
    delta_s: float = 0.0


@frozen
class Fault:
    """One entry. ``arguments`` hold what the kind needs, defaults filled in."""

    layer: Layer
    kind: str
    at: At
    arguments: Mapping[str, Any] = field(factory=dict)

    def __str__(self) -> str:
        """``process.crash at the 3rd write OrderChanged (after)``."""
        at, values = self.at, ", ".join(f"{name}={value}" for name, value in self.arguments.items())
        said = f"{self.layer}.{self.kind}" + (f"({values})" if values else "")
        if at.point is Point.TIME:
            return f"{said} at {at.after_s:g} s"
        since = f" from {at.after_s:g} s on" if at.after_s else ""
        later = f", {at.delta_s:g} s later" if at.delta_s else ""
        return f"{said} at event {at.nth} of {at.point} {at.match}, {at.stage}{since}{later}"


@frozen
class Plan:
    """Faults in the order of a list; of several at one event the first in the list strikes first."""

    faults: Sequence[Fault] = ()


@frozen
class KindRule:
    """A kind of fault: where it may stand, what it takes and what it does.

    ``hit`` makes what the exchange's own machinery of faults does to a call, a frame or a handshake; ``act`` does
    something to the scene. Exactly one of the two is given. ``catalogue``: the faults of docs/reference/faults.md.
    """

    points: tuple[Point, ...]
    meaning: str
    catalogue: tuple[str, ...] = ()
    arguments: Mapping[str, Argument] = field(factory=dict)
    act: Callable[["Scene", Mapping[str, Any]], None] | None = None
    hit: Callable[[Mapping[str, Any]], Hit] | None = None
