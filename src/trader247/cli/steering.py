"""The commands that steer: halt, resume, pause, activate, accept-balances, reload, chaos crash. Each tells it once."""

from pathlib import Path
from typing import Any

import click

from trader247.cli.rendering import show_json
from trader247.cli.socket_client import ControlClient, Declined, Refused, data_dir_option, json_option
from trader247.errors import ConfigurationInvalid, Trader247Error

__all__ = ["accept_balances", "activate", "chaos", "halt", "pause", "reload", "resume"]

_reason = click.option("--reason", required=True, help="Why; it goes into the journal.")


def _told(data_dir: Path, path: str, content: dict[str, str], *, as_json: bool) -> Any:
    """The daemon's answer. For programs a no is JSON too, in the shape of the API, with the same exit code."""
    try:
        return ControlClient(data_dir).tell(path, content)
    except (Declined, Refused) as error:
        wrong = isinstance(error, Declined) and error.code == "bad_configuration"
        if not as_json and wrong:
            raise ConfigurationInvalid(str(error)) from None
        if not as_json:
            raise
        show_json({"error": {"code": error.code, "text": str(error)}})
        raise SystemExit(ConfigurationInvalid.exit_code if wrong else error.exit_code) from None


def _tell(data_dir: Path, act: str, reason: str, done: str, *, as_json: bool) -> None:
    if not reason.strip():
        raise click.BadParameter("a reason of only blanks is none", param_hint="--reason")
    told = _told(data_dir, f"/api/v1/{act}", {"reason": reason}, as_json=as_json)
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
    told = _told(data_dir, "/api/v1/reload", {"reason": reason}, as_json=as_json)
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
    """Crash ACTOR once (a name of trader247 tree), to see its supervisor restart it."""
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
