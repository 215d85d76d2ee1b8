"""The commands that steer."""

import json
from pathlib import Path

import pytest
from tests.cli.daemon_samples import call, daemon, typed

from trader247.errors import ConfigurationInvalid, RefusedByGate, Trader247Error


@pytest.mark.req("K1")
@pytest.mark.parametrize(
    ("command", "told", "said"),
    [
        ("halt", "halt", "halted"),
        ("resume", "resume", "resumed"),
        ("pause", "REDUCING", "paused"),
        ("activate", "ACTIVE", "active"),
    ],
)
async def test_an_operator_steers_with_a_reason(tmp_path: Path, command: str, told: str, said: str) -> None:
    async with daemon(tmp_path) as control:
        answer = await typed(tmp_path, command, "--reason", "looks odd")
    assert (answer.exit_code, answer.output) == (0, f"{said}: looks odd\n")
    assert control.told == [(told, "looks odd", "operator (control socket)")]


@pytest.mark.parametrize("command", ["halt", "resume", "pause", "activate"])
def test_without_a_reason_nothing_is_asked_and_the_exit_code_is_2(tmp_path: Path, command: str) -> None:
    assert call(command, "--data-dir", str(tmp_path)).exit_code == 2
    assert call(command, "--reason", "  ", "--data-dir", str(tmp_path)).exit_code == 2


async def test_what_the_daemon_refuses_is_told_with_exit_code_3(tmp_path: Path) -> None:
    async with daemon(tmp_path) as control:
        control.refusal = "the kill file is still there: remove data/KILL_SWITCH first"
        answer = await typed(tmp_path, "resume", "--reason", "x")
    assert (answer.exit_code, answer.stderr) == (3, control.refusal + "\n")


async def test_an_actor_is_crashed_on_the_embedded_venue(tmp_path: Path) -> None:
    async with daemon(tmp_path, chaos=True) as control:
        answer = await typed(tmp_path, "chaos", "crash", "cycle", "--json")
        unknown = await typed(tmp_path, "chaos", "crash", "nobody")
    assert json.loads(answer.output) == {"done": True, "actor": "cycle"}
    assert control.told == [("crash", "cycle")]
    assert (unknown.exit_code, unknown.stderr) == (1, "no actor is called 'nobody'\n")


async def test_no_other_venue_offers_crashes(tmp_path: Path) -> None:
    async with daemon(tmp_path, chaos=False) as control:
        answer = await typed(tmp_path, "chaos", "crash", "cycle")
    assert (answer.exit_code, control.told) == (1, [])
    assert answer.stderr == "fault injection is offered only where the venue is embedded\n"


@pytest.mark.req("SUP6")
async def test_a_reload_prints_what_changed(tmp_path: Path) -> None:
    async with daemon(tmp_path) as control:
        answer = await typed(tmp_path, "reload", "--reason", "calmer")
        as_json = await typed(tmp_path, "reload", "--reason", "calmer", "--json")
    assert answer.exit_code == 0
    assert answer.output.startswith("in force: ")
    assert json.loads(as_json.output)["config_hash"] == "fedcba9876543210"
    assert control.told[0] == ("reload", "calmer", "operator (control socket)")


@pytest.mark.req("SUP6")
@pytest.mark.parametrize(
    ("failure", "code"),
    [(ConfigurationInvalid("2 faults"), 2), (RefusedByGate("restart the daemon"), 3), (Trader247Error("undone"), 1)],
)
async def test_a_reload_that_is_not_done_leaves_with_the_code_of_its_reason(
    tmp_path: Path, failure: Trader247Error, code: int
) -> None:
    async with daemon(tmp_path) as control:
        control.failure = failure
        answer = await typed(tmp_path, "reload", "--reason", "x")
        as_json = await typed(tmp_path, "reload", "--reason", "x", "--json")
    assert (answer.exit_code, answer.stderr) == (code, f"{failure}\n")
    assert (as_json.exit_code, json.loads(as_json.stdout)["error"]["text"]) == (code, str(failure))
