"""``simulate``: histories of the daemon in virtual time, with everything going wrong that a plan says, and judged."""

import json
import os
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from trader247.cli.amounts import Amount
from trader247.cli.rendering import counted
from trader247.cli.targets import folder_for
from trader247.errors import ConfigurationInvalid

if TYPE_CHECKING:
    from trader247.drivers.simulation.judging import Asked, Judged

__all__ = ["simulate"]

_NONE: Final = "none"
_HOURS_MAX: Final = 10_000
_INTERRUPTED: Final = 130
_LINE_CHARS: Final = 90
"""As wide as the longest line of progress, so that a shorter one leaves nothing of it."""


@click.command()
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Of market, schedule and plan.")
@click.option(
    "--hours",
    type=Amount(0, _HOURS_MAX, min_open=True),
    default=1.0,
    show_default=True,
    help="Simulated hours under faults, per history.",
)
@click.option(
    "--faults", default="swarm", show_default=True, metavar="PROFILE|FILE|none", help="Where the faults come from."
)
@click.option(
    "--histories", type=click.IntRange(1), default=1, show_default=True, help="With this seed and the next ones."
)
@click.option("--jobs", type=click.IntRange(1), help="Histories at once. [default: one per core]")
@click.option(
    "--replay", type=click.Path(path_type=Path), help="A history that was written down; its seed and plan count."
)
@click.option("--shrink", is_flag=True, help="Of a violation, find the faults that matter.")
@click.option("--config", "folder", type=click.Path(path_type=Path), help="Folder of the five files. [default: config]")
@click.option("--set", "sets", multiple=True, metavar="KEY=VALUE", help="Overrides any key.")
@click.option("--patient", is_flag=True, help="Keep pacing, cooldowns and triggers as configured.")
@click.option(
    "--keep",
    type=click.Path(path_type=Path),
    help="Keep every database there, and replays of violations. [default: replays alone, in .]",
)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def simulate(  # noqa: PLR0917 - one parameter per option
    seed: int,
    hours: float,
    faults: str,
    histories: int,
    jobs: int | None,
    replay: Path | None,
    shrink: bool,
    folder: Path | None,
    sets: tuple[str, ...],
    patient: bool,
    keep: Path | None,
    as_json: bool,
) -> None:
    """Run the daemon itself through histories that a seed decides, on an exchange in memory, and judge each.

    Exit code 0: no invariant was violated. 1: one was; its history is written down as a replay, which shows it again.
    Ctrl-C ends it at once with what is known so far, and 130.
    """
    from trader247.config.folder import folder_of
    from trader247.drivers.simulation.judging import Asked, judged_all
    from trader247.runtime.clock import machine_mono_ns

    chosen = folder_of(folder, Path.cwd())
    folder_for(keep or Path())
    if replay is not None:
        asked = [_from(replay, chosen, keep)]
    else:
        plans = _plans(faults, hours)
        asked = [
            Asked(each, hours, plans(each), chosen, sets, not patient, keep) for each in range(seed, seed + histories)
        ]
    began_ns, told = machine_mono_ns(), _Progress(len(asked), quiet=as_json)
    told.begin()
    found = judged_all(asked, jobs or os.cpu_count() or 1, told.one)
    told.end()
    interrupted = len(found) < len(asked)
    by_seed = {each.seed: each for each in asked}
    bad = [(by_seed[verdict.seed], verdict) for verdict in found if verdict.violations]
    shrink = shrink and not interrupted
    written = [_written(each, verdict, keep or Path(), shrink=shrink, quiet=as_json) for each, verdict in bad]
    took_s = (machine_mono_ns() - began_ns) / 1e9
    if as_json:
        click.echo(json.dumps(_plain(found, written, took_s, partial=interrupted), indent=2))
    else:
        if interrupted:
            click.echo(f"interrupted after {len(found)} of {counted(len(asked), 'history', 'histories')}")
        if found or not interrupted:
            _tell(found, bad, written, took_s)
    if interrupted:
        sys.exit(_INTERRUPTED)
    if bad:
        sys.exit(1)


def _from(path: Path, folder: Path, keep: Path | None) -> "Asked":
    from trader247.drivers.simulation.configuring import loaded_for
    from trader247.drivers.simulation.judging import Asked
    from trader247.drivers.simulation.plan_file import read_replay

    known = read_replay(path)
    now = loaded_for(folder, tuple(known.sets), busy=known.busy).fingerprint
    if known.fingerprint and now != known.fingerprint:
        click.echo(f"the configuration is {now}, the replay's was {known.fingerprint}: another history", err=True)
    return Asked(known.seed, known.hours, known.plan, folder, tuple(known.sets), known.busy, keep)


def _plans(faults: str, hours: float) -> Callable[[int], Any]:
    from trader247.drivers.simulation.plan import Plan
    from trader247.drivers.simulation.plan_file import read_plan
    from trader247.drivers.simulation.swarm import PROFILES, drawn

    if faults == _NONE:
        return lambda _seed: Plan()
    if faults in PROFILES:
        return lambda seed: drawn(seed, hours, faults)
    if not Path(faults).exists():
        raise ConfigurationInvalid(
            f"--faults {faults} is neither a file nor a profile; there are {', '.join([_NONE, *PROFILES])}"
        )
    plan = read_plan(Path(faults))
    return lambda _seed: plan


