"""The commands that steer."""

import json
from pathlib import Path

import pytest
from tests.cli.daemon_samples import call, daemon, typed


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
