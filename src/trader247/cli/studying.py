"""``backtest sweep`` and ``walk-forward``: studies over parameters, on all cores or a cluster, resumable."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from trader247.cli.amounts import Amount
from trader247.cli.recordings import recorded_file
from trader247.cli.rendering import is_terminal, show_json, span
from trader247.cli.study_tables import show_sweep, show_walk
from trader247.cli.targets import each_its_own, report_target, write_reports
from trader247.cli.times import instant_of, span_of
from trader247.errors import ConfigurationInvalid
from trader247.model.instant import SECOND, seconds
from trader247.runtime.clock import machine_mono_ns

if TYPE_CHECKING:
    from trader247.drivers.study.asking import Ready
    from trader247.drivers.study.engines import Engine
    from trader247.drivers.study.study_file import Memory

__all__ = ["sweep", "walk_forward"]

_FILE = click.Path(path_type=Path)
_SHOWN_EVERY = 500_000_000
_INTERRUPTED = 130
_SEEDS: Final = click.IntRange(0, 2**32 - 1)
"""As Optuna takes them."""
Command = TypeVar("Command", bound=Callable[..., None])
Work = Callable[["Ready", "Engine", "Memory", Callable[[int, int, int], None]], dict[str, Any]]


_OPTIONS: Final = (
    click.option("--data", "files", multiple=True, required=True, metavar="FILE[=SYMBOL]", help="Repeatable."),
    click.option("--param", "params", multiple=True, required=True, metavar="KEY=A,B,..", help="Or =LOW..HIGH:STEP."),
    click.option("--search", type=click.Choice(("grid", "random", "optuna")), default="grid", show_default=True),
    click.option("--trials", type=click.IntRange(1, 100_000), help="At most so many. [default: 100, a grid whole]"),
    click.option("--metric", default="pnl_pct", show_default=True, help="A figure of the report's summary."),
    click.option("--jobs", type=click.IntRange(1, 1024), help="Processes at once. [default: one per core]"),
    click.option("--engine", default="local", show_default=True, metavar="local|dask://HOST:PORT"),
    click.option("--study", "study", type=_FILE, help="Keeps every finished trial, and goes on with it."),
    click.option("--config", "folder", type=_FILE, help="Folder of the five files. [default: config]"),
    click.option("--set", "sets", multiple=True, metavar="KEY=VALUE", help="Overrides any key, for all trials."),
    click.option("--strategies", metavar="A,B", default="", help="Only these, enabled. [default: those enabled]"),
    click.option("--from", "start", callback=instant_of, metavar="TIME", help="[default: after eight days of warm-up]"),
    click.option("--to", "end", callback=instant_of, metavar="TIME", help="[default: the end of the data]"),
    click.option("--seed", type=_SEEDS, default=247, show_default=True, help="Of all that is drawn."),
    click.option("--funds", type=Amount(1, 1e10), default=100_000.0, show_default=True, help="USD to begin with."),
    click.option("--costs", default="", metavar="NAME=VALUE,..", help="As of backtest run."),
    click.option("--report", type=_FILE, help="Where the JSON document goes."),
    click.option("--html", type=_FILE, help="Where the page for people goes."),
    click.option("--json", "as_json", is_flag=True, help="Print the JSON document."),
)


def _options(command: Command) -> Command:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.command()
@_options
def sweep(**said: Any) -> None:
    """Try values of configuration keys, each combination a backtest of its own, and rank them by a figure.

    Ctrl-C keeps what is finished; the same command with the same --study goes on. The results are the same whatever
    --jobs and --engine are.
    """
    from trader247.drivers.study.sweeping import COMMAND
    from trader247.drivers.study.sweeping import sweep as work

    _study(said, COMMAND, lambda _ready: ({}, work), show_sweep)


@click.command("walk-forward")
@click.option("--train", callback=span_of, required=True, metavar="TIME", help="To search on: 60d, 12h, 90m.")
@click.option("--test", callback=span_of, required=True, metavar="TIME", help="To judge the best on, right after it.")
@click.option("--step", callback=span_of, metavar="TIME", help="From window to window. [default: as --test]")
@_options
def walk_forward(train: int, test: int, step: int | None, **said: Any) -> None:
    """Search on a stretch, judge its best on the next, go on: results of days that no search has seen.

    Takes what sweep takes, in each window.
    """
    from trader247.drivers.study.walking import COMMAND
    from trader247.drivers.study.walking import walk_forward as work
    from trader247.drivers.study.windows import windows_of

    def windowed(ready: "Ready") -> tuple[dict[str, Any], Work]:
        windows = windows_of(ready.start, ready.end, train, test, step or test)
        left = ready.end - windows[-1].test_end
        if left:
            click.echo(f"note: {span(seconds(left))} at the end are in no window", err=True)
        spans = {"train_s": train // SECOND, "test_s": test // SECOND, "step_s": (step or test) // SECOND}
        return spans, lambda ready, *rest: work(ready, windows, *rest)

    _study(said, COMMAND, windowed, show_walk)


def _study(
    said: dict[str, Any],
    command: str,
    of: Callable[["Ready"], tuple[dict[str, Any], Work]],
    show: Callable[[dict[str, Any]], None],
) -> None:
    from trader247.drivers.backtest.report import as_text
    from trader247.drivers.study.cluster import engine_of
    from trader247.drivers.study.page import DOCUMENT_BEGINS, PAGE_BEGINS, page_of
    from trader247.drivers.study.study_file import Memory, StudyFile

    report, html, path = said["report"], said["html"], said["study"]
    each_its_own({"--report": report, "--html": html, "--study": path})
    for target, begins in ((report, DOCUMENT_BEGINS[command]), (html, PAGE_BEGINS)):
        if target is not None:
            report_target(target, begins)
    found = _ready(said)
    for note in found.notes:
        click.echo(f"note: {note}", err=True)
    more, work = of(found)
    memory = StudyFile(path, found.about(command, more)) if path is not None else Memory()
    engine = engine_of(said["engine"], said["jobs"] or os.cpu_count() or 1)
    progress = _Progress()

    def interrupted(_number: int, _frame: Any) -> None:
        engine.stop()

    before = signal.signal(signal.SIGINT, interrupted)
    try:
        document = work(found, engine, memory, progress.show)
    finally:
        engine.close()
        memory.close()
        signal.signal(signal.SIGINT, before)
        progress.done()
    faults = write_reports(((report, lambda: as_text(document)), (html, lambda: page_of(document))))
    if said["as_json"]:
        show_json(document)
    else:
        show(document)
    if faults:  # told last: a disk that is full by now does not take the result of hours with it
        raise ConfigurationInvalid("; ".join(faults))
    if document["partial"]:
        sys.exit(_INTERRUPTED)


def _ready(said: dict[str, Any]) -> "Ready":
    from decimal import Decimal

    from trader247.config.folder import folder_of
    from trader247.drivers.study.asking import Asked, ready
    from trader247.drivers.study.axes import read_axes

    return ready(
        Asked(
            folder=folder_of(said["folder"], Path.cwd()),
            sets=tuple(said["sets"]),
            environ=os.environ,
            files=[recorded_file(text) for text in said["files"]],
            axes=read_axes(said["params"]),
            search=said["search"],
            trials=said["trials"],
            metric=said["metric"],
            strategies=tuple(name for name in said["strategies"].split(",") if name),
            start=said["start"],
            end=said["end"],
            seed=said["seed"],
            funds=Decimal(str(said["funds"])),
            costs=said["costs"],
        )
    )


class _Progress:
    """One line on a terminal, nothing elsewhere: how many, how fast, how long still."""

    def __init__(self) -> None:
        self._shows = is_terminal(sys.stderr)
        self._begun = self._shown = machine_mono_ns()

    def show(self, done: int, fresh: int, planned: int) -> None:
        """Called after each trial. What a study's file knew already says nothing of the rate."""
        now = machine_mono_ns()
        if not self._shows or (now - self._shown < _SHOWN_EVERY and done < planned):
            return
        self._shown = now
        took = seconds(now - self._begun)
        rate = fresh / took if took > 0 else 0.0
        left = span((planned - done) / rate) if rate > 0 else "?"
        click.echo(f"\r{done:,} of {planned:,} trials  {rate * 60:,.1f} a minute  {left} left   ", err=True, nl=False)

    def done(self) -> None:
        """End the line."""
        if self._shows:
            click.echo("\r" + " " * 70 + "\r", err=True, nl=False)
