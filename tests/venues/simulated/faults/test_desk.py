"""Which fault applies to which event."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.venues.simulated.faults.plans import desk, on_frame, on_request, plan
from tests.venues.simulated.rig import START, at

from trader247.venues.simulated.faults import desk as module
from trader247.venues.simulated.faults.desk import FaultDesk
from trader247.venues.simulated.faults.plan import Kind, Point


def struck(made: FaultDesk, count: int, name: str = "POST /orders") -> list[int]:
    """The numbers, from 1, of the events that something went wrong with."""
    return [number for number in range(1, count + 1) if made.strike(Point.REQUEST, name, START)]


def test_the_kth_of_its_name_is_struck_and_others_are_not_counted() -> None:
    made = desk(on_request("lost_after", "POST /orders", nth=2))
    assert not made.strike(Point.REQUEST, "POST /orders", START)
    assert not made.strike(Point.REQUEST, "GET /accounts", START)
    assert not made.strike(Point.FRAME, "POST /orders", START)
    (hit,) = made.strike(Point.REQUEST, "POST /orders", START)
    assert (hit.kind, hit.arguments) == (Kind.LOST_AFTER, {"ending": "close"})
    assert struck(made, 10) == []


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({"nth": [2, 5]}, [2, 5]),
        ({"every": 3}, [3, 6, 9]),
        ({"every": 3, "first": 5}, [7, 10]),
        ({"every": 1, "times_max": 2}, [1, 2]),
        ({"rate": 1.0, "first": 9}, [9, 10]),
    ],
)
def test_events_are_addressed_by_number(when: dict[str, object], expected: list[int]) -> None:
    assert struck(desk({"on": "request", "kind": "lost_after", **when}), 10) == expected


def test_a_rate_is_drawn_from_the_seed_alone() -> None:
    entry = {"on": "request", "kind": "lost_after", "rate": 0.3}
    first = struck(desk(entry, seed=1), 1_000)
    assert struck(desk(entry, seed=1), 1_000) == first
    assert struck(desk(entry, seed=2), 1_000) != first
    assert 200 < len(first) < 400
    assert struck(FaultDesk(plan(entry, seed=1), 99, START), 1_000) == first, "a plan's own seed goes before the run's"


@given(st.lists(st.sampled_from(["latency", "duplicate", "garble", "reset"]), min_size=1, max_size=5), st.integers(0))
@settings(deadline=None)
def test_taking_one_fault_out_leaves_the_others_where_they_were(kinds: list[str], seed: int) -> None:
    entries = [
        {"on": "request", "kind": kind, "rate": 0.2} | ({"seconds": [1, 9]} if kind == "latency" else {})
        for kind in dict.fromkeys(kinds)
    ]
    whole, less = desk(*entries, seed=seed), desk(*entries[1:], seed=seed)
    kept = {Kind(str(entry["kind"])) for entry in entries[1:]}
    for _ in range(50):
        hits = [hit for hit in whole.strike(Point.REQUEST, "x", START) if hit.kind in kept]
        assert hits == list(less.strike(Point.REQUEST, "x", START))


def test_two_faults_that_say_the_same_draw_apart() -> None:
    entry = {"on": "request", "kind": "duplicate", "rate": 0.5}
    made = desk(entry, entry)
    assert {len(made.strike(Point.REQUEST, "x", START)) for _ in range(50)} == {0, 1, 2}


def test_a_length_of_two_values_is_drawn_between_them() -> None:
    made = desk({"on": "request", "every": 1, "kind": "latency", "seconds": [1, 2]})
    drawn = [made.strike(Point.REQUEST, "x", START)[0].seconds() for _ in range(100)]
    assert all(1 <= each <= 2 for each in drawn)
    assert len(set(drawn)) > 50


def test_frames_of_one_connection_are_counted_apart() -> None:
    made = desk(on_frame("drop", connection=2, nth=2))
    assert [bool(made.strike(Point.FRAME, "user", START, number)) for number in (1, 2, 1, 2)] == [
        False,
        False,
        False,
        True,
    ]


def test_the_clocks_faults_come_once_and_in_their_order() -> None:
    made = desk(
        {"on": "time", "after_s": 10, "kind": "maintenance"},
        {"on": "time", "after_s": 5, "kind": "clock_skew", "seconds": -2},
    )
    assert made.due(at(4.9)) == []
    assert [hit.kind for hit in made.due(at(5))] == [Kind.CLOCK_SKEW]
    assert [hit.kind for hit in made.due(at(60))] == [Kind.MAINTENANCE]
    assert made.due(at(61)) == []


def test_every_injection_is_counted_told_and_logged() -> None:
    told: list[str] = []
    made = FaultDesk(
        plan(on_request("latency", "GET *", seconds=1), on_request("duplicate")),
        1,
        START,
        on_injected=lambda injected: told.append(str(injected)),
    )
    made.strike(Point.REQUEST, "GET /time", at(3))
    assert made.counts == {Kind.LATENCY: 1, Kind.DUPLICATE: 1}
    assert [(each.number, each.fault, each.at) for each in made.log] == [(1, 0, at(3)), (2, 1, at(3))]
    assert told[0] == "#1 latency (faults[0]) on request GET /time, event 1 of this fault"


def test_the_log_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LOG_MAX", 3)
    made = desk({"on": "request", "every": 1, "kind": "duplicate"})
    for _ in range(9):
        made.strike(Point.REQUEST, "x", START)
    assert [each.number for each in made.log] == [7, 8, 9]
    assert made.counts == {Kind.DUPLICATE: 9}
