"""The table of commands."""

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from tests.cli.daemon_samples import call

from trader247 import __version__
from trader247.cli import main as module
from trader247.cli.main import COMMANDS, main
from trader247.errors import (
    AnotherInstanceRuns,
    ConfigurationInvalid,
    RefusedByGate,
    Trader247Error,
    UnrecoverableFault,
)

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "cli.md"


def test_help_lists_every_command_in_its_order() -> None:
    lines = call("--help").output.split("Commands:")[1].split("\n")
    assert [line.split()[0] for line in lines if line.strip()] == list(COMMANDS)


def test_version_is_the_packages() -> None:
    assert call("--version").output == f"trader247, version {__version__}\n"


def test_every_command_can_be_loaded_and_explains_itself() -> None:
    context = click.Context(main)
    for name in COMMANDS:
        command = main.get_command(context, name)
        assert command is not None
        assert command.help, name
        assert call(name, "--help").exit_code == 0


def test_an_unknown_command_is_a_usage_error() -> None:
    told = call("trade-everything")
    assert told.exit_code == 2
    assert "No such command" in told.stderr


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Trader247Error("it failed"), 1),
        (ConfigurationInvalid("wrong"), 2),
        (RefusedByGate("not yet"), 3),
        (AnotherInstanceRuns("pid 7"), 4),
        (UnrecoverableFault("the end"), 5),
        (KeyboardInterrupt(), 130),
    ],
)
def test_an_error_is_one_line_and_its_exit_code(
    error: BaseException, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    @click.command()
    def broken() -> None:
        raise error

    monkeypatch.setattr(module.Commands, "get_command", lambda *_: broken)
    told = CliRunner().invoke(main, ["status"])
    assert told.exit_code == code
    assert told.stderr == (f"{error}\n" if str(error) else "")


@pytest.mark.parametrize("argument", ["--version", "--help"])
def test_version_and_help_load_no_more_than_click(argument: str) -> None:
    heavy = (
        "trio",
        "httpx",
        "sqlalchemy",
        "starlette",
        "structlog",
        "prometheus_client",
        "rich",
        "msgspec",
        "hypercorn",
    )
    code = (
        "import sys\nfrom trader247.cli.main import main\n"
        f"try:\n    main([{argument!r}])\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {heavy!r} if name in sys.modules], file=sys.stderr)"
    )
    source = Path(module.__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(source)},
        timeout=30,
    )
    assert done.stderr.strip() == "[]"


def reference_page() -> str:
    """The page, as Markdown, from the help of every command."""
    lines = [
        "# Command line",
        "",
        "`trader247 COMMAND` (the same as `python -m trader247`). Generated from the commands' own help.",
        "",
        "Exit codes: 0 done, 1 failed or found differences, 2 usage or configuration, 3 refused by a gate, 4 another",
        "instance runs, 5 stopped by an unrecoverable fault, 75 ended the hard way because a part of it could not be",
        "stopped, 130 interrupted. Reading commands take `--json`, with the",
        "keys of the [HTTP API](http-api.md); they ask the daemon over the control socket in its data folder.",
        "",
    ]
    root = click.Context(main, info_name="trader247", terminal_width=100, **main.context_settings)
    for name in COMMANDS:
        command = main.get_command(root, name)
        assert command is not None
        lines += _section(command, click.Context(command, info_name=name, parent=root, terminal_width=100))
    return "\n".join(lines)


def _section(command: click.Command, context: click.Context) -> list[str]:
    lines = [f"## {context.command_path}", "", "```text", command.get_help(context), "```", ""]
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            lines += _section(below, click.Context(below, info_name=name, parent=context, terminal_width=100))
    return lines


def test_the_reference_page_is_up_to_date() -> None:
    made = reference_page()
    if os.environ.get("TRADER247_WRITE_PAGES"):
        PAGE.write_text(made, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == made, (
        "docs/reference/cli.md differs from the commands: run this test with TRADER247_WRITE_PAGES=1"
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_an_output_that_is_full_is_told_in_a_line() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "trader247", "--version"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert "No space left on device" in done.stderr
