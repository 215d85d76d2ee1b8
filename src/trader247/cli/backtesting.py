"""``backtest``: the daemon's own decisions over recorded markets, and the comparison of two reports."""

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from trader247.cli.amounts import Amount
from trader247.cli.recordings import recorded_file
from trader247.cli.rendering import is_terminal, show_json, show_table, span
from trader247.cli.run_figures import figures_of, reasons_of
from trader247.cli.studying import sweep, walk_forward
from trader247.cli.targets import each_its_own, report_target, write_reports
from trader247.cli.times import instant_of
from trader247.errors import ConfigurationInvalid
from trader247.model.instant import seconds
from trader247.runtime.clock import machine_mono_ns

if TYPE_CHECKING:
    from trader247.drivers.backtest.plan import Prepared
    from trader247.model.instant import Instant

__all__ = ["backtest"]

_FILE = click.Path(path_type=Path)
_SHOWN_EVERY = 500_000_000
"""Nanoseconds: twice a second is as often as anybody reads."""
_INTERRUPTED = 130


@click.group()
def backtest() -> None:
    """The daemon's own decisions over recorded markets."""


@backtest.command()
@click.option("--data", "files", multiple=True, required=True, metavar="FILE[=SYMBOL]", help="Repeatable: one clock.")
@click.option("--config", "folder", type=_FILE, help="Folder of the five files. [default: config]")
@click.option("--set", "sets", multiple=True, metavar="KEY=VALUE", help="Overrides any key: policy.caps.total_pct=10.")
@click.option("--strategies", metavar="A,B", default="", help="Only these, enabled. [default: those enabled]")
@click.option("--from", "start", callback=instant_of, metavar="TIME", help="[default: after eight days of warm-up]")
@click.option("--to", "end", callback=instant_of, metavar="TIME", help="[default: the end of the data]")
@click.option("--seed", type=click.IntRange(0), default=247, show_default=True, help="Of all that is drawn.")
@click.option("--funds", type=Amount(1, 1e10), default=100_000.0, show_default=True, help="USD to begin with.")
@click.option(
    "--costs", default="", metavar="NAME=VALUE,..", help="maker, taker, latency_ms, slippage, spread, partial_pct."
)
@click.option("--report", type=_FILE, help="Where the JSON report goes.")
@click.option("--html", type=_FILE, help="Where the report for people goes.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def run(  # noqa: PLR0917 - one parameter per option
    files: tuple[str, ...],
    folder: Path | None,
    sets: tuple[str, ...],
    strategies: str,
    start: "Instant | None",
    end: "Instant | None",
    seed: int,
    funds: float,
    costs: str,
    report: Path | None,
    html: Path | None,
    as_json: bool,
) -> None:
    """Run the deciders over candles, quotes or trades. Ctrl-C ends it with a report of so far, which says so."""
    from decimal import Decimal

    from trader247.config.folder import folder_of
    from trader247.config.loading import load
    from trader247.drivers.backtest.page import PAGE_BEGINS, page_of
    from trader247.drivers.backtest.plan import Costs, Plan, prepare
    from trader247.drivers.backtest.report import REPORT_BEGINS, as_text

    each_its_own({"--report": report, "--html": html})
    for target, begins in ((report, REPORT_BEGINS), (html, PAGE_BEGINS)):
        if target is not None:
            report_target(target, begins)
    loaded = load(folder_of(folder, Path.cwd()), environ=os.environ, overrides=sets)
    named = [recorded_file(text) for text in files]
    chosen = [name for name in strategies.split(",") if name]
    money = Decimal(str(funds))
    fees, own = Costs.read(costs), loaded.third
    if is_terminal(sys.stderr):
        click.echo("reading the recordings ...", err=True)
    ready = prepare(Plan(loaded.configuration, named, chosen, start, end, seed, money, fees, own))
    for note in ready.notes:
        click.echo(f"note: {note}", err=True)
    found = _run_to_its_end(ready)
    document = ready.report(found)
    faults = write_reports(((report, lambda: as_text(document)), (html, lambda: page_of(document))))
    if as_json:
        show_json({"partial": document["partial"], **document["summary"]})
    else:
        _show(document)
    if faults:  # told last: a disk that is full by now does not take the result of hours with it
        raise ConfigurationInvalid("; ".join(faults))
    if document["partial"]:
        sys.exit(_INTERRUPTED)


def _run_to_its_end(ready: "Prepared") -> Any:
    """The run, with its progress on a terminal; the first Ctrl-C ends it in order."""
    progress = _Progress(ready)
    before = signal.signal(signal.SIGINT, lambda _number, _frame: ready.test.stop())
    try:
        return ready.test.run(progress.show)
    finally:
        signal.signal(signal.SIGINT, before)
        progress.done()


class _Progress:
    """One line on a terminal, nothing elsewhere: how far, how fast, how long still."""

    def __init__(self, ready: "Prepared") -> None:
        self._ready = ready
        self._shows = is_terminal(sys.stderr)
        self._begun = self._shown = machine_mono_ns()

    def show(self) -> None:
        """Called before each cycle; most calls do nothing."""
        now = machine_mono_ns()
        if not self._shows or now - self._shown < _SHOWN_EVERY:
            return
        self._shown = now
        test = self._ready.test
        share = (test.now - test.start) / max(test.end - test.start, 1)
        took = seconds(now - self._begun)
        left = took / share - took if share > 0 else 0.0
        rate = test.cycles / took
        click.echo(f"\r{share:6.1%}  {rate:,.0f} minutes/s  {left:,.0f} s left   ", err=True, nl=False)

    def done(self) -> None:
        """End the line."""
        if self._shows:
            click.echo("\r" + " " * 60 + "\r", err=True, nl=False)


def _show(document: dict[str, Any]) -> None:
    run = document["run"]
    lasted = span(round(document["summary"]["days"] * 86_400))
    click.echo(f"{run['from']} to {run['reached']} ({lasted}), {run['cycles']:,} cycles, seed {run['seed']}")
    if document["partial"]:
        click.echo(f"PARTIAL: interrupted before {run['to']}")
    show_table(("figure", ">value", "what it is"), figures_of(document), "nothing")
    for line in reasons_of(document):
        click.echo(line)
    for halt in document["halts"]:
        click.echo(f"halted at {halt['at']} by {halt['by']}: {halt['reason']}")


@backtest.command()
@click.argument("baseline", type=_FILE)
@click.argument("current", type=_FILE)
@click.option("--tolerance", type=Amount(0, 100), default=2.0, show_default=True, help="Percent either way.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def compare(baseline: Path, current: Path, tolerance: float, as_json: bool) -> None:
    """Compare the figures of two reports.

    These are trades, win rate, PnL, drawdown and profit factor. Exit code 0: all within the tolerance. 1: one is not.
    2: a file is no report, partial or of another format.
    """
    from attrs import asdict

    from trader247.drivers.backtest.compare import compared, read_report

    figures = compared(read_report(baseline), read_report(current), tolerance)
    if as_json:
        show_json([asdict(figure) for figure in figures])
    else:
        head = ("figure", ">baseline", ">current", ">change %", "")
        rows = [
            (
                each.name,
                *(_said(value) for value in (each.baseline, each.current, each.change_pct)),
                _verdict(each.passes),
            )
            for each in figures
        ]
        show_table(head, rows, "nothing")
    if not all(figure.passes for figure in figures):
        sys.exit(1)


def _said(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"


def _verdict(passes: bool) -> str:
    return "ok" if passes else "differs"


backtest.add_command(sweep)
backtest.add_command(walk_forward)
