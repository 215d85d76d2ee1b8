"""The exchange's fault desk, fed by a history's plan: one way of addressing for everything that goes wrong."""

from collections.abc import Callable, Sequence

from trader247.drivers.simulation.plan import Point, Stage
from trader247.model.instant import Instant
from trader247.venues.simulated.faults.desk import FaultDesk, Hit
from trader247.venues.simulated.faults.plan import FaultPlan
from trader247.venues.simulated.faults.plan import Point as VenuePoint

__all__ = ["PlanDesk"]

_POINTS = {
    VenuePoint.REQUEST: Point.CALL,
    VenuePoint.FRAME: Point.FRAME,
    VenuePoint.CONNECTION: Point.CONNECTION,
}

Reached = Callable[[Point, str, Stage], list[Hit]]


class PlanDesk(FaultDesk):
    """Asks the history what strikes an event of the exchange."""

    reached: Reached

    @classmethod
    def asking(cls, reached: Reached, opened_at: Instant) -> "PlanDesk":
        """A desk without a plan of its own."""
        desk = cls(FaultPlan(), 0, opened_at)
        desk.reached = reached
        return desk

    def strike(self, point: VenuePoint, name: str, now: Instant, connection: int | None = None) -> Sequence[Hit]:  # noqa: ARG002 - the desk's signature
        """See ``FaultDesk``; what only acts on the scene has been done when this returns."""
        where = _POINTS.get(point)
        return self.reached(where, name, Stage.BEFORE) if where is not None else ()
