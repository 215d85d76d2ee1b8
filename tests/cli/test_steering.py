"""The commands that steer."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.board_samples import at
from tests.cli.daemon_samples import call, daemon, typed
from tests.core.breaker_samples import breaker_line

from trader247.cli.main import main
from trader247.errors import ConfigurationInvalid, RefusedByGate, Trader247Error
from trader247.messages.bans import Ban, BanKind, InstrumentBanned
from trader247.messages.breakers import BreakersListed, BreakerState
from trader247.model.instrument import Symbol
from trader247.runtime.offload import ThreadOffload


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


@pytest.mark.parametrize("command", ["halt", "resume", "pause", "activate", "flatten"])
def test_without_a_reason_nothing_is_asked_and_the_exit_code_is_2(tmp_path: Path, command: str) -> None:
    assert call(command, "--data-dir", str(tmp_path)).exit_code == 2
    assert call(command, "--reason", "  ", "--data-dir", str(tmp_path)).exit_code == 2


async def test_what_the_daemon_refuses_is_told_with_exit_code_3(tmp_path: Path) -> None:
    async with daemon(tmp_path) as control:
        control.refusal = "the kill file is still there: remove data/KILL_SWITCH first"
        answer = await typed(tmp_path, "resume", "--reason", "x")
    assert (answer.exit_code, answer.stderr) == (3, control.refusal + "\n")


@pytest.mark.req("R3")
@pytest.mark.parametrize(
    ("typed_in", "extra", "done"),
    [("y\n", (), True), ("n\n", (), False), ("", ("--yes",), True)],
    ids=["yes", "no", "not asked"],
)
async def test_everything_is_sold_only_after_a_yes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed_in: str, extra: tuple[str, ...], *, done: bool
) -> None:
    monkeypatch.setattr("trader247.cli.steering._somebody_is_there", lambda: True)
    words = ("flatten", "--reason", "I am leaving", *extra, "--data-dir", str(tmp_path))
    async with daemon(tmp_path) as control:
        answer = await ThreadOffload().run(lambda: CliRunner().invoke(main, words, input=typed_in))
    assert control.told == ([("flatten", "I am leaving", "operator (control socket)")] if done else [])
    assert answer.exit_code == (0 if done else 1)
    assert ("Sell every position now?" in answer.stderr) is not bool(extra)
    assert ("selling every position: I am leaving" in answer.output) is done


@pytest.mark.req("R3")
async def test_where_nobody_can_be_asked_everything_is_sold_only_with_yes_said(tmp_path: Path) -> None:
    async with daemon(tmp_path) as control:
        answer = await typed(tmp_path, "flatten", "--reason", "x")
        said = await typed(tmp_path, "flatten", "--reason", "x", "--yes")
    assert (answer.exit_code, said.exit_code, len(control.told)) == (2, 0, 1)
    assert "say --yes to sell every position" in answer.stderr


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


@pytest.mark.req("CB2")
@pytest.mark.parametrize(
    ("verb", "state", "said"), [("open", "OPEN", "orders is held open"), ("close", "CLOSED", "orders is closed")]
)
async def test_an_operator_opens_and_closes_a_breaker_with_a_reason(
    tmp_path: Path, verb: str, state: str, said: str
) -> None:
    async with daemon(tmp_path) as control:
        answer = await typed(tmp_path, "breaker", verb, "orders", "--reason", "the venue migrates")
        unknown = await typed(tmp_path, "breaker", verb, "moon", "--reason", "x")
    assert (answer.exit_code, answer.output) == (0, f"{said}: the venue migrates\n")
    assert control.told == [("breaker", "orders", state, "the venue migrates", "operator (control socket)")]
    assert (unknown.exit_code, unknown.stderr) == (1, "there is no breaker 'moon'; there are: orders\n")


@pytest.mark.req("CB2")
async def test_the_list_of_breakers_shows_what_each_stops_and_who_holds_it(tmp_path: Path) -> None:
    held = breaker_line(state=BreakerState.OPEN, by="anna", why="the venue migrates", failures=1)
    async with daemon(tmp_path, BreakersListed((held,))):
        answer = await typed(tmp_path, "breaker", "list")
        as_json = await typed(tmp_path, "breaker", "list", "--json")
    assert answer.output.splitlines()[1].split(maxsplit=2)[:2] == ["orders", "OPEN"]
    assert "1 of 3 in 60 s" in answer.output
    assert "anna" in answer.output
    assert json.loads(as_json.output)["breakers"][0]["stops"] == "entries"


@pytest.mark.req("U4")
async def test_an_operator_bans_an_instrument_and_lifts_the_ban(tmp_path: Path) -> None:
    flagged = Ban(Symbol("BTC-USD"), BanKind.EXPLOIT, "bridge drained", "anna", at(0).utc, at(60).utc)
    async with daemon(tmp_path, InstrumentBanned(flagged)) as control:
        given = await typed(tmp_path, "ban", "eth/usd", "--kind", "exploit", "--reason", "drained", "--hours", "2")
        lifted = await typed(tmp_path, "unban", "BTC-USD", "--reason", "it was another coin")
        shown = await typed(tmp_path, "bans")
        as_json = await typed(tmp_path, "bans", "--json")
        in_status = await typed(tmp_path, "status")
    assert given.output.startswith("ETH-USD is banned until 2026-")
    assert lifted.output == "BTC-USD is banned no more: it was another coin\n"
    assert [told[:2] for told in control.told] == [("ban", "ETH-USD"), ("unban", "BTC-USD")]
    assert "bridge drained" in shown.output
    assert json.loads(as_json.output)["bans"][0]["kind"] == "exploit"
    assert "banned    BTC-USD until 2026-" in in_status.output


@pytest.mark.req("U4")
@pytest.mark.parametrize("instrument", ["", "../x", "BTC-USD?x=1", "nope"])
def test_what_is_no_instrument_is_not_asked_for(instrument: str, tmp_path: Path) -> None:
    for words in (["ban", instrument, "--kind", "exploit"], ["unban", instrument]):
        done = call(*words, "--reason", "x", "--data-dir", str(tmp_path))
        assert (done.exit_code, "not a symbol of the form BASE-QUOTE" in done.output) == (2, True)


@pytest.mark.req("U4")
def test_a_ban_needs_a_kind_a_reason_and_a_sensible_time(tmp_path: Path) -> None:
    for words in (["--reason", "x"], ["--kind", "exploit"], ["--kind", "exploit", "--reason", "x", "--hours", "0"]):
        assert call("ban", "BTC-USD", *words, "--data-dir", str(tmp_path)).exit_code == 2
