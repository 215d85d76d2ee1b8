"""The commands that steer, by the names of ``__all__``.

Each tells it once.
"""

import sys
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import click

from trader247.cli.amounts import Amount
from trader247.cli.rendering import show_json, show_table, time_of
from trader247.cli.socket_client import ControlClient, Declined, Refused, data_dir_option, json_option
from trader247.errors import ConfigurationInvalid, Trader247Error
from trader247.model.instrument import symbol_of

__all__ = [
    "accept_balances",
    "activate",
    "ban",
    "bans",
    "breaker",
    "chaos",
    "flatten",
    "halt",
    "pause",
    "reload",
    "resume",
    "unban",
]

BAN_KINDS: Final = ("exploit", "regulatory", "delisting", "team_rug")

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


def _check(reason: str) -> None:
    if not reason.strip():
        raise click.BadParameter("a reason of only blanks is none", param_hint="--reason")


def _tell(data_dir: Path, act: str, reason: str, done: str, *, as_json: bool) -> None:
    _check(reason)
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
    told = _told(data_dir, "/api/v1/reload", {"reason": reason}, as_json=as_json)
    if as_json:
        show_json(told)
    else:
        click.echo(told["text"])


@click.command()
@click.argument("instrument")
@click.option("--kind", required=True, type=click.Choice(BAN_KINDS), help="Which red flag.")
@click.option("--hours", type=Amount(0, 8_760, min_open=True), help="For so long; else policy.ban_hours.")
@_reason
@data_dir_option
@json_option
def ban(*, instrument: str, kind: str, hours: float | None, reason: str, data_dir: Path, as_json: bool) -> None:
    """No entries into INSTRUMENT for a time; its exits go on. Survives restarts, and ends by itself."""
    _check(reason)
    terms: dict[str, str | float] = {"reason": reason, "kind": kind} | ({} if hours is None else {"hours": hours})
    told = ControlClient(data_dir).tell(f"/api/v1/bans/{_symbol(instrument)}", terms)
    if as_json:
        show_json(told)
    else:
        click.echo(f"{told['symbol']} is banned until {told['until']} ({told['kind']}): {told['reason']}")


@click.command()
@click.argument("instrument")
@_reason
@data_dir_option
@json_option
def unban(instrument: str, reason: str, data_dir: Path, as_json: bool) -> None:
    """Lift the ban of INSTRUMENT before its time."""
    _tell(data_dir, f"bans/{_symbol(instrument)}/lift", reason, f"{instrument} is banned no more", as_json=as_json)


@click.command()
@data_dir_option
@json_option
def bans(data_dir: Path, as_json: bool) -> None:
    """The bans in force."""
    told = ControlClient(data_dir).ask("/api/v1/bans")
    if as_json:
        show_json(told)
        return
    rows = [(row["symbol"], row["kind"], row["until"], row["by"], row["reason"]) for row in told["bans"]]
    show_table(("instrument", "kind", "until", "by", "why"), rows, "no instrument is banned")


def _symbol(text: str) -> str:
    try:
        return symbol_of(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="INSTRUMENT") from None


@click.group()
def breaker() -> None:
    """Breakers: what opened by itself, and what an operator holds open."""


@breaker.command("list")
@data_dir_option
@json_option
def list_breakers(data_dir: Path, as_json: bool) -> None:
    """Every breaker: its state, its failures in the window, and what it stops while it is open."""
    told = ControlClient(data_dir).ask("/api/v1/breakers")
    if as_json:
        show_json(told)
        return
    rows = [
        (
            row["breaker"],
            row["state"],
            f"{row['failures']} of {row['failures_max']} in {row['window_s']:g} s",
            row["stops"],
            "" if row["until"] is None else time_of(row["until"]),
            row["by"],
            row["why"],
        )
        for row in told["breakers"]
    ]
    show_table(("breaker", "state", "failures", "stops", "probed from", "held by", "why"), rows, "no breaker is known")


@breaker.command("open")
@click.argument("name")
@_reason
@data_dir_option
@json_option
def open_breaker(name: str, reason: str, data_dir: Path, as_json: bool) -> None:
    """Hold the breaker NAME open until somebody closes it; survives restarts."""
    _tell(data_dir, f"breakers/{quote(name, safe='')}/open", reason, f"{name} is held open", as_json=as_json)


@breaker.command("close")
@click.argument("name")
@_reason
@data_dir_option
@json_option
def close_breaker(name: str, reason: str, data_dir: Path, as_json: bool) -> None:
    """Close the breaker NAME, whoever opened it; its failures are forgotten."""
    _tell(data_dir, f"breakers/{quote(name, safe='')}/close", reason, f"{name} is closed", as_json=as_json)


@click.group()
def chaos() -> None:
    """Fault injection, on the embedded venue only."""


@chaos.command()
@click.argument("actor")
@data_dir_option
@json_option
def crash(actor: str, data_dir: Path, as_json: bool) -> None:
    """Crash ACTOR once (a name of trader247 tree), to see its supervisor restart it."""
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
