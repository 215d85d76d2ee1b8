"""Reading plans."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.venues.simulated.faults.plans import on_frame, on_request, plan

from trader247.errors import ConfigurationInvalid
from trader247.venues.simulated.faults.kinds import KINDS, REQUIRED
from trader247.venues.simulated.faults.mispricing import MISPRICED
from trader247.venues.simulated.faults.plan import Kind, Point, When
from trader247.venues.simulated.faults.plan_file import FaultPlanInvalid, plan_text, read_plan


def refused(content: object) -> tuple[str, ...]:
    with pytest.raises(FaultPlanInvalid) as caught:
        read_plan(content if isinstance(content, str) else json.dumps(content), "plan.json")
    assert caught.value.exit_code == 2
    assert str(caught.value).count("plan.json: ") == len(caught.value.faults)
    return caught.value.faults


def test_an_entry_gets_the_defaults_of_its_kind() -> None:
    (fault,) = plan({"on": "request", "nth": [1, 3], "kind": "lost_after"}).faults
    assert (fault.point, fault.kind, fault.match) == (Point.REQUEST, Kind.LOST_AFTER, "*")
    assert fault.when == When(nth=(1, 3))
    assert fault.arguments == {"ending": "close"}


def test_all_that_is_wrong_is_told_at_once_with_its_place() -> None:
    faults = refused(
        {
            "version": 2,
            "sed": 1,
            "faults": [
                {"on": "request", "nth": 1, "kind": "http_status", "code": 200, "colour": "red"},
                {"on": "frame", "every": 0, "kind": "lost_after"},
                {"on": "sometimes", "rate": 2, "kind": "explode"},
                {"on": "time", "nth": 1, "kind": "maintenance"},
                {"on": "request", "nth": 1, "every": 2, "kind": "latency"},
                7,
            ],
        }
    )
    assert [each.partition(":")[0] for each in faults] == [
        "top level.sed",
        "version",
        "faults[0].colour",
        "faults[0].code",
        "faults[1].every",
        "faults[1].kind",
        "faults[2].on",
        "faults[2].kind",
        "faults[2].rate",
        "faults[3].nth",
        "faults[4].nth",
        "faults[4].seconds",
        "faults[5]",
    ]
    assert faults[3] == "faults[0].code: 200 is not allowed (a whole number from 400 to 599)"


def test_numbers_beyond_any_float_and_keys_that_would_steer_a_terminal_are_told_plainly() -> None:
    faults = refused(
        {
            "version": 1,
            "faults": [{"on": "request", "rate": 10**400, "kind": "lost_after"}, {"\u001b[31mX\n": 1, "on": "request"}],
        }
    )
    assert any(each.startswith("faults[0].rate: 1000") for each in faults)
    assert not any("\u001b" in each or "\n" in each for each in faults)


@pytest.mark.parametrize(
    "text",
    ["", "{", '{"version": 1, "version": 1, "faults": []}', '{"version": 1, "faults": [NaN]}', "[" * 100_000],
)
def test_what_is_no_json_is_refused_in_one_line(text: str) -> None:
    (fault,) = refused(text)
    assert fault.startswith("it is no JSON: ")


@pytest.mark.parametrize("content", [[], None, {}, {"version": 1}, {"version": True, "faults": []}])
def test_what_is_no_plan_is_refused(content: object) -> None:
    assert refused(content)


@pytest.mark.parametrize(
    "change",
    [
        {"match": ""},
        {"match": 1},
        {"connection": 1},
        {"first": 2},
        {"times_max": 0},
        {"nth": []},
        {"nth": [1, "2"]},
        {"seconds": [3, 1]},
        {"seconds": True},
        {"seconds": "1"},
        {"side": "beside"},
    ],
)
def test_a_bad_value_is_named(change: dict[str, Any]) -> None:
    (fault,) = refused({"version": 1, "faults": [on_request("latency", seconds=1) | change]})
    assert fault.startswith(f"faults[0].{next(iter(change))}: ")


def test_frames_may_be_narrowed_to_one_connection() -> None:
    assert plan(on_frame("drop", connection=2)).faults[0].connection == 2


def test_an_entry_may_say_why() -> None:
    assert plan(on_frame("drop", why="as in the incident")).faults


_VALUES = {
    "seconds": st.one_of(st.floats(0.001, 100), st.tuples(st.floats(0.001, 1), st.floats(1, 100)).map(list)),
    "for_s": st.none() | st.floats(0.001, 100),
    "code": st.integers(400, 599),
    "mode": st.sampled_from(["online", "cancel_only"]),
    "price": st.sampled_from(sorted(MISPRICED)),
}


@st.composite
def entries(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(list(Kind)))
    point = draw(st.sampled_from(KINDS[kind].points))
    when: dict[str, Any] = draw(
        st.fixed_dictionaries({"nth": st.integers(1, 9)})
        | st.fixed_dictionaries({"every": st.integers(1, 9), "first": st.integers(1, 9)})
        | st.fixed_dictionaries({"rate": st.floats(0.001, 1), "times_max": st.integers(1, 9)})
    )
    if point is Point.TIME:
        when = {"after_s": draw(st.floats(0, 1000))}
    arguments = {
        name: draw(_VALUES[name])
        for name, argument in KINDS[kind].arguments.items()
        if argument.default is REQUIRED or (name in _VALUES and draw(st.booleans()))
    }
    if kind is Kind.CLOCK_SKEW:
        arguments["seconds"] = draw(st.integers(-100, 100))
    return {"on": point.value, "kind": kind.value, **when, **arguments}


@given(st.lists(entries(), max_size=5), st.none() | st.integers(0, 99))
@settings(deadline=None)
def test_a_plan_written_reads_back_as_the_same_plan(faults: list[dict[str, Any]], seed: int | None) -> None:
    made = plan(*faults, seed=seed)
    assert read_plan(plan_text(made)) == made


json_values: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
_KEYS = st.sampled_from(["on", "kind", "match", "nth", "every", "rate", "after_s", "first", "times_max", "seconds"])


@given(st.dictionaries(_KEYS, json_values | st.sampled_from(["request", "frame", "latency", "drop"])))
@settings(deadline=None)
def test_whatever_an_entry_holds_it_is_read_or_refused_in_words(entry: dict[str, Any]) -> None:
    told = ""
    try:
        read_plan(json.dumps({"version": 1, "faults": [entry]}))
    except ConfigurationInvalid as refused:
        told = str(refused)
    assert not told or "faults[0]" in told or "JSON" in told
