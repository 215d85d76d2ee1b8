"""Frames on their way."""

import json
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.venues.simulated.faults.plans import desk, on_frame
from tests.venues.simulated.rig import START, at

from trader247.venues.simulated.faults import frame_line
from trader247.venues.simulated.faults.frame_line import FrameLine


def frame(number: int, channel: str = "ticker") -> str:
    return (
        f'{{"channel":"{channel}","client_id":"","timestamp":"2026-09-27T10:00:00Z",'
        f'"sequence_num":{number},"events":[{{"sequence_num":5}}]}}'
    )


def line(*entries: dict[str, Any]) -> FrameLine:
    return FrameLine(desk(*entries), 1)


def numbers(frames: Iterable[str]) -> list[int]:
    return [json.loads(each)["sequence_num"] for each in frames]


def sent(made: FrameLine, count: int = 5) -> list[int]:
    return numbers(made.pass_on([frame(number) for number in range(count)], START))


def test_frames_pass_as_they_are_where_nothing_goes_wrong() -> None:
    assert line().pass_on([frame(3)], START) == [frame(3)]


@pytest.mark.fault("WS-03")
def test_a_lost_frame_leaves_its_hole_and_a_gap_is_one_without_a_loss() -> None:
    assert sent(line(on_frame("drop", nth=2))) == [0, 2, 3, 4]
    assert sent(line(on_frame("gap", nth=2, by=3))) == [0, 4, 5, 6, 7]


@pytest.mark.fault("WS-04")
def test_a_duplicate_keeps_its_number() -> None:
    assert sent(line(on_frame("duplicate", nth=2))) == [0, 1, 1, 2, 3, 4]


@pytest.mark.fault("WS-05")
def test_a_frame_that_is_passed_comes_behind_so_many_others() -> None:
    assert sent(line(on_frame("reorder", nth=2, by=2))) == [0, 2, 3, 1, 4]


@pytest.mark.fault("WS-15")
def test_a_truncated_frame_is_no_json() -> None:
    assert line(on_frame("truncate", bytes=12)).pass_on([frame(0)], START) == ['{"channel":"']


@pytest.mark.fault("WS-01")
def test_a_stall_is_silence_and_the_numbers_do_not_show_it() -> None:
    made = line(on_frame("stall", nth=3, for_s=10))
    assert sent(made) == [0, 1]
    assert numbers(made.pass_on([frame(5)], at(9))) == []
    assert numbers(made.pass_on([frame(6), frame(7)], at(10))) == [2, 3]


@pytest.mark.fault("WS-09")
def test_one_channel_may_be_dead_while_heartbeats_go_on() -> None:
    made = line(on_frame("stall", "user", scope="channel"))
    frames = [
        frame(0, "heartbeats"),
        frame(1, "user"),
        frame(2, "heartbeats"),
        frame(3, "user"),
        frame(4, "heartbeats"),
    ]
    assert numbers(made.pass_on(frames, START)) == [0, 1, 2]


@pytest.mark.fault("WS-16")
def test_a_slow_line_is_late_in_order_and_says_when() -> None:
    made = line(on_frame("latency", nth=2, seconds=5), on_frame("latency", nth=3, seconds=1))
    assert sent(made) == [0]
    assert made.next_release() == at(5)
    assert made.released(at(4)) == []
    assert numbers(made.pass_on([frame(5)], at(5))) == [1, 2, 3, 4, 5]
    assert made.next_release() is None


def test_a_closed_and_a_reset_connection_are_asked_for() -> None:
    made = line(on_frame("close"), on_frame("reset", nth=2), on_frame("maintenance", nth=2))
    made.pass_on([frame(0)], START)
    assert (made.wants_close, made.wants_reset) == (True, False)
    made.pass_on([frame(1)], START)
    assert made.wants_reset
    assert [hit.kind for hit in made.other_hits] == ["maintenance"]


def test_an_error_frame_has_no_number_and_its_own_name() -> None:
    error = '{"type":"error","message":"authentication failure"}'
    made = line(on_frame("gap", "ticker"), on_frame("stall", "error", nth=2, scope="channel"))
    assert made.pass_on([frame(0), error], START) == [frame(1), error]
    assert made.pass_on([error, frame(1)], START) == [frame(2)]


def test_what_waits_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame_line, "_HELD_MAX", 3)
    made = line(on_frame("latency", seconds=1000))
    sent(made, 9)
    assert len(made.released(START)) == 6


_KINDS = st.sampled_from(["drop", "duplicate", "gap", "reorder", "truncate", "latency", "close"])
_ENTRIES = st.lists(st.tuples(_KINDS, st.floats(0.05, 0.5)), max_size=4)


@given(_ENTRIES, st.integers(0, 99))
@settings(deadline=None)
def test_nothing_but_a_drop_loses_a_frame_and_nothing_is_sent_twice_unasked(
    kinds: list[tuple[str, float]], seed: int
) -> None:
    entries = [
        {"on": "frame", "kind": kind, "rate": rate} | ({"seconds": 2} if kind == "latency" else {})
        for kind, rate in kinds
    ]
    made = FrameLine(desk(*entries, seed=seed), 1)
    out = made.pass_on([frame(number) for number in range(50)], START)
    out += made.released(at(10)) + [held.text for held in made._held]
    used = {kind for kind, _ in kinds}
    if "duplicate" not in used:
        assert len(out) <= 50
    if "drop" not in used:
        assert len(out) >= 50
    if not used & {"reorder", "truncate", "duplicate"}:
        assert numbers(out) == sorted(set(numbers(out)))
