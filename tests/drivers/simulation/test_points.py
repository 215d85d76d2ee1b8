"""Counting events, and whom they strike."""

from tests.drivers.simulation.histories import event, fault

from trader247.drivers.simulation.plan import Fault, Plan, Point, Stage
from trader247.drivers.simulation.points import Points


def numbers(points: Points, point: Point, name: str, stage: Stage = Stage.BEFORE, now_s: float = 100.0) -> list[int]:
    return [number for number, _ in points.reached(point, name, stage, now_s)]


def of(*faults: Fault) -> Points:
    return Points(Plan(faults))


def test_the_nth_event_of_the_name_strikes_and_no_other() -> None:
    points = of(fault("process", "crash", event("write", "*Fill*", nth=2, after_s=0.0)))
    struck = [numbers(points, Point.WRITE, name) for name in ("FillBooked", "Other", "OrderChanged+FillBooked", "Fill")]
    assert struck == [[], [], [0], []]
    assert points.counts == {Point.WRITE: 4}


def test_events_before_its_time_and_of_the_other_stage_do_not_count() -> None:
    points = of(fault("process", "crash", event("call", "POST /orders", after_s=50.0, stage="after")))
    assert numbers(points, Point.CALL, "POST /orders", Stage.AFTER, 49.0) == []
    assert numbers(points, Point.CALL, "POST /orders", Stage.BEFORE) == []
    assert numbers(points, Point.CALL, "POST /orders", Stage.AFTER) == [0]


def test_of_several_at_one_event_the_first_of_the_plan_strikes_first() -> None:
    points = of(
        fault("rest", "garbage", event("call", after_s=0.0)), fault("process", "crash", event("call", after_s=0.0))
    )
    assert numbers(points, Point.CALL, "GET /time") == [0, 1]


def test_times_come_soonest_first_and_a_healed_plan_strikes_nothing() -> None:
    points = of(
        fault("process", "crash"),
        fault("market", "gap", event("time", after_s=5.0)),
        fault("rest", "garbage", event("call", after_s=0.0)),
    )
    assert [number for number, _ in points.timed] == [1, 0]
    assert points.watches(Point.CALL)
    points.heal()
    assert not points.timed
    assert not points.watches(Point.CALL)
    assert numbers(points, Point.CALL, "GET /time") == []
