"""Plans and replays as files."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from trader247.drivers.simulation.layers import RULES
from trader247.drivers.simulation.plan_file import Replay, plan_of, plan_plain, read_plan, read_replay, replay_text
from trader247.drivers.simulation.swarm import PROFILES, drawn
from trader247.errors import ConfigurationInvalid

AT = {"point": "time", "after_s": 5}


@pytest.mark.parametrize("profile", PROFILES)
def test_every_drawn_plan_reads_back_as_itself(profile: str) -> None:
    for seed in range(5):
        plan = drawn(seed, 1.0, profile)
        assert plan_of(json.loads(json.dumps(plan_plain(plan))), "here") == plan


def test_a_replay_reads_back_as_itself_and_is_a_plan_as_well(tmp_path: Path) -> None:
    replay = Replay(7, 0.5, drawn(7, 0.5), ("a.b=1",), False, "abc", violated=("I-01",), story="what happened")
    path = tmp_path / "replay.json"
    path.write_text(replay_text(replay))
    assert read_replay(path) == replay
    assert read_plan(path) == replay.plan


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("x", "an object with layer, kind and at"),
        ({"layer": "moon", "kind": "full", "at": AT}, "faults[0].layer"),
        ({"layer": "process", "kind": "dance", "at": AT}, "of process there are crash, crash_twice, pause"),
        ({"layer": "process", "kind": ["crash"], "at": AT}, "faults[0].kind"),
        ({"layer": ["process"], "kind": "crash", "at": AT}, "faults[0].layer"),
        ({"layer": "process", "kind": "crash"}, "an object with a point"),
        ({"layer": "process", "kind": "crash", "at": {"point": "connection"}}, "this kind stands at"),
        ({"layer": "process", "kind": "crash", "at": AT | {"nth": 0}}, "a whole number from 1"),
        ({"layer": "process", "kind": "crash", "at": AT | {"whim": 1}}, "no such key"),
        ({"layer": "process", "kind": "crash", "at": AT, "for_s": 1}, "this kind takes nothing"),
        ({"layer": "process", "kind": "pause", "at": AT, "for_s": -1}, "seconds above 0"),
        ({"layer": "clock", "kind": "step", "at": AT}, "say it: how far ahead"),
        ({"layer": "rest", "kind": "garbage", "at": {"point": "call", "delta_s": 1}}, "no delta_s"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(entry: Any, told: str) -> None:
    with pytest.raises(ConfigurationInvalid, match=r"plan\.json") as caught:
        plan_of({"version": 1, "faults": [entry]}, "plan.json")
    assert told in str(caught.value)


@pytest.mark.parametrize("content", [[], {"version": 2, "faults": []}, {"faults": []}, {"version": 1, "faults": 3}])
def test_what_is_no_plan_is_refused(content: Any) -> None:
    with pytest.raises(ConfigurationInvalid):
        plan_of(content, "plan.json")


@pytest.mark.parametrize(
    "content",
    [
        "no json",
        "[" * 100_000,
        "[]",
        '{"version": 1}',
        '{"version": 1, "seed": -1, "hours": 1, "plan": {"version": 1, "faults": []}}',
    ],
)
def test_what_is_no_replay_is_refused(content: str, tmp_path: Path) -> None:
    path = tmp_path / "replay.json"
    path.write_text(content)
    with pytest.raises(ConfigurationInvalid, match=r"replay\.json"):
        read_replay(path)


@pytest.mark.parametrize("name", ["/dev/zero", "pipe"])
def test_a_device_or_a_pipe_is_not_read(name: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for read in (read_plan, read_replay):
        with pytest.raises(ConfigurationInvalid, match="no plain file"):
            read(tmp_path / name)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationInvalid, match="No such file"):
        read_plan(tmp_path / "none.json")


def test_the_table_of_kinds_has_every_layer_the_brief_of_a_plan_names() -> None:
    assert [layer.value for layer in RULES] == [
        *(
            "process",
            "clock",
            "database",
            "network",
            "rest",
            "stream",
            "orders",
            "market",
            "strategy",
            "actor",
            "operator",
            "alerts",
        )
    ]
