"""``supervise``: run the daemon. ``check``: say everything that is wrong with the configuration."""

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from trader247.errors import UnrecoverableFault
from trader247.model.money import plain

if TYPE_CHECKING:
    from trader247.drivers.live import Outcome

__all__ = ["check", "supervise"]

_MODES = ("dry_run", "paper", "live")


def _seconds(_context: click.Context, _parameter: click.Parameter, text: str | None) -> float | None:
    """``90``, ``90s``, ``15m``, ``6h`` or ``7d`` as seconds."""
    if text is None:
        return None
    units = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
    number, unit = (text[:-1], text[-1]) if text[-1:] in units else (text, "s")
    try:
        value = float(number) * units[unit]
    except ValueError:
        value = -1.0
    if not 0 < value < 10**9:
        raise click.BadParameter(f"{text!r} is no length of time; write for example 90s, 15m, 6h or 7d")
    return value


@click.command()
@click.option("--config", "folder", type=click.Path(path_type=Path), help="Folder of the five files. [default: config]")
@click.option("--mode", type=click.Choice(_MODES, case_sensitive=False), help="Overrides app.mode.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Overrides app.data_dir.")
@click.option(
    "--market",
    "markets",
    multiple=True,
    metavar="SPEC",
    help="Embedded market: generated[:seed=N], or replay:FILE[=SYMBOL]; replay may be given several times.",
)
@click.option("--speed", metavar="N|max", help="Market seconds per real second; waits for the work, skips nothing.")
@click.option("--duration", callback=_seconds, metavar="TIME", help="Stop after this much market time: 90s, 6h, 7d.")
@click.option("--set", "sets", multiple=True, metavar="KEY=VALUE", help="Overrides any key: policy.caps.total_pct=10.")
@click.option("--port", type=click.IntRange(0, 65_535), help="Overrides app.web.port; 0 takes any free one.")
@click.option("--no-web", is_flag=True, help="No dashboard over TCP; the control socket stays.")
@click.option("--log-format", type=click.Choice(("human", "json", "auto")), help="Overrides app.log.format.")
def supervise(  # noqa: PLR0917 - one parameter per option
    folder: Path | None,
    mode: str | None,
    data_dir: Path | None,
    markets: tuple[str, ...],
    speed: str | None,
    duration: float | None,
    sets: tuple[str, ...],
    port: int | None,
    no_web: bool,
    log_format: str | None,
) -> None:
    """Run the daemon until it is told to stop (Ctrl-C drains, a second one ends at once).

    Without options it decides and sends nothing (DRY_RUN) on the embedded exchange, with no account and no network.
    """
    from contextlib import ExitStack

    from trader247.config.folder import folder_of
    from trader247.config.loading import load
    from trader247.drivers.live import Daemon
    from trader247.drivers.starting import Wishes, prepare
    from trader247.observe.logs import LogFormat

    overrides = [*sets]
    if mode is not None:
        overrides.append(f"app.mode={mode.upper()}")
    if data_dir is not None:
        overrides.append(f"app.data_dir={data_dir}")
    if markets:
        overrides.append(f"app.venue.market={_one_market(markets)}")
    if speed is not None:
        overrides.append(f"app.venue.speed={'10000' if speed == 'max' else speed}")
    if port is not None:
        overrides.append(f"app.web.port={port}")
    if no_web:
        overrides.append("app.web.enabled=false")
    loaded = load(folder_of(folder, Path.cwd()), environ=os.environ, overrides=overrides)
    for note in loaded.notes:
        click.echo(note, err=True)
    wishes = Wishes(duration_s=duration, log_format=LogFormat(log_format) if log_format else None)
    with ExitStack() as stack:
        start = prepare(stack, loaded, wishes, os.environ, sys.stdout)
        outcome = Daemon(start).run()
        if not start.logs.human:
            _log_end(outcome)
    if start.logs.human:
        _tell_end(outcome)
    if outcome.fault:
        raise UnrecoverableFault(outcome.fault)
    if outcome.left or (outcome.books is not None and not outcome.books.equal):
        raise SystemExit(1)


def _tell_end(outcome: "Outcome") -> None:
    """How the run ended, for a person: the books as a table."""
    if outcome.books is not None:
        click.echo(f"\n{outcome.books.table()}\n")
    click.echo(f"stopped: {_ending(outcome)}")
    for order in outcome.resting:
        click.echo(f"left at the venue to protect a position: {order}")


def _log_end(outcome: "Outcome") -> None:
    """The same as log lines, for who reads JSON to the last line; what was left at the venue is logged already."""
    import structlog

    log = structlog.get_logger()
    for row in outcome.books.rows if outcome.books is not None else ():
        say, verdict = (log.info, "equal") if row.equal else (log.error, "DIFFERENT")
        ours, theirs = plain(row.ours), plain(row.theirs)
        say("books", text=f"{row.name}: {ours} here, {theirs} at the exchange: {verdict}", ours=ours, exchange=theirs)
    log.info("stopped", text=_ending(outcome))


def _ending(outcome: "Outcome") -> str:
    pace = f", {outcome.speed:.0f} x real time achieved" if outcome.speed is not None else ""
    return f"{outcome.reason}{pace}"


def _one_market(markets: tuple[str, ...]) -> str:
    """Several replay texts as one."""
    if len(markets) == 1:
        return markets[0]
    if not all(text.startswith("replay:") for text in markets):
        raise click.UsageError("--market may be given several times only with replay:FILE")
    return "replay:" + ",".join(text.removeprefix("replay:") for text in markets)


@click.command()
@click.option("--config", "folder", type=click.Path(path_type=Path), help="Folder of the five files. [default: config]")
@click.option("--set", "sets", multiple=True, metavar="KEY=VALUE", help="Overrides any key.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def check(folder: Path | None, sets: tuple[str, ...], as_json: bool) -> None:
    """Check the configuration: every error at once, with file, line, key, value and what is allowed."""
    from trader247.config.faults import ConfigurationFaults
    from trader247.config.folder import folder_of
    from trader247.config.loading import load

    chosen = folder_of(folder, Path.cwd())
    try:
        loaded = load(chosen, environ=os.environ, overrides=sets)
    except ConfigurationFaults as error:
        if not as_json:
            raise
        faults = [{"place": str(f.place), "key": ".".join(f.path), "text": f.text} for f in error.faults]
        click.echo(json.dumps({"valid": False, "faults": faults}, indent=2))
        raise SystemExit(error.exit_code) from None
    app = loaded.configuration.app
    if as_json:
        found = {"valid": True, "folder": str(chosen), "fingerprint": loaded.fingerprint, "notes": list(loaded.notes)}
        click.echo(json.dumps(found, indent=2))
        return
    for note in loaded.notes:
        click.echo(note)
    may = "read only" if app.read_only else "may send"
    click.echo(f"{chosen}: valid, {app.mode.value}, {may}, {app.venue.kind.value}, fingerprint {loaded.fingerprint}")
