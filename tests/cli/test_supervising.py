"""``check`` and the options of ``supervise``; what a running daemon does stands in tests/system."""

import json

import pytest
from click.testing import CliRunner

from trader247.cli.main import main


@pytest.mark.req("M1")
def test_the_shipped_configuration_is_valid_dry_run_and_read_only() -> None:
    done = CliRunner().invoke(main, ["check"])
    assert done.exit_code == 0, done.output
    assert "valid, DRY_RUN, read only, embedded" in done.output


@pytest.mark.req("C1")
def test_check_tells_every_error_at_once_and_programs_get_them_as_json() -> None:
    wrong = ["--set", "policy.caps.total_pct=250", "--set", "app.mode=YOLO"]
    done = CliRunner().invoke(main, ["check", *wrong, "--json"])
    assert done.exit_code == 2
    keys = {fault["key"] for fault in json.loads(done.output)["faults"]}
    assert {"policy.caps.total_pct", "app.mode"} <= keys


@pytest.mark.parametrize("text", ["soon", "-5s", "0", "7w"])
def test_a_duration_that_is_none_is_a_usage_error(text: str) -> None:
    done = CliRunner().invoke(main, ["supervise", "--duration", text])
    assert done.exit_code == 2
    assert text in done.output


def test_several_markets_go_together_only_as_replays() -> None:
    done = CliRunner().invoke(main, ["supervise", "--market", "generated", "--market", "replay:x.csv"])
    assert done.exit_code == 2
    assert "replay:FILE" in done.output
