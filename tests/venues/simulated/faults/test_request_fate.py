"""What becomes of a request."""

import pytest
from tests.venues.simulated.faults.plans import desk, on_request
from tests.venues.simulated.rig import START

from trader247.venues.simulated.faults.plan import Ending, Kind, Point
from trader247.venues.simulated.faults.request_fate import GARBLED, UNTOUCHED, RequestFate, fate_of


def fate(*entries: dict[str, object]) -> RequestFate:
    return fate_of(desk(*entries).strike(Point.REQUEST, "POST /orders", START))


def test_nothing_wrong_is_nothing_changed() -> None:
    assert fate() == UNTOUCHED


def test_waits_add_up_on_their_side() -> None:
    made = fate(
        on_request("latency", seconds=1),
        on_request("latency", seconds=2),
        on_request("latency", seconds=4, side="after"),
    )
    assert (made.before_s, made.after_s) == (3, 4)


@pytest.mark.fault("RA-03", "RA-04")
def test_an_error_before_processes_nothing_and_one_after_does() -> None:
    before = fate(on_request("http_status", code=503, body="html"))
    after = fate(on_request("http_status", code=502, side="after"))
    assert (before.times, after.times) == (0, 1)
    assert before.forged is not None
    assert before.forged.body.startswith(b"<!DOCTYPE html>")
    assert after.forged is not None
    assert after.forged.status == 502


def test_of_several_endings_errors_and_cuts_the_first_counts() -> None:
    made = fate(
        on_request("lost_before", ending="silence"),
        on_request("reset"),
        on_request("http_status", code=429),
        on_request("garble"),
        on_request("truncate", bytes=3),
        on_request("truncate", bytes=9),
        on_request("reset", side="after"),
    )
    assert (made.ending_before, made.ending_after, made.keep_bytes) == (Ending.SILENCE, Ending.RESET, 3)
    assert made.forged is not None
    assert made.forged.status == 429


def test_the_order_engine_gets_what_is_its_own() -> None:
    made = fate(on_request("late_accept", seconds=2), on_request("cancel_lost_race"), on_request("maintenance"))
    assert [hit.kind for hit in made.for_orders] == [Kind.LATE_ACCEPT, Kind.CANCEL_LOST_RACE]


def test_a_garbled_answer_has_a_good_status_and_is_no_json() -> None:
    made = fate(on_request("garble"), on_request("duplicate"))
    assert (made.forged, made.times) == (GARBLED, 2)
