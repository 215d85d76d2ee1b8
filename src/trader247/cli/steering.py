"""The commands that steer: halt, resume, pause, activate, flatten, accept-balances, reload, chaos crash.

Each tells it once.
"""

import sys
from pathlib import Path

import click

from trader247.cli.rendering import show_json
from trader247.cli.socket_client import ControlClient, Declined, data_dir_option, json_option
from trader247.errors import ConfigurationInvalid, Trader247Error

__all__ = ["accept_balances", "activate", "chaos", "flatten", "halt", "pause", "reload", "resume"]

_reason = click.option("--reason", required=True, help="Why; it goes into the journal.")


def _tell(data_dir: Path, act: str, reason: str, done: str, *, as_json: bool) -> None:
    if not reason.strip():
        raise click.BadParameter("a reason of only blanks is none", param_hint="--reason")
    told = ControlClient(data_dir).tell(f"/api/v1/{act}", {"reason": reason})
    if as_json:
        show_json(told)
    else:
        click.echo(f"{done}: {told['reason']}")


@click.command()
@_reason
@data_dir_option
@json_option
def halt(reason: str, data_dir: Path, as_json: bool) -> None:
    """Halt now: entries refused, working orders cancelled, until somebody resumes; survives restarts."""
    _tell(data_dir, "halt", reason, "halted", as_json=as_json)


@click.command()
@_reason
@data_dir_option
@json_option
def resume(reason: str, data_dir: Path, as_json: bool) -> None:
    """End a halt; entries become possible once every guard says yes."""
    _tell(data_dir, "resume", reason, "resumed", as_json=as_json)


@click.command()
@_reason
@data_dir_option
@json_option
def pause(reason: str, data_dir: Path, as_json: bool) -> None:
    """No new positions; exits and cancels go on."""
    _tell(data_dir, "pause", reason, "paused", as_json=as_json)


@click.command()
@_reason
@data_dir_option
@json_option
def activate(reason: str, data_dir: Path, as_json: bool) -> None:
    """Allow entries again after a pause."""
    _tell(data_dir, "activate", reason, "active", as_json=as_json)


def _somebody_is_there() -> bool:
    """Whether a person can be asked."""
    return sys.stdin.isatty()


@click.command()
@_reason
@click.option("--yes", is_flag=True, help="Do not ask; needed where there is no terminal to ask on.")
@data_dir_option
@json_option
def flatten(reason: str, yes: bool, data_dir: Path, as_json: bool) -> None:
    """Sell every position at once, as takers, and enter none until ``activate``; refused in a halt."""
    if not yes:
        if not _somebody_is_there():
            raise click.UsageError("nobody is there to ask; say --yes to sell every position")
        click.confirm("Sell every position now?", abort=True, err=True)
    _tell(data_dir, "flatten", reason, "selling every position", as_json=as_json)


@click.command(name="accept-balances")
@_reason
@data_dir_option
@json_option
def accept_balances(reason: str, data_dir: Path, as_json: bool) -> None:
    """Take the venue's balances that differ into the books: a deposit, a withdrawal, a trade made by hand."""
    _tell(data_dir, "accept-balances", reason, "accepted", as_json=as_json)


@click.command()
@_reason
@data_dir_option
@json_option
def reload(reason: str, data_dir: Path, as_json: bool) -> None:
    """Take over the changed configuration files while trading goes on; all of them, or nothing and why."""
    try:
        told = ControlClient(data_dir).tell("/api/v1/reload", {"reason": reason})
    except Declined as error:
        if error.code != "bad_configuration":
            raise
        raise ConfigurationInvalid(str(error)) from None
    if as_json:
        show_json(told)
    else:
        click.echo(told["text"])


@click.group()
def chaos() -> None:
    """Fault injection, on the embedded venue only."""


@chaos.command()
@click.argument("actor")
@data_dir_option
@json_option
def crash(actor: str, data_dir: Path, as_json: bool) -> None:
    """Crash ACTOR once (a name of ``trader247 tree``), to see its supervisor restart it."""
    from urllib.parse import quote

    try:
        told = ControlClient(data_dir).tell(f"/api/v1/chaos/crash/{quote(actor, safe='')}", {})
    except Declined as error:
        if error.code != "not_found":
            raise
        raise Trader247Error("fault injection is offered only where the venue is embedded") from None
    if as_json:
        show_json(told)
    else:
        click.echo(f"crashed: {told['actor']}; see trader247 tree")
