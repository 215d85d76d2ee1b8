"""``simulate``: histories of the daemon in virtual time, with everything going wrong that a plan says, and judged."""

import json
import os
import shlex
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from trader247.cli.amounts import Amount
from trader247.cli.rendering import counted, is_terminal
from trader247.cli.targets import folder_for, report_target, write_report
from trader247.errors import ConfigurationInvalid, Trader247Error

if TYPE_CHECKING:
    from trader247.drivers.simulation.judging import Asked, Judged

__all__ = ["simulate"]

_NONE: Final = "none"
_HOURS_MAX: Final = 10_000
_HISTORIES_MAX: Final = 10_000
"""At once: the plans of all are in memory from the beginning."""
_JOBS_MAX: Final = 1024
_SEED_MAX: Final = 2**62
"""A replay holds seeds of 63 bits, and those of many histories count up."""
_INTERRUPTED: Final = 130
_LINE_CHARS: Final = 90
"""As wide as the longest line of progress, so that a shorter one leaves nothing of it."""
_OF_A_REPLAY: Final = ("seed", "hours", "faults", "histories", "sets", "patient")
"""Parameters that a replay says itself."""


@click.command()
@click.option(
    "--seed", type=click.IntRange(0, _SEED_MAX), default=1, show_default=True, help="Of market, schedule and plan."
)
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
    "--histories",
    type=click.IntRange(1, _HISTORIES_MAX),
    default=1,
    show_default=True,
    help="With this seed and the next ones.",
)
@click.option("--jobs", type=click.IntRange(1, _JOBS_MAX), help="Histories at once. [default: one per core]")
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
@click.pass_context
def simulate(  # noqa: PLR0917 - one parameter per option
    context: click.Context,
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
    Ctrl-C ends it with what was finished, exit code 130.
    """
    from trader247.config.folder import folder_of
    from trader247.drivers.simulation.configuring import loaded_for
    from trader247.drivers.simulation.judging import Asked, judged_all
    from trader247.runtime.clock import machine_mono_ns

    chosen = folder_of(folder, Path.cwd())
    folder_for(keep or Path())
    if replay is not None:
        _says_nothing_of_its_own(context, replay)
        asked = [_from(replay, chosen, keep)]
    else:
        loaded_for(chosen, sets, busy=not patient)  # here, where what is wrong with it can be said
        plans = _plans(faults, hours)
        asked = [
            Asked(each, hours, plans(each), chosen, sets, not patient, keep) for each in range(seed, seed + histories)
        ]
    began_ns, told = machine_mono_ns(), _Progress(asked, _Replays(keep or Path(), replay), quiet=as_json)
    interrupted, failed = False, None
    try:
        told.begin()
        judged_all(asked, jobs or os.cpu_count() or 1, told.one)
        told.end()
        if shrink:
            for each, verdict in told.bad():
                told.replays.shrink(each, verdict, quiet=as_json)
    except KeyboardInterrupt:
        told.end()
        interrupted = True
    except Trader247Error as fault:
        told.end()
        failed = fault
    took_s = (machine_mono_ns() - began_ns) / 1e9
    if as_json:
        click.echo(json.dumps(_plain(told, took_s, partial=interrupted or failed is not None), indent=2))
    else:
        _tell(told, took_s, interrupted=interrupted)
    if failed is not None:
        raise failed
    if interrupted or told.bad():
        sys.exit(_INTERRUPTED if interrupted else 1)


def _says_nothing_of_its_own(context: click.Context, replay: Path) -> None:
    """Refuse what would be ignored."""
    by_hand = click.core.ParameterSource.COMMANDLINE
    for parameter in context.command.params:
        name = parameter.name or ""
        if name in _OF_A_REPLAY and context.get_parameter_source(name) is by_hand:
            raise click.UsageError(f"{parameter.opts[0]} and --replay {replay}, which says its own: leave one out")


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
    """On a terminal one line that changes, elsewhere one line per history. What is violated is written down at once."""

    def __init__(self, asked: "list[Asked]", replays: "_Replays", *, quiet: bool) -> None:
        self.asked, self.replays, self._quiet = asked, replays, quiet
        self._by_seed = {each.seed: each for each in asked}
        self._found: dict[int, Judged] = {}
        self._live = is_terminal(sys.stderr)

    def found(self) -> "list[Judged]":
        """What is finished, by seed."""
        return [self._found[seed] for seed in sorted(self._found)]

    def bad(self) -> "list[tuple[Asked, Judged]]":
        """What is violated."""
        return [(self._by_seed[each.seed], each) for each in self.found() if each.violations]

    def begin(self) -> None:
        """A first word, since a history of an hour says nothing before it is judged."""
        if self._live and not self._quiet:
            text = f"0 of {len(self.asked)} histories; an hour of virtual time takes a minute or more, Ctrl-C ends it"
            click.echo(text, nl=False, err=True)

    def one(self, verdict: "Judged") -> None:
        self._found[verdict.seed] = verdict
        if verdict.violations:
            self.replays.keep(self._by_seed[verdict.seed], verdict, verdict.broken[0])
        if self._quiet:
            return
        if self._live:
            text = f"{len(self._found)} of {len(self.asked)} histories, {len(self.bad())} violated"
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


class _Replays:
    """Violations on the disk as soon as they are known: what was searched for hours is not lost with the process."""

    def __init__(self, folder: Path, source: Path | None) -> None:
        """``source``: the replay that is being run, which is never written over."""
        self._folder, self._source = folder, source
        self.written: dict[int, Path] = {}

    def keep(self, asked: "Asked", verdict: "Judged", wanted: str, *, shrunk: bool = False) -> None:
        """Write it, or say why it cannot be."""
        from trader247.drivers.simulation.configuring import loaded_for
        from trader247.drivers.simulation.plan_file import REPLAY_BEGINS, replay_text

        path = self._folder / f"{wanted}-seed-{asked.seed}.json"
        if self._source is not None and path.exists() and path.samefile(self._source):
            if not shrunk:
                self.written[asked.seed] = path
                return
            path = path.with_stem(f"{path.stem}-shrunk")
        fingerprint = loaded_for(asked.config, asked.sets, busy=asked.busy).fingerprint
        try:
            report_target(path, REPLAY_BEGINS)
            write_report(path, replay_text(asked.replay(verdict, fingerprint)))
        except (click.UsageError, ConfigurationInvalid) as fault:
            click.echo(f"seed {asked.seed}, {wanted}: the replay is not written: {fault}", err=True)
        else:
            self.written[asked.seed] = path

    def shrink(self, asked: "Asked", verdict: "Judged", *, quiet: bool) -> None:
        """Write each smaller plan that still goes wrong in the place of the one before."""
        from trader247.drivers.simulation.judging import judged
        from trader247.drivers.simulation.shrinking import shrunk

        wanted = verdict.broken[0]

        def tried(number: int, left: int) -> None:
            if not quiet:
                click.echo(f"shrinking {wanted}, try {number}: {left} faults", err=True)

        def fails(plan: Any) -> bool:
            again = asked.again(plan)
            found = judged(again)
            if wanted in found.broken:
                self.keep(again, found, wanted, shrunk=True)
            return wanted in found.broken

        shrunk(asked.plan, fails, tried)


def _tell(told: _Progress, took_s: float, *, interrupted: bool) -> None:
    found, bad = told.found(), told.bad()
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
    if found:
        _tell_facts(found, checked)
    for asked, verdict in bad:
        click.echo(f"\nseed {asked.seed}, {counted(len(verdict.violations), 'violation', 'violations')}:")
        for number, text in verdict.violations:
            click.echo(f"  {number}: {text}")
        click.echo(verdict.story)
        if asked.seed in told.replays.written:
            click.echo(f"again: trader247 simulate --replay {shlex.quote(str(told.replays.written[asked.seed]))}")
    if interrupted or len(found) < len(told.asked):
        why = "interrupted, " if interrupted else ""
        click.echo(f"PARTIAL: {why}{len(found)} of {counted(len(told.asked), 'history', 'histories')} finished")
    if not found:
        return
    click.echo("no invariant was violated" if not bad else f"{len(bad)} of {len(found)} histories are violated")


def _tell_facts(found: "list[Judged]", checked: Counter[str]) -> None:
    click.echo(f"{len(checked)} invariants looked at {sum(checked.values())} facts")
    idle = sorted(number for number, facts in checked.items() if not facts)
    if idle:
        click.echo(f"not shown to hold, for want of facts: {', '.join(idle)}")
    if len(found) == 1:
        click.echo(f"digest {found[0].digest}")


def _plain(told: _Progress, took_s: float, *, partial: bool) -> dict[str, Any]:
    found = told.found()
    return {
        "partial": partial,
        "asked": len(told.asked),
        "took_s": round(took_s, 3),
        "hours": sum(each.hours for each in found),
        "violated": sum(bool(each.violations) for each in found),
        "replays": [str(told.replays.written[seed]) for seed in sorted(told.replays.written)],
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
