"""The exchange's fault desk, asking the history."""

from trader247.drivers.simulation.desk import PlanDesk
from trader247.drivers.simulation.plan import Point, Stage
from trader247.model.instant import Instant
from trader247.venues.simulated.faults.desk import Hit
from trader247.venues.simulated.faults.plan import Kind
from trader247.venues.simulated.faults.plan import Point as VenuePoint

NOW = Instant(0)


def test_every_event_of_the_exchange_is_asked_for_by_its_name_and_times_are_the_historys_own() -> None:
    asked: list[tuple[Point, str, Stage]] = []

    def reached(point: Point, name: str, stage: Stage) -> list[Hit]:
        asked.append((point, name, stage))
        return [Hit(Kind.DROP, {})]

    desk = PlanDesk.asking(reached, NOW)
    assert [hit.kind for hit in desk.strike(VenuePoint.FRAME, "user", NOW, 3)] == [Kind.DROP]
    desk.strike(VenuePoint.REQUEST, "POST /orders", NOW)
    desk.strike(VenuePoint.CONNECTION, "/ws", NOW)
    assert desk.strike(VenuePoint.TIME, "time", NOW) == ()
    assert desk.due(NOW) == []
    assert asked == [
        (Point.FRAME, "user", Stage.BEFORE),
        (Point.CALL, "POST /orders", Stage.BEFORE),
        (Point.CONNECTION, "/ws", Stage.BEFORE),
    ]
