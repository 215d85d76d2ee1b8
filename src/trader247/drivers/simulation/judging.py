"""Runs histories and has them judged: one in this process, or many over several."""

import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from shutil import copytree
from typing import Final

from attrs import evolve, frozen

from trader247.checker.check import check
from trader247.drivers.simulation.configuring import loaded_for, rereading
from trader247.drivers.simulation.digest import digest
from trader247.drivers.simulation.evidence import evidence_of
from trader247.drivers.simulation.history import History, room
from trader247.drivers.simulation.plan import Plan
from trader247.drivers.simulation.plan_file import Replay
from trader247.drivers.simulation.staging import Terms
from trader247.drivers.simulation.story import story

__all__ = ["Asked", "Judged", "judged", "judged_all"]

_BROKEN_MAX: Final = 20
"""Violations that a verdict spells out."""


@frozen
class Asked:
    """One history to run. ``keep``: where its files are copied to, None for nowhere."""

    seed: int
    hours: float
    plan: Plan
    config: Path
    sets: tuple[str, ...] = ()
    busy: bool = True
    keep: Path | None = None

    def again(self, plan: Plan) -> "Asked":
        """The same with another plan, and nothing kept."""
        return evolve(self, plan=plan, keep=None)

    def replay(self, judged: "Judged", fingerprint: str) -> Replay:
        """What it takes to have it again."""
        return Replay(
            self.seed,
            self.hours,
            self.plan,
            self.sets,
            self.busy,
            fingerprint,
            violated=tuple(judged.broken),
            story=judged.story,
        )


@frozen
class Judged:
    """A verdict on a history, small enough to be sent between processes. ``violations``: (invariant, text)."""

    seed: int
    hours: float
    digest: str
    faults: Mapping[str, int]
    orders: int
    fills: int
    lives: int
    calls: int
    checked: Mapping[str, int]
    violations: Sequence[tuple[str, str]]
    story: str = ""

    @property
    def broken(self) -> list[str]:
        """The invariants that are broken, each once."""
        return sorted({number for number, _ in self.violations})


def judged(asked: Asked) -> Judged:
    """Run one history here and judge it."""
    loaded = loaded_for(asked.config, asked.sets, busy=asked.busy)
    terms = Terms(loaded, rereading(asked.config, asked.sets, busy=asked.busy))
    with room() as name:
        folder = Path(name)
        past = History(asked.seed, asked.hours, asked.plan, terms, folder).run()
        evidence = evidence_of(past, loaded.configuration, terms.mode)
        report = check(evidence)
        if asked.keep is not None:
            copytree(folder, asked.keep / f"seed-{asked.seed}", dirs_exist_ok=True)
        violations = [(found.invariant, found.text) for found in report.violations[:_BROKEN_MAX]]
        if past.hung:
            violations.append(("I-23", "the daemon did not come to its end after the last fault was healed"))
        seen = past.scene.witness
        return Judged(
            asked.seed,
            asked.hours,
            digest(past),
            dict(sorted(Counter(f"{each.fault.layer}.{each.fault.kind}" for each in seen.struck).items())),
            len(evidence.orders),
            len(evidence.fills),
            len(seen.lives),
            len(seen.calls),
            dict(report.checked),
            violations,
            story(evidence, report.violations[0]) if report.violations else "",
        )


def judged_all(asked: Sequence[Asked], jobs: int, on_done: Callable[[Judged], None]) -> list[Judged]:
    """Run many, ``jobs`` at once, each told when it is done; the verdicts in the order asked."""
    found: dict[int, Judged] = {}
    for at, verdict in _as_done(asked, jobs):
        found[at] = verdict
        on_done(verdict)
    return [found[at] for at in range(len(asked))]


def _as_done(asked: Sequence[Asked], jobs: int) -> Iterator[tuple[int, Judged]]:
    if jobs <= 1 or len(asked) == 1:
        for at, each in enumerate(asked):
            yield at, judged(each)
        return
    # spawned, not forked: a child then has nothing of what ran here before
    with ProcessPoolExecutor(min(jobs, len(asked)), mp_context=multiprocessing.get_context("spawn")) as pool:
        running = {pool.submit(judged, each): at for at, each in enumerate(asked)}
        for future in as_completed(running):
            yield running[future], future.result()