class _Progress:
    """On a terminal one line that changes, elsewhere one line per history."""

    def __init__(self, total: int, *, quiet: bool) -> None:
        self._total, self._quiet = total, quiet
        self._done = self._bad = 0
        self._live = sys.stderr.isatty()

    def begin(self) -> None:
        """A first word, since a history of an hour says nothing before it is judged."""
        if self._live and not self._quiet:
            text = f"0 of {self._total} histories; an hour of virtual time takes a minute or more, Ctrl-C ends it"
            click.echo(text, nl=False, err=True)

    def one(self, verdict: "Judged") -> None:
        self._done += 1
        self._bad += bool(verdict.violations)
        if self._quiet:
            return
        if self._live:
            text = f"{self._done} of {self._total} histories, {self._bad} violated"
            click.echo(f"\r{text:<{_LINE_CHARS}}", nl=False, err=True)
        else:
            click.echo(
                f"seed {verdict.seed}: {sum(verdict.faults.values())} faults, {verdict.orders} orders, "
                f"{verdict.fills} fills, {verdict.lives} lives, {', '.join(verdict.broken) or 'no violation'}, "
                f"digest {verdict.digest[:16]}"
            )
            for number, text in verdict.violations:
                click.echo(f"  {number}: {text}")

    def end(self) -> None:
        if self._live and not self._quiet:
            click.echo("", err=True)


def _written(asked: "Asked", verdict: "Judged", keep: Path, *, shrink: bool, quiet: bool) -> Path:
    """The replay of a violation, shrunk where that is wanted."""
    from trader247.drivers.simulation.configuring import loaded_for
    from trader247.drivers.simulation.judging import judged
    from trader247.drivers.simulation.plan_file import replay_text
    from trader247.drivers.simulation.shrinking import shrunk

    wanted = verdict.broken[0]
    if shrink:

        def tried(number: int, left: int) -> None:
            if not quiet:
                click.echo(f"shrinking {wanted}, try {number}: {left} faults", err=True)

        def fails(plan: Any) -> bool:
            return wanted in judged(asked.again(plan)).broken

        asked = asked.again(shrunk(asked.plan, fails, tried))
        verdict = judged(asked)
    keep.mkdir(parents=True, exist_ok=True)
    path = keep / f"{wanted}-seed-{asked.seed}.json"
    fingerprint = loaded_for(asked.config, asked.sets, busy=asked.busy).fingerprint
    path.write_text(replay_text(asked.replay(verdict, fingerprint)), encoding="utf-8")
    return path


def _tell(found: "list[Judged]", bad: "list[tuple[Asked, Judged]]", written: list[Path], took_s: float) -> None:
    faults: Counter[str] = Counter()
    checked: Counter[str] = Counter()
    for each in found:
        faults.update(each.faults)
        checked.update(each.checked)
    for kind, count in sorted(faults.items()):
        click.echo(f"  {kind:<28}{count:>7}")
    hours = sum(each.hours for each in found)
    click.echo(
        f"{counted(len(found), 'history', 'histories')}, {hours:g} simulated hours in {took_s:.1f} s "
        f"({hours / took_s:.3f} hours per second); "
        f"{sum(faults.values())} faults, {sum(e.orders for e in found)} orders, {sum(e.fills for e in found)} fills, "
        f"{sum(e.lives for e in found)} lives"
    )
    click.echo(f"{len(checked)} invariants looked at {sum(checked.values())} facts")
    idle = sorted(number for number, facts in checked.items() if not facts)
    if idle:
        click.echo(f"not shown to hold, for want of facts: {', '.join(idle)}")
    if len(found) == 1:
        click.echo(f"digest {found[0].digest}")
    for (asked, verdict), path in zip(bad, written, strict=True):
        click.echo(f"\nseed {asked.seed}, {counted(len(verdict.violations), 'violation', 'violations')}:")
        for number, text in verdict.violations:
            click.echo(f"  {number}: {text}")
        click.echo(verdict.story)
        click.echo(f"again: trader247 simulate --replay {path}")
    click.echo("no invariant was violated" if not bad else f"{len(bad)} of {len(found)} histories are violated")


def _plain(found: "list[Judged]", written: list[Path], took_s: float, *, partial: bool) -> dict[str, Any]:
    return {
        "partial": partial,
        "took_s": round(took_s, 3),
        "hours": sum(each.hours for each in found),
        "violated": sum(bool(each.violations) for each in found),
        "replays": [str(path) for path in written],
        "histories": [
            {
                "seed": each.seed,
                "digest": each.digest,
                "faults": dict(each.faults),
                "orders": each.orders,
                "fills": each.fills,
                "lives": each.lives,
                "checked": dict(each.checked),
                "violations": [{"invariant": number, "text": text} for number, text in each.violations],
            }
            for each in found
        ],
    }
